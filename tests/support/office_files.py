"""Small Office files, made by the libraries themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from openpyxl import Workbook
from pptx import Presentation


class Saved(Protocol):
    def save(self, file: BytesIO) -> Any: ...


def saved(document: Saved) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def make_docx() -> bytes:
    document = Document()
    document.add_heading("Guide", 0)
    document.add_paragraph("Read this first.")
    document.add_heading("Install", 1)
    document.add_paragraph("Unpack it.", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Name", "Price", "Tea", "3"], strict=True):
        cell.text = text
    return saved(document)


def make_pptx() -> bytes:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Roadmap"
    slide.placeholders[1].text = "First the tea.\nThen the pot."
    slide.notes_slide.notes_text_frame.text = "Speak slowly."
    presentation.slides.add_slide(presentation.slide_layouts[6])
    return saved(presentation)


def make_long_docx(paragraphs: int) -> bytes:
    document = Document()
    for number in range(paragraphs):
        document.element.body.insert(number, document.element.body._new_p())
    table = document.add_table(1, 2)
    for paragraph in document.paragraphs:
        paragraph.add_run("Tea is a drink.")
    for _ in range(paragraphs):
        table._tbl.append(deepcopy(table._tbl.tr_lst[0]))
    return saved(document)


def make_long_pptx(slides: int) -> bytes:
    presentation = Presentation()
    for number in range(slides):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text = "Tea is a drink.\n" * 20
    return saved(presentation)


def make_xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    workbook = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(workbook)


def make_merged_xlsx(rows: int) -> bytes:
    """All its merged ranges go down to the last row, which Excel does not allow."""
    sheet = "xl/worksheets/sheet1.xml"
    package = make_xlsx({"A": [["Tea", 3]] * rows})
    ranges = "".join(f'<mergeCell ref="A{row}:C{rows}"/>' for row in range(1, rows + 1))
    with ZipFile(BytesIO(package)) as archive:
        content = archive.read(sheet)
    merged = f"</sheetData><mergeCells>{ranges}</mergeCells>".encode()
    return with_part(package, sheet, content.replace(b"</sheetData>", merged))


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    """The package, with one of its parts replaced or added."""
    changed = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return changed.getvalue()
