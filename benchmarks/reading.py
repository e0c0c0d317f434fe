"""How well and how fast files are read: `python -m benchmarks.reading --corpus FOLDER`.

For each format, and for files of no known ending: files read, refused (by reason) and crashed, the
share of the words of a reference that were found, documents a second, and peak memory, beside
markitdown where it is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from threading import Timer
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")

import django

django.setup()

import psutil  # noqa: E402
from django.conf import settings  # noqa: E402

from benchmarks.office_text import office_text  # noqa: E402
from knowledge.parsing.formats import BY_SUFFIX  # noqa: E402
from knowledge.parsing.parse_document import ParsedDocument  # noqa: E402
from knowledge.parsing.parse_request import ParseRequest  # noqa: E402
from knowledge.parsing.reader import Reader  # noqa: E402

WORD = re.compile(r"\w+")
# How pandoc calls the formats that it is the reference for.
PANDOC = {
    **dict.fromkeys([".html", ".htm", ".xhtml"], "html"),
    ".odt": "odt",
    ".rtf": "rtf",
    ".epub": "epub",
    ".ipynb": "ipynb",
}
REFERENCE_S = 60
ENDED = "The process ended"
CRASHED = ("The file is damaged, or too complex", "Reading the file", ENDED)

# Takes a file, its text or what is wrong with it, and the seconds it took.
Add = Callable[[Path, str, str, float], None]
# Reads files, and returns the most memory that it took, in bytes.
Read = Callable[[Sequence[Path], Add], int]


@dataclass
class Result:
    files: int = 0
    read: int = 0
    crashed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    recalls: list[float] = field(default_factory=list)
    seconds: float = 0
    peak_mb: int = 0

    def add(self, text: str, problem: str, seconds: float, reference: Counter[str] | None) -> None:
        self.files += 1
        self.seconds += seconds
        if problem:
            self.crashed += problem.startswith(CRASHED)
            self.refused[problem] += 1
        else:
            self.read += 1
            if reference:
                found = reference & words(text)
                self.recalls.append(found.total() / reference.total())

    def report(self) -> dict[str, object]:
        return {
            "files": self.files,
            "read": self.read,
            "crashed": self.crashed,
            "refused": dict(self.refused),
            "peak_mb": self.peak_mb,
            "recall": round(mean(self.recalls), 4) if self.recalls else None,
            "docs_per_second": round(self.files / self.seconds, 1) if self.seconds else None,
        }


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.casefold()))


def reference_of(path: Path) -> Counter[str] | None:
    """The words by another program: poppler for PDFs, for Office files the XML itself, pandoc for
    what it knows; only those that are installed."""
    suffix = path.suffix.lower()
    match suffix:
        case ".pdf" if pdftotext := shutil.which("pdftotext"):
            text = _output_of(pdftotext, path, "-")
        case ".docx" | ".pptx" | ".xlsx":
            text = " ".join(office_text(path))
        case _ if suffix in PANDOC and (pandoc := shutil.which("pandoc")):
            text = _output_of(pandoc, "--sandbox", "-f", PANDOC[suffix], "-t", "plain", path)
        case _:
            return None
    return words(text) or None


def _output_of(*command: str | Path) -> str:
    """Nothing if the program fails or hangs: then there is no reference."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=REFERENCE_S)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace")


def read_ours(paths: Sequence[Path], add: Add) -> int:
    """The largest memory of a reader, in bytes."""
    reader, peak = Reader(), 0
    for number, path in enumerate([paths[0], *paths]):
        if not reader.is_usable:
            reader.close()
            reader = Reader()
        data, start = path.read_bytes(), time.perf_counter()
        match reader.parse([ParseRequest(path.name, data, settings.CHUNK_CHARS)]):
            case [ParsedDocument() as parsed]:
                text, problem = " ".join(f"{c.place} {c.text}" for c in parsed.chunks), ""
            case [refusal]:
                text, problem = "", str(refusal)
        # The first time, libraries are loaded.
        if number:
            add(path, text, problem, time.perf_counter() - start)
        peak = max(peak, _peak_memory(reader))
    reader.close()
    return peak


