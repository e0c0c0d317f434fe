"""Sends an answer on a socket: the text there is, then what was written meanwhile, and so on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from chat.live.answer import LiveAnswer, Progress, Reader, Stage
from chat.live.load_shedding import LoadShedding, load_shedding
from chat.websocket.frame_encoder import ALWAYS_FITS, Frames, frames_of
from chat.websocket.sender import Sender
from core.websocket_frame import text_frame

# Longer text is awaited frame by frame, each after the one before it was taken.
MAX_DIRECT_BYTES = 16 * 1024


async def send_answer(
    answer: LiveAnswer,
    sender: Sender,
    *,
    offset: int = 0,
    reasoning_offset: int | None = 0,
    stream: bool = True,
    events: bool = False,
) -> None:
    """From `offset` to the completion frame. While a frame is being sent, text collects for the
    next one: that is the whole back-pressure. Raises Conflict for an impossible offset."""
    with Reader(answer, offset, reasoning_offset) as reader, load_shedding() as shedding:
        await _AnswerStream(answer, reader, sender, shedding, stream, events).run()
    frames, outcome = frames_of(answer), answer.outcome
    if outcome:
        for frame in frames.ending(outcome, events) if stream else frames.whole(outcome, events):
            await sender.send_text(frame)


@dataclass(slots=True)
class _AnswerStream:
    answer: LiveAnswer
    reader: Reader
    sender: Sender
    shedding: LoadShedding
    stream: bool
    events: bool
    # The stage that the client was told last.
    known: Stage | None = None
    frames: Frames = field(init=False)

    def __post_init__(self) -> None:
        self.frames = frames_of(self.answer)

    async def run(self) -> None:
        while True:
            if new := self.reader.take_new():
                for frame in self._frames(new):
                    await self.sender.send_text(frame)
                if gap_s := max(settings.CHUNK_GAP_S, self.shedding.gap_s):
                    await asyncio.sleep(gap_s)
            elif self.answer.outcome:
                return
            else:
                await self.answer.changed(None if settings.CHUNK_GAP_S else self._write_directly)

    def _write_directly(self) -> bool:
        """Whether what is new was written without waking this task: most pieces are short, and
        most sockets take them at once."""
        if self.shedding.gap_s or not self.sender.is_free() or self.answer.outcome:
            return False
        if self.stream and self.reader.take_newest(ALWAYS_FITS):
            self.sender.write(self.frames.newest())
            return True
        if self.reader.bytes_behind() > MAX_DIRECT_BYTES:
            return False
        if new := self.reader.take_new():
            for frame in self._frames(new):
                self.sender.write(text_frame(frame))
        return True

    def _frames(self, new: Progress) -> Iterable[str]:
        known, self.known = self.known, new.stage
        return self.frames.progress(new if self.stream else new.without_text(), known, self.events)
