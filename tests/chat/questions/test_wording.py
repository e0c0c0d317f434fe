"""A question in the words of the documents, where they lack its own."""

import pytest

from chat.questions.wording import reworded

TEXT = (
    "In the European Union an electric bicycle is a bicycle. Its weight does not matter. The "
    "colour of the dialog is grey. Champollion sent an e-mail about the change to be made."
)


def said(question: str) -> str:
    words = {word.strip(".").lower() for word in TEXT.split()} | {"how", "is", "the", "an", "in"}
    return reworded(question, lambda word: word.lower().split()[-1] in words, lambda: [TEXT])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Is an e-bike a bike in the EU?",
            "Is an electric bicycle a bicycle in the European Union?",
        ),
        ("How heavy is the bicycle?", "How much weight is the bicycle?"),
        ("the color of the dialog", "the colour of the dialog"),
        ("the change of the dialgo", "the change of the dialog"),
        ("email in the European Union", "e-mail in the European Union"),
        ("Who is Champolion?", "Who is Champollion?"),
    ],
)
def test_what_the_documents_say_otherwise_is_said_so(question: str, expected: str) -> None:
    assert said(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How tall is the bicycle?",
        "How do I charge the bicycle?",
        "Is it in the UN?",
        "It doesn't change",
        "Who is Mary?",
        "自行车有多重？",
    ],
)
def test_other_words_stay_as_they_are(question: str) -> None:
    assert said(question) == question
