"""Analysing text into terms, and the weights and coverage of terms."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.search.coverage import coverage, inverse_document_frequency
from knowledge.text.analysis import IS_CJK, index_terms, query_terms, text_terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("running shoes", "run shoe"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("Café naïve", "cafe naive"),
        ("STRASSE", "straße"),
        ("Ada Lovelace's", "ada lovelace"),
        ("頭髮與圖書館", "头发与图书馆"),
    ],
)
def test_one_spelling_finds_the_other(one: str, other: str) -> None:
    assert text_terms(one) == text_terms(other)


def test_chinese_is_indexed_by_pairs_and_single_characters() -> None:
    assert set(text_terms("喝绿茶")) == {"喝绿", "绿茶", "喝", "绿", "茶"}
    assert query_terms("喝绿茶") == ["喝绿", "绿茶"]
    assert query_terms("茶") == ["茶"]


def test_numbers_are_indexed_with_and_without_their_unit() -> None:
    assert {"3", "3月"} <= set(text_terms("3月"))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Who is the king of Spain?", ["king", "spain"]),
        ("请问什么是绿茶？", ["绿茶"]),
        ("請問誰發明了電話？", ["发明", "电话"]),
        ("目的是了解什么", ["目的", "了解"]),
        ("颤振是什么意思？", ["颤振"]),
        ("桥一共有多少座？", ["桥", "座"]),
        ("水壶为什么不会漏？", ["水壶", "不", "漏"]),
        ("打印机要装什么？", ["打印", "印机", "装"]),
        ("主要的需要有哪些？", ["主要"]),
        ("tea, tea and tea", ["tea"]),
    ],
)
def test_stop_words_are_removed_from_questions(question: str, terms: list[str]) -> None:
    assert query_terms(question) == terms


@pytest.mark.parametrize(("question", "terms"), [("The Who", ["the", "who"]), ("是谁", ["是谁"])])
def test_a_question_of_stop_words_only_keeps_them(question: str, terms: list[str]) -> None:
    assert query_terms(question) == terms


def test_marks_between_kana_separate_words() -> None:
    assert query_terms("ダ・ヴィ") == query_terms("ダ ヴィ") == ["ダ", "ヴィ"]
    assert query_terms("ﾀﾞ･ｳﾞｨ") == ["ダ", "ヴィ"]


def test_all_characters_of_words_are_letters_or_digits() -> None:
    marks = [chr(code) for code in range(0x10000) if IS_CJK.match(chr(code))]
    assert [mark for mark in marks if not mark.isalnum()] == []


@given(st.text())
@example("\u3099")
@example("\u4dc0\ufadf")
def test_terms_are_words_without_spaces_or_syntax(text: str) -> None:
    terms = text_terms(text)
    assert index_terms(text).split(" ") == (terms or [""])
    assert all(term.isalnum() for term in terms)


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 10)), st.sets(st.text()))
def test_coverage_is_a_share(counts: dict[str, int], found: set[str]) -> None:
    weights = {term: inverse_document_frequency(10, count) for term, count in counts.items()}
    assert all(math.isfinite(value) and value > 0 for value in weights.values())
    assert 0 <= coverage(weights, found) <= 1.0000001
