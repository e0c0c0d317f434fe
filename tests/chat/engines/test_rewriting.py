"""Questions that a model makes complete before they are searched, over real HTTP."""

import asyncio

import pytest

from chat.engines.base import Exchange, Prompt, RewritingEngine, Rewritten
from chat.engines.openai.engine import OpenAIEngine
from tests.support.fakes.model_server import ModelServer

COMPLETE = "How tall is the lighthouse of Kastri?"
PROMPT = Prompt(
    "and how tall is it?",
    history=[Exchange("Who built the lighthouse of Kastri?", "Eleni Markou [ID:0].")],
)


async def test_a_question_is_made_complete_with_what_was_said_before(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    server.will_say("<think>The lighthouse.</think>", f'"{COMPLETE}"')
    rewritten = await engine.rewrite(PROMPT)
    assert isinstance(engine, RewritingEngine)
    assert rewritten.question == COMPLETE
    assert rewritten.usage
    [request] = server.requests
    roles = [message["role"] for message in request.body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "[ID:0]" not in str(request.body["messages"])
    assert request.question.startswith(PROMPT.question)


@pytest.mark.parametrize(
    ("said", "key"), [("The lighthouse " * 100, ""), ("", ""), ("Ok", "wrong")]
)
async def test_if_the_model_makes_no_question_it_is_searched_as_it_is(
    server: ModelServer, said: str, key: str
) -> None:
    server.will_say(said)
    engine = OpenAIEngine(key or server.key, server.base_url, "fake-1")
    assert not (await engine.rewrite(PROMPT)).question


async def test_a_model_that_takes_long_is_not_waited_for(server: ModelServer) -> None:
    server.will_say("How ", asyncio.Event(), "tall?")
    engine = OpenAIEngine(server.key, server.base_url, "fake-1", rewrite_timeout_s=0.1)
    assert await engine.rewrite(PROMPT) == Rewritten()


async def test_wrong_settings_of_a_dialog_are_left_to_the_answer_to_tell(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    wrong = Prompt(PROMPT.question, history=PROMPT.history, options={"colour": "red"})
    assert await engine.rewrite(wrong) == Rewritten()
    assert not server.requests
