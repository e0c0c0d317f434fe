"""A pronoun stands for the subject of an earlier question, where that is sure."""

import pytest

from chat.questions.pronouns import with_subject


@pytest.mark.parametrize(
    ("question", "before", "expected"),
    [
        ("How do I get one?", ["What is a ticket?"], "How do I get ticket?"),
        ("Who deciphered it?", ["What is cuneiform?", "and where?"], "Who deciphered cuneiform?"),
        (
            "How long is its main span?",
            ["When was the Golden Gate Bridge opened?"],
            "How long is Golden Gate Bridge's main span?",
        ),
        ("它有多高？", ["什么是塔？"], "塔有多高？"),
        # What is asked for is about a name, but may be no part of it.
        ("When was it opened?", ["Who paid for the Las Vegas stadium?"], ""),
        ("Which parasite does it too?", ["What is that called?"], ""),
        ("How long is it?", [], ""),
        ("How long?", ["What is a ticket?"], ""),
    ],
)
def test_the_subject_is_named(question: str, before: list[str], expected: str) -> None:
    assert with_subject(question, before) == expected
