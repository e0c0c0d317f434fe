"""Parsers of all formats tell how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from knowledge.parsing import progress
from knowledge.parsing.parse_document import parse_document
from tests.support.binary_sheets import make_long_xlsb
from tests.support.more_files import make_epub, make_long_ods, make_long_odt, make_odp
from tests.support.office_files import make_long_docx, make_long_pptx, make_xlsx
from tests.support.pdf_files import make_pdf
from tests.support.xls_files import make_long_xls

SHEET: list[list[object]] = [["Name", "Price"], *[["Tea", 3]] * 1500]
SLIDE = "<draw:page><draw:frame><text:p>Tea</text:p></draw:frame></draw:page>"
FILES = {
    "a.pdf": make_pdf(*["Tea."] * 8),
    "a.docx": make_long_docx(8),
    "a.pptx": make_long_pptx(8),
    "a.xlsx": make_xlsx({"A": SHEET, "B": SHEET}),
    "a.xls": make_long_xls(40),
    "a.xlsb": make_long_xlsb(40),
    "a.ods": make_long_ods(1500),
    "a.odt": make_long_odt(8),
    "a.odp": make_odp(SLIDE * 8),
    "a.epub": make_epub(*["<p>Some</p><p>tea.</p>"] * 8),
    "a.rtf": rb"{\rtf1 " + rb"{\b Tea}\par " * 8 + b"}",
    "a.html": b"<p>Tea and pots." * 8,
    "a.md": b"# Tea\nHot.\n" * 8,
    "a.csv": b"Name,Price\n" + b"Tea,3\n" * 8,
    "a.json": b'{"a": [' + b'{"b": 1},' * 8 + b"1]}",
    "a.jsonl": b'{"a": 1}\n' * 8,
    "a.xml": b"<a>" + b"<b>tea</b>" * 8 + b"</a>",
}


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    monkeypatch.setattr(progress, "EVERY_S", 0)
    # An earlier test may just have sent a report.
    monkeypatch.setattr(progress._reports, "next_at", 0.0)
    told: list[float] = []
    progress.begin()
    progress.send_reports(told.append)
    yield told
    progress.send_reports(lambda _share: None)


@pytest.mark.parametrize("name", FILES)
def test_the_share_grows_up_to_the_end(name: str, shares: list[float]) -> None:
    parse_document(name, FILES[name], 1200)
    assert all(a <= b for a, b in pairwise(shares))
    assert len(set(shares)) >= 4
    assert 0.5 < shares[-1] <= 1


def test_what_is_nested_has_its_part_of_the_whole(shares: list[float]) -> None:
    for _ in progress.counted("ab"):
        for _ in progress.counted("cd"):
            progress.report(0.5)
    assert shares == [0, 0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875]


def test_a_file_that_was_refused_leaves_nothing_to_the_next(shares: list[float]) -> None:
    items = progress.counted("ab")
    next(items)
    progress.begin()
    progress.report(0.5)
    assert shares == [0, 0.5]
