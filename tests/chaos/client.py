"""A client as one should be written: it comes back, anywhere, with the offset it has."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.chaos.question import Question, Violation

# Seconds.
PATIENCE_S = 60
RETRY_S = 0.3
SLOW_S = 0.2

CONFLICT, INTERRUPTED = 409, 503
# asyncio says RuntimeError of a transport that was cut while it was written to.
GONE = (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, EOFError, RuntimeError)


class Client:
    def __init__(self, urls: list[str], chat_id: str, random: Random, counts: Counter[str]) -> None:
        self.urls = urls
        self.chat_id = chat_id
        self.random = random
        self.counts = counts
        self.socket: ClientConnection | None = None
        self.url = random.choice(urls)

    async def settle(self, question: Question, session_id: str) -> None:
        """Ask, and come back until the completion frame is here."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not question.status:
                    await self._try(question, session_id)
        except TimeoutError:
            raise Violation(f"{question}: no end within {PATIENCE_S} s") from None

    async def aclose(self) -> None:
        if self.socket:
            await self.socket.close()
            self.socket = None

    async def _try(self, question: Question, session_id: str) -> None:
        try:
            self.socket = self.socket or await connect(
                self.url, max_size=None, ping_interval=None, open_timeout=20, close_timeout=1
            )
            await self._begin(self.socket, question, session_id)
            await self._listen(self.socket, question)
        except GONE:
            await self._go_elsewhere()

    async def _begin(self, socket: ClientConnection, question: Question, session_id: str) -> None:
        if question.answer_id and self.random.random() < 0.7:
            self.counts["resumes"] += 1
            frame: dict[str, Any] = {"type": "resume", "id": question.answer_id}
        else:
            frame = {
                "chat_id": self.chat_id,
                "question": question.text,
                "request_id": question.request_id,
            }
            if session_id:
                frame["session_id"] = session_id
        await socket.send(json.dumps({**frame, "offset": len(question.heard)}))

    async def _listen(self, socket: ClientConnection, question: Question) -> None:
        cut = question.cuts.pop() if question.cuts else None
        frames = 0
        while not question.status:
            if frames == cut:
                self.counts["cuts"] += 1
                # Half a frame, and then nothing: the server waits for the rest.
                socket.transport.write(b"\x81\xfe\x01")
                socket.transport.abort()
                raise EOFError
            frame = json.loads(await socket.recv())
            frames += 1
            if not await self._take(frame, question):
                await asyncio.sleep(RETRY_S)
                raise EOFError
            if question.is_read_slowly:
                await asyncio.sleep(SLOW_S)
            if question.is_stopped and question.answer_id and not question.status:
                question.is_stopped = False
                await self._stop(question)

    async def _take(self, frame: dict[str, Any], question: Question) -> bool:
        """False: this server does not take the request."""
        data = frame["data"]
        if data is True:
            if frame.get("request_id") != question.request_id:
                raise Violation(f"{question}: somebody else's end {frame}")
            question.end(frame)
            return True
        if frame["code"] == 0:
            question.hear(data)
            return True
        if frame["code"] == CONFLICT and "beyond" in frame["message"]:
            self.counts["started over"] += 1
            question.start_over()
            return False
        if frame["code"] == INTERRUPTED:
            # Refused by a server that is leaving, or the error before the completion frame.
            return bool(data.get("id"))
        raise Violation(f"{question}: {frame}")

    async def _stop(self, question: Question) -> None:
        """From a connection of its own, anywhere."""
        self.counts["stops"] += 1
        try:
            async with connect(self.random.choice(self.urls), close_timeout=1) as socket:
                await socket.send(json.dumps({"type": "stop", "id": question.answer_id}))
                await socket.send(json.dumps({"type": "ping"}))
                await socket.recv()
        except GONE:
            self.counts["stops nobody heard"] += 1

    async def _go_elsewhere(self) -> None:
        if self.socket:
            self.socket.transport.abort()
            await self.socket.wait_closed()
            self.socket = None
        self.url = self.random.choice(self.urls)
        await asyncio.sleep(self.random.random() * RETRY_S)