def _peak_memory(reader: Reader) -> int:
    try:
        status = Path(f"/proc/{reader.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return 0


class Peer:
    """A process that has markitdown; another one is started when it ended or hung."""

    def __init__(self, python: str) -> None:
        self._command = [python, "-m", "benchmarks.peers.markitdown_reader"]
        self._process: subprocess.Popen[str] | None = None

    def read(self, path: Path) -> dict[str, Any]:
        start = time.perf_counter()
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(settings.MAX_READING_S, process.kill)
        timer.start()
        print(path.resolve(), file=process.stdin, flush=True)
        line = process.stdout.readline()
        timer.cancel()
        if line:
            reply: dict[str, Any] = json.loads(line)
            return reply
        self.close()
        return {"text": "", "problem": ENDED, "seconds": time.perf_counter() - start}

    def memory(self) -> int:
        return psutil.Process(self._process.pid).memory_info().rss if self._process else 0

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )


def read_with_markitdown(python: str, paths: Sequence[Path], add: Add) -> int:
    peer, peak = Peer(python), 0
    for number, path in enumerate([paths[0], *paths]):
        reply = peer.read(path)
        if number:
            add(path, reply["text"], reply["problem"], reply["seconds"])
        peak = max(peak, peer.memory())
    peer.close()
    return peak


def measure(corpus: Path, python: str) -> dict[str, dict[str, Result]]:
    by_format: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            suffix = path.suffix.lower()
            by_format[suffix if suffix in BY_SUFFIX else "other"].append(path)
    readers: dict[str, Read] = {"ragws": read_ours}
    if python != sys.executable or find_spec("markitdown"):
        readers["markitdown"] = partial(read_with_markitdown, python)
    results: dict[str, dict[str, Result]] = {}
    for suffix, paths in by_format.items():
        references = {path: reference_of(path) for path in paths}
        results[suffix] = {
            name: measure_one(read, paths, references) for name, read in readers.items()
        }
    return results


def measure_one(
    read: Read, paths: Sequence[Path], references: Mapping[Path, Counter[str] | None]
) -> Result:
    result = Result()

    def add(path: Path, text: str, problem: str, seconds: float) -> None:
        result.add(text, problem, seconds, references[path])

    result.peak_mb = read(paths, add) // 1_000_000
    return result


def show(results: dict[str, dict[str, Result]]) -> None:
    print(f"{'':10}{'':12}{'files':>6}{'read':>6}{'crash':>6}{'recall':>8}{'docs/s':>8}{'MB':>6}")
    for suffix, readers in results.items():
        for name, result in readers.items():
            report = result.report()
            recall = "" if report["recall"] is None else f"{report['recall']:.3f}"
            print(
                f"{suffix:10}{name:12}{result.files:6}{result.read:6}{result.crashed:6}"
                f"{recall:>8}{report['docs_per_second']!s:>8}{result.peak_mb:6}"
            )
            for reason, count in result.refused.most_common():
                print(f"{'':22}{count:6} × {reason}")
    for name in next(iter(results.values()), {}):
        print(_sum(name, [readers[name] for readers in results.values()]))


def _sum(name: str, results: Sequence[Result]) -> str:
    files, read, crashed, refused = (
        sum(counts)
        for counts in zip(
            *((r.files, r.read, r.crashed, r.refused.total()) for r in results), strict=True
        )
    )
    peak = max(result.peak_mb for result in results)
    return (
        f"{name}: {read} of {files} read, {refused - crashed} refused, {crashed} crashed; {peak} MB"
    )


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="a folder with files")
    parser.add_argument(
        "--markitdown", default=sys.executable, metavar="PYTHON", help="the Python that has it"
    )
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    results = measure(options.corpus, options.markitdown)
    show(results)
    if options.json:
        reports = {
            suffix: {name: result.report() for name, result in readers.items()}
            for suffix, readers in results.items()
        }
        options.json.write_text(json.dumps(reports, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
