"""Cutting: nothing is lost, nothing is too long, and what belongs together stays together."""

from __future__ import annotations

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.chunking import Piece, cut
from knowledge.text.section import Section
from knowledge.text.width import width

LIMIT = 60
TEXTS = st.text(st.sampled_from("ab .。，!?\n\t`|-#中文字é👩"), max_size=600)


def cut_to(limit: int, text: str) -> list[str]:
    with override_settings(CHUNK_CHARS=limit):
        return [piece.text for piece in cut([Section("", text)])]


@given(TEXTS, st.integers(4, 200))
def test_pieces_are_never_too_long(text: str, limit: int) -> None:
    assert all(0 < width(piece) <= limit for piece in cut_to(limit, text))


@given(st.text(st.sampled_from("ab .。，!?\n\t中文字é👩"), max_size=600), st.integers(4, 200))
def test_no_text_is_lost(text: str, limit: int) -> None:
    assert "".join("".join(cut_to(limit, text)).split()) == "".join(text.split())


@given(TEXTS)
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert cut_to(5000, text) == ([text.strip("\n").rstrip()] if text.strip() else [])


def test_each_piece_knows_its_place() -> None:
    assert cut([Section("Tea", "Hot."), Section("Pot", "Round.")]) == [
        Piece("Tea", "Hot."),
        Piece("Pot", "Round."),
    ]


def test_sentences_stay_whole() -> None:
    assert cut_to(LIMIT, "The first cup is the best of all. The second one is good as well.") == [
        "The first cup is the best of all.",
        "The second one is good as well.",
    ]


def test_chinese_counts_double_and_is_cut_at_its_own_marks() -> None:
    assert cut_to(LIMIT, "绿茶要用七十度的水来泡才好喝。红茶可以用沸水，味道会更浓一些。") == [
        "绿茶要用七十度的水来泡才好喝。",
        "红茶可以用沸水，味道会更浓一些。",
    ]


def test_pieces_of_a_long_text_are_about_even() -> None:
    pieces = cut_to(LIMIT, "Tea is hot. " * 6)
    assert [width(piece) for piece in pieces] == [35, 35]


def test_paragraphs_that_fit_are_not_divided() -> None:
    text = "Short one.\n\nThis paragraph has two sentences. It stays whole.\n\nEnd."
    assert "This paragraph has two sentences. It stays whole." in "|".join(cut_to(LIMIT, text))


def test_text_without_sentences_is_cut_between_words() -> None:
    pieces = cut_to(LIMIT, "word " * 100)
    assert {word for piece in pieces for word in piece.split()} == {"word"}


def test_one_endless_word_is_cut_too() -> None:
    assert cut_to(LIMIT, "x" * 150) == ["x" * 60, "x" * 60, "x" * 30]
    assert cut_to(LIMIT, "字" * 70) == ["字" * 30, "字" * 30, "字" * 10]


def test_each_part_of_a_table_has_its_header() -> None:
    header = "| a | b |\n|---|---|"
    rows = [f"| {at} | cup |" for at in range(12)]
    pieces = cut_to(100, "\n".join([header, *rows]))

    assert len(pieces) > 1
    assert all(piece.startswith(f"{header}\n| ") for piece in pieces)
    assert [row for piece in pieces for row in piece.split("\n")[2:]] == rows


def test_code_is_cut_between_lines_and_keeps_its_indentation() -> None:
    code = "```python\ndef brew():\n    wait()\n\n    pour()\n\n    drink()\n    return enough\n```"
    pieces = cut_to(50, code)

    assert "\n".join(pieces).replace("\n\n", "\n") == code.replace("\n\n", "\n")
    assert any(piece.startswith("    ") for piece in pieces)
