"""The place of a chunk in its document: the headings above it, the outermost first, as one line
("Guide › Install"). A page, a sheet or a slide comes before them."""

from collections.abc import Iterable

SEPARATOR = " › "


def place_of(headings: Iterable[str]) -> str:
    """Empty headings are left out."""
    return SEPARATOR.join(filter(None, headings))


def headings_of(place: str) -> list[str]:
    return place.split(SEPARATOR) if place else []


def first_heading(place: str) -> str:
    """Usually the title of the document."""
    return place.partition(SEPARATOR)[0]


def last_heading(place: str) -> str:
    """The heading right above the chunk."""
    return place.rpartition(SEPARATOR)[2]


def below_the_first(place: str) -> str:
    """The headings of its sections, without the title."""
    return place.partition(SEPARATOR)[2]
