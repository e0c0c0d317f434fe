"""The evidence shown with an answer, in the shape of RAGFlow's `reference`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chat.engines.base import Source
from chat.models import Attachment
from core.storable_text import make_storable
from knowledge.search.scored_chunk import ScoredChunk

CITATION = re.compile(r"\[ID:(\d{1,4})\]")


def reference_of(chunks: Sequence[ScoredChunk], answer: str) -> dict[str, Any]:
    """`chunks` keep their order: `[ID:n]` in the answer is an index into them."""
    return _reference([_chunk_fields(chunk) for chunk in chunks], answer)


def reference_of_sources(sources: Sequence[Source], answer: str) -> dict[str, Any]:
    """Of what an engine found on a server of its own."""
    return _reference([_source_fields(source) for source in sources], answer)


def _reference(chunks: list[dict[str, Any]], answer: str) -> dict[str, Any]:
    cited = {int(number) for number in CITATION.findall(answer)}
    shown = [chunk for index, chunk in enumerate(chunks) if index in cited] or chunks
    counts = Counter((chunk["document_name"], chunk["document_id"]) for chunk in shown)
    return {
        "total": len(chunks),
        "chunks": chunks,
        "doc_aggs": [
            {"doc_name": name, "doc_id": id, "count": count}
            for (name, id), count in counts.most_common()
        ],
    }


def _source_fields(source: Source) -> dict[str, Any]:
    return {
        "id": make_storable(source.id),
        "content": make_storable(source.text),
        "document_id": make_storable(source.document_id),
        "document_name": make_storable(source.document_name),
        "dataset_id": make_storable(source.dataset_id),
        "image_id": make_storable(source.image_id),
        "positions": [list(box) for box in source.positions],
        "url": make_storable(source.url) if source.url else None,
        "similarity": round(source.similarity, 4),
        "vector_similarity": round(source.vector_similarity, 4),
        "term_similarity": round(source.term_similarity, 4),
        "doc_type": make_storable(source.doc_type),
        # Its ids are none of ours: there is no original to be opened here.
        "document_metadata": {"place": "", "elsewhere": True},
    }


def _chunk_fields(chunk: ScoredChunk) -> dict[str, Any]:
    base = chunk.knowledge_base_id
    return {
        "id": chunk.id.hex,
        "content": chunk.text,
        "document_id": chunk.document_id.hex,
        "document_name": chunk.document_name,
        "dataset_id": base.hex if base else "",
        "image_id": "",
        "positions": [],
        "url": None,
        "similarity": round(chunk.similarity, 4),
        "vector_similarity": round(chunk.vector_similarity, 4),
        "term_similarity": round(chunk.term_similarity, 4),
        "doc_type": "",
        "document_metadata": {"place": chunk.place},
    }


def chunk_of_file(file: Attachment, passage: Mapping[str, str], similarity: float) -> ScoredChunk:
    """A passage of an attached file as a chunk, cited like any other."""
    return ScoredChunk(
        id=file.id,
        text=passage["text"],
        document_id=file.id,
        document_name=file.name,
        knowledge_base_id=None,
        place=passage["place"],
        similarity=similarity,
        term_similarity=similarity,
        vector_similarity=0.0,
    )
