"""Reads PowerPoint presentations: one section for each slide, with its notes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.office.names import P, R
from knowledge.parsing.office.package import Package, open_office
from knowledge.parsing.office.shapes import body_text, has_running_text, shapes_text, title_of
from knowledge.parsing.office.slide_comments import comments
from knowledge.parsing.progress import counted
from knowledge.parsing.refusals import ONLY_RUNNING_TEXT
from knowledge.text.places import place_of
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    package = open_office(data)
    slides = list(_slides(package))
    shown = [slide for slide in slides if slide[2].get("show") not in ("0", "false")]
    if slides and not shown:
        raise Unreadable(_("All slides are hidden. Show them and send the file again."))
    title = title_of(shown[0][2]) if shown else ""
    sections = [_section(package, *slide, title) for slide in counted(shown)]
    is_empty = not any(section.text for section in sections)
    if is_empty and any(has_running_text(slide) for _, _, slide in shown):
        raise Unreadable(ONLY_RUNNING_TEXT)
    return sections


def _slides(package: Package) -> Iterator[tuple[int, str, _Element]]:
    """The number, the part and the content of each, in the order of the presentation."""
    presentation = package.xml(package.main_part)
    references = presentation.iterfind(f"{P('sldIdLst')}/{P('sldId')}")
    parts = [package.referenced(package.main_part, slide, R("id")) for slide in references]
    for number, part in enumerate(parts, 1):
        if package.take(part):
            yield number, part, package.xml(part)


def _section(package: Package, number: int, part: str, slide: _Element, title: str) -> Section:
    heading = title_of(slide)
    place = place_of([f"slide {number}", heading])
    texts = [*shapes_text(package, part, slide), *_notes(package, part), *comments(package, part)]
    return Section(place, "\n\n".join(filter(None, texts)) or heading, title)


def _notes(package: Package, part: str) -> Iterator[str]:
    notes = package.related(part, "notesSlide")
    if notes:
        for shape in package.xml(notes).iter(P("sp")):
            yield body_text(shape)
