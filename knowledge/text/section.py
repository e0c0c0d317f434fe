"""A section: what the readers of all file formats return."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading, or of one page, slide or sheet."""

    # As a reader is shown it: "Guide › Install", "page 3", "slide 4 › Roadmap".
    place: str
    text: str
    # The document's title; the same in all its sections.
    title: str = ""
    # Whether each line is a row of a table, or another record that has to stay whole.
    by_lines: bool = field(default=False, compare=False)
