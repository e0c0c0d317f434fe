"""How often the first sentences of the extractive engine hold the answer."""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Corpus, Question, arguments, build
from chat.engines.base import Passage, Prompt
from chat.engines.extractive.engine import ExtractiveEngine
from chat.models import Dialog
from knowledge.search.retrieval import search

MARKER = re.compile(r"\[ID:\d+\]")


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    results = {}
    for language in SETS:
        corpus = build(options.data, language)
        found = {name: found_at(corpus, some) for name, some in corpus.questions.items()}
        results[language] = figures([*chain(*found.values())])
        if not options.json:
            for name, some in found.items():
                print(f"{name:9} {figures(some)}")
            print(f"{language:9} {results[language]}")
    if options.json:
        print(json.dumps(results))


def found_at(corpus: Corpus, questions: Sequence[Question]) -> list[int]:
    """For each question, the number of the sentence that has the answer, from 1; 0: none."""
    return asyncio.run(_found_at([prompt(corpus, question) for question in questions], questions))


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


def prompt(corpus: Corpus, question: Question) -> Prompt:
    """The prompt of a dialog with default settings."""
    dialog = Dialog()
    chunks = search(
        question.text,
        owner_id=corpus.owner_id,
        kb_ids=[corpus.kb_id],
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
