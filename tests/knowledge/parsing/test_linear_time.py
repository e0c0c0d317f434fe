"""Twice the file takes twice the time, in every format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.formats import Format
from knowledge.parsing.parse_document import parse_document
from tests.support.binary_sheets import make_long_xlsb
from tests.support.cpu_time import grows_linearly
from tests.support.more_files import (
    make_long_epub,
    make_long_notebook,
    make_long_ods,
    make_long_odt,
)
from tests.support.office_files import (
    make_long_docx,
    make_long_pptx,
    make_merged_xlsx,
    make_xlsx,
)
from tests.support.ooxml_files import make_slides, make_word, paragraph, shape, slide
from tests.support.pdf_files import make_pdf
from tests.support.pictures import make_tiff
from tests.support.xls_files import make_long_xls

ITEM = paragraph("a", "<w:numPr><w:ilvl w:val='1'/><w:numId w:val='1'/></w:numPr>")
CHOICE = "<mc:AlternateContent><mc:Choice Requires='wps'>"
CHOICE_END = "</mc:Choice></mc:AlternateContent>"
LINE = b"The first cup of tea is the best of all, people say. "
MULTIPART = b"Content-Type: multipart/mixed; boundary=x\n\n"
FILES: Mapping[Format, list[tuple[str, int, Callable[[int], bytes]]]] = {
    Format.TEXT: [
        ("a.txt", 400, lambda n: LINE * n),
        ("a.txt", 400, lambda n: (LINE + b"\n") * n),
        ("a.txt", 4000, lambda n: b"\n" * n + b"x"),
        ("a.txt", 4000, lambda n: b" " * n + b"-" * n + b"x"),
        ("a.log", 4000, lambda n: b"<!---->" * n + b"x"),
        ("a.txt", 4000, lambda n: b"a|b\n" + b" " * n + b"-" * n + b"x\n"),
        ("a.txt", 4000, lambda n: b".?" * n + b"x"),
        ("a.txt", 4000, lambda n: "绿茶".encode("gb18030") * n),
        ("a.txt", 4000, lambda n: b"\xff\xfe" + "é ".encode("utf-16-le") * n),
    ],
    Format.MARKDOWN: [
        ("a.md", 400, lambda n: b"# Tea\n" + LINE * 3 + b"\n" * n),
        ("a.md", 1000, lambda n: b"# a\nb\n" * n),
        ("a.md", 4000, lambda n: b"# " + b"[" * n + b"\n"),
        ("a.md", 4000, lambda n: b"# a" + b" " * n + b"x\n"),
        ("a.md", 4000, lambda n: b"# a" + b" #" * n + b"x\n"),
        ("a.md", 2000, lambda n: b"a\n=\n" * n),
        ("a.md", 1000, lambda n: b"| a | b |\n|---|---|\n" + b"| 1 | 2 |\n" * n),
        ("a.md", 2000, lambda n: b"```\n~~~\n" * n),
    ],
    Format.CSV: [
        ("a.csv", 1000, lambda n: b"Name,Price\n" + b"Tea,3\n" * n),
        ("a.csv", 1000, lambda n: b"A " * n + b",b\n" + b"1,2\n" * n),
        ("a.csv", 1000, lambda n: b"a," * n + b"\n" + b"1,2\n" * n),
        ("a.csv", 4000, lambda n: b'a,b\n"' + b"1,2\n" * n),
    ],
    Format.HTML: [
        ("a.html", 300, lambda n: b"<h2>Tea</h2><p>" + LINE + b"<p>" * n),
        *(
            ("a.html", count, lambda n, part=part: part * n + b"tea")
            for count, part in (
                (4000, b"<div>"),
                (1000, b"<p>a <b>b</b>"),
                (1000, b"<table><tr><td>"),
                (1000, b"<ul><li>a"),
                (1000, b"<h1>"),
                (2000, b"<span>"),
                (2000, b"<a href=x>y"),
                (4000, b"<!--"),
                (4000, b"<meta "),
            )
        ),
        ("a.html", 500, lambda n: b"<table>" + b"<tr><td rowspan=9>a<td colspan=9>b" * n),
        ("a.html", 500, lambda n: b"<table><tr>" + b"<td rowspan=65534>a" * n + b"<tr><td>b" * n),
        ("a.html", 4000, lambda n: b"<p " + b" ".join(b"a%d" % at for at in range(n)) + b">tea"),
    ],
    Format.PDF: [("a.pdf", 40, lambda n: make_pdf(*[LINE.decode() * 3] * n))],
    Format.DOCX: [
        ("a.docx", 300, make_long_docx),
        *(
            ("a.docx", count, lambda n, part=part, end=end: make_word(part * n + end * n))
            for count, part, end in (
                (500, ITEM, ""),
                (500, "<w:p><w:r><w:footnoteReference w:id='1'/><w:t>a</w:t></w:r></w:p>", ""),
                (500, paragraph("a", "<w:rPr><w:del/></w:rPr>"), ""),
                # Twice as many come near the depth at which files are refused.
                (250, "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
                (100, "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
                (200, "<w:p><m:oMath><m:f><m:num>", "</m:num></m:f></m:oMath></w:p>"),
                (200, CHOICE, CHOICE_END),
            )
        ),
    ],
    Format.PPTX: [
        ("a.pptx", 10, make_long_pptx),
        ("a.pptx", 500, lambda n: make_slides(slide("<p:grpSp>" * n + "</p:grpSp>" * n))),
        ("a.pptx", 500, lambda n: make_slides(slide(shape(*["tea"] * n)))),
    ],
    Format.SPREADSHEET: [("a.xlsb", 300, make_long_xlsb), ("a.xls", 300, make_long_xls)],
    Format.OPEN_SHEETS: [("a.ods", 300, make_long_ods)],
    Format.NOTEBOOK: [("a.ipynb", 300, make_long_notebook)],
    Format.EPUB: [("a.epub", 20, make_long_epub)],
    Format.MAIL: [
        ("a.eml", 500, lambda n: b"Subject: a\n\n" + LINE * n),
        ("a.eml", 500, lambda n: b"From: " + b"a@b, " * n + b"\n\ntea"),
        ("a.eml", 500, lambda n: b"Subject: " + b"=?utf-8?q?a?= " * n + b"\n\ntea"),
        ("a.eml", 500, lambda n: MULTIPART + b"--x\n\ntea\n" * n),
        ("a.eml", 200, lambda n: MULTIPART + b"--x\nContent-Type: text/html\n\n<p>tea\n" * n),
    ],
    Format.CONTENT_LINES: [
        ("a.vcf", 1000, lambda n: b"FN:Tea\nEND:VCARD\n" * n),
        ("a.vcf", 2000, lambda n: b"FN;ENCODING=QUOTED-PRINTABLE:" + b"a=\n" * n),
    ],
    Format.RESTRUCTURED_TEXT: [
        ("a.rst", 1000, lambda n: b"Tea\n===\n\nHot.\n\n" * n),
        ("a.rst", 2000, lambda n: b"===\n" * n),
    ],
    Format.ASCIIDOC: [("a.adoc", 1000, lambda n: b"== Tea\n\n----\n= x\n----\n" * n)],
    Format.ORG: [("a.org", 1000, lambda n: b"* Tea\n** Hot\nYes.\n" * n)],
    Format.LATEX: [("a.tex", 1000, lambda n: b"\\section{Tea}\nHot.\n" * n)],
    Format.SUBTITLES: [
        ("a.srt", 500, lambda n: b"1\n00:00:01,000 --> 00:00:02,000\ntea\n\n" * n),
        ("a.vtt", 2000, lambda n: b"WEBVTT\n\n" + b"00:01.000 --> " * n),
    ],
    Format.OPEN_DOCUMENT: [("a.odt", 300, make_long_odt)],
    Format.RTF: [
        ("a.rtf", 500, lambda n: rb"{\rtf1 " + rb"{\b Tea}\par " * n),
        ("a.rtf", 2000, lambda n: rb"{\rtf1 " + b"{" * n + b"tea"),
        ("a.rtf", 500, lambda n: rb"{\rtf1 " + rb"\trowd a\cell\row " * n),
        ("a.rtf", 500, lambda n: rb"{\rtf1 a" + rb"{\footnote b}" * n),
        ("a.rtf", 500, lambda n: rb"{\rtf1 " + rb"\u233?\'e9" * n),
    ],
    Format.PICTURE: [("a.tiff", 1, make_tiff)],
    Format.JSON: [
        ("a.json", 500, lambda n: b"[" + b'{"a": {"b": [1, 2]}},' * n + b"0]"),
        ("a.json", 100, lambda n: b'{"a":' * n + b"1" + b"}" * n),
        ("a.jsonl", 500, lambda n: b'{"a": 1}\n' * n),
        ("a.jsonl", 1000, lambda n: b'{"a": 1}\n' + b"{" * n),
    ],
    Format.XML: [
        ("a.xml", 500, lambda n: b"<a>" + b"<b c='1'>tea</b>" * n + b"</a>"),
        ("a.xml", 100, lambda n: b"<a>tea" * n),
        ("a.xml", 500, lambda n: b"<a>" + b"<b><title>t</title><p>a<i>b</i></p></b>" * n + b"</a>"),
        ("a.xml", 2000, lambda n: b"<a>" + b"<row><td>1</td></row>" * n + b"</a>"),
        ("a.xml", 2000, lambda n: b"<a>" + b"&lt;" * n + b"</a>"),
        ("a.xml", 2000, lambda n: b"<?xml " + b" " * n),
    ],
    Format.XLSX: [
        ("a.xlsx", 300, lambda n: make_xlsx({"A": [["Name", "Price"], *[["Tea", 3.5]] * n]})),
        ("a.xlsx", 200, lambda n: make_xlsx({"A": [["a", "b", "c"], [], ["d"]] * n})),
        ("a.xlsx", 200, make_merged_xlsx),
        ("a.xlsx", 10, lambda n: make_xlsx({f"A{at}": [["Tea", 3]] for at in range(n)})),
    ],
}
CASES = [
    pytest.param(*case, id=f"{format_}-{number}")
    for format_, cases in FILES.items()
    for number, case in enumerate(cases)
]


def test_every_format_is_measured() -> None:
    assert FILES.keys() == set(Format)


@pytest.mark.parametrize(("name", "count", "make"), CASES)
def test_twice_the_file_takes_twice_the_time(
    name: str, count: int, make: Callable[[int], bytes]
) -> None:
    def parse(data: bytes) -> None:
        with suppress(Unreadable):
            parse_document(name, data, 1200)

    assert grows_linearly(parse, make(count), make(2 * count))
