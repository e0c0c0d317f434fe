"""System checks: a wrong setting is named before the server starts."""

import os
from pathlib import Path
from typing import Any

import pytest

from ragws import checks, env, generated_secrets


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[env.Problem]:
    found: list[env.Problem] = []
    for module in (env, checks, generated_secrets):
        monkeypatch.setattr(module, "problems", found)
    return found


def test_the_defaults_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    assert [message for check in checks.CHECKS for message in check()] == []


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda: env.envint("TUNABLE", 5), "five"),
        (lambda: env.envfloat("TUNABLE", 5), "5s"),
        (lambda: env.envbool("TUNABLE"), "perhaps"),
        (lambda: env.envlevel("TUNABLE", "INFO"), "chatty"),
        (lambda: env.envfloat("TUNABLE", 5), "nan"),
        (lambda: env.envfloat("TUNABLE", 5), "inf"),
        (lambda: env.envzone("TUNABLE", "UTC"), "Mars"),
        (lambda: env.envzone("TUNABLE", "UTC"), "../UTC"),
        (lambda: env.envurl("TUNABLE", "https://a"), "api.example.org"),
        (lambda: env.envurl("TUNABLE", "https://a"), "https://host:port"),
        (lambda: env.envredis("TUNABLE"), "http://x"),
        (lambda: env.envredis("TUNABLE"), "localhost:6379"),
        (lambda: env.envredis("TUNABLE"), "redis://host:port/0"),
        (lambda: env.envredis("TUNABLE"), "redis://host/name"),
        (lambda: env.envredis("TUNABLE"), "redis://host/0?nosuch=1"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "nosuch://host/name"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "mysql://user:password@host/name"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "postgres://host"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "postgres://host:port/name"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "sqlite://:memory:"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "host/name"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_check(
    monkeypatch: pytest.MonkeyPatch, problems: list[Any], read: Any, text: str
) -> None:
    monkeypatch.setenv("TUNABLE", text)
    assert read() in (5, False, "INFO", "UTC", "https://a", "", {})
    [error] = checks.check_environment()
    assert error.msg.startswith("TUNABLE must be")
    assert "TUNABLE" in (error.hint or "")


def test_values_are_converted_to_their_types(
    monkeypatch: pytest.MonkeyPatch, problems: list[Any]
) -> None:
    monkeypatch.setenv("TUNABLE", " 7 ")
    assert env.envint("TUNABLE", 5) == 7
    monkeypatch.setenv("TUNABLE", "On")
    assert env.envbool("TUNABLE") is True
    monkeypatch.setenv("TUNABLE", "a, b,,")
    assert env.envlist("TUNABLE") == ["a", "b"]
    monkeypatch.setenv("TUNABLE", "postgres://u:p@db/n")
    database = env.envdatabase("TUNABLE", {}, 3)
    assert (database["HOST"], database["OPTIONS"]["pool"]["max_size"]) == ("db", 3)
    monkeypatch.setenv("TUNABLE", "sqlite:////srv/other.sqlite3")
    database = env.envdatabase("TUNABLE", {"OPTIONS": {"timeout": 20}}, 3)
    assert database == {"OPTIONS": {"timeout": 20}, "NAME": "/srv/other.sqlite3"}
    for url in ("rediss://:secret@host:6380/1", "unix:///run/redis.sock", "redis://host"):
        monkeypatch.setenv("TUNABLE", url)
        assert env.envredis("TUNABLE") == url
    assert problems == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_FRAME_BYTES", 0), ("DRAIN_S", -1), ("MAX_OUTBOUND_FRAME_BYTES", 100)],
)
def test_limits_that_would_refuse_everything_are_errors(
    settings: Any, name: str, value: int
) -> None:
    setattr(settings, name, value)
    [error] = checks.check_limits()
    assert name in error.msg


def test_an_unknown_default_engine_is_an_error(settings: Any) -> None:
    settings.DEFAULT_ENGINE = "psychic"
    [error] = checks.check_engines()
    assert "extractive" in (error.hint or "")


@pytest.mark.parametrize(
    "host", ["https://chat.example.org", "chat.example.org:443", "chat.example.org/", "a b", "[::1"]
)
def test_a_host_with_more_than_a_name_is_an_error(settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org", ".example.org", "*", "[::1]", "127.0.0.1", host]
    [error] = checks.check_allowed_hosts()
    assert repr(host) in error.msg


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("ALOWED_HOSTS", "ALLOWED_HOSTS"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("HOSTS_ALLOWED", "ALLOWED_HOSTS"),
        ("allowed_hosts", "ALLOWED_HOSTS"),
        ("REDIS_URI", "REDIS_URL"),
        ("DJANGO_SECRET_KEY", "SECRET_KEY"),
        ("RAGWS_REDIS_URL", "REDIS_URL"),
        ("DATA_DIR", "RAGWS_DATA_DIR"),
        ("JWT_KYE", "JWT_KEY"),
        ("WECHAT_APPID", "WECHAT_APP_ID"),
    ],
)
def test_a_name_that_nearly_is_a_setting_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, typo: str, meant: str
) -> None:
    monkeypatch.setattr(os, "environ", {typo: "a secret value", "PATH": "/bin", "REDIS_URL": ""})
    [warning] = checks.check_spelling()
    assert typo in warning.msg
    assert f"Is {meant} meant" in (warning.hint or "")
    assert "a secret value" not in str(warning)


