"""System checks: a wrong setting is named before the server starts."""

from typing import Any

import pytest

from ragws import checks, env


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(env, "problems", found)
    monkeypatch.setattr(checks, "problems", found)
    return found


def test_the_defaults_pass() -> None:
    assert [message for check in checks.CHECKS for message in check()] == []


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda: env.envint("TUNABLE", 5), "five"),
        (lambda: env.envfloat("TUNABLE", 5), "5s"),
        (lambda: env.envbool("TUNABLE"), "perhaps"),
        (lambda: env.envlevel("TUNABLE", "INFO"), "chatty"),
        (lambda: env.envdatabase("TUNABLE", {}, 3), "nosuch://host/name"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_check(
    monkeypatch: pytest.MonkeyPatch, problems: list[Any], read: Any, text: str
) -> None:
    monkeypatch.setenv("TUNABLE", text)
    assert read() in (5, False, "INFO", {})
    [error] = checks.check_environment()
    assert error.msg.startswith("TUNABLE must be")


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


def test_a_missing_data_folder_is_an_error(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path / "nowhere"
    [error] = checks.check_data_folder()
    assert "RAGWS_DATA_DIR" in (error.hint or "")
