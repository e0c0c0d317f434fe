"""Pages whose fonts do not say what their characters are, and those that are guessed wrong."""

from __future__ import annotations

from contextlib import closing

import pypdfium2
import pytest

from knowledge.parsing.pdf_misread import is_misread
from tests.support.pdf_files import make_pdf, make_unmapped_pdf


def is_first_page_misread(pdf: bytes) -> bool:
    with (
        closing(pypdfium2.PdfDocument(pdf)) as document,
        closing(document[0]) as page,
        closing(page.get_textpage()) as textpage,
    ):
        return is_misread(textpage, textpage.get_text_range())


@pytest.mark.parametrize("text", ["6XPPD 9ROXPHV '(6&5,37,21", "ǡǼǱǺ ǓǯǯǱǿǿ", "ٱĴǎƶ ㅎ䩱ط ᄹ㈉ⰰẍ"])
def test_nonsense_in_a_font_that_says_nothing_is_misread(text: str) -> None:
    assert is_first_page_misread(make_unmapped_pdf(text))


@pytest.mark.parametrize(
    "text",
    [
        *("Summary of 12.50 EUR", "Výbava na přání", "Зелёный чай", "甲方：中国饮料（盖章）。"),
        *("0 2 4 6", "שלום עולם"),
    ],
)
def test_words_are_read_whatever_their_font_says(text: str) -> None:
    assert not is_first_page_misread(make_unmapped_pdf(text))


def test_codes_are_read_if_their_font_says_what_they_are() -> None:
    assert not is_first_page_misread(make_pdf("6XPPD 9ROXPHV XK-77B"))
