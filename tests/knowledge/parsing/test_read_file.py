"""Reading files of each format."""

from __future__ import annotations

import codecs
from datetime import datetime
from typing import Any

import pytest

from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section
from tests.support.office_files import make_docx, make_pptx, make_xlsx
from tests.support.pdf_files import make_pdf

PAGE = """<!doctype html><title>Tea shop</title><style>p { color: red }</style>
<nav>Home</nav><h1>Teas</h1><p>We sell <b>gr</b>een tea.<br>And black.<script>alert(1)</script>
<h2>Prices</h2><table><tr><th>Name<th>Price<tr><td>Sencha<td>3</table>
<ul><li>One<li>Two</ul><pre>a
  b</pre>"""


def read_one_section(name: str, data: bytes) -> Section:
    [section] = read_file(name, data)
    return section


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_in_the_usual_encodings(encoding: str) -> None:
    assert read_one_section("a.txt", "绿茶与红茶。".encode(encoding)).text == "绿茶与红茶。"


def test_big_endian_utf_16_is_recognised_by_its_byte_order_mark() -> None:
    assert read_one_section("a.txt", codecs.BOM_UTF16_BE + "tea".encode("utf-16-be")).text == "tea"


def test_truncated_utf_8_is_not_read_as_gb18030() -> None:
    text = "绿茶与红茶都来自同一种植物，只是做法不同。"
    assert read_one_section("a.txt", text.encode()[:-1]).text == text[:-1] + "\ufffd"


def test_control_characters_and_invisible_ones_are_removed() -> None:
    text = "A\x00B\x07C\u200bD\u202eE\U000e0041F\u2066G\ufeffH\u00adI\u200dJ\r\nK\tL"
    assert read_one_section("a.txt", text.encode()).text == "ABCDEFGHIJ\nK\tL"


def test_joiners_that_a_script_or_an_emoji_needs_stay() -> None:
    text = "می\u200cخواهم 👩\u200d🚀"
    assert read_one_section("a.txt", text.encode()).text == text


def test_html_is_read_as_a_browser_shows_it() -> None:
    teas, prices = read_file("a.html", PAGE.encode())

    assert teas == Section("Teas", "We sell green tea.\nAnd black.", "Tea shop")
    assert prices.place == "Teas › Prices"
    assert prices.text == (
        "| Name | Price |\n| --- | --- |\n| Sencha | 3 |\n\n- One\n- Two\n\na\n  b"
    )


def test_html_may_declare_its_encoding() -> None:
    page = '<meta charset="big5"><p>綠茶</p>'
    assert read_one_section("a.htm", page.encode("big5")).text == "綠茶"


def test_broken_html_is_read_as_by_a_browser() -> None:
    assert read_one_section(
        "a.html", b"<p>one<div><b>two</p></i><table><tr>three"
    ).text.split() == [
        *("one", "two", "three"),
    ]


def test_a_page_without_a_known_ending_is_recognised() -> None:
    assert read_one_section("download", b"<!DOCTYPE html><p>tea</p>").text == "tea"


def test_pdf_pages_are_places_and_wrapped_lines_are_joined() -> None:
    first, second = read_file(
        "a.pdf",
        make_pdf("Chapter\nThe first cup is always the best of\nall, people say.", "Second page."),
    )

    assert first == Section(
        "page 1", "Chapter\nThe first cup is always the best of all, people say."
    )
    assert second == Section("page 2", "Second page.")


def test_hyphenated_words_are_joined() -> None:
    pdf = make_pdf("Tea is a drink with a lot of tradi-\ntion.")
    assert read_one_section("a.pdf", pdf).text == "Tea is a drink with a lot of tradition."


def test_running_headers_and_page_numbers_are_removed() -> None:
    pages = [f"Tea report\nCup {word}.\n- {at} -" for at, word in enumerate("abcd", 1)]
    texts = [section.text for section in read_file("a.pdf", make_pdf(*pages))]
    assert texts == ["Tea report\nCup a.", "Cup b.", "Cup c.", "Cup d."]


@pytest.mark.parametrize("folio", ["Page {} of 4", "p. {}", "- {} -", "Seite {} von 4"])
def test_what_runs_on_is_kept_where_it_is_said_first(folio: str) -> None:
    pages = [f"{folio.format(at)}\nCup {word}.\nTea shop" for at, word in enumerate("abcd", 1)]
    assert pages_of("All of it.", *pages) == [
        *("All of it.", "Cup a.\nTea shop", "Cup b.", "Cup c.", "Cup d."),
    ]


def pages_of(*pages: str) -> list[str]:
    return [section.text for section in read_file("a.pdf", make_pdf(*pages))]


@pytest.mark.parametrize(("heading", "first"), [("Invoice of our tea shop", 1001), ("Question", 1)])
def test_numbers_that_do_not_count_pages_are_no_running_lines(heading: str, first: int) -> None:
    pages = [
        f"{heading} {first + at}\nItem {word}.\nTotal: {10 * at}.00 EUR"
        for at, word in enumerate("abcd")
    ]
    assert [text.split() for text in pages_of(*pages)] == [page.split() for page in pages]


def test_a_running_line_may_count_the_pages() -> None:
    pages = [f"Report - page {at} of 6\nCup {at * at}." for at in range(1, 7)]
    first, *others = pages_of(*pages)
    assert first == "Report - page 1 of 6\nCup 1."
    assert others == [f"Cup {at * at}." for at in range(2, 7)]


