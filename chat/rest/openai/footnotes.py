"""Citations as footnotes in the text, for front ends that show nothing but text."""

from __future__ import annotations

from typing import Any

from chat.answers.references import CITATION
from knowledge.text.cleaning import clean_line

RULE = "\n\n---\n"
MAX_TITLE_CHARS = 200


def footnotes(text: str, reference: dict[str, Any]) -> str:
    """Of the passages that the text cites; empty if it cites none."""
    chunks = reference.get("chunks", [])
    cited = dict.fromkeys(int(number) for number in CITATION.findall(text))
    lines = [_line(n, chunks[n]) for n in sorted(cited) if n < len(chunks)]
    return RULE + "\n".join(lines) if lines else ""


def _line(number: int, chunk: dict[str, Any]) -> str:
    place = (chunk.get("document_metadata") or {}).get("place", "")
    title = " · ".join(part for part in (chunk["document_name"], place) if part)
    return f"- [ID:{number}] {clean_line(title)[:MAX_TITLE_CHARS]}"


def without_footnotes(text: str) -> str:
    """Of an answer that the client sends back as a part of the conversation."""
    answer, rule, notes = text.rpartition(RULE)
    is_ours = rule and all(line.startswith("- [ID:") for line in notes.strip().split("\n"))
    return answer if is_ours else text