def test_names_that_others_use_are_no_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "PATH HOME LANG TZ PORT HTTP_PROXY HTTPS_PROXY https_proxy NO_PROXY PYTHONPATH DISPLAY"
    names += " DJANGO_SETTINGS_MODULE REDIS_HOST DATABASE_HOST PGPASSWORD EDITOR PAGER HOSTNAME"
    monkeypatch.setattr(os, "environ", dict.fromkeys(names.split(), "x"))
    assert checks.check_spelling() == []


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    """The file of the settings' SQLite database, not there yet."""
    file = tmp_path / "folder" / "ragws.sqlite3"
    sqlite = {**settings.SQLITE, "NAME": str(file)}
    monkeypatch.setitem(settings.DATABASES, "default", sqlite)
    return file


def test_a_missing_data_folder_is_an_error(database: Path) -> None:
    [error] = checks.check_data_folder()
    assert "The data folder" in error.msg
    assert "RAGWS_DATA_DIR" in (error.hint or "")
    database.parent.mkdir()
    assert checks.check_data_folder() == []


def test_a_database_of_another_user_is_an_error(
    monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    database.parent.mkdir()
    database.touch()
    # Root may write everything.
    monkeypatch.setattr(os, "access", lambda path, _mode: path != database)
    [error] = checks.check_data_folder()
    assert error.msg == f"The database {database} cannot be written to"


def test_with_postgresql_no_data_folder_is_needed(
    monkeypatch: pytest.MonkeyPatch, database: Path, settings: Any
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "ragws.postgresql")
    assert checks.check_data_folder() == []


def test_a_data_folder_that_others_can_read_is_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "open to all"
    settings.DATA_DIR.mkdir()
    for mode, count in {0o700: 0, 0o750: 1, 0o701: 1}.items():
        settings.DATA_DIR.chmod(mode)
        found = checks.check_privacy()
        assert len(found) == count
    assert f"chmod -R go-rwx '{settings.DATA_DIR}'" in (found[0].hint or "")


def test_what_is_created_is_for_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The settings set the umask of the process."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TUNABLE", str(tmp_path / "new" / "folder"))
    folder = env.envfolder("TUNABLE", tmp_path)
    found = [path.stat().st_mode & 0o777 for path in (tmp_path / "file", folder.parent, folder)]
    assert found == [0o600, 0o700, 0o700]


def test_a_generated_secret_that_cannot_be_kept_is_an_error(
    monkeypatch: pytest.MonkeyPatch, problems: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "secret", tmp_path / "file"):
        assert len(generated_secrets.env_or_generated_secret("TUNABLE", path)) == 64
    told = [error.msg for error in checks.check_environment()]
    assert "cannot be used: Not a directory" in told[0]
    assert "is empty" in told[1]
    monkeypatch.setenv("TUNABLE", "configured")
    assert generated_secrets.env_or_generated_secret("TUNABLE", tmp_path) == "configured"


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("API_KEY", '"sk-quoted"', "must not be between quotes"),
        ("API_KEY", "“sk-quoted”", "must not be between quotes"),
        ("API_KEY", "sk-\u200bjoined", "must not contain invisible characters (U+200B)"),
        ("API_KEY", "sk-one sk-two", "must not contain a space"),
        ("API_KEY", "Bearer sk-one", "must be the key alone"),
        ("API_KEY", "sk-...abcd", "shown in part"),
        ("API_KEY", "${OPENAI_API_KEY}", "not what stands for it"),
        ("API_KEY", "<your-key>", "not what stands for it"),
        ("BASE_URL", "'https://api.example.org/v1'", "must"),
        ("BASE_URL", "https://user:password@api.example.org/v1", "name and password"),
        ("BASE_URL", "api.example.org", "must be an address"),
        ("MODEL", '"gpt-4.1"', "must not be between quotes"),
        ("MODEL", "gpt-4.1\u200b", "must"),
        ("PRIVATE_NETWORKS", ["10.0.0.0/40"], "must be addresses or networks"),
        ("MAX_LINE_BYTES", 5, "must be a whole number"),
    ],
)
def test_what_copying_leaves_at_settings_of_a_model_server_is_named(
    settings: Any, option: str, value: object, reason: str
) -> None:
    settings.ENGINES = {"openai": {**settings.ENGINES["openai"], option: value}}

    [error] = checks.check_model_servers()

    assert error.msg.startswith(f"OPENAI_{option} ")
    assert reason in error.msg
    assert "sk-" not in error.msg


@pytest.mark.parametrize("prefix", ["", "/chat", "/tools/chat-2"])
def test_the_site_may_be_below_a_path(settings: Any, prefix: str) -> None:
    settings.URL_PREFIX = prefix
    assert checks.check_url_prefix() == []


@pytest.mark.parametrize("prefix", ["/https://example.org/chat", "/a b", "/a//b", "/a?b", "/中"])
def test_what_is_no_path_is_named(settings: Any, prefix: str) -> None:
    settings.URL_PREFIX = prefix
    [error] = checks.check_url_prefix()
    assert "URL_PREFIX" in error.msg
    assert error.hint
