"""The sessions that one connection follows: new answers in them, and notices."""

from __future__ import annotations

from collections.abc import Callable

from chat.answers.session_feed import Listener, session_feed
from core.broadcast import EVERYONE, BroadcastMessage, broadcaster, session_group, user_group
from core.errors import TooManyRequests

MAX_FOLLOWED = 32


class Subscriptions:
    """`on_answer` is called with the id of an answer, `on_branch` with that of a session that
    shows another branch now, `on_notice` with a text.

    Notices are sent only to connections that asked for them or follow a session: a client is sent
    nothing that it did not ask for. Notices to a user (`user_id`) are not for that user's end
    users.
    """

    def __init__(
        self,
        user_id: str | None,
        on_answer: Callable[[str], None],
        on_branch: Callable[[str], None],
        on_notice: Callable[[str], None],
    ) -> None:
        self._listener = Listener(on_answer, on_branch)
        self._on_notice = on_notice
        self._sessions: set[str] = set()
        self._notices_asked_for = False
        # Subscribed to while there is a session, or notices were asked for.
        self._general_groups = [EVERYONE, user_group(user_id)] if user_id else [EVERYONE]

    def check_limit(self) -> None:
        """Raises TooManyRequests."""
        if len(self._sessions) >= MAX_FOLLOWED:
            message = f"At most {MAX_FOLLOWED} sessions can be followed on one connection"
            raise TooManyRequests(message, retry_after=1)

    def add_notices(self) -> None:
        self._notices_asked_for = True
        self._subscribe_to_general_groups()

    def add(self, session_id: str) -> None:
        self._subscribe_to_general_groups()
        self._sessions.add(session_id)
        session_feed().subscribe(session_id, self._listener)
        broadcaster().subscribe(session_group(session_id), self._receive)

    def discard(self, session_id: str) -> None:
        if session_id not in self._sessions:
            return
        self._sessions.discard(session_id)
        session_feed().unsubscribe(session_id, self._listener)
        broadcaster().unsubscribe(session_group(session_id), self._receive)
        if not (self._sessions or self._notices_asked_for):
            self._unsubscribe_from_general_groups()

    def end(self) -> None:
        for session_id in tuple(self._sessions):
            self.discard(session_id)
        self._unsubscribe_from_general_groups()

    def _subscribe_to_general_groups(self) -> None:
        for group in self._general_groups:
            broadcaster().subscribe(group, self._receive)

    def _unsubscribe_from_general_groups(self) -> None:
        for group in self._general_groups:
            broadcaster().unsubscribe(group, self._receive)

    def _receive(self, message: BroadcastMessage) -> None:
        if notice := message.get("notice"):
            self._on_notice(notice)
