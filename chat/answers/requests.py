"""Requests of clients as dataclasses. Each edge parses its own wire format into them."""

from __future__ import annotations

from dataclasses import dataclass

from chat.engines.base import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    chat_id: str
    question: str
    stream: bool = True
    session_id: str | None = None
    kb_ids: tuple[str, ...] = ()
    doc_ids: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    request_id: str | None = None
    offset: int = 0
    events: bool = False
    # The question that this one is a new version of, or an answer to it.
    edit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A question, with all that was said before: the client keeps the conversation.

    `session`: the id, or the client's own name, of a session that keeps the question and its
    answer, too. None: nothing is kept. `wishes`: what the client wants of the answer.
    """

    chat_id: str
    question: str
    history: tuple[Exchange, ...] = ()
    wishes: str = ""
    session: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """`reasoning_offset` None: reasoning written so far is not repeated."""

    id: str | None = None
    session_id: str | None = None
    offset: int = 0
    reasoning_offset: int | None = None
    events: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Follow:
    """Subscribe to a session: answers begun in it on other connections are shown here, too."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    session_id: str


@dataclass(frozen=True, slots=True)
class Notices:
    """Subscribe to the notices for everyone, and for the user."""


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Another answer to the same question."""

    id: str
    events: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """Show the branch of that question, or of that answer."""

    id: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """`rating` None takes it back."""

    id: str
    rating: str | None
    comment: str = ""


Request = Ask | Stop | Resume | Ping | Follow | Unfollow | Notices | Regenerate | Switch | Feedback
