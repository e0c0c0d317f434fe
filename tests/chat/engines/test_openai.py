"""Answers by a model, over real HTTP."""

import asyncio

import pytest

from chat.engines.base import Delta, EngineFailed, Exchange, Prompt, Usage
from chat.engines.openai.engine import OpenAIEngine
from tests.support.engine_prompts import PASSAGES, ask, collect_events, reasoning_of, text_of
from tests.support.fakes.model_server import ModelServer


async def test_an_answer_has_text_citations_and_usage(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    events, failure = await collect_events(engine, ask())

    assert failure is None
    assert text_of(events) == (
        "A retrieval-augmented answer rests on documents [ID:0]. Ask for more!"
    )
    assert isinstance(events[-1], Usage)
    assert events[-1].completion_tokens == 4
    request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {server.key}"
    assert request.body["model"] == "fake-1"
    assert "What is RAGFlow?" in request.question
    assert PASSAGES[1].text in request.question


async def test_each_token_is_yielded_as_soon_as_it_comes(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    gate = asyncio.Event()
    server.will_say("Rag", gate, "Flow")

    answer = engine.answer(ask())
    assert await anext(answer) == Delta("Rag")
    gate.set()
    assert await anext(answer) == Delta("Flow")
    await answer.aclose()


async def test_citation_markers_are_corrected_and_added(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    server.will_say("The web server listens ", "on port 9380. ", "It is so (I", "D: 0). No [ID:8].")

    events, _ = await collect_events(engine, ask())

    assert text_of(events) == ("The web server listens on port 9380. [ID:1] It is so [ID:0]. No.")


@pytest.mark.parametrize("model", ["reasoning-content", "reasoning", "think-tags"])
async def test_reasoning_is_separated_from_the_answer(engine: OpenAIEngine, model: str) -> None:
    events, failure = await collect_events(engine, ask(model=model))

    assert failure is None
    assert reasoning_of(events).strip() == "Let me see."
    assert text_of(events).startswith("A retrieval-augmented answer")


async def test_a_dialog_may_override_model_settings(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    await collect_events(engine, ask(model="fake-2", temperature=0.1, max_tokens=99))

    body = server.requests[0].body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("fake-2", 0.1, 99)


async def test_a_dialog_may_have_a_server_of_its_own(server: ModelServer) -> None:
    engine = OpenAIEngine(
        "sk-of-the-site", "http://127.0.0.1:9/v1", "fake-1", private_networks=["127.0.0.0/8"]
    )

    events, failure = await collect_events(
        engine, ask(base_url=server.base_url, api_key=server.key)
    )

    assert failure is None
    assert text_of(events)


async def test_the_key_of_the_site_goes_to_no_other_server(server: ModelServer) -> None:
    engine = OpenAIEngine(
        "sk-of-the-site", "http://127.0.0.1:9/v1", "fake-1", private_networks=["127.0.0.0/8"]
    )

    await collect_events(engine, ask(base_url=server.base_url))

    assert "authorization" not in server.requests[0].headers


async def test_a_local_server_needs_no_key(server: ModelServer) -> None:
    server.key = ""

    _, failure = await collect_events(OpenAIEngine("", server.base_url, "llama"), ask())

    assert failure is None


async def test_wrong_model_settings_are_named(engine: OpenAIEngine) -> None:
    _, failure = await collect_events(engine, ask(temprature=1))

    assert "`temprature`" in str(failure)


async def test_without_passages_the_empty_response_is_said(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    events, _ = await collect_events(engine, Prompt("Hm?", empty_response="Nothing found."))

    assert events == [Delta("Nothing found.")]
    assert server.requests == []


async def test_the_history_is_sent(engine: OpenAIEngine, server: ModelServer) -> None:
    await collect_events(
        engine, Prompt("And then?", history=[Exchange("First?", "Second [ID:0].")])
    )

    roles = [(m["role"], m["content"]) for m in server.requests[0].body["messages"]]
    assert roles[1:] == [("user", "First?"), ("assistant", "Second."), ("user", "And then?")]


@pytest.mark.parametrize(
    ("field", "advice"),
    [("stream_options", ""), ("max_tokens", "Use 'max_completion_tokens' instead.")],
)
async def test_a_server_that_does_not_know_a_field_is_asked_without(
    engine: OpenAIEngine, server: ModelServer, field: str, advice: str
) -> None:
    server.refuses = {field: advice}

    events, failure = await collect_events(engine, ask(max_tokens=50))

    assert failure is None
    assert text_of(events)
    assert len(server.requests) == 2


async def test_answers_share_a_connection(engine: OpenAIEngine, server: ModelServer) -> None:
    await collect_events(engine, ask())
    await collect_events(engine, ask())

    assert server.connections == 1


async def test_answers_may_be_made_side_by_side(engine: OpenAIEngine, server: ModelServer) -> None:
    heard = await asyncio.gather(*(collect_events(engine, ask()) for _ in range(10)))

    assert len({text_of(events) for events, _ in heard}) == 1
    assert len(server.requests) == 10


async def test_closing_the_answer_closes_the_request(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    server.will_say("Rag", asyncio.Event())
    answer = engine.answer(ask())
    await anext(answer)

    await answer.aclose()

    async with asyncio.timeout(5):
        await server.requests[0].hung_up.wait()


@pytest.mark.parametrize("model", ["silent", "silent-after-head", "silent-midway"])
async def test_cancelling_the_task_closes_the_request(
    engine: OpenAIEngine, server: ModelServer, model: str
) -> None:
    task = asyncio.create_task(collect_events(engine, ask(model=model)))
    request = await server.request()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        await request.hung_up.wait()


def test_every_event_loop_has_connections_of_its_own() -> None:
    async def ask_once() -> str:
        async with ModelServer() as server:
            engine = OpenAIEngine(server.key, server.base_url, "fake-1")
            events, failure = await collect_events(engine, ask())
            assert failure is None
            return text_of(events)

    assert asyncio.run(ask_once()) == asyncio.run(ask_once())


async def test_without_a_model_the_engine_fails(server: ModelServer) -> None:
    engine = OpenAIEngine(server.key, server.base_url)

    with pytest.raises(EngineFailed, match="No model is chosen"):
        await anext(engine.answer(ask()))
