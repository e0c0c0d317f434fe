"""What a search finds and why, for the admin's page that tries one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from knowledge.models import Chunk, KnowledgeBase
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import IS_CJK, TOKEN, fold, query_terms, stem

MAX_PASSAGES = 20
# How the admin lists the chunks of a document.
CHUNKS_PER_PAGE = 50
# Terms that are shown of a question, and of each passage.
MAX_SHOWN_TERMS = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """Where dialogs leave out what is less similar: how many do, and the names of some."""

    threshold: float
    dialogs: int = 0
    names: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        return round(self.threshold * 100)

    @property
    def others(self) -> int:
        return self.dialogs - len(self.names)


@dataclass(frozen=True, slots=True)
class Passage:
    chunk: ScoredChunk
    # As it is shown: from 1.
    number: int
    # Of its document, as the admin lists chunks.
    page: int
    # As the question has them, not as the index does.
    matched: list[str]
    # The thresholds that it is the first to fall below.
    cuts: list[Cut] = field(default_factory=list)

    @property
    def percents(self) -> dict[str, int]:
        names = ("similarity", "term_similarity", "vector_similarity")
        # Rounded down, so that none below a threshold seems to reach it.
        return {name: int(getattr(self.chunk, name) * 100) for name in names}


@dataclass(frozen=True, slots=True)
class Explanation:
    terms: list[str]
    passages: list[Passage]
    # The thresholds that nothing falls below.
    cuts: list[Cut]


def explain(question: str, base: KnowledgeBase, cuts: Sequence[Cut]) -> Explanation:
    found = search(question, owner_id=base.owner_id, kb_ids=[base.pk], limit=MAX_PASSAGES)
    rows = _rows([chunk.id for chunk in found])
    words = _words_by_term(question)
    open_cuts = sorted(cuts, key=lambda cut: -cut.threshold)
    passages = []
    # One that was deleted meanwhile has no row.
    for chunk in (chunk for chunk in found if chunk.id in rows):
        row = rows[chunk.id]
        page = row["before"] // CHUNKS_PER_PAGE + 1
        fallen = [cut for cut in open_cuts if chunk.similarity < cut.threshold]
        open_cuts = [cut for cut in open_cuts if chunk.similarity >= cut.threshold]
        passage = Passage(chunk, row["position"] + 1, page, _matched(words, row), fallen)
        passages.append(passage)
    return Explanation(list(words.values())[:MAX_SHOWN_TERMS], passages, open_cuts)


def _words_by_term(question: str) -> dict[str, str]:
    """Each term with the first word of the question that it stands for."""
    words: dict[str, str] = {}
    for token in TOKEN.findall(fold(question)):
        if not IS_CJK.match(token):
            words.setdefault(stem(token), token)
    return {term: words.get(term, term) for term in query_terms(question)}


def _matched(words: Mapping[str, str], row: Mapping[str, Any]) -> list[str]:
    present = {*row["terms"].split(), *row["title_terms"].split()}
    return [word for term, word in words.items() if term in present][:MAX_SHOWN_TERMS]


def _rows(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    earlier = Chunk.objects.filter(
        document=OuterRef("document"), position__lt=OuterRef("position")
    ).order_by()
    count = earlier.values("document").annotate(total=Count("pk")).values("total")
    rows = Chunk.objects.filter(id__in=ids).annotate(before=Coalesce(Subquery(count), 0))
    values = rows.order_by().values("id", "position", "terms", "title_terms", "before")
    return {row["id"]: dict(row) for row in values}
