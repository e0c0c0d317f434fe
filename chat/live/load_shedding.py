"""How busy this process is. One that cannot keep up sends less often, and more at once.

A token costs little to write down and much to send. So when the event loop has so much to do that
a round of it takes long, followers wait a moment between two frames, and what comes meanwhile
goes out together.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

# Seconds. A round takes as long when a thousand answers have a token each, all at once.
LONG_ROUND_S = 0.01
LOOK_S = 0.05
# So many rounds pass between two frames; nobody likes to see text come in larger jumps than that.
ROUNDS, MAX_GAP_S = 10, 0.5


class LoadShedding:
    """`gap_s`: how long to wait between two frames. It is looked at while anybody is shown
    anything; an idle server has no timer."""

    def __init__(self) -> None:
        self.gap_s = 0.0
        self._shown = 0
        self._is_looking = False
        self._last_round_s = 0.0

    def __enter__(self) -> LoadShedding:
        self._shown += 1
        if not self._is_looking:
            self._is_looking = True
            self._look_later()
        return self

    def __exit__(self, *_: object) -> None:
        self._shown -= 1

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(self._a_round_later, loop.time())

    def _a_round_later(self, began: float) -> None:
        round_s = asyncio.get_running_loop().time() - began
        # Twice in a row: once, it was the garbage collector, or another process.
        steadily, self._last_round_s = min(round_s, self._last_round_s), round_s
        busy = self._shown and steadily > LONG_ROUND_S
        self.gap_s = min(MAX_GAP_S, ROUNDS * steadily) if busy else 0.0
        self._is_looking = self._shown > 0
        if self._is_looking:
            self._look_later()


_hastes: WeakKeyDictionary[asyncio.AbstractEventLoop, LoadShedding] = WeakKeyDictionary()


def load_shedding() -> LoadShedding:
    return _hastes.setdefault(asyncio.get_running_loop(), LoadShedding())
