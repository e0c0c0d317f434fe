"""How well and how fast search finds the passage that answers a question."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, cycle, islice
from pathlib import Path
from statistics import mean, quantiles
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
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.search.retrieval import search

DEPTH = 10
# Added to the corpus: (knowledge bases, chunks of each).
CROWDS = ((100, 1_000), (1, 100_000))
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    # Of the right document, from 1; 0: not among the first ten.
    rank: int
    ms: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument(
        "--crowd",
        action="store_true",
        help="also time a base of 1,000 chunks among 100,000, and one that has 100,000 itself",
    )
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    corpora: dict[str, Corpus] = {}
    for language in SETS:
        corpora[language] = corpus = build(options.data, language)
        outcomes = {
            name: ask(corpus, [corpus.kb_id], some) for name, some in corpus.questions.items()
        }
        results[language] = figures([*chain(*outcomes.values())])
        if not options.json:
            print(
                f"{language}: {corpus.chunks} chunks indexed in {corpus.index_s:.1f} s, "
                f"embedded in {corpus.embed_s:.1f} s"
            )
            for name, some in outcomes.items():
                print(f"  {name:9} {row(figures(some))}")
            print(f"  {'pooled':9} {row(results[language])}")
        if options.crowd:
            for bases, chunks in CROWDS:
                crowd = crowded(corpus, bases, chunks)
                times = figures(ask(corpus, [crowd], [*chain(*corpus.questions.values())]))
                of = f"{chunks:,} of {bases * chunks:,}"
                results[language] |= {f"{key} ({of})": times[key] for key in ("p50_ms", "p99_ms")}
                if not options.json:
                    print(f"  {of} chunks: p50 {times['p50_ms']}, p99 {times['p99_ms']} ms")
    for name, corpus, kb_ids in cross_language(options.data, corpora):
        results[name] = figures(ask(corpus, kb_ids, [*chain(*corpus.questions.values())]))
    if options.json:
        print(json.dumps(results))
    else:
        for name in results.keys() - SETS:
            print(f"{name}: {row(results[name])}")


def ask(corpus: Corpus, kb_ids: Sequence[UUID], questions: Sequence[Question]) -> list[Outcome]:
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        found = search(question.text, owner_id=corpus.owner_id, kb_ids=kb_ids, limit=DEPTH)
        ms = (time.perf_counter() - started) * 1000
        documents = list(dict.fromkeys(chunk.document_name for chunk in found))
        right = question.document in documents
        outcomes.append(Outcome(documents.index(question.document) + 1 if right else 0, ms))
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    percentiles = quantiles((outcome.ms for outcome in outcomes), n=100)
    recalls = {
        f"recall@{depth}": mean(0 < outcome.rank <= depth for outcome in outcomes)
        for depth in (1, 5, 10)
    }
    return {
        **{name: round(share, 4) for name, share in recalls.items()},
        "mrr@10": round(mean(1 / o.rank if o.rank else 0 for o in outcomes), 4),
        "p50_ms": round(percentiles[49], 2),
        "p99_ms": round(percentiles[98], 2),
    }


def row(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value}" for name, value in values.items())


def crowded(corpus: Corpus, bases: int, chunks: int) -> UUID:
    """Fills `bases` knowledge bases with `chunks` copies of chunks each; returns one of them."""
    texts = Chunk.objects.filter(knowledge_base=corpus.kb_id).values("text", "terms", "title_terms")
    supply = cycle(texts)
    for number in range(bases):
        base = KnowledgeBase.objects.create(
            owner_id=corpus.owner_id, name=f"crowd of {bases} {corpus.kb_id} {number}"
        )
        document = Document.objects.create(knowledge_base=base, name="crowd", chunk_count=chunks)
        copies = enumerate(islice(supply, chunks))
        while batch := [
            Chunk(document=document, knowledge_base=base, position=position, **text)
            for position, text in islice(copies, BATCH)
        ]:
            Chunk.objects.bulk_create(batch)
    return base.id


if __name__ == "__main__":
    main()
