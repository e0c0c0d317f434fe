"""What `apart.py` runs: a file comes in, its sections or one sentence go out."""

import contextlib
import json
import sys
import traceback
from dataclasses import asdict
from importlib import import_module

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _

try:
    import resource
except ImportError:  # Windows has no such limits; there the time limit has to do.
    resource = None  # type: ignore[assignment]

MAX_CHARACTERS = 20_000_000
# Whoever started us knows how to say that it takes too long: it comes first, however busy it is.
PATIENCE_S = 5


def main(format_: str, memory: str, seconds: str) -> None:
    limit(int(memory), int(seconds))
    json.dump(reply(format_, sys.stdin.buffer.read()), sys.stdout)


def limit(memory: int, seconds: int) -> None:
    if resource is None:
        return
    # macOS refuses a limit on memory.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Ends the process even if the one that started it is gone.
    seconds += PATIENCE_S
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def reply(format_: str, data: bytes) -> list[dict[str, str]] | str:
    try:
        sections = import_module(f"knowledge.parsing.{format_}").read(data)
    except Unreadable as problem:
        return str(problem)
    except MemoryError:
        return _("Reading the file needs too much memory: it is too complex.")
    except Exception:
        # Each library has its own dozen of errors for a broken file; the log says which it was.
        traceback.print_exc()
        return _("The file is damaged: it breaks off or was changed.")
    if sum(len(section.text) for section in sections) > MAX_CHARACTERS:
        return _("The file has more than 20 million characters. Split it into smaller ones.")
    return [asdict(section) for section in sections]


if __name__ == "__main__":
    main(*sys.argv[1:])
