"""What the answers before a question cited: the passages that a follow-up may hang on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chat.answers.references import CITATION, chunk_of_file
from chat.answers.turn import Turn
from chat.branches import asked_on
from chat.models import Attachment, Message
from knowledge.search.by_id import chunks_by_id
from knowledge.search.scored_chunk import ScoredChunk

# So many answers back is looked for one that cites anything.
MAX_ANSWERS = 6
MAX_CHUNKS = 3


@dataclass(frozen=True, slots=True)
class Cited:
    """An earlier answer that cited something."""

    # As it was searched.
    question: str
    # It, its answer, and the questions since: what the person has in mind.
    said: Sequence[str]
    # In the order of the answer, as far as they still exist.
    chunks: Sequence[ScoredChunk]
    # The ids of all that was cited lately, by it and by earlier answers.
    cited_lately: frozenset[str] = frozenset()


def cited_before(turn: Turn) -> Cited | None:
    """Of the last answer that cited anything: small talk and refusals are passed over. If none
    did, what was found for the last question is what the person has in mind."""
    answers = (
        Message.objects.filter(session_id=turn.session_id, role=Message.Role.ASSISTANT)
        .filter(asked_on(turn.path, "question__"))
        .exclude(content="")
        .order_by("-question__created_at", "-created_at")
        .values_list("question__content", "searched_question", "content", "reference")
    )
    recent = list(answers[:MAX_ANSWERS])
    lately = frozenset(
        chunk["id"] for *_, content, reference in recent for chunk in _cited(content, reference)
    )
    asked: list[str] = []
    nearest: Cited | None = None
    for question, searched, content, reference in recent:
        asked.append(question)
        if nearest is None and (found := _existing(turn, reference.get("chunks", ())[:1])):
            nearest = Cited(searched or question, [question], found)
        if chunks := _existing(turn, _cited(content, reference)):
            return Cited(searched or question, [*asked, CITATION.sub("", content)], chunks, lately)
    return nearest


def _cited(content: str, reference: dict[str, Any]) -> list[dict[str, Any]]:
    shown = reference.get("chunks", ())
    numbers = dict.fromkeys(int(number) for number in CITATION.findall(content))
    return [shown[number] for number in numbers if number < len(shown)][:MAX_CHUNKS]


def _existing(turn: Turn, cited: Iterable[dict[str, Any]]) -> list[ScoredChunk]:
    """Those that the caller may still read. What is in a base is read again from there."""
    # What an engine found on a server of its own is not here; its ids may be no UUIDs.
    cited = [chunk for chunk in cited if not chunk.get("document_metadata", {}).get("elsewhere")]
    ids = [UUID(chunk["id"]) for chunk in cited if chunk["dataset_id"]]
    stored = chunks_by_id(ids, owner_id=turn.user_id, kb_ids=turn.kb_ids, doc_ids=turn.doc_ids)
    files = Attachment.objects.filter(
        owner_id=turn.user_id,
        pk__in=[UUID(chunk["id"]) for chunk in cited if not chunk["dataset_id"]],
    ).only("id", "name")
    by_id = {file.pk: file for file in files} if len(ids) < len(cited) else {}
    found = []
    for chunk in cited:
        id = UUID(chunk["id"])
        if id in stored:
            found.append(stored[id])
        elif id in by_id:
            place = chunk["document_metadata"]["place"]
            found.append(chunk_of_file(by_id[id], {"text": chunk["content"], "place": place}, 1.0))
    return found
