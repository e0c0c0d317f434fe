"""Finds environment variables whose names are probably misspelled names of our settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

# Two letters swapped, or one too few, in a short name; two or three in a long one.
SIMILARITY = 0.85
OUR_PREFIX = "RAGWS_"
# Some put these before the name of every setting.
PREFIXES = (OUR_PREFIX, "DJANGO_")
SHORTEST_NAME = 4


def probable_typos(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Each suspicious name with the one that was probably meant."""
    return {
        name: meant for name in sorted(set(names) - set(known)) if (meant := _meant(name, known))
    }


def _meant(name: str, known: Collection[str]) -> str | None:
    normalised = name.upper().replace("-", "_")
    for variant in _variants(normalised):
        if variant in known:
            return variant
    if len(normalised) < SHORTEST_NAME:
        return None
    words = sorted(normalised.split("_"))
    for candidate in known:
        if words == sorted(candidate.split("_")):
            return candidate
    close = get_close_matches(normalised, known, n=1, cutoff=SIMILARITY)
    return close[0] if close else None


def _variants(name: str) -> Iterable[str]:
    yield name
    yield OUR_PREFIX + name
    for prefix in PREFIXES:
        yield name.removeprefix(prefix)
