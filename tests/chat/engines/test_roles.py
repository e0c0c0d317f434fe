"""Sentences that name who plays, sings or wrote something."""

import pytest

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.roles import role_in
from chat.engines.extractive.sentence_selection import select


@pytest.mark.parametrize(
    ("question", "fits", "does_not"),
    [
        (
            "Who plays Zoe in The Long Bridge?",
            "She is portrayed by Alice Brown.",
            "Zoe is a fictional character of The Long Bridge.",
        ),
        (
            "which actor played the baker",
            "The baker Tom ( Bob Miller ) sells the shop.",
            "The baker sells the shop (in 1990).",
        ),
        (
            "who sang over the river",
            "The song was first recorded by the group The Ferries.",
            "The song was number one for a week.",
        ),
        (
            "Who wrote The Tea House?",
            "It was written in a winter by Alice Brown.",
            "The Tea House tells of a journey.",
        ),
        ("《长桥》里谁演了船夫？", "王明饰演船夫。", "船夫住在桥边。"),
        ("这首歌是谁唱的", "这首歌由王明演唱。", "这首歌发行于1990年。"),
        ("《茶馆旧事》是谁写的？", "作者是王明。", "这本书讲了一次旅行。"),
        ("石窟是谁发现的？", "1907年王明最先认出了洞里的画。", "石窟在2017年列入名录。"),
        ("誰發明了折傘？", "折傘由王明首創。", "折傘出在杭州。"),
    ],
)
def test_a_sentence_fits_by_the_role_it_names(question: str, fits: str, does_not: str) -> None:
    pattern = role_in(question)
    assert pattern
    assert pattern.search(fits)
    assert not pattern.search(does_not)


@pytest.mark.parametrize("question", ["Who invented tea?", "When did Bob play?", "谁喝了茶？"])
def test_a_question_may_ask_for_no_such_role(question: str) -> None:
    assert role_in(question) is None


def test_a_name_in_the_role_counts_for_more_than_another() -> None:
    asked = answer_type_of("Who plays Zoe?")
    assert asked
    texts = ("She is portrayed by Alice Brown.", "She lives in Long Bridge.", "she lives there.")
    assert [asked.fit(text) for text in texts] == [4, 1, 0]


def test_the_sentence_with_the_name_is_told_first() -> None:
    text = (
        "Zoe Miller is a fictional character of the series The Long Bridge. "
        "Introduced by Bob Green, she is currently portrayed by Alice Brown. "
        "Zoe and her sister were born in the tenth episode."
    )
    passage = Passage(text, "zoe.md", "Zoe Miller", 1.0)
    first, *_ = select("Who plays Zoe Miller on The Long Bridge?", [passage])
    assert "Alice Brown" in first.text


@pytest.mark.parametrize(("thing", "is_told"), [("折伞", True), ("咖啡机", False)])
def test_who_invented_another_thing_is_no_answer(thing: str, is_told: bool) -> None:
    text = "折伞是王明发明的。一杯茶的咖啡因是一杯咖啡的一半。"
    assert bool(select(f"{thing}是谁发明的？", [Passage(text, "a.md", "日用")])) is is_told
