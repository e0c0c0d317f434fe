"""Which sentences answer a question that goes on from an answer."""

import pytest

from chat.engines.base import Passage
from chat.engines.extractive.follow_up_quotes import best_answer, follow_up_quotes

CITED = Passage(
    "The Akashi bridge was opened in 1998. Its towers are 283 metres high. It cost 500 billion yen",
    "Akashi",
)
OTHER = Passage(
    "Green tea is best made with water of 70 to 80 °C. The leaves are picked in spring.", "Tea"
)


def test_what_was_cited_comes_first() -> None:
    first, *_ = follow_up_quotes("and how high are its towers?", [CITED, OTHER], kept=1)
    assert first.text == "Its towers are 283 metres high."
    assert first.passage == 0


def test_what_else_was_found_answers_what_the_cited_passage_does_not_tell() -> None:
    question = "and how hot should the water be for green tea?"
    first, *_ = follow_up_quotes(question, [CITED, OTHER], kept=1)
    assert first.text == "Green tea is best made with water of 70 to 80 °C."
    assert first.passage == 1


def test_what_was_cited_may_come_after_another_passage() -> None:
    question = "and how high are its towers?"
    first, *_ = follow_up_quotes(question, [OTHER, CITED], kept=1, before_kept=1)
    assert (first.passage, first.text) == (1, "Its towers are 283 metres high.")


def test_the_passage_that_answers_is_told() -> None:
    question = "and how hot should the water be for green tea?"
    best = best_answer(question, [CITED, OTHER], kept=1)
    assert best.passage == 1
    assert best.confidence >= 0.5


def test_what_no_passage_says_by_word_or_by_meaning_is_no_answer() -> None:
    assert best_answer("which painter lived there?", [CITED], kept=1).confidence < 0.5


@pytest.mark.parametrize("question", ["why?", "How long?", "and who made them?", "谁画的？"])
def test_a_question_that_points_back_is_answered_by_what_is_nearest(question: str) -> None:
    assert best_answer(question, [CITED, OTHER], kept=1).confidence == 1


@pytest.mark.parametrize(
    "question",
    ["Does it have a thermostat?", "Is it sold in Germany?", "它有没有宠物补贴？", "怎么退款？"],
)
def test_one_that_names_what_no_passage_has_or_means_is_not_answered(question: str) -> None:
    assert best_answer(question, [CITED, OTHER], kept=1).confidence < 0.5


KETTLE = Passage(
    "Descale it every three months.\n\n1. Fill it with vinegar.\n2. Boil it.\n3. Rinse it twice.",
    "Kettle",
)


def test_steps_are_told_whole_and_in_order() -> None:
    steps = follow_up_quotes("How do I descale it?", [CITED, KETTLE], kept=2)
    assert [quote.text for quote in steps] == [KETTLE.text]


@pytest.mark.parametrize("question", ["and in which year exactly?", "and him?", "是哪年的事"])
def test_another_passage_needs_a_word_that_the_cited_one_lacks(question: str) -> None:
    year = Passage("In that year exactly, 1884, he came. 那是1921年的事。", "Year")
    quotes = follow_up_quotes(question, [CITED, year], kept=1)
    assert {quote.passage for quote in quotes} == {0}


TEAS = Passage("乌龙茶是半发酵茶，介于绿茶和红茶之间。红茶是全发酵茶，汤色红亮。", "茶")


def test_a_question_that_only_names_something_is_answered_by_what_begins_with_it() -> None:
    oolong = Passage("乌龙茶是半发酵茶，介于绿茶和红茶之间。", "乌龙")
    black = Passage("红茶是全发酵茶，汤色红亮。", "红茶")
    first, *_ = follow_up_quotes("那红茶呢？", [oolong, black], kept=1)
    assert first.text == "红茶是全发酵茶，汤色红亮。"
    assert follow_up_quotes("那红茶呢？", [TEAS], kept=1)[0].text == first.text


def test_a_second_quote_is_in_the_language_of_the_first() -> None:
    mixed = Passage("桥塔高283米。 Its towers are 283 metres high.", "桥")
    quotes = follow_up_quotes("桥塔有多高？", [mixed], kept=1)
    assert [quote.text for quote in quotes] == ["桥塔高283米。"]
