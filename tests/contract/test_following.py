"""An answer is one growing text: it can be stopped, and resumed from any offset."""

from __future__ import annotations

import pytest

from core.ids import new_id
from tests.contract.conftest import CHAT
from tests.support.frame_client import Frame, FrameClient, is_chunk, open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server


async def test_a_ping_is_answered_in_mid_answer(alice: FrameClient, seeded: SeededData) -> None:
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    await alice.send(type="ping")
    while (frame := await alice.frame())["message"] != "pong":
        assert is_chunk(frame)
    assert frame["data"] == {"answer": "", "reference": {}}
    await alice.send(type="stop", id=first["data"]["id"])
    await alice.rest()


async def test_stop_ends_the_answer_and_keeps_its_text(
    alice: FrameClient, seeded: SeededData
) -> None:
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    await alice.send(type="stop", id=first["data"]["id"])
    rest = await alice.rest()
    resumed = await alice.ask(type="resume", id=first["data"]["id"])

    assert rest.completion["status"] == "stopped"
    assert not rest.errors
    assert resumed.text == first["data"]["answer"] + rest.text
    assert resumed.completion["status"] == "stopped"


async def test_stop_by_request_from_another_connection(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    request = new_id().hex
    await alice.send(
        chat_id=seeded.load_chat_id, question="bench n=2000 rate=50", request_id=request
    )
    await alice.chunk()
    async with open_client(server.ws + CHAT, seeded.token) as other:
        await other.send(type="stop", request_id=request)
        assert (await alice.rest()).completion["status"] == "stopped"


async def test_a_stranger_cannot_stop_it(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=30 rate=50")
    first = await alice.chunk()
    async with open_client(server.ws + CHAT, seeded.bobs_token) as bob:
        frame = await bob.refused(type="stop", id=first["data"]["id"])
    assert frame["code"] == 404
    assert (await alice.rest()).completion["status"] == "complete"


async def test_stop_after_the_end_says_already_ended(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    await alice.send(type="stop", id=received.id)
    frame = await alice.frame()

    assert (frame["code"], frame["message"]) == (0, "already ended")
    assert frame["data"]["answer"] == ""
    assert frame["data"]["status"] == "complete"


@pytest.mark.parametrize("frame", [{"type": "stop"}, {"type": "resume"}])
async def test_stop_and_resume_need_an_id(alice: FrameClient, frame: dict[str, str]) -> None:
    assert (await alice.refused(**frame))["code"] == 400


async def test_the_request_id_is_in_every_frame(alice: FrameClient, seeded: SeededData) -> None:
    request = new_id().hex
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION, request_id=request)

    assert {chunk["request_id"] for chunk in received.chunks} == {request}
    ids = {"request_id": request, "id": received.id, "session_id": received.session_id}
    assert received.completion.items() >= ids.items()
    assert (
        received.completion["timing"]["total_ms"] >= received.completion["timing"]["first_token_ms"]
    )


async def test_the_same_request_is_answered_once(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    ask = {"chat_id": seeded.load_chat_id, "question": "bench n=60 rate=60"}
    ask["request_id"] = new_id().hex
    await alice.send(**ask)
    first = await alice.chunk()
    async with open_client(server.ws + CHAT, seeded.token) as again:
        joined = await again.ask(**ask)
    rest = await alice.rest()
    later = await alice.ask(**ask)
    partly = await alice.ask(**ask, offset=first["data"]["offset"])

    assert joined.text == later.text == first["data"]["answer"] + rest.text
    assert joined.id == later.id == first["data"]["id"]
    assert partly.text == rest.text


async def test_the_same_request_sent_twice_at_once(alice: FrameClient, seeded: SeededData) -> None:
    ask = {"chat_id": seeded.load_chat_id, "question": "bench n=5", "request_id": new_id().hex}
    await alice.send(**ask)
    await alice.send(**ask)
    completions: list[str] = []
    while len(completions) < 2:
        frame = await alice.frame()
        if frame["data"] is True:
            completions.append(frame["id"])
        else:
            assert is_chunk(frame), frame
    assert len(set(completions)) == 1


async def test_a_request_id_is_for_one_question(alice: FrameClient, seeded: SeededData) -> None:
    request = new_id().hex
    await alice.ask(chat_id=seeded.chat_id, question=QUESTION, request_id=request)
    frame = await alice.refused(
        chat_id=seeded.chat_id, question="Something else?", request_id=request
    )
    assert frame["code"] == 409
    assert frame["data"]["request_id"] == request


async def test_two_users_may_use_the_same_request_id(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    request = new_id().hex
    await alice.ask(chat_id=seeded.chat_id, question=QUESTION, request_id=request)
    async with open_client(server.ws + CHAT, seeded.bobs_token) as bob:
        received = await bob.ask(
            chat_id=seeded.bobs["chat_id"], question=QUESTION, request_id=request
        )
        assert received.completion
        frame = await bob.refused(chat_id=seeded.chat_id, question=QUESTION, request_id=request)
    assert frame["code"] == 404


async def test_four_questions_run_side_by_side(alice: FrameClient, seeded: SeededData) -> None:
    for number in range(5):
        await alice.send(
            chat_id=seeded.load_chat_id,
            question=f"bench n={20 + number} rate=40",
            request_id=f"{number}-{seeded.token[-6:]}-{id(alice)}",
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
    # They run concurrently: the last one began before the first had ended.
    assert max(order.index(name) for name in set(order)) < len(order) - order[::-1].index(order[0])


async def test_a_dropped_connection_resumes_where_it_was(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    async with open_client(server.ws + CHAT, seeded.token) as lost:
        await lost.send(chat_id=seeded.load_chat_id, question="bench n=80 rate=80")
        first = await lost.chunk()
        lost.socket.transport.abort()
    rest = await alice.ask(type="resume", id=first["data"]["id"], offset=first["data"]["offset"])
    whole = await alice.ask(type="resume", session_id=first["data"]["session_id"])

    assert rest.completion["status"] == "complete"
    assert first["data"]["answer"] + rest.text == whole.text
    assert len(whole.text.split()) == 80
    assert whole.id == first["data"]["id"]


async def test_a_finished_answer_is_resumed_as_it_was_sent(
    alice: FrameClient, seeded: SeededData
) -> None:
    live = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    again = await alice.ask(type="resume", id=live.id)

    assert again.text == live.text
    assert again.reference == live.reference
    assert again.completion == live.completion


async def test_an_offset_beyond_the_text_is_refused(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question="帝洛斯岛的首府是什么？")
    end = received.chunks[-1]["offset"]
    assert (await alice.refused(type="resume", id=received.id, offset=end + 1))["code"] == 409
    assert (await alice.ask(type="resume", id=received.id, offset=end)).text == ""


async def test_a_resumed_failure_has_its_error_again(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(chat_id=seeded.model_chat_ids["cut"], question=QUESTION)
    again = await alice.ask(type="resume", id=received.id)

    assert again.text == received.text
    assert [error["code"] for error in again.errors] == [502]
    assert again.completion["status"] == "failed"


async def test_a_busy_session_says_which_answer_is_running(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=2000 rate=50")
    first = await alice.chunk()
    async with open_client(server.ws + CHAT, seeded.token) as other:
        frame = await other.refused(
            chat_id=seeded.load_chat_id,
            question="bench n=1",
            session_id=first["data"]["session_id"],
        )
    await alice.send(type="stop", id=first["data"]["id"])
    await alice.rest()
    assert frame["code"] == 409
    assert frame["data"]["id"] == first["data"]["id"]


async def test_events_report_the_stages(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION, events=True)
    stages = [chunk["stage"] for chunk in received.chunks if "stage" in chunk]
    assert stages[-1] == "answering"
    assert set(stages) <= {"retrieving", "thinking", "answering"}

    silent = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    assert not any("stage" in chunk for chunk in silent.chunks)
