"""Where the text of live answers is kept before anybody is shown it: here, or in Redis."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chat.live.answer import LiveAnswer


class Kept(NamedTuple):
    """What is kept of an answer beyond the offsets that were asked for."""

    text: str
    reasoning: str
    ended: bool = False


class Store(Protocol):
    """What outlives the process, if anything does."""

    async def check(self) -> bool:
        """Whether it can be reached. If not, answers go on for their followers in this process."""

    def begin(self, answer: LiveAnswer) -> None: ...

    def write(self, answer: LiveAnswer, text: str) -> None:
        """Keep it, then show it."""

    def think(self, answer: LiveAnswer, text: str) -> None: ...

    async def settle(self, answer: LiveAnswer) -> None:
        """Come back when all that was written has been shown."""

    async def end(self, answer: LiveAnswer) -> None:
        """It is in the database now; copies in other processes are told."""

    async def since(self, answer_id: str, offset: int, reasoning_offset: int) -> Kept | None:
        """For copies in other processes; None if nothing is kept of such an answer."""

    async def ask_to_stop(self, answer_id: str) -> bool:
        """Leave word for the process that writes it; whether that was possible."""

    async def asked_to_stop(self) -> list[str]:
        """Of the answers begun here, those that somebody elsewhere wants stopped."""

    async def watched_elsewhere(self) -> set[str]:
        """Of the answers begun here, those that have followers in other processes."""

    def watch(self, answer_id: str) -> None:
        """Somebody elsewhere begins to follow it."""

    def rescue(self, answer_id: str) -> Kept | None:
        """All that a lost process kept of an answer. For threads: it blocks."""

    def is_running(self, hub: str) -> bool | None:
        """Whether that other process has been heard of lately; None if nobody can tell. For
        threads: it blocks."""

    async def lost_hubs(self) -> list[str]:
        """Other processes that were heard of, and are no more."""

    async def forget_hub(self, hub: str) -> None:
        """Nothing of that process is left to look after."""


class MemoryStore:
    """One process: the live answer itself is all there is."""

    async def check(self) -> bool:
        return True

    def begin(self, answer: LiveAnswer) -> None:
        pass

    def write(self, answer: LiveAnswer, text: str) -> None:
        answer.write(text)

    def think(self, answer: LiveAnswer, text: str) -> None:
        answer.think(text)

    async def settle(self, answer: LiveAnswer) -> None:
        pass

    async def end(self, answer: LiveAnswer) -> None:
        pass

    async def since(self, answer_id: str, offset: int, reasoning_offset: int) -> Kept | None:
        return None

    async def ask_to_stop(self, answer_id: str) -> bool:
        return False

    async def asked_to_stop(self) -> list[str]:
        return []

    async def watched_elsewhere(self) -> set[str]:
        return set()

    def watch(self, answer_id: str) -> None:
        pass

    def rescue(self, answer_id: str) -> Kept | None:
        return None

    def is_running(self, hub: str) -> bool | None:
        return False

    async def lost_hubs(self) -> list[str]:
        return []

    async def forget_hub(self, hub: str) -> None:
        pass
