"""Load shedding: a process that cannot keep up sends less often, and more at once.

A token costs little to write down and much to send. So when iterations of the event loop take
long, readers pause between two frames, and what is written meanwhile goes out in one.
"""

from __future__ import annotations

import asyncio

from core.tasks import per_event_loop

# Seconds. An iteration takes as long when a thousand answers have a token each, all at once.
LONG_ITERATION_S = 0.01
CHECK_S = 0.05
# So many iterations pass between two frames; text should not come in larger jumps than MAX_GAP_S.
ITERATIONS_PER_FRAME, MAX_GAP_S = 10, 0.5


class LoadShedding:
    """`gap_s`: how long to wait between two frames.

    It is a context manager: the loop is measured while any reader is inside. An idle server has
    no timer.
    """

    def __init__(self) -> None:
        self.gap_s = 0.0
        self._readers = 0
        self._is_measuring = False
        self._last_iteration_s = 0.0

    def __enter__(self) -> LoadShedding:
        self._readers += 1
        if not self._is_measuring:
            self._is_measuring = True
            self._measure_later()
        return self

    def __exit__(self, *_: object) -> None:
        self._readers -= 1

    def _measure_later(self) -> None:
        asyncio.get_running_loop().call_later(CHECK_S, self._begin_iteration)

    def _begin_iteration(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(self._end_iteration, loop.time())

    def _end_iteration(self, began: float) -> None:
        iteration_s = asyncio.get_running_loop().time() - began
        # Twice in a row: once, it was the garbage collector, or another process.
        steadily = min(iteration_s, self._last_iteration_s)
        self._last_iteration_s = iteration_s
        is_busy = self._readers and steadily > LONG_ITERATION_S
        self.gap_s = min(MAX_GAP_S, ITERATIONS_PER_FRAME * steadily) if is_busy else 0.0
        self._is_measuring = self._readers > 0
        if self._is_measuring:
            self._measure_later()


load_shedding = per_event_loop(LoadShedding)
