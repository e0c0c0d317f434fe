"""Removes secrets, found by their form, from text that is to be shown or logged."""

from __future__ import annotations

import re

HIDDEN = "…"

# Names whose value is a secret, whatever stands between the two.
NAMES = (
    "access_token|refresh_token|token|ticket|password|passwd|secret|appsecret|client_secret|api_key"
    "|apikey|session_key|sessionid|csrftoken|csrfmiddlewaretoken|js_code"
)
# With `a`, a secret may follow a Chinese character, which is no letter then.
PATTERNS = (
    # The sub-protocol credential comes first: its inside looks like other secrets.
    (re.compile(r"base64url\.bearer\.ragws\.[\w=-]+"), f"base64url.bearer.ragws.{HIDDEN}"),
    # A hint (four characters and an ellipsis) stays.
    (re.compile(r"ragflow-\w{8,}"), f"ragflow-{HIDDEN}"),
    # JSON in base64url begins like this: a JWT, or the beginning of one.
    (re.compile(r"(?a)\beyJ[\w-]{6,}(?:\.[\w-]*){0,2}"), f"eyJ{HIDDEN}"),
    (re.compile(r"(?a)\bsk-[\w-]{8,}"), f"sk-{HIDDEN}"),
    # `Authorization: Bearer x`, `'authorization': 'x'`, `(b'authorization', b'Bearer x')`.
    (
        re.compile(
            r"""(?i)(authorization(?:['"]|&#x27;|&quot;)?\s*[:=,]\s*(?:b(?=['"&]))?(?:['"]|&#x27;|&quot;)?)"""
            r"""(?:(?:bearer|basic)\s+)?(?!(?:bearer|basic)\s)[^\s'",)&<]+"""
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?ai)\b(bearer\s+)(?!token\b|<)[\w.~+/=-]{8,}"), rf"\1{HIDDEN}"),
    # `?token=x`, `sessionid=x`, and inside another address `token%3Dx`.
    (re.compile(rf"""(?ai)((?:\b|%3F|%26)(?:{NAMES})(?:=|%3D))[^\s&;'"<>)]+"""), rf"\1{HIDDEN}"),
    # `"refresh_token": "x"`, also escaped for HTML.
    (
        re.compile(
            rf"(?i)((?P<quote>['\"]|&#x27;|&quot;)(?:{NAMES})(?P=quote)\s*:\s*b?)"
            r"(?P<mark>['\"]|&#x27;|&quot;).*?(?P=mark)"
        ),
        rf"\1\g<mark>{HIDDEN}\g<mark>",
    ),
    # `redis://:x@host`.
    (re.compile(r"(://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)"), rf"\1{HIDDEN}"),
    # 32 random bytes in base64url: a ticket, a refresh token, a login link. All but one of ten
    # thousand million have letters of both cases, and hardly any name of that length has.
    (re.compile(r"(?a)(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{43}(?![\w-])"), HIDDEN),
)


def redact(text: str) -> str:
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text
