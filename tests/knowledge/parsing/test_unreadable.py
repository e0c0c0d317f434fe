"""Files without readable text are refused with a sentence that says why, whatever is in them."""

from __future__ import annotations

import contextlib
import random
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import Unreadable
from knowledge.parsing import docx, recognition, sheet_limits, xlsx, zip_package
from knowledge.parsing.formats import BY_SUFFIX, OLD_OFFICE, PROTECTED_OFFICE
from knowledge.parsing.read_file import read_file
from tests.support.office_files import make_docx, make_pptx, make_xlsx, with_part
from tests.support.pdf_files import make_certified_pdf, make_pdf, make_protected_pdf

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"""
SUFFIXES = [".bin", *BY_SUFFIX]


@pytest.fixture(autouse=True)
def _without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_file(name, data)
    return str(caught.value)


def make_zip(**parts: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.txt", b"", "The file is empty."),
        ("a.md", b" \n\n", "The file is empty."),
        ("a.txt", "\ufeff\u200b".encode(), "The file has no text."),
        ("a.html", b"<title>Tea</title><script>1</script>", "The file has no text."),
        ("a.pdf", PNG, "This is a picture."),
        ("a.md", PNG, "This is a picture."),
        *(
            ("a.xls", start + bytes(90), "This is a file of an old Excel version.")
            for start in (b"\x09\0\4\0", b"\x09\2\6\0", b"\x09\4\6\0")
        ),
        ("a.md", b"GIF89a", "This is a GIF picture, not a document with text."),
        ("a.docx", make_zip(a=b"1"), "This is a zip archive. Unpack it and send the files inside."),
        ("a.pdf", b"Hello", "The name ends in .pdf, but the content is not a PDF."),
        ("a.docx", b"Hi", "The name ends in .docx, but the content is not a Word document."),
        ("a.txt", bytes(range(256)) * 9, "This is a binary file, not a document with text."),
        ("a.pdf", make_protected_pdf(), "The file is protected by a password."),
        ("a.xlsx", OLD_OFFICE + PROTECTED_OFFICE, "The file is protected by a password."),
        ("a.bin", OLD_OFFICE + bytes(600), "This is a file of an old Office version."),
        ("a.pdf", make_pdf("", ""), "The PDF has no text, only pictures of it."),
        ("a.pdf", b"%PDF-1.7\n nothing more", "The file is damaged"),
        ("a.pdf", make_certified_pdf(), "The PDF is protected by a certificate."),
        ("a.ipynb", b"Hello", "The name ends in .ipynb, but the content is not a notebook."),
        ("a.webloc", b"bplist00\xd1\1\2SURL", "This is a binary file"),
        ("a.docx", make_docx()[:9000], "The file is damaged"),
        ("a.pptx", with_part(make_pptx(), "ppt/presentation.xml", b"<a"), "The file is damaged"),
        ("a.docx", with_part(make_docx(), "word/document.xml", ENTITIES), "The file is damaged"),
        ("a.xlsx", with_part(make_xlsx({}), "xl/workbook.xml", ENTITIES), "The file is damaged"),
    ],
)
def test_the_sentence_says_why(name: str, data: bytes, sentence: str) -> None:
    assert refusal(name, data).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "data", "advice"),
    [
        ("a.pages", make_zip(**{"Index/Document.iwa": b"1"}), "Pages document. Export it as .docx"),
        ("a.key", make_zip(**{"Index.zip": b"1"}), "Keynote presentation. Export it as .pptx"),
        ("a.zip", make_zip(**{"Index/Document.iwa": b"1"}), "Apple's office"),
        ("a.vsdx", make_zip(**{"visio/document.xml": b"1"}), "drawing. Save it as PDF"),
        ("a.ofd", make_zip(**{"OFD.xml": b"1"}), "Save it as PDF"),
        ("a.jar", make_zip(**{"META-INF/MANIFEST.MF": b"1"}), "program"),
        ("a.odg", make_zip(mimetype=b"application/vnd.oasis.opendocument.graphics"), "drawing"),
        ("a.tar.gz", b"\x1f\x8b\x08" + bytes(20), "Unpack it"),
        ("a.tar", b"a" * 257 + b"ustar" + bytes(600), "Unpack it"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(20), "Unpack it"),
        ("a.mobi", bytes(60) + b"BOOKMOBI" + bytes(60), "Convert it to .epub"),
        ("a.djvu", b"AT&TFORM" + bytes(60), "Save it as PDF"),
        ("a.chm", b"ITSF\3" + bytes(60), "Extract its HTML pages"),
        ("a.mp4", b"\0\0\0\x20ftypisom" + bytes(60), "video"),
        ("a.mp3", b"\xff\xfb\x90\0" + bytes(60), "video"),
        ("a.heic", b"\0\0\0\x20ftypheic" + bytes(60), "Save it as PNG"),
        ("a.exe", b"MZ\x90" + bytes(60), "program"),
        ("a.wps", OLD_OFFICE + bytes(99), "old word processor"),
        ("a.hwp", OLD_OFFICE + bytes(99), "Hangul"),
        ("a.mdb", b"\0\1\0\0Standard Jet DB" + bytes(60), "Export its tables"),
        ("a.odt", b"tea", "The name is that of an OpenDocument file"),
        ("a.caj", b"CAJ" + bytes(60), "Save it as PDF"),
    ],
)
def test_the_advice_fits_the_kind(name: str, data: bytes, advice: str) -> None:
    assert advice in refusal(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xls", b"<html><table><tr><td>tea<td>3</table>"),
        ("a.xls", b"tea\tprice\n3\t4\n"),
        ("a.doc", b"<html>tea price 3 4"),
        ("a.html", bytes(600) + b"tea" + bytes(40)),
        ("a.csv", b"<html><table><tr><td>tea<td>3</table>"),
        ("a.json", b"<!DOCTYPE html><p>tea"),
        ("a.wps", b"tea price 3 4"),
        ("a.key", b"tea price 3 4"),
    ],
)
def test_a_text_under_another_name_is_read(name: str, data: bytes) -> None:
    assert "tea" in read_file(name, data)[0].text


def test_random_bytes_in_a_txt_file_are_not_read_as_gb18030() -> None:
    assert refusal("a.txt", random.Random(1).randbytes(5000))


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_package, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = with_part(make_docx(), "word/media/a.bin", bytes(2_000_000))
    with pytest.raises(Unreadable, match="would be larger than 300 MB"):
        docx.read(bomb)


def test_a_sheet_may_have_few_cells_far_away_but_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheet_limits, "MAX_CELLS", 10)
    with pytest.raises(Unreadable, match="more than 2 million cells"):
        xlsx.read(make_xlsx({"A": [[1, 2, 3, 4]] * 3}))


def test_cells_that_share_a_long_text_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_limits, "MAX_CHARACTERS", 1000)
    with pytest.raises(Unreadable, match="more than 20 million characters"):
        xlsx.read(make_xlsx({"A": [["tea " * 50]] * 10}))


@given(st.binary(max_size=200), st.sampled_from(SUFFIXES))
def test_any_bytes_are_either_read_or_refused(data: bytes, suffix: str) -> None:
    with contextlib.suppress(Unreadable):
        assert read_file(f"a{suffix}", data)
