"""Which sentences are quoted, and which never are."""

import pytest

from chat.engines.base import Passage
from chat.engines.extractive.quoting import best_quotes, prose

CODE = 'Resume it.\n\n```python\nsocket.send({"type": "resume"})\n```\n\nThen read on.'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (CODE, "Resume it.\n\n\nThen read on."),
        ("of the code\n```\n\nThen read on.", "Then read on."),
        ("Resume it.\n\n~~~js\nsocket.send()", "Resume it."),
        ("| a | b |\n|---|---|\n| 1 | 2 |\nBelow the table.", "Below the table."),
    ],
)
def test_code_and_tables_are_left_out(text: str, left: str) -> None:
    assert prose(text) == left


def test_a_file_of_nothing_but_code_is_still_quoted() -> None:
    [quote, *_] = best_quotes("Where is resume?", [Passage("```\nresume = True\n```", "a.py")])
    assert "resume" in quote.text


def test_the_best_sentence_of_the_best_passage_comes_first() -> None:
    passages = [
        Passage("Tea comes from China. Green tea wants water of 80 degrees.", "tea.md"),
        Passage("Coffee wants water of 93 degrees.", "coffee.md"),
    ]
    best, *_ = best_quotes("How hot should the water for green tea be?", passages)
    assert (best.text, best.passage) == ("Green tea wants water of 80 degrees.", 0)
