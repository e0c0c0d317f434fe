"""A client as one should be written: it comes back, anywhere, with the offset it has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random

from tests.chaos.question import Question, Violation
from tests.support.websocket_client import Frame, Wire, open_wire

# Seconds. An answer lasts eight at most; the rest is for machines that are busy with other things.
PATIENCE_S = 150
RETRY_S = 0.3
STALL_S = 1.5
STOP_AGAIN_S = 2

CONFLICT, UNAVAILABLE = 409, 503
GONE = (OSError, TimeoutError)
# No piece is that long unless it has waited for its reader.
PILED_UP_BYTES = 16_000


class Client:
    """`ports`: the processes it may ask; `path`: with its credential."""

    def __init__(
        self, ports: Sequence[int], path: str, chat_id: str, random: Random, counts: Counter[str]
    ) -> None:
        self.ports = ports
        self.path = path
        self.chat_id = chat_id
        self.random = random
        self.counts = counts
        self.wire: Wire | None = None
        self.port = random.choice(ports)
        self._begun = asyncio.Event()

    async def settle(self, question: Question) -> None:
        """Ask, and come back until the completion frame is here."""
        self._begun.clear()
        stopping = asyncio.create_task(self._stop(question)) if question.is_stopped else None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not question.status:
                    await self._try(question)
        except TimeoutError:
            raise Violation(f"{question}: no end within {PATIENCE_S} s") from None
        finally:
            if stopping:
                stopping.cancel()

    async def aclose(self) -> None:
        if self.wire:
            self.wire.close()
            self.wire = None

    async def _try(self, question: Question) -> None:
        try:
            if question.is_read_slowly:
                self.leave()
            if self.wire is None:
                self.wire = await open_wire(self.port, self.path, question.is_read_slowly)
            await self._begin(self.wire, question)
            await self._listen(self.wire, question)
            await self._check_silence(self.wire, question)
        except GONE:
            await self._go_elsewhere()

    async def _begin(self, wire: Wire, question: Question) -> None:
        offset = len(question.heard)
        if question.answer_id and self.random.random() < 0.7:
            await wire.send(type="resume", id=question.answer_id, offset=offset)
            return
        ask = {"question": question.text, "request_id": question.request_id, "offset": offset}
        if question.asked_in:
            ask["session_id"] = question.asked_in
        await wire.send(chat_id=self.chat_id, **ask)

    async def _listen(self, wire: Wire, question: Question) -> None:
        cut = question.cuts.pop() if question.cuts else None
        frames = 0
        while not question.status:
            if frames == cut:
                await self._cut(wire)
            frame = await wire.frame()
            frames += 1
            if not self._take(frame, question):
                await asyncio.sleep(RETRY_S)
                raise ConnectionError
            if question.is_read_slowly and frames == 1:
                self.counts["stalls"] += 1
                await asyncio.sleep(STALL_S)

    async def _cut(self, wire: Wire) -> None:
        """Half a frame, and then nothing: one side waits for the rest."""
        if self.random.random() < 0.5:
            self.counts["cuts of what is sent"] += 1
            wire.send_half(type="ping", padding="x" * 200)
        else:
            await wire.half_a_frame()
            self.counts["cuts of what is received"] += 1
        raise ConnectionError

    def _take(self, frame: Frame, question: Question) -> bool:
        """False: this server does not take the request."""
        data = frame["data"]
        if data is True:
            question.end(frame)
            return True
        if frame["code"] == 0:
            question.hear(data)
            self._begun.set()
            self.counts["pieces that piled up"] += len(data["answer"]) > PILED_UP_BYTES
            return True
        if frame["code"] == CONFLICT and "beyond" in frame["message"]:
            self.counts["started over"] += 1
            question.start_over()
            return False
        if frame["code"] == UNAVAILABLE:
            # Refused by a server that is leaving, or the error before the completion frame.
            return bool(data.get("id"))
        raise Violation(f"{question}: {frame}")

    async def _stop(self, question: Question) -> None:
        """From a connection of its own, anywhere; and again, in case that was not heard."""
        await self._begun.wait()
        self.counts["stops"] += 1
        while True:
            try:
                with await open_wire(self.random.choice(self.ports), self.path) as wire:
                    await wire.send(type="stop", id=question.answer_id)
                    await asyncio.sleep(STOP_AGAIN_S)
            except GONE:
                await asyncio.sleep(RETRY_S)

    async def _check_silence(self, wire: Wire, question: Question) -> None:
        """One completion frame, and nothing after it."""
        await wire.send(type="ping")
        frame = await wire.frame()
        if frame["message"] != "pong":
            raise Violation(f"{question}: after its end came {frame}")

    async def _go_elsewhere(self) -> None:
        self.leave()
        before, self.port = self.port, self.random.choice(self.ports)
        self.counts["came back elsewhere"] += before != self.port
        await asyncio.sleep(self.random.random() * RETRY_S)

    def leave(self) -> None:
        if self.wire:
            self.wire.abort()
            self.wire = None
