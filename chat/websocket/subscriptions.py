"""The sessions one connection follows: it hears of answers begun elsewhere, and of notices."""

from __future__ import annotations

from collections.abc import Callable

from chat.answers.session_feed import session_feed
from core.broadcast import EVERYONE, BroadcastMessage, broadcaster, session_group, user_group
from core.errors import TooManyRequests

MAX_FOLLOWED = 32


class Subscriptions:
    """`on_answer` is called with the id of an answer, `on_notice` with a text.

    Only who follows something is sent notices: nothing is sent that was not asked for. And what is
    said to a user (`user_id`) is not for the end users whom their program lets in.
    """

    def __init__(
        self,
        user_id: str | None,
        on_answer: Callable[[str], None],
        on_notice: Callable[[str], None],
    ) -> None:
        self._user_id = user_id
        self._on_answer = on_answer
        self._on_notice = on_notice
        self._sessions: set[str] = set()

    def check_room(self) -> None:
        if len(self._sessions) >= MAX_FOLLOWED:
            message = f"At most {MAX_FOLLOWED} sessions can be followed on one connection"
            raise TooManyRequests(message, retry_after=1)

    def add(self, session_id: str) -> None:
        if not self._sessions:
            self._each_general_group(broadcaster().subscribe)
        self._sessions.add(session_id)
        session_feed().subscribe(session_id, self._on_answer)
        broadcaster().subscribe(session_group(session_id), self._hear)

    def discard(self, session_id: str) -> None:
        if session_id not in self._sessions:
            return
        self._sessions.discard(session_id)
        session_feed().unsubscribe(session_id, self._on_answer)
        broadcaster().unsubscribe(session_group(session_id), self._hear)
        if not self._sessions:
            self._each_general_group(broadcaster().unsubscribe)

    def end(self) -> None:
        for session_id in tuple(self._sessions):
            self.discard(session_id)

    def _each_general_group(
        self, do: Callable[[str, Callable[[BroadcastMessage], None]], None]
    ) -> None:
        do(EVERYONE, self._hear)
        if self._user_id:
            do(user_group(self._user_id), self._hear)

    def _hear(self, message: BroadcastMessage) -> None:
        if notice := message.get("notice"):
            self._on_notice(notice)
