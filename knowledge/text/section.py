"""What a file turns into when it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """Text that stands under one heading, or on one page, slide or sheet."""

    # Where it is, as a person would say: "Guide › Install", "page 3", "slide 4 › Roadmap".
    place: str
    text: str
    # What the document calls itself; the same in all its sections.
    title: str = ""
