"""Office files are read whatever kind they are of, and whatever their parts are called."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import ZipFile

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from tests.support.office_files import make_docx, make_pptx, make_xlsx
from tests.support.ooxml_files import (
    NAMESPACES,
    SCHEMAS,
    content_types,
    make_package,
    make_slides,
    make_word,
    paragraph,
    relationships,
    shape,
    slide,
    word_parts,
)

SHEET = make_xlsx({"A": [["Tea"]]})
FILES = {
    "docx": make_word(paragraph("Tea")),
    "pptx": make_slides(slide(shape("Tea"))),
    "xlsx": SHEET,
}
SUBJECTS = ("officeDocument", "wordprocessingml", "presentationml", "spreadsheetml", "drawingml")


def changed(package: bytes, *changes: tuple[str, str]) -> dict[str, bytes]:
    """The parts, with other words in their texts and their names."""
    with ZipFile(BytesIO(package)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        parts = {
            name.replace(old, new): content.replace(old.encode(), new.encode())
            for name, content in parts.items()
        }
    return parts


def text_of(name: str, data: bytes) -> str:
    [section] = read_file(name, data)
    return section.text


@pytest.mark.parametrize("kind", FILES)
def test_files_of_the_iso_standard_are_read(kind: str) -> None:
    strict = [
        (f"{SCHEMAS}/{subject}/2006/", f"http://purl.oclc.org/ooxml/{subject}/")
        for subject in SUBJECTS
    ]
    assert text_of(f"a.{kind}", make_package(changed(FILES[kind], *strict))) == "Tea"


@pytest.mark.parametrize(
    ("kind", "ending", "old", "new"),
    [
        ("docx", "docm", "openxmlformats-officedocument.wordprocessingml.document.main",
         "ms-word.document.macroEnabled.main"),
        ("docx", "dotx", "document.main", "template.main"),
        ("pptx", "pptm", "openxmlformats-officedocument.presentationml.presentation.main",
         "ms-powerpoint.presentation.macroEnabled.main"),
        ("pptx", "ppsx", "presentation.main", "slideshow.main"),
        ("pptx", "potx", "presentation.main", "template.main"),
        ("xlsx", "xlsm", "openxmlformats-officedocument.spreadsheetml.sheet.main",
         "ms-excel.sheet.macroEnabled.main"),
        ("xlsx", "xltx", "sheet.main", "template.main"),
    ],
)  # fmt: skip
def test_files_with_macros_templates_and_shows_are_read(
    kind: str, ending: str, old: str, new: str
) -> None:
    parts = changed(FILES[kind])
    types = parts["[Content_Types].xml"]
    assert old.encode() in types
    parts["[Content_Types].xml"] = types.replace(old.encode(), new.encode())
    assert text_of(f"a.{ending}", make_package(parts)) == "Tea"


@pytest.mark.parametrize(
    ("old", "new"),
    [("document.xml", "letter.xml"), ("word/document.xml", "Inhalt/Dokument 1.xml")],
)
def test_parts_may_have_unusual_names(old: str, new: str) -> None:
    parts = word_parts(paragraph("Tea"))
    parts[new] = parts.pop(old if old in parts else f"word/{old}")
    parts["_rels/.rels"] = relationships({"x": ("officeDocument", f"/{new}")})
    parts["[Content_Types].xml"] = content_types({new: "wordprocessingml.document"})
    assert text_of("a.docx", make_package(parts)) == "Tea"


def test_names_with_backslashes_and_in_other_case_are_the_same() -> None:
    body = f"{paragraph('Tea')}<w:p><w:r><w:footnoteReference w:id='1'/></w:r></w:p>"
    notes = f"<w:footnotes {NAMESPACES}><w:footnote w:id='1'>{paragraph('Hot.')}</w:footnote>"
    parts = word_parts(body, footnotes=f"{notes}</w:footnotes>")
    odd = {name.replace("/", "\\").upper(): content for name, content in parts.items()}
    assert text_of("a.docx", make_package(odd)) == "Tea\n\n[1]\n\n[1] Hot."


def test_parts_may_be_in_utf_16() -> None:
    parts: dict[str, str | bytes] = {**word_parts(paragraph("Tea"))}
    document = f'<?xml version="1.0" encoding="UTF-16"?>{parts["word/document.xml"]!s}'
    assert (
        text_of("a.docx", make_package(parts | {"word/document.xml": document.encode("utf-16")}))
        == "Tea"
    )


@pytest.mark.parametrize(
    "missing", ["[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels"]
)
def test_parts_that_are_not_needed_may_be_missing(missing: str) -> None:
    parts = word_parts(paragraph("Tea"), styles=f"<w:styles {NAMESPACES}/>")
    del parts[missing]
    assert text_of("a.docx", make_package(parts)) == "Tea"
    del parts["word/styles.xml"]
    assert text_of("a.docx", make_package(parts)) == "Tea"


def test_an_archive_may_follow_on_other_bytes() -> None:
    parts = word_parts(paragraph("Tea"))
    assert text_of("a.docx", make_package(parts, prefix=b"\r\n\r\n")) == "Tea"


def test_an_archive_may_have_been_written_as_a_stream() -> None:
    class Stream(BytesIO):
        """Cannot go back: the sizes come after each part."""

        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    stream = Stream()
    with ZipFile(stream, "w") as archive:
        for name, content in word_parts(paragraph("Tea")).items():
            archive.writestr(name, content)
    assert struct.unpack("<H", stream.getvalue()[6:8])[0] & 8
    assert text_of("a.docx", stream.getvalue()) == "Tea"


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.docx", make_word(""), "The file has no text."),
        ("a.docx", make_package({}), "This is a zip archive."),
        ("a.docx", make_docx()[:-100], "The file is damaged"),
        ("a.pptx", make_pptx()[:-100], "The file is damaged"),
        ("a.docx", make_package(word_parts("<w:p>")), "The file is damaged"),
        ("a.vsdx", make_package({"visio/document.xml": "<a/>"}), "This is a drawing."),
    ],
)
def test_what_cannot_be_read_gets_the_right_sentence(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_file(name, data)
    assert str(caught.value).startswith(sentence)
