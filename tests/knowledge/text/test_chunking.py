"""Chunking: no text is lost, no chunk is too long, and what belongs together stays together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.chunking import TextChunk, split_into_chunks
from knowledge.text.section import Section
from knowledge.text.width import width

LIMIT = 60
TEXTS = st.text(st.sampled_from("ab .。，!?\n\t`|-#中文字é👩"), max_size=600)


def chunks_of(limit: int, text: str) -> list[str]:
    return [chunk.text for chunk in split_into_chunks([Section("", text)], limit)]


@given(TEXTS, st.integers(4, 200))
def test_chunks_are_never_too_long(text: str, limit: int) -> None:
    assert all(0 < width(chunk) <= limit for chunk in chunks_of(limit, text))


@given(st.text(st.sampled_from("ab .。，!?\n\t中文字é👩"), max_size=600), st.integers(4, 200))
def test_no_text_is_lost(text: str, limit: int) -> None:
    assert "".join("".join(chunks_of(limit, text)).split()) == "".join(text.split())


@given(TEXTS)
def test_a_text_that_fits_stays_as_it_is(text: str) -> None:
    assert chunks_of(5000, text) == ([text.strip("\n").rstrip()] if text.strip() else [])


def test_each_chunk_has_the_place_of_its_section() -> None:
    sections = [Section("Tea", "Hot."), Section("Pot", "Round.")]
    assert list(split_into_chunks(sections, LIMIT)) == [
        TextChunk("Tea", "Hot."),
        TextChunk("Pot", "Round."),
    ]


def test_sentences_stay_whole() -> None:
    assert chunks_of(
        LIMIT, "The first cup is the best of all. The second one is good as well."
    ) == [
        "The first cup is the best of all.",
        "The second one is good as well.",
    ]


def test_chinese_counts_double_and_is_split_at_its_own_marks() -> None:
    assert chunks_of(LIMIT, "绿茶要用七十度的水来泡才好喝。红茶可以用沸水，味道会更浓一些。") == [
        "绿茶要用七十度的水来泡才好喝。",
        "红茶可以用沸水，味道会更浓一些。",
    ]


def test_chunks_of_a_long_text_are_about_even() -> None:
    chunks = chunks_of(LIMIT, "Tea is hot. " * 6)
    assert [width(chunk) for chunk in chunks] == [35, 35]


def test_paragraphs_that_fit_are_not_split() -> None:
    text = "Short one.\n\nThis paragraph has two sentences. It stays whole.\n\nEnd."
    assert "This paragraph has two sentences. It stays whole." in "|".join(chunks_of(LIMIT, text))


def test_text_without_sentences_is_split_between_words() -> None:
    chunks = chunks_of(LIMIT, "word " * 100)
    assert {word for chunk in chunks for word in chunk.split()} == {"word"}


def test_one_endless_word_is_split_too() -> None:
    assert chunks_of(LIMIT, "x" * 150) == ["x" * 60, "x" * 60, "x" * 30]
    assert chunks_of(LIMIT, "字" * 70) == ["字" * 30, "字" * 30, "字" * 10]


def test_each_chunk_of_a_table_has_its_header() -> None:
    header = "| a | b |\n|---|---|"
    rows = [f"| {at} | cup |" for at in range(12)]
    chunks = chunks_of(100, "\n".join([header, *rows]))

    assert len(chunks) > 1
    assert all(chunk.startswith(f"{header}\n| ") for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.split("\n")[2:]] == rows


def test_code_is_split_between_lines_and_keeps_its_indentation() -> None:
    code = "```python\ndef brew():\n    wait()\n\n    pour()\n\n    drink()\n    return enough\n```"
    chunks = chunks_of(50, code)

    assert "\n".join(chunks).replace("\n\n", "\n") == code.replace("\n\n", "\n")
    assert any(chunk.startswith("    ") for chunk in chunks)


def test_rows_stay_whole_whatever_ends_a_sentence_in_them() -> None:
    rows = [f"Name: Dr. X. Li {at}. · Note: Ask her. Twice! 好。再来" for at in range(9)]
    section = Section("sheet Staff", "\n".join(rows), by_lines=True)
    chunks = [chunk.text for chunk in split_into_chunks([section], 140)]

    assert len(chunks) > 1
    assert [row for chunk in chunks for row in chunk.split("\n")] == rows
