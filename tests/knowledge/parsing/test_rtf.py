"""Reading RTF: code pages, destinations, tables, notes, and what is hidden."""

from __future__ import annotations

import pytest

from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section

FONTS = rb"{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset204 Arial;}{\f2\fcharset2 Symbol;}}"

# A list, and a second way to count it that begins at 4.
LISTS = (
    rb"{\*\listtable{\list{\listlevel\levelnfc0\levelstartat1{\leveltext\'02\'00);}}"
    rb"{\listlevel\levelnfc4\levelstartat1{\leveltext\'03\'00.\'01;}}\listid5}}"
    rb"{\*\listoverridetable{\listoverride\listid5\listoverridecount0\ls7}{\listoverride\listid5"
    rb"\listoverridecount1{\lfolevel\listoverridestartat\levelstartat4}\ls8}}"
)


def text_of(body: bytes) -> str:
    [section] = read_file("a.rtf", rb"{\rtf1\ansi\ansicpg936\deff0" + FONTS + body + b"}")
    return section.text


def escaped(text: str, encoding: str) -> bytes:
    return b"".join(b"\\'%02x" % byte for byte in text.encode(encoding))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (escaped("绿茶", "gbk"), "绿茶"),
        # The second byte of the character is written as the letter that it is, too.
        (b"\\'81" + "丂".encode("gbk")[1:], "丂"),
        (rb"{\f1 " + escaped("Привет", "cp1251") + b"}", "Привет"),
        (rb"\u32511?\u-29288?", "绿趘"),
        (rb"\uc2\u233??t\'e9?", "ét\ufffd?"),
        (rb"\u-10179?\u-8704?", "😀"),
        (rb"{\upr{old}{\*\ud new}}", "new"),
        # A style of characters is no destination, though some programs write it as one.
        (rb"{\*\cs12 linked} {\*\unknown no}text", "linked text"),
        # The brace that closes it is missing.
        (rb"{\stylesheet{\s1 heading 1;}\pard One\par Two\par", "One\n\nTwo"),
        (rb"a\emdash b\~c\_d\-e\{f\}\\", "a—b\xa0c-de{f}\\"),
        (rb"one\par two\line three", "one\n\ntwo\nthree"),
        (rb"seen {\v hidden}{\deleted gone}{\v\v0 too}", "seen too"),
        (rb"{\header On each page}{\*\unknown x}{\pict 89504e}text", "text"),
        (rb"{\pict\bin5 }}}}}}text", "text"),
        (rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt a link}}", "a link"),
        (rb'{\field{\*\fldinst SYMBOL 97 \\f "Symbol"}{\fldrslt\f2}} rays', "α rays"),
        (rb"H{\field{\fldinst{ EQ \\s\\do5({\fs16 2})}}{\fldrslt }}O", "H2O"),
        (rb"Tea{\*\do\dptxbx{\dptxbxtext In a box\par}\dpx1}\par", "Tea\n\nIn a box"),
        (rb"{\listtext 1.\tab}one\par{\listtext\f2\'b7\tab}\ilvl1 two", "1. one\n  - two"),
        (LISTS + rb"\ls7 one\par\ilvl1 two\par\ilvl0 three", "1) one\n  1.a two\n2) three"),
        (LISTS + rb"\ls8 four\par\pard no\par\pard\ls8 five", "4) four\nno\n\n5) five"),
        (LISTS + rb"{\listtext x.\tab}\ls7 as it is counted", "1) as it is counted"),
        (LISTS + rb"\pard\ls7 one\par{\listtext\pard 9.}two", "1) one\n2) two"),
        (LISTS + rb"{\listtext x.\tab}\ls9 as it is written", "x. as it is written"),
        (rb"Tea{\footnote\chftn Or coffee.} is good.", "Tea[1] is good.\n\n[1] Or coffee."),
        (rb"Tea{\*\atnauthor Bob}{\*\annotation Is it?}", "Tea\n\nComment (Bob): Is it?"),
        (rb"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt In a box\par}}{\shprslt x}}", "In a box"),
        (rb"{\shp{\*\shpinst{\shptxt\trowd a\cell b\cell\row}}}Tea", "Tea\n\na b"),
        (rb"{\header\trowd\s1\intbl a\cell\row}Tea", "Tea"),
        (rb"{\fonttbl{\f7 Arial Cyr;}}{\f7 \'cf}", "П"),
        (rb"{\*\moMath{\mf{\mfPr x}{\mnum a}{\mden b}}}", "a/b"),
        # Letters of a font of symbols, also where they are for private use.
        (rb"{\f2 a\'d2\u61538?} a{\f2\plain b}", "α®β ab"),
        (rb"{ {{unbalanced", "unbalanced"),
    ],
)
def test_text_is_read_as_it_is_shown(body: bytes, text: str) -> None:
    assert text_of(body) == text


