"""Whether an answer is still this process's to write: while a process is frozen, another one may
have ended its answers."""

from __future__ import annotations

import asyncio
import time

# Seconds. Less than other processes wait before they settle an answer as abandoned, by as much as
# its last save may be old.
FROZEN_S = 3
NOTE_S = 0.5


def now() -> float:
    """Wall time, as other processes judge: a monotonic clock may stand still with the machine."""
    return time.time()


class FreezeDetector:
    """`note` is called at least every NOTE_S: a long gap was a freeze, ended at `thawed_at`."""

    def __init__(self) -> None:
        self.thawed_at = 0.0
        self._noted_at = now()

    async def note_periodically(self) -> None:
        self.note()

    def note(self) -> None:
        noted_at = now()
        if noted_at - self._noted_at > FROZEN_S:
            self.thawed_at = noted_at
        self._noted_at = noted_at


class Ownership:
    """Of one answer. In doubt from the end of a freeze until its record has been looked at."""

    def __init__(self, freezes: FreezeDetector) -> None:
        freezes.note()
        self._freezes = freezes
        self._checked_at = now()
        self._checked = asyncio.Event()

    def is_in_doubt(self) -> bool:
        self._freezes.note()
        return self._checked_at < self._freezes.thawed_at

    async def confirmed(self) -> None:
        """Returns when nothing stands against showing more."""
        while self.is_in_doubt():
            await self._checked.wait()

    def checked(self, at: float) -> None:
        """A save that began `at` that time found the answer pending; or no process can have ended
        it, since the database is out of reach."""
        self._checked_at = at
        self._checked.set()
        self._checked.clear()
