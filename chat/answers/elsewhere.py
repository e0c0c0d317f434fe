"""Questions to engines that search, and keep the conversation, on a server of their own."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from accounts.identity import Identity
from chat.engines.base import Elsewhere
from chat.engines.ragflow.remote_settings import is_remote_id
from chat.engines.registry import engine_class
from chat.models import Attachment, ChatSession, Message
from core.errors import BadRequest

NO_BASES = (
    "`kb_ids` cannot be chosen in this dialog: the RAGFlow behind it searches the datasets of its"
    " chat"
)
NO_FILES = "`files` cannot be sent to this dialog: the RAGFlow behind it does not read them"
WRONG_DOCUMENT = (
    "`doc_ids` must be ids of documents as the RAGFlow behind this dialog shows them in a"
    " `reference`"
)


def searches_elsewhere(engine: str) -> bool:
    return getattr(engine_class(engine), "searches_elsewhere", False)


def elsewhere(
    identity: Identity,
    session: ChatSession | None,
    question: Message,
    files: Sequence[Attachment],
) -> Elsewhere:
    """Raises `BadRequest` for what the remote would ignore. It filters its own chat by documents,
    so their ids open nothing. `session` None: the client keeps the conversation."""
    if question.kb_ids:
        raise BadRequest(NO_BASES)
    if files:
        raise BadRequest(NO_FILES)
    if not all(map(is_remote_id, question.doc_ids)):
        raise BadRequest(WRONG_DOCUMENT)
    return Elsewhere(
        session=session.remote_id if session else "",
        user=_pseudonym(identity),
        doc_ids=tuple(question.doc_ids),
    )


def _pseudonym(identity: Identity) -> str:
    """The name of an end user may be theirs, and is not for other servers."""
    return sha256(f"{identity.user.pk.hex}/{identity.end_user}".encode()).hexdigest()[:32]


def remember_session(session_id: UUID, remote_id: str) -> None:
    ChatSession.objects.filter(pk=session_id).update(remote_id=remote_id)
