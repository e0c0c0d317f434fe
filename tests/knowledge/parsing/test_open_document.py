"""Reading texts and presentations of OpenDocument."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section
from tests.support.more_files import (
    MANIFEST,
    ODT,
    OPEN_CHART,
    make_flat_document,
    make_odp,
    make_odt,
    make_zip,
)
from tests.support.ooxml_files import CHART_TEXT

LIST_STYLE = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1"'
    ' style:num-format="a" style:num-suffix=")"/><text:list-level-style-bullet text:level="2"/>'
    "</text:list-style>"
)


def text_of(body: str, styles: str = "", **objects: str) -> str:
    [section] = read_file("a.odt", make_odt(body, styles, **objects))
    return section.text


def test_headings_are_places_and_the_title_is_known_by_its_style() -> None:
    styles = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    body = (
        '<text:p text:style-name="P1">Tea</text:p><text:h text:outline-level="1">Green</text:h>'
        '<text:p>Seventy<text:s text:c="2"/>degrees,<text:line-break/>no more.</text:p>'
        "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
    )
    assert read_file("a.odt", make_odt(body, styles)) == [
        Section("Tea › Green", "Seventy  degrees,\nno more.", "Tea")
    ]


def test_lists_keep_their_numbers_and_nesting() -> None:
    body = (
        '<text:list text:style-name="L"><text:list-item><text:p>one</text:p><text:list>'
        "<text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
    )
    assert text_of(body, LIST_STYLE) == "a) one\n  - inner\nb) two"


def test_lists_go_on_and_show_the_levels_above() -> None:
    style = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1"'
        ' style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2"'
        ' style:num-format="i" style:num-suffix=")" text:display-levels="2"/></text:list-style>'
    )
    item, inner = "<text:list-item>{}</text:list-item>", "<text:list>{}</text:list>"
    again = '<text:list text:style-name="L" {}>{}</text:list>'
    body = (
        again.format(
            'xml:id="a"',
            item.format("<text:p>one</text:p>" + inner.format(item.format("<text:p>x</text:p>"))),
        )
        + "<text:p>between</text:p>"
        + again.format(
            'text:continue-list="a"',
            # What begins with a list is no item of its own.
            item.format(inner.format(item.format("<text:p>y</text:p>")))
            + item.format("<text:p>two</text:p>"),
        )
        + again.format("", item.format("<text:p>new</text:p>"))
    )
    lines = [line for line in text_of(body, style).split("\n") if line]
    assert lines == ["1. one", "  1.i) x", "between", "  1.ii) y", "2. two", "1. new"]


def test_headings_have_their_numbers_and_references_to_them_are_read() -> None:
    styles = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="A" style:num-suffix=")"'
        ' text:display-levels="2"/></text:outline-style>'
    )
    body = (
        '<text:h text:outline-level="1">Tea</text:h><text:h text:outline-level="2">Green</text:h>'
        '<text:h text:outline-level="1">Cups</text:h><text:h text:outline-level="2">Large</text:h>'
        "<text:p>See chapter <text:bookmark-ref>1.A</text:bookmark-ref>.</text:p>"
    )
    section = read_file("a.odt", make_odt(body, styles))[-1]
    assert (section.place, section.text) == ("2 Cups › 2.A) Large", "See chapter 1.A.")


def test_notes_that_have_no_number_get_one() -> None:
    note = (
        "<text:note><text:note-citation/><text:note-body><text:p>{}</text:p></text:note-body>"
        "</text:note>"
    )
    body = f"<text:p>a{note.format('x')} b{note.format('y')}</text:p>"
    assert text_of(body) == "a[1] b[2]\n\n[1] x\n\n[2] y"


def test_notes_and_comments_follow_their_paragraph() -> None:
    body = (
        "<text:p>Tea<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>"
        "Or coffee.</text:p></text:note-body></text:note> is good.<office:annotation><dc:creator>"
        "Bob</dc:creator><text:p>Is it?</text:p></office:annotation></text:p>"
    )
    assert text_of(body) == "Tea[1] is good.\n\n[1] Or coffee.\n\nComment (Bob): Is it?"


def test_merged_and_repeated_cells_are_as_they_are_seen() -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    covered = "<table:covered-table-cell/>"
    rows = (
        cell.format("", "Name") + cell.format("", "Price"),
        cell.format(' table:number-rows-spanned="2"', "Tea") + cell.format("", "3"),
        covered + cell.format("", "4"),
        cell.format(' table:number-columns-repeated="2"', "x"),
    )
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    assert text_of(f"<table:table>{table}</table:table>") == (
        "| Name | Price |\n| --- | --- |\n| Tea | 3 |\n| Tea | 4 |\n| x | x |"
    )


def test_boxes_equations_and_descriptions_are_read() -> None:
    frame = "<text:p>See<draw:frame>{}</draw:frame></text:p>"
    body = (
        frame.format("<draw:text-box><text:p>the box</text:p></draw:text-box>")
        + frame.format('<draw:object xlink:href="./Formula"/>')
        + frame.format("<draw:image><text:p>On it</text:p></draw:image><svg:desc>A pot</svg:desc>")
    )
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><annotation>a/b</annotation></math>'
    lines = text_of(body, Formula=formula).split("\n")
    assert [*filter(None, lines)] == ["See", "the box", "See", "a/b", "See", "On it", "[A pot]"]


def test_slides_are_places_and_what_is_on_each_is_left_out() -> None:
    slide = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Tea</text:p>'
        "</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>Cups.</text:p>"
        '</draw:text-box></draw:frame><draw:frame presentation:class="footer"><draw:text-box>'
        "<text:p>Page foot</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame>"
        "<draw:text-box><text:p>Slowly.</text:p></draw:text-box></draw:frame></presentation:notes>"
        "</draw:page>"
    )
    assert read_file("a.odp", make_odp(slide * 2)) == [
        Section(f"slide {number} › Tea", "Cups.\n\n\nSlowly.") for number in (1, 2)
    ]


def test_a_document_that_is_one_xml_file_is_read() -> None:
    document = make_flat_document("text", "<text:p>Tea.</text:p>")
    assert read_file("a.fodt", document.encode()) == [Section("", "Tea.")]


def test_a_protected_document_is_refused() -> None:
    manifest = MANIFEST.replace("/>", "><manifest:encryption-data/></manifest:manifest>")
    parts = {"mimetype": ODT, "content.xml": "x", "META-INF/manifest.xml": manifest}
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.odt", make_zip(parts))


def test_a_document_may_name_its_kind_in_its_list_of_parts_only() -> None:
    entry = f'<manifest:file-entry manifest:media-type="{ODT}" manifest:full-path="/"/>'
    manifest = MANIFEST.replace("/>", f">{entry}</manifest:manifest>")
    content = make_flat_document("text", "<text:p>Tea</text:p>")
    parts = {"META-INF/manifest.xml": manifest, "content.xml": content}
    assert read_file("a.zip", make_zip(parts)) == [Section("", "Tea")]


def test_templates_of_tables_are_not_the_body() -> None:
    template = '<table:table-template><table:body table:style-name="a"/></table:table-template>'
    document = make_flat_document("text", "<text:p>Tea</text:p>", template)
    assert read_file("a.fodt", document.encode()) == [Section("", "Tea")]


def test_a_document_with_page_headers_only_is_told_so() -> None:
    styles = make_flat_document("text", "", "<style:header><text:p>Acme</text:p></style:header>")
    with pytest.raises(Unreadable, match="page headers and footers only"):
        read_file(
            "a.odt",
            make_zip(
                {
                    "mimetype": ODT,
                    "content.xml": make_flat_document("text", ""),
                    "styles.xml": styles,
                }
            ),
        )


def test_errors_that_are_not_fatal_are_borne() -> None:
    assert (
        text_of(
            '<text:list xml:id=""><text:list-item><text:p>Tea</text:p></text:list-item></text:list>'
        )
        == "- Tea"
    )


def test_xml_that_breaks_off_is_damaged() -> None:
    content = make_flat_document("text", "<text:p>Tea</text:p>")[:-30]
    with pytest.raises(Unreadable, match="damaged"):
        read_file("a.odt", make_zip({"mimetype": ODT, "content.xml": content}))


def test_charts_are_read_with_their_numbers() -> None:
    body = '<text:p>See<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    assert text_of(body, **{"Object 1": OPEN_CHART}) == f"See\n\n{CHART_TEXT}"


def test_hidden_words_are_left_out_and_symbols_are_shown() -> None:
    styles = (
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P1" style:parent-style-name="T1"/>'
        '<style:style style:name="T2"><style:text-properties style:font-name="Symbol1"/>'
        "</style:style>"
    )
    body = (
        '<text:p>Tea<text:span text:style-name="T1"> secret</text:span>,'
        ' <text:span text:style-name="T2">\uf061</text:span></text:p>'
        '<text:p text:style-name="P1">all secret</text:p>'
    )
    assert text_of(body, styles) == "Tea, α"
