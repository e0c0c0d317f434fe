"""Branches of a conversation: each edited question begins one, and what was there before is kept.

A question names its branch by the edited question that began it; None is the first branch. Versions
of a question follow the same messages. The branch that a session shows is the one that goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from chat.models import ChatSession, Message
from chat.sql import statements
from core.errors import Conflict

# Of one session: the cost of reading it grows with them.
MAX_EDITS = 100


class Segment(NamedTuple):
    """The questions of a branch; those asked before a time, if one is given."""

    branch: UUID | None
    before: datetime | None = None


# From the newest questions back to the first.
Path = tuple[Segment, ...]


def shown_path(session: ChatSession) -> Path:
    """What the session shows. Without edited questions, no query is made."""
    return shown_paths([session])[session.pk]


def shown_paths(sessions: Collection[ChatSession]) -> dict[UUID, Path]:
    """By the id of each session, what it shows."""
    forks = _forks([session for session in sessions if session.branch])
    return {session.pk: _path(Segment(session.branch), forks) for session in sessions}


def shown_in(session_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """The branch that each of these sessions shows."""
    return dict(ChatSession.objects.filter(pk__in=session_ids).values_list("pk", "branch"))


def path_before(session: ChatSession, question: Message) -> Path:
    """What the question goes on from, whether the session shows it or not."""
    segment = Segment(question.branch, question.created_at)
    return _path(segment, _forks([session] if question.branch else []))


def asked_on(path: Path, question: str = "") -> Q:
    """The condition for questions; `question` is the look-up path to them."""
    condition = Q(**{f"{question}pk__in": ()})
    for branch, before in path:
        part = Q(**{f"{question}branch": branch})
        if before:
            part &= Q(**{f"{question}created_at__lt": before})
        condition |= part
    return condition


def said_on(path: Path) -> Q:
    """The condition for messages: the questions, and all answers to them."""
    questions = Q(role=Message.Role.USER) & asked_on(path)
    return questions | Q(role=Message.Role.ASSISTANT) & asked_on(path, "question__")


def begin(session: ChatSession, first: Message, question: Message) -> None:
    """Make `question`, which is not saved yet, a version of `first`, and show it. Raises Conflict
    if there are too many."""
    if session.messages.filter(edit_of__isnull=False).count() >= MAX_EDITS:
        raise Conflict(f"At most {MAX_EDITS} questions of a session can be edited")
    question.edit_of = first
    question.branch = question.pk
    _show(session, question.pk)


def show(session: ChatSession, question: Message) -> bool:
    """Show the branch with that question; of several, the one in which was asked last. Returns
    whether another one was shown before."""
    if is_shown(session, question):
        return False
    forks = _forks([session])
    branches = [
        branch
        for branch in (None, *forks)
        if leads_through(_path(Segment(branch), forks), question)
    ]
    asked_in = Q(branch__in=[branch for branch in branches if branch])
    if None in branches:
        asked_in |= Q(branch=None)
    newest = session.messages.filter(asked_in, role=Message.Role.USER).order_by("-created_at")
    _show(session, newest.values_list("branch", flat=True)[0])
    return True


def is_shown(session: ChatSession, question: Message) -> bool:
    return question.branch == session.branch or leads_through(shown_path(session), question)


def leads_through(path: Path, question: Message) -> bool:
    """Whether the question is on the path."""
    return any(
        branch == question.branch and (before is None or question.created_at < before)
        for branch, before in path
    )


def versions(session: ChatSession) -> dict[UUID, list[UUID]]:
    """By its first version, all versions of each question that was edited, oldest first."""
    found: dict[UUID, list[UUID]] = {}
    edits = session.messages.filter(edit_of__isnull=False)
    for edit in edits.only("edit_of").order_by("created_at"):
        if first := edit.edit_of_id:
            found.setdefault(first, [first]).append(edit.pk)
    return found


def _show(session: ChatSession, branch: UUID | None) -> None:
    session.branch = branch
    # What a remote RAGFlow has of the conversation is another branch.
    session.remote_id = ""
    statements.update(ChatSession, session.pk, branch=branch, remote_id="")


def _forks(sessions: Collection[ChatSession]) -> dict[UUID, Segment]:
    """By branch, what its messages follow: the branch it left, up to the question it edits."""
    if not sessions:
        return {}
    edits = Message.objects.filter(session__in=sessions, edit_of__isnull=False).order_by()
    rows = edits.values_list("pk", "edit_of__branch", "edit_of__created_at")
    return {pk: Segment(branch, asked_at) for pk, branch, asked_at in rows}


def _path(newest: Segment, forks: Mapping[UUID, Segment]) -> Path:
    path = [newest]
    while branch := path[-1].branch:
        path.append(forks[branch])
    return tuple(path)
