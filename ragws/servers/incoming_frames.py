"""Limits the raw frames of one socket. Pings, pongs and fragments are no messages, and so do not
count for `chat.websocket.throttling`."""

from __future__ import annotations

from django.conf import settings

from chat.websocket.throttling import TokenBucket

# Of one message: with our limit of a message, an honest client sends at least 64 bytes in each.
MAX_FRAGMENTS = 1000
TOO_MANY_FRAGMENTS = "Too many fragments in one message"
# How many of one socket are handled before the other sockets have their turn.
MAX_PER_TURN = 100
# So many may come for each message that MAX_FRAMES_PER_S allows.
FRAMES_PER_MESSAGE = 50
# How long the rest of a message may take to arrive, in seconds: until then it is kept in memory.
MESSAGE_TIMEOUT_S = 30
TOO_SLOW = "The rest of a message did not arrive in time"


class IncomingFrames:
    def __init__(self) -> None:
        self._bucket = TokenBucket(FRAMES_PER_MESSAGE * settings.MAX_FRAMES_PER_S)
        self._this_turn = 0
        self._messages = 0
        # When a message was first found to be incomplete, and how many had come before it.
        self._incomplete: tuple[float, int] | None = None
        self.fragments = 0

    def count(self, frames: int) -> None:
        self._this_turn += frames

    def count_fragment(self) -> None:
        self.fragments += 1

    def end_message(self) -> None:
        self._messages += 1
        self.fragments = 0

    def too_many_fragments(self) -> bool:
        return self.fragments > MAX_FRAGMENTS

    def pause_s(self) -> float | None:
        """For how many seconds to handle no more of them, at least until the event loop has turned;
        None: go on."""
        if self._this_turn < MAX_PER_TURN:
            return None
        handled, self._this_turn = self._this_turn, 0
        return self._bucket.take_now(handled)

    def is_overdue(self, is_incomplete: bool, now: float) -> bool:
        """To be asked now and then: whether one message has been incomplete for too long."""
        if not is_incomplete:
            self._incomplete = None
            return False
        if self._incomplete is None or self._incomplete[1] != self._messages:
            self._incomplete = (now, self._messages)
        return now - self._incomplete[0] > MESSAGE_TIMEOUT_S
