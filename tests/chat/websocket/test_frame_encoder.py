"""Outbound frames: the shapes of the published document, and limits that lose no text."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chat.engines.base import EngineFailed
from chat.live.answer import LiveAnswer, Outcome, Progress, Stage, Status
from chat.websocket.frame_encoder import Frames, error_frame, frames_of, status_frame
from core.errors import NotFound, TooManyRequests

REFERENCE = {
    "total": 1,
    "chunks": [{"id": "c", "content": "x" * 4000, "similarity": float("nan")}],
    "doc_aggs": [],
}

ANSWERS: list[LiveAnswer] = []


@pytest.fixture(autouse=True)
def answers_kept_alive() -> Iterator[None]:
    """Frames do not keep their answer alive: their reader does, here the test."""
    yield
    ANSWERS.clear()


def answer_of(text: str = "", request_id: str = "", reasoning: str = "") -> LiveAnswer:
    answer = LiveAnswer("a1", "s1", request_id)
    ANSWERS.append(answer)
    if reasoning:
        answer.write_reasoning(reasoning)
    if text:
        answer.write(text)
    return answer


def read(frames: Any) -> list[Any]:
    return [json.loads(frame) for frame in frames]


def test_the_fields_of_a_text_frame() -> None:
    frame = json.loads(Frames(answer_of("Hé")).text("Hé", 3))
    assert frame == {
        "code": 0,
        "message": "",
        "data": {"answer": "Hé", "reference": {}, "id": "a1", "session_id": "s1", "offset": 3},
    }


def test_the_request_id_is_echoed() -> None:
    frames = Frames(answer_of("Hi", request_id="r1"))
    chunk = json.loads(frames.text("Hi", 2))
    *_, completion = read(frames.ending(Outcome(Status.COMPLETE)))
    assert chunk["data"]["request_id"] == completion["request_id"] == "r1"


def test_the_fields_of_the_last_frames() -> None:
    last, completion = read(
        Frames(answer_of("Hi")).ending(
            Outcome(Status.COMPLETE, REFERENCE, {"total_tokens": 3}, {"total_ms": 5})
        )
    )
    assert last["data"]["answer"] == ""
    assert last["data"]["reference"]["chunks"][0]["similarity"] is None
    assert completion == {
        "code": 0,
        "message": "",
        "data": True,
        "id": "a1",
        "session_id": "s1",
        "status": "complete",
        "usage": {"total_tokens": 3},
        "timing": {"total_ms": 5},
    }


@pytest.mark.parametrize("stream", [True, False])
def test_suggestions_are_in_the_completion_of_clients_that_asked_for_events(stream: bool) -> None:
    outcome = Outcome(Status.COMPLETE, suggestions=["How long does it steep?"])
    frames = Frames(answer_of("Hi"))
    send = frames.ending if stream else frames.whole
    *_, completion = read(send(outcome))
    *_, with_events = read(send(outcome, True))
    assert "suggestions" not in completion
    assert with_events == {**completion, "suggestions": ["How long does it steep?"]}


def test_a_failure_in_mid_answer_is_sent_before_the_completion() -> None:
    outcome = Outcome(Status.FAILED, error=EngineFailed("The model's server failed"))
    _last, error, completion = read(Frames(answer_of("Hi", "r1")).ending(outcome))
    assert error == {
        "code": 502,
        "message": "The model's server failed",
        "data": {
            "answer": "**ERROR**: The model's server failed",
            "reference": [],
            "id": "a1",
            "session_id": "s1",
            "request_id": "r1",
        },
    }
    assert (completion["data"], completion["status"]) == (True, "failed")


def test_stages_are_sent_when_they_change_and_were_asked_for() -> None:
    frames = Frames(answer_of("Hi"))
    step = Progress("Hi", 2, "", Stage.ANSWERING)
    assert len([*frames.progress(step, None, events=False)]) == 1
    assert len([*frames.progress(step, Stage.ANSWERING, events=True)]) == 1
    stage, chunk = read(frames.progress(step, Stage.RETRIEVING, events=True))
    assert (stage["data"]["stage"], stage["data"]["answer"]) == ("answering", "")
    assert chunk["data"]["answer"] == "Hi"


def test_a_frame_without_text_has_the_offset_before_the_text() -> None:
    step = Progress("Yes", 3, "hmm", Stage.ANSWERING)
    frames = read(Frames(answer_of("Yes")).progress(step, None, events=True))
    assert [frame["data"]["offset"] for frame in frames] == [0, 0, 3]


def test_reasoning_comes_beside_an_empty_answer() -> None:
    step = Progress("Yes", 3, "hmm", Stage.ANSWERING)
    thought, chunk = read(Frames(answer_of("Yes")).progress(step, None, events=False))
    assert (thought["data"]["answer"], thought["data"]["reasoning"]) == ("", "hmm")
    assert chunk["data"]["answer"] == "Yes"


@pytest.mark.parametrize("text", ["word " * 20_000, "汉字" * 20_000, "\x01" * 20_000])
def test_no_frame_is_too_large_and_no_text_is_lost(text: str, settings: Any) -> None:
    settings.MAX_OUTBOUND_FRAME_BYTES = 16 * 1024
    answer = answer_of(text)
    step = Progress(text, answer.text.size, "", Stage.ANSWERING)
    reference = REFERENCE | {"chunks": REFERENCE["chunks"] * 10}  # type: ignore[operator]
    streamed = [*Frames(answer).progress(step, None, events=False)]
    whole = [*Frames(answer).whole(Outcome(Status.COMPLETE, reference))]
    for frames in (streamed, whole):
        assert max(len(frame.encode()) for frame in frames) <= 16 * 1024
        chunks = [frame["data"] for frame in read(frames) if frame["data"] is not True]
        assert "".join(chunk["answer"] for chunk in chunks) == text
        offsets = [chunk["offset"] for chunk in chunks]
        assert offsets == sorted(offsets)
    assert len(read(whole)[-2]["data"]["reference"]["chunks"]) == 10


def test_a_whole_answer_is_one_frame() -> None:
    outcome = Outcome(Status.COMPLETE, REFERENCE)
    chunk, completion = read(Frames(answer_of("All", reasoning="hmm")).whole(outcome))
    assert (chunk["data"]["answer"], chunk["data"]["reasoning"]) == ("All", "hmm")
    assert chunk["data"]["reference"]["total"] == 1
    assert completion["data"] is True


def test_an_error_frame_has_the_ids_that_are_known() -> None:
    frame = json.loads(
        error_frame(TooManyRequests("Too many", retry_after=3), request_id="r", id=None)
    )
    assert frame["code"] == 429
    assert frame["data"] == {
        "answer": "**ERROR**: Too many",
        "reference": [],
        "request_id": "r",
        "retry_after": 3,
    }
    assert json.loads(error_frame(NotFound("There is no such dialog")))["code"] == 404


def test_a_status_frame_is_harmless_to_clients_that_append_answers() -> None:
    assert json.loads(status_frame("pong"))["data"] == {"answer": "", "reference": {}}


def test_readers_of_an_answer_share_its_frames() -> None:
    answer = answer_of("Hi")
    assert frames_of(answer) is frames_of(answer)
    assert frames_of(answer).text("Hi", 2) is frames_of(answer).text("Hi", 2)
