"""How the releases of RAGFlow differ, as far as a client of a chat notices. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

TERMINATOR = {"code": 0, "message": "", "data": True}


@dataclass(frozen=True)
class Release:
    name: str
    is_cumulative: bool = False
    # Whether events say if they are the last one, as chats with datasets do.
    says_final: bool = True
    # Whether the last event has the whole text again.
    repeats: bool = False
    thinks_in_text: bool = False
    # What is wrong with a question without `messages`.
    wants_messages: bool = False
    has_old_route: bool = True
    has_new_route: bool = True
    # Whether chats come in `{"chats": […], "total": n}`, and errors with a status of their own.
    has_new_shape: bool = True
    # Whether a session may be begun with the first question, without losing it.
    keeps_first_question: bool = True
    parser_field: str = "chunk_method"


OLD: dict[str, Any] = {
    "has_new_route": False,
    "has_new_shape": False,
    "keeps_first_question": False,
}
RELEASES = {
    release.name: release
    for release in (
        Release("0.22.1", is_cumulative=True, says_final=False, thinks_in_text=True, **OLD),
        Release("0.24.0", **OLD),
        Release("0.25.2", repeats=True, wants_messages=True),
        Release("0.25.6", repeats=True),
        Release("0.26.0", repeats=True),
        Release("0.27.0"),
        Release("1.0.0", has_old_route=False, parser_field="parser_id"),
    )
}


def source(number: int, content: str, **scores: object) -> dict[str, Any]:
    return {
        "id": f"{number:016x}",
        "content": content,
        "document_id": f"{number:032x}",
        "document_name": f"document-{number}.pdf",
        "dataset_id": "d" * 32,
        "image_id": f"image-{number}",
        "positions": [[1, 10, 20, 30, 40]],
        "url": None,
        "similarity": 0.75,
        "vector_similarity": 0.5,
        "term_similarity": 0.9,
        "doc_type": "",
        **scores,
    }


@dataclass(frozen=True)
class Answer:
    """`decorated`: the text with its citations, if these are put in after it was written."""

    pieces: Sequence[str] = ("RAGFlow 是一个开源的", "检索增强生成引擎 🚀。", "It reads PDF.")
    thought: Sequence[str] = ()
    decorated: str = "RAGFlow 是一个开源的检索增强生成引擎 🚀 [ID:0]。It reads PDF [ID:1]."
    sources: Sequence[dict[str, Any]] = field(
        default_factory=lambda: (source(0, "RAGFlow 是引擎。"), source(1, "PDF is read."))
    )
    # Whether the chat has datasets: one without says nothing of the end.
    has_datasets: bool = True

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def last(self) -> str:
        return self.decorated or self.text


def events_of(release: Release, answer: Answer) -> Iterator[dict[str, Any]]:
    """What a release puts into `data` while it answers, one event after the other."""
    if release.is_cumulative:
        yield from _cumulative(answer)
    else:
        yield from _deltas(release, answer)


def _cumulative(answer: Answer) -> Iterator[dict[str, Any]]:
    thought, text = "", ""
    for piece in answer.thought:
        thought += piece
        yield {"answer": f"<think>{thought}</think>", "reference": {}}
    before = f"<think>{thought}</think>" if thought else ""
    for piece in answer.pieces:
        text += piece
        yield {"answer": before + text, "reference": {}}
    if answer.has_datasets:
        yield {"answer": before + answer.last, "reference": _reference(answer)}


def _deltas(release: Release, answer: Answer) -> Iterator[dict[str, Any]]:
    final = {"final": False} if answer.has_datasets and release.says_final else {}
    if answer.thought:
        yield {"answer": "", "reference": {}, **final, "start_to_think": True}
        for piece in answer.thought:
            yield {"answer": piece, "reference": {}, **final}
        yield {"answer": "", "reference": {}, **final, "end_to_think": True}
    decorates_later = release.repeats or not answer.decorated
    pieces = answer.pieces if decorates_later else _pieces(answer.decorated, len(answer.pieces))
    for piece in pieces:
        yield {"answer": piece, "reference": {}, **final}
    if answer.has_datasets:
        whole = ""
        if release.repeats:
            thought = "".join(answer.thought)
            whole = (f"<think>{thought}</think>" if thought else "") + answer.last
        yield {"answer": whole, "reference": _reference(answer), "final": True}


def _pieces(text: str, count: int) -> list[str]:
    size = -(-len(text) // count)
    return [text[start : start + size] for start in range(0, len(text), size)]


def _reference(answer: Answer) -> dict[str, Any]:
    documents = {chunk["document_id"]: chunk["document_name"] for chunk in answer.sources}
    aggregated = [{"doc_name": name, "doc_id": id, "count": 1} for id, name in documents.items()]
    return {
        "total": len(answer.sources),
        "chunks": list(answer.sources),
        "doc_aggs": aggregated,
    }


def on_the_wire(release: Release, answer: Answer, session: str) -> bytes:
    events = [
        {"code": 0, "data": {"audio_binary": None, "id": "m", "session_id": session, **event}}
        for event in events_of(release, answer)
    ]
    return b"".join(event_line(event) for event in [*events, TERMINATOR])


def event_line(value: object) -> bytes:
    return b"data:" + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


END = event_line(TERMINATOR)


def said(answer: str, **fields: object) -> bytes:
    return event_line({"code": 0, "message": "", "data": {"answer": answer, **fields}})
