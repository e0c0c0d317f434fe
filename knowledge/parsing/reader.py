"""One reader process, seen from the server: starts it, has it parse documents, ends it.

Small files are sent together, so that a process switch is not needed for each."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from pathlib import PurePath
from threading import Event, Thread
from typing import cast

from django.conf import settings

from core.storable_text import is_storable
from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.parse_document import MAX_CHUNKS, ParsedDocument
from knowledge.parsing.parse_request import ParseRequest
from knowledge.parsing.progress import MAX_TIMED_APART
from knowledge.parsing.reader_messages import BadMessage, read_message, write_message
from knowledge.text.chunking import TextChunk

logger = logging.getLogger(__name__)

# A reader is replaced after so many files, or when it has become so large.
MAX_FILES = 2000
MAX_GROWTH_BYTES = 200_000_000
MAX_REPLY_BYTES = 200_000_000
# All that a reader is given of the server's environment, which may hold keys and passwords.
ENVIRONMENT = (
    *("PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TEMP", "TMP", "TMPDIR", "SYSTEMROOT", "WINDIR"),
)


TOO_LONG = _("Reading the file takes too long: it is too complex.")
CRASHED = _("The file is damaged, or too complex to be read.")
# Seconds that a file may take longer than it should.
DEADLINE_GRACE_S = 0.05

Outcome = ParsedDocument | Unreadable


@dataclass(frozen=True, slots=True)
class Reply:
    outcome: Outcome
    # What the process holds, in bytes.
    memory: int
    log: str


class Reader:
    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._files = 0
        self._is_spent = False
        # What is being parsed, and until when that must have ended.
        self._current: tuple[ParseRequest, float] | None = None
        self._process = subprocess.Popen(  # noqa: S603 - our own module; nothing of the file is in it
            command or _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            # Ctrl-C in the terminal is for the server: it lets its readers finish.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        return not self._is_spent and self._process.poll() is None

    def parse(self, requests: Sequence[ParseRequest]) -> list[Outcome]:
        """The outcomes in the order of the requests, whatever happens to the process. If that ends,
        outcomes are missing for the requests that it has not begun; there is always one."""
        self._files += len(requests)
        outcomes: list[Outcome] = []
        try:
            with self._deadlines():
                for request in requests:
                    self._begin(request)
                    with request.parsed_by(self._process.kill):
                        if not outcomes:
                            self._send(requests)
                        outcomes.append(self._receive(request))
        except (BadMessage, OSError) as problem:
            self.close()
            ended, *_rest = requests[len(outcomes) :]
            if ended.given_up or not any(r.given_up for r in requests[: len(outcomes)]):
                outcomes.append(self._why_ended(ended, problem))
        except BaseException:
            # Interrupted: a reply that comes later must not be taken for that to the next request.
            self.close()
            raise
        return outcomes

    def close(self) -> None:
        self._process.kill()
        for channel in self._channels():
            # Closing flushes, and the process no longer takes what is left.
            with suppress(OSError):
                channel.close()
        self._process.wait()

    def forget(self) -> None:
        """In a fork of the server, whose reader this is not."""
        for channel in self._channels():
            # Not flushed: the rest of a message is the other process's to send.
            channel.raw.close()
        self._process.returncode = 0

    def _send(self, requests: Sequence[ParseRequest]) -> None:
        # Only the ending helps to tell the format: no more of a name has to leave this process.
        headers = [
            {
                "name": f"file{PurePath(request.name).suffix[:20]}",
                "chunk_chars": request.chunk_chars,
                "seconds": settings.MAX_READING_S,
            }
            for request in requests
        ]
        to_reader, _from_reader = self._channels()
        files = (request.data for request in requests)
        write_message(to_reader, json.dumps(headers).encode(), *files)

    def _receive(self, request: ParseRequest) -> Outcome:
        _to_reader, from_reader = self._channels()
        more_times = MAX_TIMED_APART
        while True:
            match _decode(read_message(from_reader, MAX_REPLY_BYTES)):
                case float() as progress:
                    request.progress = progress
                case None if more_times:
                    more_times -= 1
                    self._begin(request)
                case Reply() as reply:
                    break
        is_large = reply.memory > MAX_GROWTH_BYTES
        self._is_spent = self._is_spent or is_large or self._files >= MAX_FILES
        if reply.log:
            logger.warning("Reading a file failed:\n%s", reply.log)
        return reply.outcome

    def _why_ended(self, request: ParseRequest, problem: Exception) -> Unreadable:
        if request.given_up:
            return Unreadable(request.given_up)
        status = self._process.returncode
        logger.warning("Reading a file ended its process (status %s): %s", status, problem)
        return Unreadable(CRASHED)

    def _begin(self, request: ParseRequest) -> None:
        self._current = request, time.monotonic() + settings.MAX_READING_S

    @contextmanager
    def _deadlines(self) -> Iterator[None]:
        """Watches in a thread of its own that no request takes too long."""
        ended = Event()
        thread = Thread(target=self._give_up_late, args=[ended], daemon=True)
        self._current = None
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _give_up_late(self, ended: Event) -> None:
        wait_s = 0.0
        while not ended.wait(wait_s):
            wait_s = DEADLINE_GRACE_S
            if current := self._current:
                request, deadline = current
                wait_s = max(DEADLINE_GRACE_S, deadline - time.monotonic())
                if time.monotonic() >= deadline:
                    request.give_up(TOO_LONG)

    def _channels(self) -> tuple[BufferedWriter, BufferedReader]:
        return cast(BufferedWriter, self._process.stdin), cast(BufferedReader, self._process.stdout)


def _command() -> list[str]:
    module = "knowledge.parsing.reader_process"
    limits = settings.MAX_READING_BYTES, settings.MAX_RECOGNITION_BYTES
    return [sys.executable, "-m", module, *map(str, limits)]


def _decode(message: bytes) -> Reply | float | None:
    """A reply, or how far it is, or None if time starts anew.

    A process that a file has taken over may write anything.
    """
    try:
        match json.loads(message):
            case {"progress": int() | float() as progress}:
                return min(max(0.0, progress), 1.0)
            case {"time_starts_anew": True}:
                return None
            case {"memory": int() as memory, "log": str() as log, "refusal": str() as refusal}:
                return Reply(Unreadable(refusal), memory, log)
            case {"memory": int() as memory, "title": str() as title, "chunks": list() as found}:
                chunks = [TextChunk(place, text) for place, text in found]
                if len(chunks) <= MAX_CHUNKS and all(map(is_storable, _texts(title, chunks))):
                    return Reply(ParsedDocument(title, chunks), memory, "")
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise BadMessage("The reply is none") from problem
    raise BadMessage("The reply is none")


def _texts(title: str, chunks: Iterable[TextChunk]) -> Iterator[str]:
    yield title
    for chunk in chunks:
        yield chunk.place
        yield chunk.text
