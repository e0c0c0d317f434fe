"""The judge of the chaos test sees what is wrong: with each promise broken once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.question import Question, Violation
from tests.chaos.verdict import Record, violations

DUE = "@1000000000 @1100000000 @1200000000 "
WORDS = "the quick brown "


def told(heard: str = DUE, status: str = "complete", rate: int | None = 10) -> Question:
    return Question(
        7, tokens=3, rate=rate, request_id="seven", heard=bytearray(heard.encode()), status=status
    )


def judged(question: Question, *found: Record) -> list[str]:
    return list(violations({"seven": found}, [question]))


def cut_short(question: Question) -> Question:
    return replace(question, heard=question.heard[:12])


@pytest.mark.parametrize(
    ("question", "record"),
    [
        (told(), Record("complete", DUE)),
        (told(WORDS, rate=None), Record("complete", WORDS)),
        (told("", "interrupted"), Record("interrupted", "")),
        (told(DUE[:12], "interrupted"), Record("interrupted", DUE[:24])),
        (told(DUE[:12], "interrupted"), Record("complete", DUE)),
        (replace(told(DUE[:24], "stopped"), is_stopped=True), Record("stopped", DUE[:24])),
    ],
)
def test_nothing_is_wrong(question: Question, record: Record) -> None:
    assert judged(question, record) == []


@pytest.mark.parametrize(
    ("question", "record", "complaint"),
    [
        (told(DUE[:-2]), Record("complete", DUE), "34 of 36 bytes heard"),
        (told(DUE[1:], "interrupted"), Record("interrupted", DUE), "not the first of 36"),
        (told(DUE + DUE), Record("complete", DUE), "not the first of 36"),
        (told(DUE, "interrupted"), Record("interrupted", DUE[:24]), "not the first of 24"),
        (told(DUE[:24]), Record("complete", DUE[:24]), "complete, but not what was said"),
        (told(""), Record("complete", ""), "complete, but not what was said"),
        (told(DUE + DUE), Record("complete", DUE + DUE), "never said"),
        (told(DUE[:5] + DUE[6:]), Record("complete", DUE[:5] + DUE[6:]), "never said"),
        (told(WORDS[1:], rate=None), Record("complete", WORDS[1:]), "never said"),
        (told(WORDS[:10], rate=None), Record("complete", WORDS[:10]), "not what was said"),
        (told(), Record("stopped", DUE), "told 'complete', the record says 'stopped'"),
        (told(DUE, "interrupted"), Record("pending", DUE), "the record says 'pending'"),
        (replace(told(), is_stopped=True), Record("complete", DUE), "was not stopped"),
        (told(DUE, "stopped"), Record("stopped", DUE), "nobody stopped it"),
        (told(DUE, ""), Record("complete", DUE), "told ''"),
    ],
)
def test_something_is_wrong(question: Question, record: Record, complaint: str) -> None:
    assert any(complaint in found for found in judged(question, record))


def test_a_question_without_an_answer() -> None:
    assert "has 0 answers" in judged(told())[0]
    assert "has 0 answers" in next(violations({}, [told()]))


def test_a_question_with_two_answers() -> None:
    record = Record("complete", DUE)
    assert "has 2 answers" in judged(told(), record, record)[0]


def test_a_question_nobody_asked() -> None:
    assert list(violations({"eight": []}, [])) == ["A question nobody asked: eight"]


class TestHearing:
    """A client notices by itself what comes twice, or not at all."""

    def test_pieces_that_fit(self) -> None:
        question = told("")
        question.hear(piece("@1 ", 3))
        question.hear(piece("@2 ", 6))
        assert question.heard == b"@1 @2 "

    @pytest.mark.parametrize("offset", [3, 5, 7, 9])
    def test_pieces_that_do_not(self, offset: int) -> None:
        question = told("")
        question.hear(piece("@1 ", 3))
        with pytest.raises(Violation, match="after 3 bytes"):
            question.hear(piece("@2 ", offset))

    def test_another_answer_to_the_same_question(self) -> None:
        question = told("")
        question.hear(piece("@1 ", 3))
        with pytest.raises(Violation, match="a second answer"):
            question.hear(piece("@2 ", 6) | {"id": "other"})


def piece(answer: str, offset: int) -> dict[str, object]:
    return {"answer": answer, "offset": offset, "id": "one", "session_id": "first"}
