"""Which origins of web pages are trusted."""

import pytest
from django.conf import LazySettings

from accounts.origins import is_trusted


@pytest.mark.parametrize(
    ("origin", "host", "trusted"),
    [
        ("http://chat.example.org", "chat.example.org", True),
        ("http://chat.example.org:8000", "chat.example.org:8000", True),
        ("https://chat.example.org", "chat.example.org", True),
        ("https://chat.example.org", "chat.example.org:443", True),
        ("HTTPS://Chat.Example.ORG", "chat.example.org", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://app.example.org", "chat.example.org", True),
        ("https://app.example.org:8443", "chat.example.org", False),
        ("http://app.example.org", "chat.example.org", False),
        ("http://chat.example.org:9000", "chat.example.org:8000", False),
        ("http://chat.example.org.evil.net", "chat.example.org", False),
        ("http://evil-chat.example.org", "chat.example.org", False),
        ("http://chat.example.org@evil.net", "chat.example.org", False),
        ("http://chat.example.org/path", "chat.example.org", False),
        ("chrome-extension://chat.example.org", "chat.example.org", False),
        ("null", "chat.example.org", False),
        ("", "chat.example.org", False),
        ("http://", "", False),
        ("http://chat.example.org:port", "chat.example.org", False),
        ("http://[", "[", False),
        # Rebinding: the attacker's name, our address.
        ("http://evil.net", "evil.net", False),
    ],
)
def test_only_our_own_and_the_listed_origins_are_trusted(
    settings: LazySettings, origin: str, host: str, trusted: bool
) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org", "[::1]"]
    settings.ALLOWED_ORIGINS = ["https://app.example.org"]
    assert is_trusted(origin, host) is trusted


def test_behind_https_a_plain_page_of_the_same_host_is_not_ours(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    settings.HTTPS = True
    assert is_trusted("https://chat.example.org", "chat.example.org")
    assert not is_trusted("http://chat.example.org", "chat.example.org")
