"""How fast a worker reads many small documents, and how long a search takes meanwhile."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

# First: it sets Django up.
from benchmarks import evaluation
from benchmarks.paused_worker import PausedWorker, paused_worker

# isort: split
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import read_now, upload
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.parsing.parse_document import ParsedDocument, parse_document
from knowledge.reading import make_chunks
from knowledge.reading_queue import OPEN
from knowledge.search.retrieval import search

T = TypeVar("T")

BATCH = 64
SEARCHED = 500
PAUSE_S = 0.05
SEARCHES = 50
EMBEDDED = 200


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one line of JSON only")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    options = parser.parse_args()
    files = [(f"{n:05}.md", text(n)) for n in range(options.documents)]
    found = measure(files, options.rounds)
    print(json.dumps(found) if options.json else "\n".join(map(row, found.items())))


def row(figure: tuple[str, float]) -> str:
    return f"{figure[0]:45} {figure[1]:10.1f}"


def text(number: int) -> bytes:
    random = Random(number)
    parts = (" ".join(f"w{random.randrange(5000)}" for _ in range(60)) for _ in range(4))
    return "\n\n".join([f"# Document {number}", *parts]).encode()


def measure(files: Sequence[tuple[str, bytes]], rounds: int) -> dict[str, float]:
    owner = evaluation.benchmark_user()
    searched, base, plain, embedded = (
        KnowledgeBase.objects.create(owner=owner, name=name) for name in "abcd"
    )
    # The first one loads the encoder.
    embed(embedded, files[:1])
    vectors_s = embed(embedded, files[1 : EMBEDDED + 1])
    queue(searched, files[:SEARCHED])
    read_now(list(searched.documents.values_list("pk", flat=True)))

    def search_ms() -> float:
        started = time.perf_counter()
        search("w17 w300 w4711", owner_id=owner.pk, kb_ids=[searched.pk])
        return (time.perf_counter() - started) * 1000

    size = -(-len(files) // rounds)
    with paused_worker(EMBEDDING_MODEL="none") as process:
        read_by_turns = [
            one_round(files[at : at + size], plain, base, process, search_ms)
            for at in range(0, len(files), size)
        ]
    ready = base.documents.filter(status="ready").count()
    return figures(read_by_turns, len(files)) | {
        "vectors afterwards, CPU ms/document": vectors_s / EMBEDDED * 1000,
        "documents that are ready": ready,
    }


@dataclass
class Round:
    # CPU seconds.
    parse_s: float
    terms_s: float
    index_s: float
    worker_s: float
    # Seconds.
    upload_s: float
    read_s: float
    # Milliseconds of single searches.
    idle: list[float]
    meanwhile: list[float]
    # MiB of the worker, of its readers together, while it read.
    memory: list[tuple[float, float]]

    @property
    def share(self) -> float:
        return self.plain_s / self.worker_s

    @property
    def plain_s(self) -> float:
        return self.parse_s + self.terms_s + self.index_s


def one_round(
    files: Sequence[tuple[str, bytes]],
    plain: KnowledgeBase,
    base: KnowledgeBase,
    process: PausedWorker,
    search_ms: Callable[[], float],
) -> Round:
    """The same files by a plain loop, then by the worker, which stands still meanwhile."""
    parse_s, terms_s, index_s = plain_loop(plain, files)
    queued = time.perf_counter()
    queue(base, files)
    upload_s = time.perf_counter() - queued
    # Right before, since what else the machine does slows these, too.
    idle = []
    for _ in range(SEARCHES):
        idle.append(search_ms())
        time.sleep(PAUSE_S)
    began, cpu_before = time.perf_counter(), process.cpu_s()
    meanwhile, memory = [], []
    with process.going_on():
        while base.documents.filter(status__in=OPEN).exists():
            meanwhile.append(search_ms())
            memory.append(process.memory_mib())
            time.sleep(PAUSE_S)
    worker_s, read_s = process.cpu_s() - cpu_before, time.perf_counter() - began
    return Round(parse_s, terms_s, index_s, worker_s, upload_s, read_s, idle, meanwhile, memory)


def plain_loop(
    base: KnowledgeBase, files: Sequence[tuple[str, bytes]]
) -> tuple[float, float, float]:
    """CPU seconds of parsing, making terms, and saving."""
    parsed, parse_s = timed(lambda: [parse(name, data) for name, data in files])
    chunks, terms_s = timed(
        lambda: [list(make_chunks(Document(name=name), one)) for name, one in parsed]
    )
    names = [name for name, _ in files]
    _, index_s = timed(lambda: save_plainly(base, names, chunks))
    return parse_s, terms_s, index_s


def figures(rounds: Sequence[Round], count: int) -> dict[str, float]:
    idle = [ms for one in rounds for ms in one.idle]
    meanwhile = [ms for one in rounds for ms in one.meanwhile]
    memory = [mib for one in rounds for mib, _ in one.memory]
    each = 1000 / count
    plain_s = sum(one.plain_s for one in rounds)
    return {
        "plain loop: parsing, CPU ms/document": sum(one.parse_s for one in rounds) * each,
        "plain loop: terms, CPU ms/document": sum(one.terms_s for one in rounds) * each,
        "plain loop: index, CPU ms/document": sum(one.index_s for one in rounds) * each,
        "worker and its readers, CPU ms/document": sum(one.worker_s for one in rounds) * each,
        "of a plain loop's speed, %": plain_s / sum(one.worker_s for one in rounds) * 100,
        "of a plain loop's speed, %, median round": median(one.share for one in rounds) * 100,
        "upload, documents/s": count / sum(one.upload_s for one in rounds),
        "worker, documents/s": count / sum(one.read_s for one in rounds),
        "worker's memory at half time, MiB": memory[len(memory) // 2],
        "worker's memory at most, MiB": max(memory),
        "memory of its readers at most, MiB": max(mib for one in rounds for _, mib in one.memory),
        "search while idle, ms (median)": quantiles(idle, n=20)[9],
        "search meanwhile, ms (median)": quantiles(meanwhile, n=20)[9],
        "search while idle, ms (95 %)": quantiles(idle, n=20)[18],
        "search meanwhile, ms (95 %)": quantiles(meanwhile, n=20)[18],
    }


def embed(base: KnowledgeBase, files: Sequence[tuple[str, bytes]]) -> float:
    """The CPU time of their vectors; 0 if there is no model."""
    queue(base, files)
    read_now(list(base.documents.values_list("pk", flat=True)))

    def write() -> None:
        while write_some_vectors():
            pass

    return timed(write)[1]


def parse(name: str, data: bytes) -> tuple[str, ParsedDocument]:
    return name, parse_document(name, data, settings.CHUNK_CHARS)


def save_plainly(
    base: KnowledgeBase, names: Iterable[str], chunks: Iterable[Sequence[Chunk]]
) -> None:
    """As a loop would that keeps no status, log or original: a document, then its chunks."""
    for name, rows in zip(names, chunks, strict=True):
        with transaction.atomic():
            document = Document.objects.create(knowledge_base=base, name=name)
            for row in rows:
                row.document, row.knowledge_base = document, base
            Chunk.objects.bulk_create(rows)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it returns, and the CPU time that it took: others use this machine, too."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def queue(base: KnowledgeBase, files: Sequence[tuple[str, bytes]]) -> None:
    for at in range(0, len(files), BATCH):
        upload(base, [(name, ContentFile(data)) for name, data in files[at : at + BATCH]])


if __name__ == "__main__":
    main()
