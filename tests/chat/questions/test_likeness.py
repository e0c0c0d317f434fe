"""Words that are spelled or meant alike."""

import pytest

from chat.questions.likeness import meant_alike, spelled_alike
from knowledge.text.analysis import stem


@pytest.mark.parametrize(
    ("term", "text"), [("govern", "governor"), ("electr", "electron"), ("灯塔", "塔下有灯")]
)
def test_a_word_in_another_form_is_alike(term: str, text: str) -> None:
    assert spelled_alike(term, [text], text) >= 0.6


@pytest.mark.parametrize(
    ("term", "text"),
    [("govern", "gold"), ("1994", "1995"), ("car", "cart"), ("灯塔", "茶馆"), ("govern", "")],
)
def test_another_word_is_not(term: str, text: str) -> None:
    assert spelled_alike(term, [text], text) == 0


def test_a_word_that_means_nearly_the_same_is_nearer_than_another() -> None:
    physician, carpet = (
        meant_alike("Which doctor wrote it?", ["doctor"], text)["doctor"]
        for text in ("A physician wrote the letter.", "A carpet lay in the hall.")
    )
    assert 0 <= carpet < physician <= 1


def test_only_words_of_the_question_are_compared_and_with_words_only() -> None:
    assert meant_alike("Which doctor?", ["nurse"], "A physician.") == {}
    assert meant_alike("Which doctor?", [stem("doctor")], "1994, of the") == {"doctor": 0}
