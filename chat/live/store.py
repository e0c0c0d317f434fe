"""Where the text of live answers is stored before a reader gets it: in memory, or in Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from chat.live.answer import LiveAnswer


class StoredText(NamedTuple):
    """What is stored of an answer beyond the offsets that were asked for."""

    text: str
    reasoning: str
    ended: bool = False


class Store(Protocol):
    """What outlives the process, if anything does. Methods ending in `_sync` block: for threads."""

    async def is_reachable(self) -> bool:
        """If not, answers go on for their readers in this process."""

    def begin(self, answer: LiveAnswer, on_fenced: Callable[[], None] = lambda: None) -> None:
        """`on_fenced`: another process ends the answer, and nothing more of it is shown."""

    def write(self, answer: LiveAnswer, text: str) -> None:
        """Store it, then append it to the answer."""

    def write_reasoning(self, answer: LiveAnswer, text: str) -> None: ...

    async def flush(self, answer: LiveAnswer) -> None:
        """Returns when all that was written has been appended to the answer."""

    async def end(self, answer: LiveAnswer) -> None:
        """It is in the database now; mirrors in other processes are told."""

    async def read(self, answer_id: str, offset: int, reasoning_offset: int) -> StoredText | None:
        """For mirrors in other processes; None if nothing is stored of such an answer."""

    def read_whole_sync(self, answer_id: str) -> StoredText | None:
        """All that a lost process stored of an answer."""

    def fence_sync(self, answer_id: str) -> None:
        """From now on its process can neither store nor show more of it."""

    def unfence_sync(self, answer_id: str) -> None:
        """Its process was not lost after all."""

    async def request_stop(self, answer_id: str) -> bool:
        """Ask the process that writes it to stop it; whether the request could be stored."""

    async def stop_requests(self) -> list[str]:
        """Of the answers begun here, those that another process wants stopped."""

    def mark_watched(self, answer_id: str) -> None:
        """A reader in another process begins to read it."""

    async def watched_elsewhere(self) -> set[str]:
        """Of the answers begun here, those that have readers in other processes."""

    def is_hub_alive_sync(self, hub: str) -> bool | None:
        """Whether that hub's heartbeat was seen lately; None if it cannot be known."""

    async def lost_hubs(self) -> list[str]:
        """Hubs of other processes whose heartbeat has stopped."""

    async def forget_hub(self, hub: str) -> None:
        """Nothing of that lost hub is left to settle."""


class MemoryStore:
    """For one process: the live answer itself is all there is."""

    async def is_reachable(self) -> bool:
        return True

    def begin(self, answer: LiveAnswer, on_fenced: Callable[[], None] = lambda: None) -> None:
        pass

    def write(self, answer: LiveAnswer, text: str) -> None:
        answer.write(text)

    def write_reasoning(self, answer: LiveAnswer, text: str) -> None:
        answer.write_reasoning(text)

    async def flush(self, answer: LiveAnswer) -> None:
        pass

    async def end(self, answer: LiveAnswer) -> None:
        pass

    async def read(self, answer_id: str, offset: int, reasoning_offset: int) -> StoredText | None:
        return None

    def read_whole_sync(self, answer_id: str) -> StoredText | None:
        return None

    def fence_sync(self, answer_id: str) -> None:
        pass

    def unfence_sync(self, answer_id: str) -> None:
        pass

    async def request_stop(self, answer_id: str) -> bool:
        return False

    async def stop_requests(self) -> list[str]:
        return []

    def mark_watched(self, answer_id: str) -> None:
        pass

    async def watched_elsewhere(self) -> set[str]:
        return set()

    def is_hub_alive_sync(self, hub: str) -> bool | None:
        return False

    async def lost_hubs(self) -> list[str]:
        return []

    async def forget_hub(self, hub: str) -> None:
        pass
