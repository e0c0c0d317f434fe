"""How often the first sentences of the extractive engine hold the answer; also to questions in
another language than the passages, alone and among the others of a pool."""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import mean
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import (
    SETS,
    Corpus,
    Question,
    arguments,
    build,
    cross_language,
)
from chat.engines.base import Passage, Prompt
from chat.engines.extractive.engine import ExtractiveEngine
from chat.models import Dialog
from knowledge.search.retrieval import search

MARKER = re.compile(r"\[ID:\d+\]")


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    results: dict[str, dict[str, float]] = {}
    corpora: dict[str, Corpus] = {}
    for language in SETS:
        corpora[language] = corpus = build(options.data, language)
        kb_ids = [corpus.kb_id]
        found = {name: found_at(corpus, kb_ids, some) for name, some in corpus.questions.items()}
        results[language] = figures([*chain(*found.values())])
        if not options.json:
            for name, some in found.items():
                print(f"{name:9} {figures(some)}")
            print(f"{language:9} {results[language]}")
    for name, corpus, kb_ids in cross_language(options.data, corpora):
        questions = [*chain(*corpus.questions.values())]
        results[name] = figures(found_at(corpus, kb_ids, questions))
        if not options.json:
            print(f"{name:9} {results[name]}")
    if options.json:
        print(json.dumps(results))


def found_at(corpus: Corpus, kb_ids: Sequence[UUID], questions: Sequence[Question]) -> list[int]:
    """For each question, the number of the sentence that has the answer, from 1; 0: none."""
    prompts = [prompt(corpus, kb_ids, question) for question in questions]
    return asyncio.run(_found_at(prompts, questions))


async def _found_at(prompts: Sequence[Prompt], questions: Sequence[Question]) -> list[int]:
    engine = ExtractiveEngine()
    found = []
    for asked, question in zip(prompts, questions, strict=True):
        answer = "".join([event.text async for event in engine.answer(asked)])
        # Every sentence is followed by its source.
        said = MARKER.split(answer)[:-1]
        holds = [any(gold in sentence for gold in question.answers) for sentence in said]
        found.append(holds.index(True) + 1 if True in holds else 0)
    return found


def prompt(corpus: Corpus, kb_ids: Sequence[UUID], question: Question) -> Prompt:
    """The prompt of a dialog with default settings."""
    dialog = Dialog()
    chunks = search(
        question.text,
        owner_id=corpus.owner_id,
        kb_ids=kb_ids,
        limit=dialog.top_n,
        threshold=dialog.similarity_threshold,
    )
    passages = [Passage(c.text, c.document_name, c.place, c.similarity) for c in chunks]
    return Prompt(question.text, passages, empty_response=dialog.empty_response)


def figures(found: Sequence[int]) -> dict[str, float]:
    return {
        f"top{count}": round(mean(0 < place <= count for place in found), 4) for count in (1, 2)
    }


if __name__ == "__main__":
    main()
