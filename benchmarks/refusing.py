"""How often it is noticed that the documents do not answer: each question is asked twice, as it is,
and with the document that answers it taken away.

`refused` is the share of the second that are refused, `falsely` that of the first.
"""

import json
import random
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Question, arguments, benchmark_user, build
from benchmarks.talks import Asker, run
from core.db_thread import database_sync_to_async
from knowledge.models import Chunk, Document, KnowledgeBase

# Whether the question was refused as it is, and without its document.
Outcome = tuple[bool, bool]


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, help="ask only so many questions of each set")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    for language in SETS:
        corpus = build(options.data, language)
        found = {
            name: ask_twice(corpus.kb_id, drawn(questions, options.limit))
            for name, questions in corpus.questions.items()
        }
        for name, some in (*found.items(), (language, [*chain(*found.values())])):
            results[name] = figures(some)
            if not options.json:
                print(f"{name:9} {results[name]}")
    if options.json:
        print(json.dumps(results))


def drawn(questions: Sequence[Question], limit: int | None) -> Sequence[Question]:
    """At random, but the same each time."""
    if limit is None or limit >= len(questions):
        return questions
    return random.Random(1).sample(questions, limit)


def ask_twice(kb_id: UUID, questions: Sequence[Question]) -> list[Outcome]:
    base = KnowledgeBase.objects.get(pk=kb_id)
    # Of another user, so that no search finds it.
    other = benchmark_user("benchmark-elsewhere")
    elsewhere = KnowledgeBase.objects.create(owner=other, name=f"taken from {base.name}")

    def take(question: Question, target: KnowledgeBase) -> None:
        document = Document.objects.get(
            knowledge_base__in=(base, elsewhere), name=question.document
        )
        Chunk.objects.filter(document=document).update(knowledge_base=target)
        Document.objects.filter(pk=document.pk).update(knowledge_base=target)

    async def ask(asker: Asker) -> list[Outcome]:
        outcomes = []
        for question in questions:
            as_it_is, _ = await asker.ask(question.text)
            await database_sync_to_async(take)(question, elsewhere)
            try:
                without, _ = await asker.ask(question.text)
            finally:
                await database_sync_to_async(take)(question, base)
            outcomes.append((as_it_is.is_refusal, without.is_refusal))
        return outcomes

    outcomes = run(base, ask)
    elsewhere.delete()
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    count = max(1, len(outcomes))
    return {
        "n": len(outcomes),
        "refused": round(sum(without for _, without in outcomes) / count, 4),
        "falsely": round(sum(as_it_is for as_it_is, _ in outcomes) / count, 4),
    }


if __name__ == "__main__":
    main()
