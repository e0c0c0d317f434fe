"""Encodes answers, statuses and errors as WebSocket frames. `protocol.py` is the other half."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring as quote
from typing import Any
from weakref import WeakKeyDictionary, proxy

from django.conf import settings

from chat.live.answer import LiveAnswer, Outcome, Progress, Stage
from core.errors import AppError
from core.websocket_frame import text_frame

# An upper bound of what a frame has around its text, ids included.
ENVELOPE_BYTES = 1024
# Characters, or bytes, that fit into a frame: its limit is never set lower than six times that.
ALWAYS_FITS = 1024


def dump(value: object) -> str:
    """JSON in which NaN is null: no score is better than a frame that no client can parse."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return dump(_finite(value))


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value


def status_frame(message: str, **extra: object) -> str:
    """A frame with a message only. Its `answer` is empty: part A's clients need the field."""
    data: dict[str, object] = {"answer": "", "reference": {}, **extra}
    return dump({"code": 0, "message": message, "data": data})


PONG = status_frame("pong")


def error_frame(error: AppError, **ids: str | None) -> str:
    """`ids` of what failed; those that are None are left out."""
    data: dict[str, object] = {
        "answer": f"**ERROR**: {error}",
        "reference": [],
        **{name: value for name, value in ids.items() if value},
        **error.details,
    }
    return dump({"code": int(error.code), "message": str(error), "data": data})


def frames_of(answer: LiveAnswer) -> Frames:
    """All readers of an answer share its frames: a piece that many read is encoded once."""
    frames = _frames.get(answer)
    if frames is None:
        frames = _frames[answer] = Frames(answer)
    return frames


