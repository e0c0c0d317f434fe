"""How well and how fast files are read: `python -m benchmarks.reading --corpus FOLDER`.

For each format, and for files of no known ending: files read, refused (by reason) and crashed, the
share of the words of a reference that were found, documents per second of CPU time, and peak
memory, beside markitdown where it is installed.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory, gettempdir
from threading import Timer
from typing import Any, Protocol
from unicodedata import normalize

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")

import django

django.setup()

import psutil  # noqa: E402
from django.conf import settings  # noqa: E402

from benchmarks.office_text import office_text  # noqa: E402
from knowledge.parsing.encodings import decode  # noqa: E402
from knowledge.parsing.formats import BY_SUFFIX  # noqa: E402
from knowledge.parsing.parse_document import ParsedDocument  # noqa: E402
from knowledge.parsing.parse_request import ParseRequest  # noqa: E402
from knowledge.parsing.reader import Reader  # noqa: E402

# Without the lines that some programs draw below words.
WORD = re.compile(r"[^\W_]+")
# What says where a word may be divided, or which way it is written, is no part of it.
UNSEEN = re.compile("[\xad\u200b-\u200f\u2060\ufeff]")
# Fields of a page, and what is there for other programs, are left out on purpose.
FIELDS = re.compile(
    r"<(select|nav|noscript|template|iframe|object)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
# How pandoc calls the formats that it is the reference for.
PANDOC = {
    ".odt": "odt",
    ".epub": "epub",
    ".ipynb": "ipynb",
}
REFERENCE_S = 60
# One word makes a tenth of a smaller file: those count together, apart from the others.
MIN_WORDS = 10
# A line that more than half of so many pages have counts where it comes first.
MIN_PAGES = 4
DIGITS = re.compile(r"\d+")
# Shorter words stand in the middle of others by chance, and shorter runs of words.
MIN_JOINED, MIN_RUN = 3, 5
ENDED = "The process ended"
CRASHED = ("The file is damaged, or too complex", "Reading the file", ENDED)


class FileReader(Protocol):
    """A program that reads files in a process of its own."""

    peak: int

    def read(self, path: Path) -> tuple[str, str, float]:
        """The text, or what is wrong with the file, and the seconds of CPU time that it took."""

    def close(self) -> None: ...


@dataclass
class Result:
    files: int = 0
    read: int = 0
    crashed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    recalls: list[float] = field(default_factory=list)
    # Of the small files: those read, the words of their references, and those that were found.
    small: int = 0
    small_words: int = 0
    small_found: float = 0
    # Of the files that all programs read: pictures of text take one of them seconds.
    timed: int = 0
    seconds: float = 0
    peak_mb: int = 0

    def add(self, text: str, problem: str, reference: Sequence[str] | None) -> None:
        self.files += 1
        if problem:
            self.crashed += problem.startswith(CRASHED)
            self.refused[problem] += 1
        else:
            self.read += 1
            if reference and len(reference) >= MIN_WORDS:
                self.recalls.append(recall(reference, text))
            elif reference:
                self.small += 1
                self.small_words += len(reference)
                self.small_found += len(reference) * recall(reference, text)

    def report(self) -> dict[str, object]:
        return {
            "files": self.files,
            "read": self.read,
            "crashed": self.crashed,
            "refused": dict(self.refused),
            "peak_mb": self.peak_mb,
            "compared": len(self.recalls),
            "recall": round(mean(self.recalls), 4) if self.recalls else None,
            "small": self.small,
            "small_recall": round(self.small_found / self.small_words, 4) if self.small else None,
            "docs_per_second": round(self.timed / self.seconds, 1) if self.seconds else None,
        }


def recall(reference: Sequence[str], text: str) -> float:
    """A word that differs in its spaces only is no loss: programs do not agree on those of PDFs."""
    found = words_in_order(text)
    left, joined = Counter(found), "".join(found)
    missed = 0
    for at, word in enumerate(reference):
        if left[word]:
            left[word] -= 1
        else:
            missed += not _is_joined(reference, at, joined)
    return 1 - missed / len(reference)


def _is_joined(reference: Sequence[str], at: int, joined: str) -> bool:
    """Whether a word, if it is short with its neighbours, stands there with other spaces."""
    word = reference[at]
    if len(word) >= MIN_JOINED and word in joined:
        return True
    return any(
        len(run) >= MIN_RUN and run in joined
        for run in (
            _run(reference, range(at, len(reference))),
            _run(reference, range(at, -1, -1)),
            "".join(reference[max(0, at - 2) : at + 3]),
        )
    )


def _run(reference: Sequence[str], places: range) -> str:
    """The words at these places, until there are enough letters."""
    run = ""
    for at in places:
        if len(run) >= MIN_RUN:
            break
        run = run + reference[at] if places.step > 0 else reference[at] + run
    return run


def words_in_order(text: str) -> list[str]:
    """Without regard to case, and to forms of characters that mean the same."""
    return WORD.findall(UNSEEN.sub("", normalize("NFKC", text)).casefold())


def reference_of(path: Path) -> list[str] | None:
    """The words by another program: poppler for PDFs, for Office files the XML itself, LibreOffice
    for RTF, pandoc for what it knows; only those that are installed."""
    suffix = path.suffix.lower()
    match suffix:
        case ".pdf" if pdftotext := shutil.which("pdftotext"):
            text = _without_repeated_lines(_output_of(pdftotext, path, "-"))
        case ".docx" | ".pptx" | ".xlsx":
            text = " ".join(office_text(path))
        case ".html" | ".htm" | ".xhtml" if pandoc := shutil.which("pandoc"):
            # It knows no other encoding.
            page = FIELDS.sub(" ", decode(path.read_bytes(), "utf-8")).encode()
            text = _output_of(pandoc, "--sandbox", "-f", "html", "-t", "plain", data=page)
        case ".rtf" if path.read_bytes().lstrip()[:5] == b"{\\rtf":
            text = _by_libreoffice(path)
        case _ if suffix in PANDOC and (pandoc := shutil.which("pandoc")):
            text = _output_of(pandoc, "--sandbox", "-f", PANDOC[suffix], "-t", "plain", path)
        case _:
            return None
    found = words_in_order(text)
    if suffix == ".odt":
        found = _in_both(found, words_in_order(_by_libreoffice(path)))
    return found or None


def _without_repeated_lines(text: str) -> str:
    """What stands on most pages is left out but for the first time; numbers in it may differ."""
    pages = [page.splitlines() for page in text.split("\f")]
    if len(pages) < MIN_PAGES:
        return text
    forms = [[DIGITS.sub("0", line.strip()) for line in page] for page in pages]
    counts = Counter(form for page in forms for form in set(page))
    running = {form for form, count in counts.items() if count > len(pages) / 2}
    kept, known = list[str](), set[str]()
    for page, of_page in zip(pages, forms, strict=True):
        for line, form in zip(page, of_page, strict=True):
            if form not in running or form not in known:
                kept.append(line)
            known.add(form)
    return "\n".join(kept)


def _in_both(words: list[str], others: Sequence[str]) -> list[str]:
    """pandoc numbers lists in its own way, and LibreOffice shows what was deleted."""
    left = Counter(others)
    both = []
    for word in words:
        if left[word]:
            left[word] -= 1
            both.append(word)
    return both if others else words


def _by_libreoffice(path: Path) -> str:
    if not (soffice := shutil.which("soffice")):
        return ""
    with TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation=file://{gettempdir()}/reading-benchmark-libreoffice"
        _output_of(
            *(soffice, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8"),
            *("--outdir", folder, path),
        )
        return "".join(made.read_text(errors="replace") for made in Path(folder).glob("*.txt"))


def _output_of(*command: str | Path, data: bytes = b"") -> str:
    """Nothing if the program fails or hangs: then there is no reference."""
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, check=False, timeout=REFERENCE_S
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace")


class Ours:
    def __init__(self) -> None:
        self.peak = 0
        self._reader = Reader()

    def read(self, path: Path) -> tuple[str, str, float]:
        if not self._reader.is_usable:
            self.close()
            self._reader = Reader()
        request = ParseRequest(path.name, path.read_bytes(), settings.CHUNK_CHARS)
        with cpu_time(self._reader.pid) as used:
            [outcome] = self._reader.parse([request])
        self.peak = max(self.peak, _peak_memory(self._reader))
        if isinstance(outcome, ParsedDocument):
            return " ".join(f"{c.place} {c.text}" for c in outcome.chunks), "", used[0]
        return "", str(outcome), used[0]

    def close(self) -> None:
        self._reader.close()


def _peak_memory(reader: Reader) -> int:
    try:
        status = Path(f"/proc/{reader.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return 0


@contextmanager
def cpu_time(pid: int) -> Iterator[list[float]]:
    """The seconds that the process worked: others use this machine, too. If it ends, those that
    passed."""
    used, started, before = [0.0], time.perf_counter(), _cpu_s(pid)
    yield used
    after = _cpu_s(pid)
    used[0] = time.perf_counter() - started if after is None or before is None else after - before


def _cpu_s(pid: int) -> float | None:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return None
    return float(times.user + times.system)


class Markitdown:
    """A process that has markitdown; another one is started when it ended or hung."""

    def __init__(self, python: str) -> None:
        self.peak = 0
        self._command = [python, "-m", "benchmarks.peers.markitdown_reader"]
        self._process = self._start()

    def read(self, path: Path) -> tuple[str, str, float]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(settings.MAX_READING_S, process.kill)
        timer.start()
        with cpu_time(process.pid) as used:
            print(path.resolve(), file=process.stdin, flush=True)
            line = process.stdout.readline()
        timer.cancel()
        if not line:
            self.close()
            self._process = self._start()
            return "", ENDED, used[0]
        self.peak = max(self.peak, psutil.Process(process.pid).memory_info().rss)
        reply: dict[str, Any] = json.loads(line)
        return reply["text"], reply["problem"], used[0]

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )


def measure(corpus: Path, python: str) -> dict[str, dict[str, Result]]:
    by_format: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            suffix = path.suffix.lower()
            by_format[suffix if suffix in BY_SUFFIX else "other"].append(path)
    has_markitdown = python != sys.executable or find_spec("markitdown")
    results: dict[str, dict[str, Result]] = {}
    for suffix, paths in by_format.items():
        readers: dict[str, FileReader] = {"ragws": Ours()}
        if has_markitdown:
            readers["markitdown"] = Markitdown(python)
        results[suffix] = measure_format(readers, paths)
    return results


def measure_format(readers: Mapping[str, FileReader], paths: Sequence[Path]) -> dict[str, Result]:
    """By turns, file by file, so that what else the machine does slows both alike."""
    results = {name: Result() for name in readers}
    for reader in readers.values():
        # The first time, libraries are loaded.
        reader.read(paths[0])
    for path in paths:
        reference = reference_of(path)
        found = {name: reader.read(path) for name, reader in readers.items()}
        is_read_by_all = all(text.strip() for text, _problem, _seconds in found.values())
        for name, (text, problem, seconds) in found.items():
            results[name].add(text, problem, reference)
            if is_read_by_all:
                results[name].timed += 1
                results[name].seconds += seconds
    for name, reader in readers.items():
        results[name].peak_mb = reader.peak // 1_000_000
        reader.close()
    return results


def show(results: dict[str, dict[str, Result]]) -> None:
    print(
        f"{'':10}{'':12}{'files':>6}{'read':>6}{'crash':>6}{'recall':>8}{'small':>8}{'docs/s':>8}{'MB':>6}"
    )
    for suffix, readers in results.items():
        for name, result in readers.items():
            report = result.report()
            recall, small = (
                "" if report[share] is None else f"{report[share]:.3f}"
                for share in ("recall", "small_recall")
            )
            print(
                f"{suffix:10}{name:12}{result.files:6}{result.read:6}{result.crashed:6}"
                f"{recall:>8}{small:>8}{report['docs_per_second']!s:>8}{result.peak_mb:6}"
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
