"""Knowledge bases and documents as RAGFlow's HTTP API shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from knowledge import reading_log
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.search.scored_chunk import ScoredChunk

# Characters that RAGFlow's tokens have, roughly: its chunks are measured in tokens.
CHARS_PER_TOKEN = 4
RUN = {
    Document.Status.QUEUED: "RUNNING",
    Document.Status.READING: "RUNNING",
    Document.Status.READY: "DONE",
    Document.Status.FAILED: "FAIL",
    Document.Status.STOPPED: "CANCEL",
}
# How far a document is that will not get further by itself.
FAILED = -1.0


def dataset(row: Any) -> dict[str, Any]:
    """Of a row with `document_total` and `chunk_total`."""
    return {
        "id": row.pk.hex,
        "name": row.name,
        "description": row.description,
        "avatar": "",
        "tenant_id": row.owner_id.hex,
        "created_by": row.owner_id.hex,
        "permission": "me",
        "embedding_model": "",
        "chunk_method": "naive",
        "parser_config": _parser_config(row),
        "pagerank": 0,
        "status": "1",
        "document_count": row.document_total,
        "chunk_count": row.chunk_total,
        "create_time": milliseconds(row.created_at),
        "update_time": milliseconds(row.updated_at),
    }


def document(row: Document) -> dict[str, Any]:
    """`row` has its knowledge base."""
    return {
        "id": row.pk.hex,
        "dataset_id": row.knowledge_base_id.hex,
        "name": row.name,
        "size": row.size,
        "created_by": row.knowledge_base.owner_id.hex,
        "source_type": "local",
        "type": "doc",
        "chunk_method": "naive",
        "parser_config": _parser_config(row.knowledge_base),
        "chunk_count": row.chunk_count,
        "token_count": 0,
        "meta_fields": {},
        "status": "1",
        "run": RUN[Document.Status(row.status)],
        "progress": _progress(row),
        "progress_msg": "\n".join(_log(row)),
        "create_time": milliseconds(row.created_at),
        "update_time": milliseconds(row.updated_at),
    }


def chunk(row: Chunk, document: Document) -> dict[str, Any]:
    return {
        "id": row.id.hex,
        "content": row.text,
        "document_id": document.pk.hex,
        "docnm_kwd": document.name,
        "document_name": document.name,
        "dataset_id": row.knowledge_base_id.hex,
        "important_keywords": row.keywords,
        "questions": row.questions,
        "available": row.is_enabled,
        "place": row.place,
        "image_id": "",
        "positions": [],
    }


def retrieved_chunk(found: ScoredChunk) -> dict[str, Any]:
    """RAGFlow has other names here than in the reference of an answer."""
    return {
        "id": found.id.hex,
        "content": found.text,
        "document_id": found.document_id.hex,
        "document_keyword": found.document_name,
        "document_name": found.document_name,
        "dataset_id": found.knowledge_base_id.hex if found.knowledge_base_id else "",
        "place": found.place,
        "image_id": "",
        "important_keywords": [],
        "positions": [],
        "similarity": found.similarity,
        "term_similarity": found.term_similarity,
        "vector_similarity": found.vector_similarity,
    }


def document_counts(found: Iterable[ScoredChunk]) -> list[dict[str, Any]]:
    """How many of them each document has, those with the best chunks first."""
    counts = Counter((chunk.document_id.hex, chunk.document_name) for chunk in found)
    return [
        {"doc_id": id, "doc_name": name, "count": count} for (id, name), count in counts.items()
    ]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _parser_config(base: KnowledgeBase) -> dict[str, Any]:
    chars = base.chunk_chars or settings.CHUNK_CHARS
    return {"chunk_token_num": chars // CHARS_PER_TOKEN, "chunk_chars": chars}


def _progress(row: Document) -> float:
    match row.status:
        case Document.Status.READY:
            return 1.0
        case Document.Status.FAILED:
            return FAILED
    return row.progress / 100


def _log(row: Document) -> list[str]:
    return [f"{line.at:%H:%M:%S} {line.sentence}" for line in reading_log.lines(row)]
