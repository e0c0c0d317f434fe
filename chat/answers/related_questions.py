"""Questions beside one that nobody has to ask: what the knowledge bases of a user can answer."""

from __future__ import annotations

from accounts.identity import Identity
from chat import access
from chat.answers.retrieval import retrieve
from chat.answers.suggestions import suggest
from chat.answers.turn import Turn
from core.ids import new_id

# Of a user's knowledge bases: the newest.
MAX_BASES = 100


def related_questions(identity: Identity, question: str) -> list[str]:
    """Up to three. In a thread: it searches."""
    bases = access.knowledge_bases(identity).order_by("-created_at").values_list("pk", flat=True)
    turn = Turn(
        answer_id=new_id(),
        session_id=new_id(),
        user_id=identity.user.pk,
        question=question,
        engine="",
        kb_ids=tuple(bases[:MAX_BASES]),
    )
    return suggest(turn, "", retrieve(turn).chunks) if turn.kb_ids else []