def test_numbered_paragraphs_may_have_the_list_of_their_style() -> None:
    styles = rb"{\stylesheet{\s1\ls7 Numbered;}}"
    body = rb"\pard\s1{\listtext x.\tab}one\par{\listtext x.\tab}two\par\pard\s1 three"
    assert text_of(LISTS + styles + body) == "1) one\n2) two\nthree"


def test_rows_of_cells_are_a_table() -> None:
    row = rb"\trowd\cellx1\cellx2\pard\intbl %b\cell %b\par x\cell\row"
    body = rb"Before\par" + row % (b"A", b"B") + row % (b"1", b"2") + rb"\pard After\par"
    assert text_of(body) == "Before\n\n\n| A | B x |\n| --- | --- |\n| 1 | 2 x |\n\nAfter"


def test_items_of_lists_in_cells_keep_their_numbers() -> None:
    row = rb"\trowd\cellx1\cellx2\pard\intbl\ls7 a\par b\cell"
    row += rb"{\listtext 9.\tab}\pard\intbl c\cell\row"
    assert text_of(LISTS + row + row).splitlines()[0] == "| 1) a 2) b | 9. c |"


@pytest.mark.parametrize(
    ("form", "numbers"),
    [(12, "ア イ ウ"), (13, "イ ロ ハ"), (16, "壱 弐 参"), (24, "가 나 다"), (31, "子 丑 寅")],
)
def test_lists_are_numbered_in_the_ways_of_east_asia(form: int, numbers: str) -> None:
    lists = LISTS.replace(rb"\levelnfc0", rb"\levelnfc%d" % form)
    text = text_of(lists + rb"\pard\ls7 tea\par tea\par tea\par")
    assert text.splitlines() == [f"{number}) tea" for number in numbers.split()]


def test_a_heading_keeps_its_number() -> None:
    body = LISTS + rb"\ls7\outlinelevel0 Tea\par\pard Hot."
    [section] = read_file("a.rtf", rb"{\rtf1\ansi" + body + b"}")
    assert section == Section("1) Tea", "Hot.", "1) Tea")


@pytest.mark.parametrize("text", ["маркер", "a表b", "ソ"])
def test_the_second_byte_of_a_character_may_look_like_a_brace(text: str) -> None:
    raw = text.encode("cp932")
    [section] = read_file("a.rtf", rb"{\rtf1\ansi\ansicpg932 " + raw + b" end{}}")
    assert section.text == f"{text} end"


def test_headings_are_known_by_their_styles_and_the_title_by_its_own_field() -> None:
    styles = rb"{\stylesheet{\s1\b heading 1;}{\s2\outlinelevel1 \'b1\'ea\'cc\'e2 2;}}"
    info = rb"{\info{\title My tea}{\author Bob}}"
    body = rb"\pard\s1 Tea\par\pard\s2 Green\par\pard Cups.\par"
    data = rb"{\rtf1\ansi\ansicpg936" + FONTS + styles + info + body + b"}"
    assert read_file("a.doc", data) == [Section("Tea › Green", "Cups.", "My tea")]