class Frames:
    """The frames of one answer. What they have in common is encoded once, not once per frame."""

    __slots__ = ("_answer", "_ending", "_ids", "_last", "_last_key", "_newest", "_newest_end")

    def __init__(self, answer: LiveAnswer) -> None:
        # A proxy: `_frames` keeps this object, which would keep the answer alive for ever.
        self._answer = proxy(answer)
        ids = {"id": answer.id, "session_id": answer.session_id}
        if answer.request_id:
            ids["request_id"] = answer.request_id
        self._ids = dump(ids)[1:-1]
        self._last_key: tuple[int, int] | None = None
        self._last = ""
        self._ending: Sequence[str] = ()
        self._newest_end = -1
        self._newest = b""

    def text(self, text: str, offset: int) -> str:
        """The frame that carries `text`, up to and including byte `offset` of the answer."""
        key = (offset, len(text))
        if key != self._last_key:
            self._last, self._last_key = self._encode(text, offset), key
        return self._last

    def _encode(self, text: str, offset: int) -> str:
        return (
            f'{{"code":0,"message":"","data":{{"answer":{quote(text)},"reference":{{}},'
            f'{self._ids},"offset":{offset}}}}}'
        )

    def newest(self) -> bytes:
        """The frame with the piece written last, as bytes on the wire."""
        text = self._answer.text
        if text.size != self._newest_end:
            self._newest = text_frame(self._encode(text.last_piece, text.size))
            self._newest_end = text.size
        return self._newest

    def progress(self, progress: Progress, known: Stage | None, events: bool) -> Iterable[str]:
        """The frames for new text; `known` is the stage that the client was told last."""
        text, offset, reasoning, stage = progress
        if not reasoning and (stage == known or not events) and len(text) < ALWAYS_FITS:
            return (self.text(text, offset),) if text else ()
        return (frame for _, frame in self.numbered(progress, known, events))

    def numbered(
        self, progress: Progress, known: Stage | None, events: bool
    ) -> Iterator[tuple[int, str]]:
        """The same, each with the offset it reaches. One at a time, so that a late reader of a long
        answer does not hold all of it twice."""
        text, offset, reasoning, stage = progress
        start = offset - len(text.encode())
        if stage and events and stage != known:
            yield start, self._frame(start, stage=stage)
        yield from ((start, self._frame(start, reasoning=part)) for part in _parts(reasoning))
        yield from self._texts(_parts(text), start)

    def _texts(self, parts: Iterable[str], start: int) -> Iterator[tuple[int, str]]:
        for part in parts:
            start += len(part.encode())
            yield start, self.text(part, start)

    def ending(self, outcome: Outcome, events: bool = False) -> Sequence[str]:
        """The frame with the reference, the error if there was one, and the completion frame."""
        if not self._ending:
            self._ending = tuple(self._last_frames(outcome))
        if events and outcome.suggestions:
            return (*self._ending[:-1], self._completion(outcome, events))
        return self._ending

    def _last_frames(self, outcome: Outcome) -> Iterator[str]:
        if self._answer.text.size or not outcome.error:
            yield self._frame(self._answer.text.size, reference=self._fitting(outcome.reference))
        yield from self._error_and_completion(outcome)

    def whole(self, outcome: Outcome, events: bool = False) -> Iterator[str]:
        """The answer in one frame, as `stream: false` asks for it; in several if it is too big."""
        *parts, last = _parts(str(self._answer.text)) or ("",)
        *reasonings, reasoning = _parts(str(self._answer.reasoning)) or ("",)
        yield from (self._frame(0, reasoning=part) for part in reasonings)
        yield from (frame for _, frame in self._texts(parts, 0))
        extra = {"reasoning": reasoning} if reasoning else {}
        taken = len(dump([last, reasoning]).encode())
        reference = self._fitting(outcome.reference, taken)
        yield self._frame(self._answer.text.size, last, reference, **extra)
        yield from self._error_and_completion(outcome, events)

    def _error_and_completion(self, outcome: Outcome, events: bool = False) -> Iterator[str]:
        answer = self._answer
        if outcome.error:
            ids = {"id": answer.id, "session_id": answer.session_id}
            yield error_frame(outcome.error, **ids, request_id=answer.request_id)
        yield self._completion(outcome, events)

    def _completion(self, outcome: Outcome, events: bool) -> str:
        """Suggestions are for clients that asked for events: others would not show them."""
        more = {"status": outcome.status, "usage": outcome.usage, "timing": outcome.timing}
        if events and outcome.suggestions:
            more["suggestions"] = outcome.suggestions
        return f'{{"code":0,"message":"","data":true,{self._ids},{dump(more)[1:]}'

    def _frame(
        self,
        offset: int,
        answer: str = "",
        reference: Mapping[str, Any] | None = None,
        **extra: object,
    ) -> str:
        data = {"answer": answer, "reference": reference or {}, **extra}
        fields = dump(data)[1:-1]
        return f'{{"code":0,"message":"","data":{{{fields},{self._ids},"offset":{offset}}}}}'

    def _fitting(self, reference: Mapping[str, Any], taken: int = 0) -> Mapping[str, Any]:
        """The reference, its chunks shortened evenly until the frame fits. None is left out:
        the `n` of `[ID:n]` has to stay right."""
        max_bytes = settings.MAX_OUTBOUND_FRAME_BYTES - ENVELOPE_BYTES - taken
        limit = max((len(c["content"]) for c in reference.get("chunks", ())), default=0)
        while len(dump(reference).encode()) > max_bytes and limit:
            limit //= 2
            chunks = [{**c, "content": c["content"][:limit]} for c in reference["chunks"]]
            reference = {**reference, "chunks": chunks}
        return reference


def _parts(text: str) -> list[str]:
    """`text` in parts of which two fit into a frame. In JSON, a character takes up to 6 bytes."""
    size = max(1, (settings.MAX_OUTBOUND_FRAME_BYTES - ENVELOPE_BYTES) // 12)
    return [text[start : start + size] for start in range(0, len(text), size)]


_frames: WeakKeyDictionary[LiveAnswer, Frames] = WeakKeyDictionary()
