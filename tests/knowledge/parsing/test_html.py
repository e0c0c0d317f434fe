"""Reading HTML: words stay whole, tables are tables, and lists are numbered."""

from __future__ import annotations

import pytest

from knowledge.parsing.html import read_page


def text_of(page: str) -> str:
    return "\n".join(section.text for section in read_page(page))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>H<sub>2</sub>O and Wi<b>n</b>dows", "H2O and Windows"),
        ("<table><tr><td>H<sub>2</sub>O<td>a<tr><td>Wi<b>n</b>dows<td>b<br>c", ""),
        ("<p>one<p>two<div>three</div>four", "one\n\ntwo\n\nthree\n\nfour"),
        ("<p>a<span hidden>b</span><span style='display: none'>c</span>d", "ad"),
        ("<p>See <img src=a alt='The pot'> here", "See The pot here"),
        ("<p>漢字<ruby>茶<rp>(</rp><rt>ちゃ</rt><rp>)</rp></ruby>", "漢字茶ちゃ"),
        ("a<script>b</script><style>c</style><!-- d --><template>e</template>f", "af"),
    ],
)
def test_text_is_what_a_browser_shows(page: str, text: str) -> None:
    if not text:
        text = "| H2O | a |\n| --- | --- |\n| Windows | b c |"
    assert text_of(page) == text


def test_lists_keep_their_numbers_and_nesting() -> None:
    page = (
        "<ol start=3><li>three<ul><li>inside<li>again</ul><li>four<li value=9>nine</ol>"
        "<ol type=a><li>first<li>second</ol><ol type=I reversed start=4><li>IV<li>III</ol>"
    )
    assert text_of(page) == (
        "3. three\n  - inside\n  - again\n4. four\n9. nine\n\n"
        "a. first\nb. second\n\nIV. IV\nIII. III"
    )


def test_lists_have_the_marks_that_their_style_says() -> None:
    page = (
        "<ol style='margin:0; list-style: inside lower-alpha'><li>first<li>second</ol>"
        "<ol style=list-style-type:none><li>third</ol><ul style=list-style:upper-roman><li>IV</ul>"
    )
    assert text_of(page) == "a. first\nb. second\n\n- third\n\nI. IV"


def test_paragraphs_of_an_item_follow_its_mark() -> None:
    assert text_of("<ul><li><p>one</p><p>two</p><li><p>three</ul>") == "- one\n\ntwo\n\n- three"


def test_a_table_of_data_inside_a_table_of_layout_is_a_table() -> None:
    data = "<table><tr><th>Name<th>Price<tr><td>Tea<td>3</table>"
    page = f"<table><tr><td>Menu<td><h2>Prices</h2>Here: {data} Done.</table>"
    menu, prices = read_page(page)
    assert menu.text == "Menu"
    assert prices.place == "Prices"
    assert prices.text == "Here:\n\n| Name | Price |\n| --- | --- |\n| Tea | 3 |\n\nDone."


def test_a_merged_cell_is_in_each_of_its_rows_and_shifts_no_other() -> None:
    page = (
        "<table><tr><th>Year<th>Tea<th>Cups<tr><td rowspan=2>2023<td>green<td>3"
        "<tr><td>black<td>4<tr><td>2024<td colspan=2>none"
    )
    assert text_of(page).splitlines()[2:] == [
        "| 2023 | green | 3 |",
        "| 2023 | black | 4 |",
        "| 2024 | none |  |",
    ]


def test_a_cell_of_no_rows_goes_on_to_the_end() -> None:
    page = "<table><tr><th>A<th>B<tr><td rowspan=0>x<td>1<tr><td>2<tr><td>3</table>"
    assert text_of(page).splitlines()[2:] == ["| x | 1 |", "| x | 2 |", "| x | 3 |"]


def test_a_head_in_two_rows_is_one() -> None:
    page = (
        "<table><tr><th rowspan=2>Region<th colspan=2>2023<th colspan=2>2024"
        "<tr><th>Q1<th>Q2<th>Q1<th>Q2<tr><td>North<td>1<td>2<td>3<td>4</table>"
    )
    assert text_of(page).splitlines()[0] == "| Region | 2023 Q1 | 2023 Q2 | 2024 Q1 | 2024 Q2 |"
    words = "<table><tr><th>Name<th colspan=2>Contact<tr><td>Al<td>Rome<td>Bob<tr><td>a<td>b<td>c"
    assert text_of(words).splitlines()[0] == "| Name | Contact |  |"


def test_what_a_table_of_layout_shows_is_no_row() -> None:
    story = "<p>A long story about tea and pots, told slowly.</p>" * 15
    assert "|" not in text_of(f"<table><tr><td>Home<td>{story}<tr><td>End<td>x</table>")


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of("<pre>if a:\n    <b>b</b>\n\nc</pre>after") == "if a:\n    b\n\nc\n\nafter"


def test_a_page_deeper_than_browsers_read_loses_no_text() -> None:
    deep = "<div>" * 5000 + "tea" + "</div>" * 5000 + "<p>pot"
    assert text_of(deep) == "tea\n\npot"
    assert text_of("<b>bo" * 1000) == "bo" * 1000


def test_spans_do_not_make_a_small_page_large() -> None:
    wide = "<table>" + "<tr><td colspan=1000>a<td>b" * 1000
    tall = "<table><tr>" + "<td rowspan=65534>a" * 1000 + "<tr><td>b" * 1000
    ragged = "<table><tr>" + "<td>a" * 1000 + "<tr><td>b" * 1000
    nested = "<ul><li>a" * 1000
    for page in (wide, tall, ragged, nested):
        assert len(text_of(page)) < 5 * len(page)


def test_labels_of_drawings_are_read_and_hints_are_not() -> None:
    drawing = (
        "<svg><title>An icon</title><defs><text>Used elsewhere</text></defs><style>a{}</style>"
        "<text>May <tspan>2024</tspan></text><g><text>25 %</text></g><path d='M0'/></svg>"
    )
    [section] = read_page("<p>Cups</p>" + drawing)
    assert [line for line in section.text.splitlines() if line] == ["Cups", "May 2024", "25 %"]
