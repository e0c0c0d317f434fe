"""The program of `subprocess_reader`: reads a file from stdin, writes its sections to stdout.

If no text can be read, it writes one string instead, which says why.
"""

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
except ImportError:  # Windows has no such limits; only the parent's timeout works there.
    resource = None  # type: ignore[assignment]

MAX_CHARACTERS = 20_000_000
# CPU time beyond the parent's timeout, so that the parent ends first: it tells the user why.
GRACE_S = 5


def main(format_: str, memory: str, seconds: str) -> None:
    set_limits(int(memory), int(seconds))
    json.dump(reply(format_, sys.stdin.buffer.read()), sys.stdout)


def set_limits(memory: int, seconds: int) -> None:
    if resource is None:
        return
    # macOS refuses a limit on memory.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Ends this process even if its parent has died.
    seconds += GRACE_S
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def reply(format_: str, data: bytes) -> list[dict[str, str]] | str:
    try:
        sections = import_module(f"knowledge.parsing.{format_}").read(data)
    except Unreadable as problem:
        return str(problem)
    except MemoryError:
        return _("Reading the file needs too much memory: it is too complex.")
    except Exception:
        # Each library has a dozen errors of its own for a damaged file; the log shows which it was.
        traceback.print_exc()
        return _("The file is damaged: it breaks off or was changed.")
    if sum(len(section.text) for section in sections) > MAX_CHARACTERS:
        return _("The file has more than 20 million characters. Split it into smaller ones.")
    return [asdict(section) for section in sections]


if __name__ == "__main__":
    main(*sys.argv[1:])
