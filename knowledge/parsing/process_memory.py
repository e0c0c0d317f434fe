"""Has the memory that is freed go back to the system at once, where the C library can (glibc)."""

from __future__ import annotations

import contextlib
import ctypes
from mmap import PAGESIZE as PAGE_BYTES
from pathlib import Path

# What `mallopt` calls them.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
LARGE_BYTES = 2**20


def keep_little() -> None:
    """Large blocks get memory of their own. Otherwise a process that makes many of different sizes
    holds twice as much as it needs."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(TRIM_THRESHOLD, LARGE_BYTES)


def used_bytes() -> int:
    """What this process has in memory, where the system says so (Linux)."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * PAGE_BYTES


def give_back() -> None:
    """Between two large tasks."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