def test_headers_and_footers_may_have_several_lines() -> None:
    pages = [
        f"Acme\nAnnual report\nText {word}.\nPrinted\nPage {n}" for n, word in enumerate("abcd")
    ]
    sections = read_file("a.pdf", make_pdf(*pages))
    assert [section.text.split("\n") for section in sections] == [
        ["Acme", "Annual report", "Text a.", "Printed"],
        ["Text b."],
        ["Text c."],
        ["Text d."],
    ]


def test_the_only_line_of_a_page_is_its_text() -> None:
    assert pages_of(*["Tea."] * 5) == ["Tea."] * 5


def test_word_documents_have_headings_lists_and_tables() -> None:
    intro, install = read_file("a.docx", make_docx())

    assert intro == Section("Guide", "Read this first.", "Guide")
    assert install.place == "Guide › Install"
    assert install.text == "- Unpack it.\n\n| Name | Price |\n| --- | --- |\n| Tea | 3 |"


def test_slides_are_places_and_notes_are_read() -> None:
    assert read_one_section("a.pptx", make_pptx()) == Section(
        "slide 1 › Roadmap", "First the tea.\nThen the pot.\n\nSpeak slowly.", "Roadmap"
    )


def test_each_row_of_a_sheet_has_the_names_of_its_columns() -> None:
    rows: list[list[Any]] = [
        ["Price list"],
        ["Name", "Price", "Since", "Organic"],
        ["Sencha", 3.0, datetime(2024, 5, 1), True],
        [],
        ["Pot", 12.5, None, False],
    ]
    assert read_one_section("a.xlsx", make_xlsx({"Prices": rows})) == Section(
        "sheet Prices",
        "Price list\nName · Price · Since · Organic\n"
        "Name: Sencha · Price: 3 · Since: 2024-05-01 · Organic: TRUE\n"
        "Name: Pot · Price: 12.5 · Organic: FALSE",
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_with_any_usual_delimiter(delimiter: str) -> None:
    data = delimiter.join(["Name", "Price"]) + "\n" + delimiter.join(['"Sencha\nfine"', "3"])
    assert (
        read_one_section("a.csv", data.encode()).text
        == "Name · Price\nName: Sencha fine · Price: 3"
    )


def test_a_csv_file_may_name_its_delimiter() -> None:
    text = read_one_section("a.csv", b"sep=;\r\nName;Price, net\r\nSencha;3\r\n").text
    assert text == "Name · Price, net\nName: Sencha · Price, net: 3"


def test_columns_of_csv_may_be_called_by_years() -> None:
    data = b"Country,2019,2020\nFrance,1,2\n"
    assert (
        read_one_section("a.csv", data).text.splitlines()[1]
        == "Country: France · 2019: 1 · 2020: 2"
    )


def test_csv_with_a_missing_quotation_mark_is_read_as_text() -> None:
    data = 'Name,Price\n"Sencha,3\n' + "Bancha,2\n" * 20_000
    assert read_one_section("a.csv", data.encode()).text.count("Bancha,2") == 20_000


def test_the_content_counts_where_the_name_is_wrong() -> None:
    assert read_one_section("report.txt", make_pdf("A page.")).place == "page 1"
    assert read_file("letter.pdf", make_docx())[0].title == "Guide"


def test_a_text_about_pdf_is_a_text() -> None:
    assert read_one_section("a.md", b"Such files begin with %PDF-1.7.").text


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("Notes on tea\n\nTea is a drink.", "Notes on tea", "Tea is a drink."),
        ("\n咖啡小知识\r\n\r\n咖啡是饮料。", "咖啡小知识", "咖啡是饮料。"),
        ("Tea is a drink.\n\nMore of it.", "", "Tea is a drink.\n\nMore of it."),
        ("Tea\nCoffee\n\nMilk", "", "Tea\nCoffee\n\nMilk"),
        ("- Tea\n\nMilk", "", "- Tea\n\nMilk"),
        ("Only a title\n\n", "", "Only a title"),
    ],
)
def test_the_title_of_a_text_is_a_heading(text: str, place: str, rest: str) -> None:
    [section] = read_file("a.txt", text.encode())
    assert (section.place, section.title, section.text) == (place, place, rest)


RULES = """员工手册

第一章 总则

一、目的

本手册说明公司的规定。

二、适用范围

适用于全体员工。

第二章 假期

（一）年假

工龄满一年的有五天。
"""


def test_numbered_headings_of_a_text_are_sections() -> None:
    sections = read_file("手册.txt", RULES.encode())
    assert [(section.place, section.text.strip()) for section in sections] == [
        ("员工手册 › 第一章 总则 › 一、目的", "本手册说明公司的规定。"),
        ("员工手册 › 第一章 总则 › 二、适用范围", "适用于全体员工。"),
        ("员工手册 › 第二章 假期 › （一）年假", "工龄满一年的有五天。"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "要带：\n\n一、护照\n\n二、机票\n\n三、雨伞\n",
        "他说了三点。\n\n一、价格太高。\n\n二、交货太慢。\n",
        "前面有话。\n\n一、只有一个\n\n后面是正文。\n",
    ],
)
def test_the_items_of_a_numbered_list_are_no_headings(text: str) -> None:
    assert read_one_section("a.txt", text.encode()).text == text.strip()
