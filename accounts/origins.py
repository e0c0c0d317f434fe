"""Origins of web pages, and which are trusted: our own, and those in `ALLOWED_ORIGINS`."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}

# Scheme, host, port: what makes two addresses "the same origin" (RFC 6454, section 4).
Origin = tuple[str, str, int]


def parse_origin(text: str) -> Origin | None:
    """None for anything else, such as `null`, or an address with a path."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    if parts.path or parts.query or parts.fragment:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts.scheme, host, port or DEFAULT_PORTS[parts.scheme]


def is_trusted(origin: str, host: str) -> bool:
    """Whether a page of `origin` may use the login cookie of `host`."""
    page = parse_origin(origin)
    if page is None:
        return False
    if page in {parse_origin(allowed) for allowed in settings.ALLOWED_ORIGINS}:
        return True
    # TLS may have ended at a proxy, so the page's own scheme says which port `host` leaves out.
    return (
        page == parse_origin(f"{page[0]}://{host}")
        and (page[0] == "https" or not settings.HTTPS)
        and validate_host(page[1], settings.ALLOWED_HOSTS)
    )
