"""The chat socket: questions are answered, whole and once, for callers that may read the answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.engines.base import Delta, EngineFailed, EngineTimedOut, Reasoning, Usage
from chat.models import ChatSession, Message
from tests.chat.conftest import Connect
from tests.support.communicator import whole_text
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@sync_to_async
def saved(answer_id: str) -> Message:
    return Message.objects.select_related("question", "session").get(pk=answer_id)


async def test_a_question_is_answered_and_saved(alice: Connect, engine: ScriptedEngine) -> None:
    engine.say("RAG", "Flow")
    engine.emit(Usage(7, 2))
    engine.end()
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        frames = await socket.until_the_end()
    *chunks, last, completion = frames
    assert whole_text(frames) == "RAGFlow"
    assert last["data"]["answer"] == ""
    assert last["data"]["reference"] == {"total": 0, "chunks": [], "doc_aggs": []}
    assert completion["status"] == "complete"
    assert completion["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    answer = await saved(completion["id"])
    assert (answer.content, answer.status) == ("RAGFlow", "complete")
    assert answer.question
    assert answer.question.content == answer.session.name == "What is RAGFlow?"
    assert chunks[0]["data"]["session_id"] == answer.session_id.hex


async def test_a_dialog_of_another_user_is_not_found(bob: Connect, engine: ScriptedEngine) -> None:
    async with bob() as socket:
        await socket.ask("What is RAGFlow?")
        refusal = await socket.frame()
        assert (refusal["code"], refusal["message"]) == (404, "There is no such dialog")
        assert await socket.is_silent()
    assert engine.prompts == []


async def test_a_follow_up_continues_the_session(alice: Connect, engine: ScriptedEngine) -> None:
    engine.say("Ada.")
    engine.end()
    engine.say("1843.")
    engine.end()
    async with alice() as socket:
        await socket.ask("Who?")
        session_id = (await socket.until_the_end())[0]["data"]["session_id"]
        await socket.ask("When?", session_id=session_id)
        assert (await socket.until_the_end())[-1]["session_id"] == session_id
    [exchange] = engine.prompts[1].history
    assert (exchange.question, exchange.answer) == ("Who?", "Ada.")


async def test_without_stream_the_answer_comes_in_one_frame(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("RAG", "Flow")
    engine.end()
    async with alice() as socket:
        await socket.ask("What is RAGFlow?", stream=False)
        chunk, completion = await socket.until_the_end()
    assert chunk["data"]["answer"] == "RAGFlow"
    assert "total" in chunk["data"]["reference"]
    assert completion["data"] is True


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineFailed("No credit"), 502), (EngineTimedOut("Silence"), 504), (KeyError("x"), 500)],
)
async def test_a_failure_in_mid_answer_ends_the_question(
    alice: Connect, engine: ScriptedEngine, error: Exception, code: int
) -> None:
    engine.say("RAG")
    engine.fail(error)
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        frames = await socket.until_the_end()
        assert [frame["code"] for frame in frames][-2:] == [code, 0]
        assert frames[-1]["status"] == "failed"
        engine.say("Still here")
        engine.end()
        await socket.ask("And now?")
        assert "Still here" in whole_text(await socket.until_the_end())
    assert (await saved(frames[-1]["id"])).content == "RAG"


async def test_the_error_says_when_the_model_s_server_wants_to_be_asked_again(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.fail(EngineFailed("Too busy", retry_after=7))
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        *_, error, _ = await socket.until_the_end()
    assert (error["code"], error["data"]["retry_after"]) == (502, 7)


async def test_questions_wait_for_each_other(alice: Connect, engine: ScriptedEngine) -> None:
    async with alice() as socket:
        for number in range(10):
            await socket.ask(f"Question {number}")
        refusal = await socket.frame()
        assert (refusal["code"], refusal["data"]["retry_after"]) == (429, 1)
        for number in range(9):
            engine.say(f"Answer {number}")
            engine.end()
            assert whole_text(await socket.until_the_end()) == f"Answer {number}"
    assert [prompt.question for prompt in engine.prompts] == [f"Question {n}" for n in range(9)]


async def test_questions_with_a_request_id_run_side_by_side(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        for number in range(5):
            await socket.ask("Same?", request_id=f"r{number}", events=True)
        seen = [await socket.frame() for _ in range(5)]
        [refusal] = [frame for frame in seen if frame["code"]]
        assert (refusal["code"], refusal["data"]["request_id"]) == (429, "r4")
        stages = [frame["data"]["stage"] for frame in seen if not frame["code"]]
        assert stages == ["retrieving"] * 4


async def test_the_same_request_is_answered_once(alice: Connect, engine: ScriptedEngine) -> None:
    engine.say("RAG", "Flow")
    async with alice() as first, alice() as second:
        await first.ask("What?", request_id="r1")
        assert await first.text()
        await second.ask("What?", request_id="r1")
        engine.end()
        texts = [whole_text(await socket.until_the_end()) for socket in (first, second)]
        assert texts[1] == "RAGFlow"
        await second.ask("What?", request_id="r1", offset=3)
        assert whole_text(await second.until_the_end()) == "Flow"
        await second.ask("Something else?", request_id="r1")
        assert (await second.frame())["code"] == 409
    assert len(engine.prompts) == 1


async def test_stop_keeps_the_text_so_far(alice: Connect, engine: ScriptedEngine) -> None:
    engine.say("RAG")
    async with alice() as asking, alice() as stopping:
        await asking.ask("What is RAGFlow?")
        chunk = await asking.frame()
        await stopping.send(type="stop", id=chunk["data"]["id"])
        frames = await asking.until_the_end()
        assert frames[-1]["status"] == "stopped"
        await stopping.send(type="stop", id=chunk["data"]["id"])
        note = await stopping.frame()
    assert (note["code"], note["message"]) == (0, "already ended")
    assert note["data"]["status"] == "stopped"
    assert (await saved(chunk["data"]["id"])).content == "RAG"
    assert engine.closed == 1


async def test_an_answer_is_stopped_by_its_request_id(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("RAG")
    async with alice() as socket:
        await socket.ask("What is RAGFlow?", request_id="r1")
        assert await socket.text() == "RAG"
        await socket.send(type="stop", request_id="r1")
        assert (await socket.until_the_end())[-1]["status"] == "stopped"


async def test_a_dropped_socket_resumes_where_it_stopped(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        engine.say("RAG")
        first = (await socket.frame())["data"]
        await socket.drop()
    engine.say("Flow")
    async with alice() as again:
        await again.send(type="resume", id=first["id"], offset=first["offset"])
        assert await again.text() == "Flow"
        engine.end()
        assert (await again.until_the_end())[-1]["status"] == "complete"
        await again.send(type="resume", session_id=first["session_id"], offset=0)
        assert whole_text(await again.until_the_end()) == "RAGFlow"
        await again.send(type="resume", id=first["id"], offset=99)
        assert (await again.frame())["code"] == 409


async def test_another_user_can_neither_stop_nor_resume(
    alice: Connect, bob: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket, bob() as stranger:
        await socket.ask("What is RAGFlow?", request_id="r1")
        engine.say("RAG")
        data = (await socket.frame())["data"]
        for frame in (
            {"type": "stop", "id": data["id"]},
            {"type": "stop", "request_id": "r1"},
            {"type": "resume", "id": data["id"]},
            {"type": "resume", "session_id": data["session_id"]},
        ):
            await stranger.send(**frame)
            assert (await stranger.frame())["code"] == 404
        engine.say("Flow")
        assert await socket.text() == "Flow"


async def test_a_busy_session_says_which_answer_is_running(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket, alice() as other:
        await socket.ask("What is RAGFlow?")
        engine.say("RAG")
        data = (await socket.frame())["data"]
        await other.ask("And what is it for?", session_id=data["session_id"])
        refusal = await other.frame()
    assert (refusal["code"], refusal["data"]["id"]) == (409, data["id"])


async def test_reasoning_and_stages_are_sent(
    alice: Connect, engine: ScriptedEngine, world: World
) -> None:
    engine.emit(Reasoning("Hmm."), Delta("Yes."))
    engine.end()
    async with alice() as socket:
        await socket.ask("Is it?", events=True, kb_ids=[world.knowledge_base.pk.hex])
        frames = await socket.until_the_end()
    data = [frame["data"] for frame in frames[:-1]]
    assert next(d["stage"] for d in data if "stage" in d) == "retrieving"
    assert "".join(d.get("reasoning", "") for d in data) == "Hmm."
    assert whole_text(frames) == "Yes."
    assert (await saved(frames[-1]["id"])).reasoning == "Hmm."


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": 1}', '{"chat_id": "c"}'])
async def test_bad_frames_are_answered_and_do_not_close_the_socket(
    alice: Connect, text: str
) -> None:
    async with alice() as socket:
        await socket.send_text(text)
        assert (await socket.frame())["code"] == 400
        await socket.send_bytes(b"\x00")
        assert (await socket.frame())["code"] == 400
        await socket.send(type="ping")
        assert await socket.frame() == {
            "code": 0,
            "message": "pong",
            "data": {"answer": "", "reference": {}},
        }


async def test_an_answer_that_is_no_valid_text_is_made_storable(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("half \ud83d", " a\0b")
    engine.end()
    async with alice() as socket:
        await socket.ask("Surrogates?")
        frames = await socket.until_the_end()
    assert whole_text(frames) == "half ? ab" == (await saved(frames[-1]["id"])).content


async def test_an_answer_of_a_lost_process_is_interrupted(
    alice: Connect, engine: ScriptedEngine
) -> None:
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        engine.say("RAG")
        data = (await socket.frame())["data"]
        lost = await _pending_answer_of_a_lost_process(data["session_id"])
        await socket.send(type="resume", id=lost)
        frames = await socket.until_the_end()
    assert whole_text(frames[:1]) == "Once"
    assert [frame["code"] for frame in frames[-2:]] == [503, 0]
    assert frames[-1]["status"] == "interrupted"


@sync_to_async
def _pending_answer_of_a_lost_process(session_id: str) -> str:
    old = ChatSession.objects.get(pk=session_id)
    session = ChatSession.objects.create(dialog=old.dialog, user=old.user, name="Old")
    answer = Message.objects.create(
        session=session,
        role="assistant",
        status="pending",
        content="Once",
        hub="server",
        written_at=timezone.now() - timedelta(minutes=1),
    )
    return answer.pk.hex


async def test_of_two_questions_at_once_a_session_takes_one(
    alice: Connect, engine: ScriptedEngine
) -> None:
    engine.say("Hi")
    engine.end()
    async with alice() as one, alice() as two:
        await one.ask("First")
        session_id = (await one.until_the_end())[-1]["session_id"]
        await asyncio.gather(
            one.ask("A", session_id=session_id), two.ask("B", session_id=session_id)
        )
        engine.say("Only one")
        codes = [(await socket.frame())["code"] for socket in (one, two)]
    assert sorted(codes) == [0, 409]
