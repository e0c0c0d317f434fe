"""How fast a worker reads many small documents, and how long a search takes meanwhile."""

import json
import os
import resource
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

# First: it sets Django up.
from benchmarks import evaluation

# isort: split
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import read_now, upload
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.parsing.parse_document import ParsedDocument, parse_document
from knowledge.reading import make_chunks
from knowledge.search.retrieval import search

T = TypeVar("T")

BATCH = 64
SEARCHED = 500
PAUSE_S = 0.05
SEARCHES = 200
EMBEDDED = 200
STATM = "/proc/{}/statm"
PAGE_BYTES = 4096


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one line of JSON only")
    options = parser.parse_args()
    figures = measure([(f"{n:05}.md", text(n)) for n in range(options.documents)])
    print(json.dumps(figures) if options.json else "\n".join(map(row, figures.items())))


def row(figure: tuple[str, float]) -> str:
    return f"{figure[0]:45} {figure[1]:10.1f}"


def text(number: int) -> bytes:
    random = Random(number)
    parts = (" ".join(f"w{random.randrange(5000)}" for _ in range(60)) for _ in range(4))
    return "\n\n".join([f"# Document {number}", *parts]).encode()


def measure(files: Sequence[tuple[str, bytes]]) -> dict[str, float]:
    count = len(files)
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

    parsed, parse_s = timed(lambda: [parse(name, data) for name, data in files])
    chunks, terms_s = timed(
        lambda: [list(make_chunks(Document(name=name), one)) for name, one in parsed]
    )
    _, index_s = timed(lambda: save_plainly(plain, chunks))
    # Right before, since what else the machine does slows these, too.
    idle = []
    for _ in range(SEARCHES):
        idle.append(search_ms())
        time.sleep(PAUSE_S)
    queued = time.perf_counter()
    queue(base, files)
    upload_s = time.perf_counter() - queued
    reading = run_worker(search_ms, EMBEDDING_MODEL="none")
    return {
        "plain loop: parsing, CPU ms/document": parse_s / count * 1000,
        "plain loop: terms, CPU ms/document": terms_s / count * 1000,
        "plain loop: index, CPU ms/document": index_s / count * 1000,
        "worker and its readers, CPU ms/document": reading.cpu_s / count * 1000,
        "of a plain loop's speed, by CPU time, %": (parse_s + terms_s + index_s)
        / reading.cpu_s
        * 100,
        "vectors afterwards, CPU ms/document": vectors_s / EMBEDDED * 1000,
        "upload, documents/s": count / upload_s,
        "worker, documents/s": count / reading.seconds,
        "documents that are ready": base.documents.filter(status="ready").count(),
        "worker's memory at half time, MiB": reading.memory[len(reading.memory) // 2],
        "worker's memory at most, MiB": max(reading.memory),
        "search while idle, ms (median)": quantiles(idle, n=20)[9],
        "search meanwhile, ms (median)": quantiles(reading.searches, n=20)[9],
        "search while idle, ms (95 %)": quantiles(idle, n=20)[18],
        "search meanwhile, ms (95 %)": quantiles(reading.searches, n=20)[18],
    }


@dataclass
class Run:
    seconds: float
    cpu_s: float
    # Milliseconds of the searches meanwhile, and the MiB that the worker held.
    searches: list[float]
    memory: list[float]


def run_worker(search_ms: Callable[[], float], **environment: str) -> Run:
    """Until nothing waits, with a search now and then."""
    began, cpu_before = time.perf_counter(), cpu_of_children()
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--once"], env=os.environ | environment
    )
    searches, memory = [], []
    while worker.poll() is None:
        searches.append(search_ms())
        memory.append(resident_mib(worker.pid))
        time.sleep(PAUSE_S)
    return Run(time.perf_counter() - began, cpu_of_children() - cpu_before, searches, memory)


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


def save_plainly(base: KnowledgeBase, chunks: Iterable[Sequence[Chunk]]) -> None:
    """As a loop would that keeps no status, log or original: a document, then its chunks."""
    for number, rows in enumerate(chunks):
        with transaction.atomic():
            document = Document.objects.create(knowledge_base=base, name=f"{number}.md")
            for row in rows:
                row.document, row.knowledge_base = document, base
            Chunk.objects.bulk_create(rows)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it returns, and the CPU time that it took: others use this machine, too."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def queue(base: KnowledgeBase, files: Sequence[tuple[str, bytes]]) -> None:
    for at in range(0, len(files), BATCH):
        upload(base, [(name, ContentFile(data)) for name, data in files[at : at + BATCH]])


def resident_mib(pid: int) -> float:
    try:
        return int(Path(STATM.format(pid)).read_text().split()[1]) * PAGE_BYTES / 2**20
    except (FileNotFoundError, IndexError):
        return 0


if __name__ == "__main__":
    main()
