"""An answer is one growing text: asked for once, stopped, and taken up again from anywhere."""

from __future__ import annotations

import pytest

from core.ids import new_id
from tests.contract.conftest import CHAT
from tests.support.facts import QUESTION, Facts
from tests.support.frame_client import Frame, Talk, is_chunk, talking
from tests.support.server import Server


async def test_a_ping_is_answered_in_mid_answer(alice: Talk, facts: Facts) -> None:
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    await alice.say(type="ping")
    while (frame := await alice.frame())["message"] != "pong":
        assert is_chunk(frame)
    assert frame["data"] == {"answer": "", "reference": {}}
    await alice.say(type="stop", id=first["data"]["id"])
    await alice.rest()


async def test_stop_ends_the_answer_and_keeps_its_text(alice: Talk, facts: Facts) -> None:
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    await alice.say(type="stop", id=first["data"]["id"])
    rest = await alice.rest()
    kept = await alice.ask(type="resume", id=first["data"]["id"])

    assert rest.completion["status"] == "stopped"
    assert not rest.errors
    assert kept.text == first["data"]["answer"] + rest.text
    assert kept.completion["status"] == "stopped"


async def test_stop_by_request_from_another_connection(
    server: Server, alice: Talk, facts: Facts
) -> None:
    request = new_id().hex
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2000 rate=50", request_id=request)
    await alice.chunk()
    async with talking(server.ws + CHAT, facts.token) as other:
        await other.say(type="stop", request_id=request)
        assert (await alice.rest()).completion["status"] == "stopped"


async def test_a_stranger_cannot_stop_it(server: Server, alice: Talk, facts: Facts) -> None:
    await alice.say(chat_id=facts.load_chat_id, question="bench n=30 rate=50")
    first = await alice.chunk()
    async with talking(server.ws + CHAT, facts.bobs_token) as bob:
        frame = await bob.refused(type="stop", id=first["data"]["id"])
    assert frame["code"] == 404
    assert (await alice.rest()).completion["status"] == "complete"


