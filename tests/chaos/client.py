"""A client as one should be written: it reconnects to any process and resumes from its offset."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random

from tests.chaos.question import Question, Violation
from tests.support.websocket_client import Frame, WebSocketConnection, open_connection

# Seconds. An answer lasts eight at most; the rest allows for a busy machine.
TIMEOUT_S = 150
RETRY_S = 0.3
STALL_S = 1.5
STOP_AGAIN_S = 2

# Counted before: only then may text that was shown be lost.
BOTH_LOST = "process and Redis lost"
CONFLICT, UNAVAILABLE = 409, 503
CONNECTION_ERRORS = (OSError, TimeoutError)
# A chunk is only that long if it was merged while its reader did not read.
MERGED_BYTES = 16_000


class Client:
    """`ports`: the processes it may connect to; `path`: includes its credential."""

    def __init__(
        self, ports: Sequence[int], path: str, chat_id: str, random: Random, counts: Counter[str]
    ) -> None:
        self.ports = ports
        self.path = path
        self.chat_id = chat_id
        self.random = random
        self.counts = counts
        self.connection: WebSocketConnection | None = None
        self.port = random.choice(ports)
        self._first_chunk = asyncio.Event()

    async def ask_until_complete(self, question: Question) -> None:
        """Asks, and reconnects until the completion frame has come."""
        self._first_chunk.clear()
        if question.lost_before is None:
            question.lost_before = self.counts[BOTH_LOST]
        stopping = asyncio.create_task(self._stop(question)) if question.is_stopped else None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while not question.status:
                    await self._attempt(question)
        except TimeoutError:
            raise Violation(f"{question}: no end within {TIMEOUT_S} s") from None
        finally:
            if stopping:
                stopping.cancel()

    async def aclose(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    async def _attempt(self, question: Question) -> None:
        try:
            if question.is_read_slowly:
                self.abort()
            if self.connection is None:
                self.connection = await open_connection(
                    self.port, self.path, question.is_read_slowly
                )
            await self._ask_or_resume(self.connection, question)
            await self._read_frames(self.connection, question)
            await self._check_nothing_follows(self.connection, question)
        except CONNECTION_ERRORS:
            await self._change_process()

    async def _ask_or_resume(self, connection: WebSocketConnection, question: Question) -> None:
        offset = len(question.received)
        if question.answer_id and self.random.random() < 0.7:
            await connection.send(type="resume", id=question.answer_id, offset=offset)
            return
        ask = {"question": question.text, "request_id": question.request_id, "offset": offset}
        if question.asked_in:
            ask["session_id"] = question.asked_in
        await connection.send(chat_id=self.chat_id, **ask)

    async def _read_frames(self, connection: WebSocketConnection, question: Question) -> None:
        cut = question.cuts.pop() if question.cuts else None
        frames = 0
        while not question.status:
            if frames == cut:
                await self._cut(connection)
            frame = await connection.frame()
            frames += 1
            if not self._accept(frame, question):
                await asyncio.sleep(RETRY_S)
                raise ConnectionError
            if question.is_read_slowly and frames == 1:
                self.counts["stalls"] += 1
                await asyncio.sleep(STALL_S)

    async def _cut(self, connection: WebSocketConnection) -> None:
        """Sends or reads half a frame, then closes: the other half never follows."""
        if self.random.random() < 0.5:
            self.counts["cuts of what is sent"] += 1
            connection.send_half(type="ping", padding="x" * 200)
        else:
            await connection.half_a_frame()
            self.counts["cuts of what is received"] += 1
        raise ConnectionError

    def _accept(self, frame: Frame, question: Question) -> bool:
        """False if this server refuses the request."""
        data = frame["data"]
        if data is True:
            question.end(frame)
            return True
        if frame["code"] == 0:
            self.counts["first chunks"] += not question.received
            question.append(data)
            self._first_chunk.set()
            self.counts["chunks merged while unread"] += len(data["answer"]) > MERGED_BYTES
            return True
        if frame["code"] == CONFLICT and "beyond" in frame["message"]:
            self.counts["started over"] += 1
            if self.counts[BOTH_LOST] == question.lost_before:
                raise Violation(f"{question}: {frame['message']}, and nothing was lost")
            question.start_over()
            return False
        if frame["code"] == UNAVAILABLE:
            # Refused, because the server leaves or its database is locked; with an id, it is the
            # error before a completion.
            self.counts["not taken"] += data.get("taken") is False
            return bool(data.get("id")) and data.get("taken") is not False
        raise Violation(f"{question}: {frame}")

    async def _stop(self, question: Question) -> None:
        """Sends stop on a connection of its own, and repeats it in case it was lost."""
        await self._first_chunk.wait()
        self.counts["stops"] += 1
        while True:
            try:
                with await open_connection(self.random.choice(self.ports), self.path) as connection:
                    await connection.send(type="stop", id=question.answer_id)
                    await asyncio.sleep(STOP_AGAIN_S)
            except CONNECTION_ERRORS:
                await asyncio.sleep(RETRY_S)

    async def _check_nothing_follows(
        self, connection: WebSocketConnection, question: Question
    ) -> None:
        """One completion frame, and nothing after it."""
        await connection.send(type="ping")
        frame = await connection.frame()
        if frame["message"] != "pong":
            raise Violation(f"{question}: after its end came {frame}")

    async def _change_process(self) -> None:
        self.abort()
        before, self.port = self.port, self.random.choice(self.ports)
        self.counts["reconnected to another process"] += before != self.port
        await asyncio.sleep(self.random.random() * RETRY_S)

    def abort(self) -> None:
        if self.connection:
            self.connection.abort()
            self.connection = None
