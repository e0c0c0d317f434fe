"""Sending an answer on a socket: short pieces directly, long ones and slow readers awaited."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.frames import Frame, Opcode

from chat.live.answer import LiveAnswer, Outcome, Stage, Status
from chat.live.load_shedding import load_shedding
from chat.websocket.frame_encoder import frames_of
from chat.websocket.sender import Sender
from chat.websocket.streaming import MAX_DIRECT_BYTES, send_answer


class Socket:
    """Records which frames were written directly, and which were awaited."""

    def __init__(self, is_free: bool = True) -> None:
        self.free = is_free
        self.direct: list[bytes] = []
        self.awaited: list[Any] = []
        self.sender = Sender(self.send, direct_writer=self)

    def is_free(self) -> bool:
        return self.free

    def write(self, frame: bytes) -> None:
        self.direct.append(frame)

    async def send(self, message: Any) -> None:
        self.awaited.append(json.loads(message["text"]))

    @property
    def pieces(self) -> list[str]:
        """What was written directly: the text, or the stage."""
        data = [json.loads(payload_of(frame))["data"] for frame in self.direct]
        return [piece["answer"] or str(piece.get("stage", "")) for piece in data]


def payload_of(frame: bytes) -> bytes:
    header = 2 if frame[1] < 126 else 4 if frame[1] == 126 else 10
    assert Frame(Opcode.TEXT, frame[header:]).serialize(mask=False) == frame
    return frame[header:]


async def begin_sending(answer: LiveAnswer, socket: Socket, **how: Any) -> asyncio.Task[None]:
    """Returns when all there is was sent."""
    task = asyncio.create_task(send_answer(answer, socket.sender, **how))
    await asyncio.wait([task], timeout=0)
    return task


async def end(answer: LiveAnswer, task: asyncio.Task[None]) -> None:
    answer.end(Outcome(Status.COMPLETE))
    await task


async def test_short_pieces_are_written_directly() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket()
    task = await begin_sending(answer, socket)
    for piece in ["RAG", "Flow", " "]:
        answer.write(piece)
    assert socket.pieces == ["RAG", "Flow", " "]
    await end(answer, task)
    assert [frame["data"] is True for frame in socket.awaited] == [False, True]


async def test_two_readers_are_sent_the_same_bytes() -> None:
    answer, one, two = LiveAnswer("a1", "s1"), Socket(), Socket()
    tasks = [await begin_sending(answer, socket) for socket in (one, two)]
    answer.write("RAG")
    answer.write("Flow")
    assert one.direct[1] is two.direct[1], "encoded once, not once a reader"
    for task in tasks:
        await end(answer, task)
    assert frames_of(answer).ending(Outcome(Status.COMPLETE)) is frames_of(answer).ending(
        Outcome(Status.COMPLETE)
    )


async def test_a_long_piece_is_awaited() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket()
    task = await begin_sending(answer, socket)
    answer.write("x" * (MAX_DIRECT_BYTES + 1))
    answer.write("y")
    assert socket.direct == []
    await end(answer, task)
    text = "".join(frame["data"]["answer"] for frame in socket.awaited[:-1])
    assert text == "x" * (MAX_DIRECT_BYTES + 1) + "y"


async def test_a_full_socket_gets_collected_text_in_one_frame() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket(is_free=False)
    task = await begin_sending(answer, socket)
    for piece in ["RAG", "Flow", " is"]:
        answer.write(piece)
    await asyncio.wait([task], timeout=0)
    assert [frame["data"]["answer"] for frame in socket.awaited] == ["RAGFlow is"]

    socket.free = True
    await asyncio.wait([task], timeout=0)
    answer.write(" free")
    assert socket.pieces == [" free"]
    await end(answer, task)


async def test_stages_reasoning_and_text_keep_their_order() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket()
    task = await begin_sending(answer, socket, events=True)
    answer.enter(Stage.RETRIEVING)
    answer.write_reasoning("Hmm")
    answer.write("Yes")
    answer.write("!")
    data = [json.loads(payload_of(frame))["data"] for frame in socket.direct]
    told = [
        (one["offset"], one.get("stage") or one.get("reasoning") or one["answer"]) for one in data
    ]
    assert told[:3] == [(0, "retrieving"), (0, "thinking"), (0, "Hmm")]
    assert told[3:] == [(0, "answering"), (3, "Yes"), (4, "!")]
    await end(answer, task)


async def test_without_stream_nothing_is_sent_before_the_end() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket()
    task = await begin_sending(answer, socket, stream=False)
    answer.write("RAG")
    answer.write("Flow")
    assert socket.direct == []
    await end(answer, task)
    assert [frame["data"] is True or frame["data"]["answer"] for frame in socket.awaited] == [
        "RAGFlow",
        True,
    ]


async def test_an_overloaded_process_sends_fewer_frames_and_loses_no_text() -> None:
    answer, socket = LiveAnswer("a1", "s1"), Socket()
    task = await begin_sending(answer, socket)
    load_shedding().gap_s = 0.001
    pieces = ["RAG", "Flow", " is", " late"]
    for piece in pieces:
        answer.write(piece)
    await end(answer, task)
    assert socket.direct == []
    texts = [frame["data"]["answer"] for frame in socket.awaited[:-1]]
    assert "".join(texts) == "".join(pieces)
    assert len(texts) < len(pieces)
