"""How fast a worker reads many small documents, and how long a search takes meanwhile."""

import json
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

# First: it sets Django up.
from benchmarks import evaluation

# isort: split
from django.conf import settings
from django.core.files.base import ContentFile

from knowledge.ingestion import read_now, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.parsing.parse_document import parse_document
from knowledge.reading import make_chunks
from knowledge.search.retrieval import search

BATCH = 64
SEARCHED = 500
PAUSE_S = 0.05
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
    searched, base = (KnowledgeBase.objects.create(owner=owner, name=name) for name in "ab")
    queue(searched, files[:SEARCHED])
    read_now(list(searched.documents.values_list("pk", flat=True)))

    def search_ms() -> float:
        started = time.perf_counter()
        search("w17 w300 w4711", owner_id=owner.pk, kb_ids=[searched.pk])
        return (time.perf_counter() - started) * 1000

    idle = [search_ms() for _ in range(200)]
    started = time.perf_counter()
    for name, data in files:
        parse_document(name, data, settings.CHUNK_CHARS)
    parsed = time.perf_counter()
    for name, data in files:
        list(make_chunks(Document(name=name), parse_document(name, data, settings.CHUNK_CHARS)))
    analysed = time.perf_counter()
    queue(base, files)
    queued = time.perf_counter()
    worker = subprocess.Popen([sys.executable, "manage.py", "worker", "--once"])
    busy, memory = [], []
    while worker.poll() is None:
        busy.append(search_ms())
        memory.append(resident_mib(worker.pid))
        time.sleep(PAUSE_S)
    return {
        "plain loop of parsers, documents/s": count / (parsed - started),
        "plain loop with terms, documents/s": count / (analysed - parsed),
        "upload, documents/s": count / (queued - analysed),
        "worker, documents/s": count / (time.perf_counter() - queued),
        "documents that are ready": base.documents.filter(status="ready").count(),
        "worker's memory at half time, MiB": memory[len(memory) // 2],
        "worker's memory at most, MiB": max(memory),
        "search while idle, ms (median)": quantiles(idle, n=20)[9],
        "search meanwhile, ms (median)": quantiles(busy, n=20)[9],
        "search while idle, ms (95 %)": quantiles(idle, n=20)[18],
        "search meanwhile, ms (95 %)": quantiles(busy, n=20)[18],
    }


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
