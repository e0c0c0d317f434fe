import pytest
from django.conf import LazySettings
from django.core.checks import run_checks


def found() -> set[str | None]:
    return {message.id for message in run_checks() if str(message.id).startswith("accounts.")}


def test_the_defaults_are_fine() -> None:
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
    ],
)
def test_a_wrong_setting_is_named(
    settings: LazySettings, name: str, value: object, id: str
) -> None:
    setattr(settings, name, value)
    assert found() == {id}


def test_the_jwt_key_is_not_the_secret_key(settings: LazySettings) -> None:
    settings.JWT_KEY = settings.SECRET_KEY
    assert found() == {"accounts.E002"}
