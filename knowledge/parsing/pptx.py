"""Reads PowerPoint presentations: one section for each slide, with its notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pptx import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from knowledge.parsing.headings import SEPARATOR
from knowledge.parsing.table_rows import markdown_table
from knowledge.parsing.zip_package import open_package
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    slides = list(Presentation(open_package(data)).slides)
    title = _title(slides[0]) if slides else ""
    return [_section(number, slide, title) for number, slide in enumerate(slides, 1)]


def _section(number: int, slide: Slide, title: str) -> Section:
    heading = _title(slide)
    place = f"slide {number}{SEPARATOR if heading else ''}{heading}"
    text = "\n\n".join(filter(None, _texts(slide)))
    return Section(place, text or heading, title)


def _title(slide: Slide) -> str:
    shape = slide.shapes.title
    return " ".join(shape.text_frame.text.split()) if shape is not None else ""


def _texts(slide: Slide) -> Iterator[str]:
    title = slide.shapes.title
    for shape in _flatten_groups(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if isinstance(shape, Shape):
            yield shape.text_frame.text.strip()
        if isinstance(shape, GraphicFrame) and shape.has_table:
            yield markdown_table([cell.text for cell in row.cells] for row in shape.table.rows)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame:
        yield slide.notes_slide.notes_text_frame.text.strip()


def _flatten_groups(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flatten_groups(shape.shapes)
        else:
            yield shape
