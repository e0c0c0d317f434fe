"""One reader process, seen from the server: starts it, has it parse documents, ends it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from threading import Event, Timer
from typing import cast

from django.conf import settings

from core.storable_text import is_storable
from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.parse_document import MAX_CHUNKS, ParsedDocument
from knowledge.parsing.reader_messages import BadMessage, read_message, write_message
from knowledge.text.chunking import TextChunk

logger = logging.getLogger(__name__)

# A reader is replaced after so many files, or when it has become so large.
MAX_FILES = 200
MAX_GROWTH_BYTES = 200_000_000
MAX_REPLY_BYTES = 200_000_000
# All that a reader is given of the server's environment, which may hold keys and passwords.
ENVIRONMENT = (
    *("PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TEMP", "TMP", "TMPDIR", "SYSTEMROOT", "WINDIR"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    # Why the file could not be read, if it could not.
    result: ParsedDocument | str
    # What the process holds, in bytes.
    memory: int
    log: str


class Reader:
    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._files = 0
        self._is_spent = False
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

    def parse(self, name: str, data: bytes, chunk_chars: int) -> ParsedDocument:
        """Raises `Unreadable`, whatever happens to the process."""
        seconds = settings.MAX_READING_S
        request = {"name": name, "chunk_chars": chunk_chars, "seconds": seconds}
        self._files += 1
        try:
            reply = _decode(self._ask(json.dumps(request).encode(), data, seconds))
        except (BadMessage, OSError) as problem:
            self.close()
            status = self._process.returncode
            logger.warning("Reading a file ended its process (status %s): %s", status, problem)
            raise Unreadable(_("The file is damaged, or too complex to be read.")) from None
        except BaseException:
            # Interrupted: a reply that comes later must not be taken for that to the next request.
            self.close()
            raise
        self._is_spent = self._files >= MAX_FILES or reply.memory > MAX_GROWTH_BYTES
        if reply.log:
            logger.warning("Reading a file failed:\n%s", reply.log)
        if isinstance(reply.result, str):
            raise Unreadable(reply.result)
        return reply.result

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

    def _ask(self, request: bytes, data: bytes, seconds: float) -> bytes:
        timed_out = Event()

        def end() -> None:
            timed_out.set()
            self._process.kill()

        timer = Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            to_reader, from_reader = self._channels()
            write_message(to_reader, request, data)
            reply = read_message(from_reader, MAX_REPLY_BYTES)
        except (BadMessage, OSError):
            if not timed_out.is_set():
                raise
        finally:
            timer.cancel()
            timer.join()
        if timed_out.is_set():
            raise Unreadable(_("Reading the file takes too long: it is too complex."))
        return reply

    def _channels(self) -> tuple[BufferedWriter, BufferedReader]:
        return cast(BufferedWriter, self._process.stdin), cast(BufferedReader, self._process.stdout)


def _command() -> list[str]:
    module = "knowledge.parsing.reader_process"
    return [sys.executable, "-m", module, str(settings.MAX_READING_BYTES)]


def _decode(message: bytes) -> Reply:
    """The reply, if it is one: a process that a file has taken over may write anything."""
    try:
        match json.loads(message):
            case {"memory": int() as memory, "log": str() as log, "refusal": str() as refusal}:
                return Reply(refusal, memory, log)
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
