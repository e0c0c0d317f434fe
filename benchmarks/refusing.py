"""How often it is noticed that the documents do not answer: each question is asked twice, as it is,
and with the document that answers it taken away; of the whole knowledge base, and of small ones.

`refused` is the share of the second that are refused, `falsely` that of the first. `answered` is
the share of the first whose answer holds what is right in two sentences: refusals do not.
"""

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Question, arguments, benchmark_user, build
from benchmarks.small_bases import move, small_bases
from benchmarks.talks import Asker, run
from core.db_thread import database_sync_to_async
from knowledge.models import KnowledgeBase

# A question, or only its text.
Asked = TypeVar("Asked")

SMALL_BASES = 24


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the question was answered and refused as it is, and refused without its document."""

    is_answered: bool
    is_refused: bool
    is_refused_without: bool


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, help="ask only so many questions of each set")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    for language in SETS:
        corpus = build(options.data, language)
        base = KnowledgeBase.objects.get(pk=corpus.kb_id)
        found = {
            name: ask_twice(base, drawn(questions, options.limit))
            for name, questions in corpus.questions.items()
        }
        found[language] = [*chain(*found.values())]
        count = SMALL_BASES if options.limit is None else min(options.limit, SMALL_BASES)
        found[f"{language} small"] = [
            outcome
            for small, questions in small_bases(base, corpus, count)
            for outcome in ask_twice(small, questions)
        ]
        for name, some in found.items():
            results[name] = figures(some)
            if not options.json:
                print(f"{name:9} {results[name]}")
    if options.json:
        print(json.dumps(results))


def drawn(questions: Sequence[Asked], limit: int | None) -> Sequence[Asked]:
    """At random, but the same each time."""
    if limit is None or limit >= len(questions):
        return questions
    return random.Random(1).sample(questions, limit)


def ask_twice(base: KnowledgeBase, questions: Sequence[Question]) -> list[Outcome]:
    # Of another user, so that no search finds it.
    other = benchmark_user("benchmark-elsewhere")
    elsewhere = KnowledgeBase.objects.create(owner=other, name=f"taken from {base.name}")

    async def ask(asker: Asker) -> list[Outcome]:
        outcomes = []
        for question in questions:
            whole, _ = await asker.ask(question.text)
            await database_sync_to_async(move)([question.document], base, elsewhere)
            try:
                without, _ = await asker.ask(question.text)
            finally:
                await database_sync_to_async(move)([question.document], elsewhere, base)
            outcomes.append(
                Outcome(whole.contains(question.answers), whole.is_refusal, without.is_refusal)
            )
        return outcomes

    outcomes = run(base, ask)
    elsewhere.delete()
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    count = max(1, len(outcomes))
    return {
        "n": len(outcomes),
        "refused": round(sum(each.is_refused_without for each in outcomes) / count, 4),
        "falsely": round(sum(each.is_refused for each in outcomes) / count, 4),
        "answered": round(sum(each.is_answered for each in outcomes) / count, 4),
    }


if __name__ == "__main__":
    main()
