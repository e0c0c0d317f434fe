"""System checks of the settings of accounts."""

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks

SET_UP = {"APP_ID": "wx1", "SECRET": "s", "BASE_URL": "https://x.example"}


def found() -> set[str | None]:
    return {message.id for message in run_checks() if str(message.id).startswith("accounts.")}


def test_the_defaults_pass() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("JWT_KEY", "short", "accounts.E001"),
        ("JWT_KEY_FALLBACKS", ["short"], "accounts.E001"),
        ("JWT_LIFETIME_S", 0, "accounts.E003"),
        ("LOGIN_LINK_LIFETIME_S", -1, "accounts.E003"),
        ("IDENTITY_CACHE_S", 61, "accounts.E005"),
        ("IDENTITY_CACHE_SIZE", 0, "accounts.E005"),
        ("ALLOWED_ORIGINS", ["app.example.org"], "accounts.E004"),
        ("ALLOWED_ORIGINS", ["https://app.example.org/"], "accounts.E004"),
        ("ALLOWED_ORIGINS", ["*"], "accounts.E004"),
        ("MINI_PROGRAM_TIMEOUT_S", 0, "accounts.E007"),
        ("MINI_PROGRAMS", {"wechat": {**SET_UP, "SECRET": ""}}, "accounts.E006"),
        ("MINI_PROGRAMS", {"wechat": {**SET_UP, "BASE_URL": "http://x.example"}}, "accounts.E006"),
        ("MINI_PROGRAMS", {"wechat": {**SET_UP, "BASE_URL": ""}}, "accounts.E006"),
        ("MINI_PROGRAMS", {"wechat": {**SET_UP, "PLATFORM": "We Chat"}}, "accounts.E006"),
        ("MINI_PROGRAMS", {"ticket": SET_UP}, "accounts.E006"),
        ("MINI_PROGRAMS", {"x" * 21: SET_UP}, "accounts.E006"),
        ("ADDRESS_SOCKETS", -1, "accounts.E008"),
        ("END_USER_MODEL_TOKENS_PER_DAY", -1, "accounts.E008"),
        ("TRUSTED_PROXIES", -1, "accounts.E008"),
        ("MODEL_TOKENS_SET_ASIDE", 0, "accounts.E008"),
    ],
)
def test_a_wrong_setting_is_named(
    settings: LazySettings, name: str, value: object, id: str
) -> None:
    setattr(settings, name, value)
    assert found() == {id}


def test_a_mini_program_that_is_set_up_passes(settings: LazySettings) -> None:
    here = {**SET_UP, "BASE_URL": "http://127.0.0.1:8000"}
    settings.MINI_PROGRAMS = {"wechat": SET_UP, "here": here, "off": {"SECRET": ""}}
    assert found() == set()


def test_the_jwt_key_is_not_the_secret_key(settings: LazySettings) -> None:
    settings.JWT_KEY = settings.SECRET_KEY
    assert found() == {"accounts.E002"}
