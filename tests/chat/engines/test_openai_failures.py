"""Failures of a model's server: the text so far is yielded, then the error raised."""

import asyncio
import logging

import pytest

from chat.engines.base import Delta, EngineFailed, EngineTimedOut
from chat.engines.openai.engine import OpenAIEngine
from tests.support.engine_prompts import ask, collect_events, collect_until_silence, text_of
from tests.support.fakes.model_server import KEY, ModelServer

FAILURES = [
    ("forbidden", "", "does not let us use the model 'forbidden'"),
    ("unknown", "", "does not know the model 'unknown'"),
    ("busy", "", "too busy for us. Try again in 20 s."),
    ("no-quota", "", "no credit left"),
    ("too-long", "", "too much text for the model"),
    ("broken", "", "failed (HTTP 500)"),
    ("away", "", "overloaded"),
    ("a-page", "", "no answer"),
    ("malformed", "Half an ", "no answer"),
    ("not-an-object", "Half an ", "no answer"),
    ("wrong-types", "Half an ", "no answer"),
    ("error-in-stream", "Half an ", "overloaded"),
    ("old-vllm-error", "Half an ", "overloaded"),
    ("too-long-in-stream", "", "too much text for the model"),
    ("cut", "Half an ", "broke in mid-answer"),
    ("cut-at-once", "", "cannot be reached"),
    ("ends-early", "Half an ", "ended in mid-answer"),
    ("length", "Half an ", "the longest the model may write"),
    ("censored", "Half an ", "held back the rest"),
    ("empty", "", "gave no answer"),
]


@pytest.mark.parametrize(("model", "text", "sentence"), FAILURES)
async def test_a_failure_is_raised_after_the_text_so_far(
    engine: OpenAIEngine, server: ModelServer, model: str, text: str, sentence: str
) -> None:
    events, failure = await collect_events(engine, ask(model=model))

    assert text_of(events) == text
    assert sentence in str(failure)
    assert_no_secrets(str(failure), server)


@pytest.mark.parametrize("model", ["silent", "silent-after-head"])
async def test_an_answer_that_does_not_begin_is_a_time_out(server: ModelServer, model: str) -> None:
    engine = OpenAIEngine(server.key, server.base_url, model, timeout_s=1)

    events, failure = await collect_events(engine, ask())

    assert text_of(events) == ""
    assert isinstance(failure, EngineTimedOut)
    assert "did not begin" in str(failure)
    await has_hung_up(server)


@pytest.mark.parametrize("model", ["silent-midway", "only-comments"])
async def test_silence_is_a_time_out(
    engine: OpenAIEngine, server: ModelServer, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, failure = await collect_until_silence(engine, ask(model=model), "Half an ", monkeypatch)

    assert text_of(events) == "Half an "
    assert isinstance(failure, EngineTimedOut)
    assert "fell silent" in str(failure)
    await has_hung_up(server)


async def has_hung_up(server: ModelServer) -> None:
    async with asyncio.timeout(5):
        await (await server.request()).hung_up.wait()


async def test_a_wrong_key_is_named(server: ModelServer) -> None:
    _, failure = await collect_events(OpenAIEngine("sk-wrong", server.base_url, "fake-1"), ask())

    assert str(failure) == "The model's server did not accept our key."


async def test_a_server_that_does_not_listen_cannot_be_reached(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = OpenAIEngine(KEY, "http://127.0.0.1:9/v1", "fake-1")

    _, failure = await collect_events(engine, ask())

    assert str(failure) == "The model's server cannot be reached."
    assert "ConnectError" in caplog.text
    assert "attempts failed" in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize("model", ["never-done", "cut-when-done"])
async def test_a_complete_answer_does_not_need_a_regular_end_of_the_stream(
    engine: OpenAIEngine, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.engines.openai.completion_stream.USAGE_TIMEOUT_S", 0.2)

    events, failure = await collect_events(engine, ask(model=model))

    assert events == [Delta("All of it.")]
    assert failure is None


@pytest.mark.parametrize("model", ["busy", "broken", "cut", "error-in-stream"])
async def test_a_failed_request_is_not_repeated(
    engine: OpenAIEngine, server: ModelServer, model: str
) -> None:
    await collect_events(engine, ask(model=model))

    assert len(server.requests) == 1


@pytest.mark.parametrize("key", [KEY, "sk-wrong-0123456789"])
async def test_the_log_tells_more_but_no_secrets(
    server: ModelServer, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    caplog.set_level(logging.DEBUG)

    for model in ("broken", "cut", "malformed", "fake-1"):
        await collect_events(OpenAIEngine(key, server.base_url, model), ask())

    assert "The server of model broken failed" in caplog.text
    assert key not in caplog.text
    assert_no_secrets(caplog.text, server)


async def test_the_failure_hides_its_cause(engine: OpenAIEngine) -> None:
    _, failure = await collect_events(engine, ask(model="broken"))

    # A traceback would print the request.
    assert isinstance(failure, EngineFailed)
    assert failure.__suppress_context__


def assert_no_secrets(text: str, server: ModelServer) -> None:
    assert server.key not in text
    assert "http://" not in text
    assert str(server.port) not in text