async def test_stopping_what_has_ended_says_so(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    await alice.say(type="stop", id=heard.id)
    frame = await alice.frame()

    assert (frame["code"], frame["message"]) == (0, "already ended")
    assert frame["data"]["answer"] == ""
    assert frame["data"]["status"] == "complete"


@pytest.mark.parametrize("frame", [{"type": "stop"}, {"type": "resume"}])
async def test_what_to_follow_has_to_be_said(alice: Talk, frame: dict[str, str]) -> None:
    assert (await alice.refused(**frame))["code"] == 400


async def test_the_request_id_is_in_every_frame(alice: Talk, facts: Facts) -> None:
    request = new_id().hex
    heard = await alice.ask(chat_id=facts.chat_id, question=QUESTION, request_id=request)

    assert {chunk["request_id"] for chunk in heard.chunks} == {request}
    ids = {"request_id": request, "id": heard.id, "session_id": heard.session_id}
    assert heard.completion.items() >= ids.items()
    assert heard.completion["timing"]["total_ms"] >= heard.completion["timing"]["first_token_ms"]


async def test_the_same_request_is_answered_once(server: Server, alice: Talk, facts: Facts) -> None:
    ask = {"chat_id": facts.load_chat_id, "question": "bench n=60 rate=60"}
    ask["request_id"] = new_id().hex
    await alice.say(**ask)
    first = await alice.chunk()
    async with talking(server.ws + CHAT, facts.token) as again:
        joined = await again.ask(**ask)
    rest = await alice.rest()
    later = await alice.ask(**ask)
    partly = await alice.ask(**ask, offset=first["data"]["offset"])

    assert joined.text == later.text == first["data"]["answer"] + rest.text
    assert joined.id == later.id == first["data"]["id"]
    assert partly.text == rest.text


async def test_the_same_request_sent_twice_at_once(alice: Talk, facts: Facts) -> None:
    ask = {"chat_id": facts.load_chat_id, "question": "bench n=5", "request_id": new_id().hex}
    await alice.say(**ask)
    await alice.say(**ask)
    completions: list[str] = []
    while len(completions) < 2:
        frame = await alice.frame()
        if frame["data"] is True:
            completions.append(frame["id"])
        else:
            assert is_chunk(frame), frame
    assert len(set(completions)) == 1


async def test_a_request_id_is_for_one_question(alice: Talk, facts: Facts) -> None:
    request = new_id().hex
    await alice.ask(chat_id=facts.chat_id, question=QUESTION, request_id=request)
    frame = await alice.refused(
        chat_id=facts.chat_id, question="Something else?", request_id=request
    )
    assert frame["code"] == 409
    assert frame["data"]["request_id"] == request


async def test_the_request_ids_of_two_people_have_nothing_to_do_with_each_other(
    server: Server, alice: Talk, facts: Facts
) -> None:
    request = new_id().hex
    await alice.ask(chat_id=facts.chat_id, question=QUESTION, request_id=request)
    async with talking(server.ws + CHAT, facts.bobs_token) as bob:
        heard = await bob.ask(chat_id=facts.bobs["chat_id"], question=QUESTION, request_id=request)
        assert heard.completion
        frame = await bob.refused(chat_id=facts.chat_id, question=QUESTION, request_id=request)
    assert frame["code"] == 404


async def test_four_questions_run_side_by_side(alice: Talk, facts: Facts) -> None:
    for number in range(5):
        await alice.say(
            chat_id=facts.load_chat_id,
            question=f"bench n={20 + number} rate=40",
            request_id=f"{number}-{facts.token[-6:]}-{id(alice)}",
        )
    order: list[str] = []
    refused: list[Frame] = []
    ended: set[str] = set()
    while len(ended) < 4:
        frame = await alice.frame()
        if frame["code"]:
            refused.append(frame)
        elif frame["data"] is True:
            ended.add(frame["request_id"])
        else:
            order.append(frame["data"]["request_id"])
    assert [frame["code"] for frame in refused] == [429]
    assert refused[0]["data"]["request_id"].startswith("4-")
    # They take turns: the last to begin began before the first had ended.
    assert max(order.index(name) for name in set(order)) < len(order) - order[::-1].index(order[0])


async def test_a_dropped_connection_resumes_where_it_was(
    server: Server, alice: Talk, facts: Facts
) -> None:
    async with talking(server.ws + CHAT, facts.token) as lost:
        await lost.say(chat_id=facts.load_chat_id, question="bench n=80 rate=80")
        first = await lost.chunk()
        lost.socket.transport.abort()
    rest = await alice.ask(type="resume", id=first["data"]["id"], offset=first["data"]["offset"])
    whole = await alice.ask(type="resume", session_id=first["data"]["session_id"])

    assert rest.completion["status"] == "complete"
    assert first["data"]["answer"] + rest.text == whole.text
    assert len(whole.text.split()) == 80
    assert whole.id == first["data"]["id"]


async def test_the_record_has_what_was_said(alice: Talk, facts: Facts) -> None:
    live = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    again = await alice.ask(type="resume", id=live.id)

    assert again.text == live.text
    assert again.reference == live.reference
    assert again.completion == live.completion


async def test_an_offset_that_was_never_reached(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question="帝洛斯岛的首府是什么？")
    end = heard.chunks[-1]["offset"]
    assert (await alice.refused(type="resume", id=heard.id, offset=end + 1))["code"] == 409
    assert (await alice.ask(type="resume", id=heard.id, offset=end)).text == ""


async def test_a_failure_is_told_again(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.model_chat_ids["cut"], question=QUESTION)
    again = await alice.ask(type="resume", id=heard.id)

    assert again.text == heard.text
    assert [error["code"] for error in again.errors] == [502]
    assert again.completion["status"] == "failed"


async def test_a_busy_session_says_which_answer_is_running(
    server: Server, alice: Talk, facts: Facts
) -> None:
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    async with talking(server.ws + CHAT, facts.token) as other:
        frame = await other.refused(
            chat_id=facts.load_chat_id,
            question="bench n=1",
            session_id=first["data"]["session_id"],
        )
    await alice.say(type="stop", id=first["data"]["id"])
    await alice.rest()
    assert frame["code"] == 409
    assert frame["data"]["id"] == first["data"]["id"]


async def test_events_tell_the_stages(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question=QUESTION, events=True)
    stages = [chunk["stage"] for chunk in heard.chunks if "stage" in chunk]
    assert stages[-1] == "answering"
    assert set(stages) <= {"retrieving", "thinking", "answering"}

    silent = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    assert not any("stage" in chunk for chunk in silent.chunks)
