"""The program of a reader process: parses one document after the other, with limited resources.

`reader.py` starts it. A request is a message about some files, then one with the content of each.
It is answered file by file: messages say how far it is, and one says what came of it. The process
ends when the server closes the channel.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from collections import deque
from pathlib import Path
from typing import IO, Any

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.parse_document import parse_document
from knowledge.parsing.progress import send_reports
from knowledge.parsing.reader_messages import BadMessage, read_message, write_message

try:
    import resource
except ImportError:  # Windows has no such limits; only the server's timeout works there.
    resource = None  # type: ignore[assignment]

MAX_REQUEST_BYTES = 2**32
# CPU time beyond the server's timeout, so that the server ends first: it tells the user why.
GRACE_S = 5
STATM = Path("/proc/self/statm")
# The end of a traceback, for the server's log.
MAX_LOG_CHARACTERS = 2000


def main(max_memory: str, max_recognition_memory: str) -> None:
    from_server, to_server = _open_channel()
    _limit_process(int(max_memory), int(max_recognition_memory))
    with contextlib.suppress(BadMessage, BrokenPipeError):
        seconds = 0

        def start_time_anew() -> None:
            _limit_cpu_time(seconds)
            _write(to_server, {"time_starts_anew": True})

        send_reports(lambda progress: _write(to_server, {"progress": progress}), start_time_anew)
        while True:
            headers = json.loads(read_message(from_server, MAX_REQUEST_BYTES))
            # All of them first: the server reads the first reply when it has sent the last file.
            files = deque(read_message(from_server, MAX_REQUEST_BYTES) for _ in headers)
            for header in headers:
                seconds = header["seconds"]
                _limit_cpu_time(seconds)
                _write(to_server, _reply(header, files.popleft()))


def _open_channel() -> tuple[IO[bytes], IO[bytes]]:
    """Takes standard input and output for messages only: what libraries print goes nowhere."""
    from_server, to_server = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    return from_server, to_server


def _limit_process(max_memory: int, max_recognition_memory: int) -> None:
    if resource is None:
        return
    # Reading is background work: answers that are being streamed come first.
    os.nice(5)
    # No core dumps, which would hold the file's content, and no files at all.
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    # macOS refuses a limit on memory.
    with contextlib.suppress(ValueError, OSError):
        # The second is for recognising text, which raises the first to it (`recognition.py`).
        most = max(max_memory, max_recognition_memory)
        resource.setrlimit(resource.RLIMIT_AS, (max_memory, most))


def _limit_cpu_time(seconds: int) -> None:
    """Ends this process even if its server has died."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        end = int(usage.ru_utime + usage.ru_stime) + seconds + GRACE_S
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))


def _write(to_server: IO[bytes], message: dict[str, Any]) -> None:
    write_message(to_server, json.dumps(message, ensure_ascii=False).encode())


def _reply(header: dict[str, Any], data: bytes) -> dict[str, Any]:
    log = ""
    try:
        parsed = parse_document(header["name"], data, header["chunk_chars"])
        chunks = [(chunk.place, chunk.text) for chunk in parsed.chunks]
        return {"title": parsed.title, "chunks": chunks, "memory": _memory()}
    except Unreadable as problem:
        refusal = str(problem)
        if problem.__cause__:
            log = "".join(traceback.format_exception(problem.__cause__))[-MAX_LOG_CHARACTERS:]
    except MemoryError:
        refusal = _("Reading the file needs too much memory: it is too complex.")
    return {"refusal": refusal, "log": log, "memory": _memory()}


def _memory() -> int:
    """The memory that this process holds, in bytes; on macOS the most it has ever held."""
    # On Linux, `ru_maxrss` would begin with what the server held when it started this process.
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
