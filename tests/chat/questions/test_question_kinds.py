"""What kind of answer a question wants."""

import pytest

from chat.questions.counted import count_the_same
from chat.questions.list_questions import how_many_wanted, list_topic
from chat.questions.overview_questions import names_nothing
from chat.questions.question_kinds import QuestionKind, kind_of, tells_trouble
from chat.questions.same_questions import same_questions


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("My kettle won't turn on", QuestionKind.STEPS),
        ("水壶烧不开水", QuestionKind.STEPS),
        ("Why does the kettle not turn on?", QuestionKind.FACT),
        ("What are Tom's tasks?", QuestionKind.LIST),
        ("What are light years?", QuestionKind.DEFINITION),
    ],
)
def test_what_is_told_or_asked_has_its_kind(question: str, kind: QuestionKind) -> None:
    assert kind_of(question).kind is kind


@pytest.mark.parametrize("text", ["Which planets do not twinkle?", "谁没有来？", "The lid is blue"])
def test_what_is_asked_or_works_is_no_trouble(text: str) -> None:
    assert not tells_trouble(text)


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("It doesn't turn on", "The kettle does not switch on"),
        ("How does a bicycle stay upright?", "Why a bicycle stays up"),
    ],
)
def test_a_heading_may_say_the_same_in_another_form(question: str, heading: str) -> None:
    assert same_questions(question, [heading])[heading] >= 0.6


def test_a_heading_that_counts_other_things_asks_something_else() -> None:
    question, heading = "How many constellations are there?", "How many stars can be seen"
    assert not same_questions(question, [heading])
    assert count_the_same(question, "Which constellations are there?")


@pytest.mark.parametrize(
    ("question", "number"),
    [("What are the six kinds of tea?", 6), ("五大行星有哪些？", 5), ("Which kinds are there?", 0)],
)
def test_a_question_may_say_how_long_its_list_is(question: str, number: int) -> None:
    assert how_many_wanted(question) == number
    assert "six" not in list_topic(question)


def test_what_a_text_does_not_cover_is_no_whole() -> None:
    assert names_nothing("What does it cover?")
    assert not names_nothing("What does it not cover?")
