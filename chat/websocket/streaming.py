"""An answer shown on a socket: what there is, sent; then what has come meanwhile, and so on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from chat.live.answer import LiveAnswer, Progress, Reader, Stage
from chat.live.load_shedding import LoadShedding, load_shedding
from chat.websocket.frames import SURELY_FITS, Frames, frames_of
from chat.websocket.sender import Sender
from core.text_frame import text_frame

# A longer piece goes out frame by frame, each when the one before it is on its way.
SHORT_BYTES = 16 * 1024


async def show(
    answer: LiveAnswer,
    outlet: Sender,
    *,
    offset: int = 0,
    reasoning_offset: int | None = 0,
    stream: bool = True,
    events: bool = False,
) -> None:
    """From `offset` to the completion frame. While a frame is on its way, text piles up into the
    next one: that is the whole back-pressure. Raises `Conflict` for an impossible offset."""
    with Reader(answer, offset, reasoning_offset) as follower, load_shedding() as pace:
        await _AnswerStream(answer, follower, outlet, pace, stream, events).run()
    frames, outcome = frames_of(answer), answer.outcome
    if outcome:
        for frame in frames.ending(outcome) if stream else frames.whole(outcome):
            await outlet.text(frame)


@dataclass(slots=True)
class _AnswerStream:
    answer: LiveAnswer
    follower: Reader
    outlet: Sender
    pace: LoadShedding
    stream: bool
    events: bool
    known: Stage | None = None
    frames: Frames = field(init=False)

    def __post_init__(self) -> None:
        self.frames = frames_of(self.answer)

    async def run(self) -> None:
        while True:
            if news := self.follower.take_new():
                for frame in self._frames(news):
                    await self.outlet.text(frame)
                if gap := max(settings.CHUNK_GAP_S, self.pace.gap_s):
                    await asyncio.sleep(gap)
            elif self.answer.outcome:
                return
            else:
                await self.answer.changed(None if settings.CHUNK_GAP_S else self._write_at_once)

    def _write_at_once(self) -> bool:
        """Most pieces are short and find a socket that takes them: no task is woken for those."""
        if self.pace.gap_s or not self.outlet.is_free() or self.answer.outcome:
            return False
        if self.stream and self.follower.take_newest(SURELY_FITS):
            self.outlet.write(self.frames.newest())
            return True
        if self.follower.bytes_behind() > SHORT_BYTES:
            return False
        if news := self.follower.take_new():
            for frame in self._frames(news):
                self.outlet.write(text_frame(frame))
        return True

    def _frames(self, news: Progress) -> Iterable[str]:
        known, self.known = self.known, news.stage
        return self.frames.progress(
            news if self.stream else news.without_text(), known, self.events
        )
