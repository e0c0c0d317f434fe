"""A turn: one question, with all that is needed to answer it. Work, not a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chat.branches import Path
from chat.engines.base import About, Elsewhere, Exchange
from chat.models import Attachment


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything it names is the caller's own."""

    answer_id: UUID
    session_id: UUID
    user_id: UUID
    question: str
    engine: str
    # None: there is no row of it.
    question_id: UUID | None = None
    # The first version of the question, if this one is another.
    edit_of_id: UUID | None = None
    request_id: str = ""
    # The API token whose usage it counts towards.
    token_id: UUID | None = None
    # The questions of its branch before it.
    path: Path = ()
    history: tuple[Exchange, ...] = ()
    about: About = field(default_factory=About)
    instructions: str = ""
    # What the client wants besides.
    wishes: str = ""
    empty_response: str = ""
    # With the key of the model's server, so not in the repr.
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    kb_ids: tuple[UUID, ...] = ()
    doc_ids: tuple[UUID, ...] = ()
    files: tuple[Attachment, ...] = ()
    # For an engine that searches on a server of its own.
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    top_n: int = 6
    similarity_threshold: float = 0.2
    # Less confidence that the passages answer the question, and they are not quoted.
    answer_threshold: float = 0.5
    # Whether a model may complete the question before it is searched.
    rewrites_questions: bool = False
    stop_after_seconds_alone: int | None = None
    detect_leaks: bool = False
    # Whether there are rows of it. Otherwise it ends with its last reader.
    is_kept: bool = True
    # Whether what may be asked next is shown to anybody.
    wants_suggestions: bool = False


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The same `request_id` came before: this is the answer it got, or is getting."""

    answer_id: UUID
