"""Reading what PDFs have beyond lines of Latin text: forms, notes, and Chinese in all settings."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing import pdf_annotations, recognition
from knowledge.parsing.pdf_lines import tidy_lines
from knowledge.parsing.read_file import read_file
from tests.support.pdf_files import (
    make_chinese_pdf,
    make_coded_pdf,
    make_form_pdf,
    make_pdf,
    make_stamped_pdf,
)

TEXT = "绿茶用七十度的水来泡才好喝，红茶则可以用沸水。"


def text_of(pdf: bytes) -> str:
    [section] = read_file("a.pdf", pdf)
    return section.text


@pytest.mark.parametrize(
    "pdf",
    [
        make_chinese_pdf(TEXT),
        make_chinese_pdf(" ".join(TEXT)),
        make_chinese_pdf(TEXT, gap=9),
        make_chinese_pdf(TEXT[:12], TEXT[12:]),
        make_chinese_pdf(TEXT, is_vertical=True),
        make_chinese_pdf(*TEXT),
    ],
    ids=["plain", "typed spaces", "set wide", "wrapped", "vertical", "one a line"],
)
def test_chinese_has_no_spaces_however_it_is_set(pdf: bytes) -> None:
    assert text_of(pdf) == TEXT


@pytest.mark.parametrize(
    ("line", "tidied"),
    [
        ("目 录", "目录"),
        ("张三 李四 王五 赵六", "张三 李四 王五 赵六"),
        ("价格 3 元 和 茶", "价格 3 元 和 茶"),
        ("绿 茶 A B 好 喝 的 水", "绿茶 A B 好喝的水"),
        ("︿茶﹀︐好︒ oﬃce", "〈茶〉，好。 office"),
    ],
)
def test_only_what_is_set_wide_is_joined(line: str, tidied: str) -> None:
    assert tidy_lines([line]) == [tidied]


def test_filled_in_fields_come_with_their_page() -> None:
    pdf = make_form_pdf(
        b"/Subtype/Widget/FT/Tx/T(a.name[0])/V(Alice)",
        b"/Subtype/Widget/FT/Tx/T(x)/TU(Street)/V<feff83368def>",
        b"/Subtype/Widget/FT/Tx/T(empty)",
        b"/Subtype/Widget/FT/Tx/T(pin)/V(1234)/Ff 8192",
        b"/Subtype/Widget/FT/Tx/T(unseen)/V(no)/F 2",
        b"/Subtype/Widget/FT/Btn/T(organic)/V/Yes/AS/Yes/AP<</N<</Yes 3 0 R/Off 3 0 R>>>>",
        b"/Subtype/Widget/FT/Btn/T(bulk)/V/Off/AS/Off/AP<</N<</Yes 3 0 R/Off 3 0 R>>>>",
        b"/Subtype/Widget/FT/Ch/Ff 131072/T(tea)/V(Green)/Opt[(Green)(Black)]",
        b"/Subtype/Widget/FT/Ch/Ff 2097152/T(pots)/V[(Red)(Blue)]/Opt[(Red)(Grey)(Blue)]",
    )
    first, second = read_file("a.pdf", pdf)
    assert first.text == "Order form"
    assert second.place == "page 2"
    assert second.text.splitlines() == [
        *(
            "Your order",
            "name: Alice",
            "Street: 茶路",
            "☑ organic",
            "☐ bulk",
            "tea: Green",
            "pots: Red, Blue (Red / Grey / Blue)",
        ),
    ]


def test_what_readers_write_on_a_page_is_read() -> None:
    pdf = make_form_pdf(
        b"/Subtype/FreeText/Contents(Paid)",
        b"/Subtype/Highlight/Contents(Why?)/T(Bob)",
        b"/Subtype/Text/Contents()",
        b"/Subtype/Link/Contents(no)",
    )
    assert read_file("a.pdf", pdf)[1].text.splitlines()[1:] == ["Paid", "Comment (Bob): Why?"]


@pytest.mark.parametrize(
    "kind",
    [
        b"/Subtype/Widget/FT/Sig/T(seal)",
        b"/Subtype/Stamp",
        b"/Subtype/FileAttachment",
        b"/Subtype/FreeText",
        b"/Subtype/Widget/FT/Btn/T(print)/Ff 65536",
        b"/Subtype/Widget/FT/Tx/T(no value)",
    ],
)
def test_what_only_the_picture_of_an_annotation_shows_is_read(kind: bytes) -> None:
    _first, second = read_file("a.pdf", make_stamped_pdf(kind, "Signed by Alice\nYour order"))
    assert second.text.splitlines() == ["Your order", "Signed by Alice"]


@pytest.mark.parametrize(
    "kind",
    [
        b"/Subtype/Widget/FT/Tx/T(seal)/V(Alice)",
        b"/Subtype/Widget/FT/Tx/T(seal)/V(Alice)/Ff 8192",
    ],
)
def test_no_picture_of_a_value_or_a_password_is_read(kind: bytes) -> None:
    _first, second = read_file("a.pdf", make_stamped_pdf(kind, "Signed by Alice"))
    assert "Signed" not in second.text


def test_a_field_that_belongs_to_no_form_is_read_as_it_looks() -> None:
    pdf = make_stamped_pdf(b"/Subtype/Widget/FT/Tx/T(name)/V(x)", "Alice")
    assert b"/AcroForm" in pdf
    _first, second = read_file("a.pdf", pdf.replace(b"/AcroForm", b"/OtherKey"))
    assert second.text.splitlines() == ["Your order", "Alice"]


def test_a_text_too_long_for_a_note_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_annotations, "MAX_BYTES", 20)
    pdf = make_form_pdf(
        b"/Subtype/FreeText/Contents(Paid)", b"/Subtype/FreeText/Contents(Paid, said Bob)"
    )
    assert read_file("a.pdf", pdf)[1].text.splitlines() == ["Your order", "Paid"]


def test_glyphs_without_characters_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    with pytest.raises(Unreadable, match="no text, only pictures"):
        read_file("a.pdf", make_coded_pdf())


def test_a_damaged_page_costs_no_other() -> None:
    whole = make_pdf("Boil water.", "Pour it.", "Drink.")
    # What is named as the second page is none.
    sections = read_file("a.pdf", whole.replace(b"7 0 R", b"1 0 R", 1))
    assert [(section.place, section.text) for section in sections] == [
        ("page 1", "Boil water."),
        ("page 3", "Drink."),
    ]
    none = whole.replace(b"5 0 R 7 0 R 9 0 R", b"1 0 R 1 0 R 1 0 R")
    with pytest.raises(Unreadable, match="The file is damaged"):
        read_file("a.pdf", none)
