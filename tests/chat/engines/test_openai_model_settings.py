"""A dialog overrides the site's settings of the model, and wrong settings are named."""

from dataclasses import replace

import pytest

from chat.engines.base import EngineFailed
from chat.engines.openai.model_settings import ModelSettings, check_options, override

SITE = ModelSettings("fake-1", "http://localhost/v1", "sk-site", 60, 16_000)


def test_a_dialog_overrides_the_settings_of_the_site() -> None:
    settings = override(SITE, {"model": "fake-2", "temperature": 0.5, "timeout_s": 5})

    assert (settings.model, settings.timeout_s, settings.api_key) == ("fake-2", 5, "sk-site")
    assert settings.sampling == {"temperature": 0.5}


def test_good_options_have_no_problems() -> None:
    options = {
        "model": "qwen3",
        "base_url": "https://example.org/v1",
        "api_key": "sk-own",
        "temperature": 0,
        "top_p": 0.9,
        "max_tokens": 512,
        "presence_penalty": -1,
        "frequency_penalty": 2,
        "timeout_s": 30,
        "context_tokens": 8000,
    }

    assert check_options(options) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("colour", "red", "is not a model setting"),
        ("model", 7, "must be a text"),
        ("model", " ", "must be a text"),
        ("model", "a\0b", "must be a text"),
        ("model", "half \ud83d", "must be a text"),
        ("base_url", "http://localhost/\0", "must be an address"),
        ("base_url", "localhost", "must be an address"),
        ("base_url", "http://[", "must be an address"),
        ("api_key", "schlüssel", "must be printable ASCII"),
        ("temperature", "hot", "must be a number from 0 to 2"),
        ("temperature", True, "must be a number"),
        ("temperature", float("nan"), "must be a number"),
        ("max_tokens", 1.5, "must be a whole number"),
        ("max_tokens", 0, "must be a whole number"),
        ("timeout_s", None, "must be a number from 1 to 3600"),
    ],
)
def test_a_wrong_option_is_named(name: str, value: object, words: str) -> None:
    (problem,) = check_options({name: value})

    assert problem.startswith(f"`{name}` {words}")
    with pytest.raises(EngineFailed, match=f"`{name}`"):
        override(SITE, {name: value})


def test_wrong_settings_of_the_site_are_named_too() -> None:
    with pytest.raises(EngineFailed, match="No model is chosen"):
        override(replace(SITE, model=""), {})
    with pytest.raises(EngineFailed, match="OPENAI_BASE_URL must be an address"):
        override(replace(SITE, base_url="localhost:8000"), {})


def test_the_answer_gets_its_part_of_the_context() -> None:
    assert override(SITE, {}).prompt_budget == 16_000 - 2048
    assert override(SITE, {"max_tokens": 1000}).prompt_budget == 15_000
    assert override(SITE, {"context_tokens": 2000}).prompt_budget == 1000


def test_the_key_is_not_shown() -> None:
    assert "sk-site" not in repr(SITE)
