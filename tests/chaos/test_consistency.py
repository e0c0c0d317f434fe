"""The consistency check of the chaos test finds each kind of difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.consistency import Record, violations
from tests.chaos.question import Question, Violation

DUE = "@1000000000 @1100000000 @1200000000 "
WORDS = "the quick brown "


def make_question(received: str = DUE, status: str = "complete", rate: int | None = 10) -> Question:
    return Question(
        7,
        tokens=3,
        rate=rate,
        request_id="seven",
        received=bytearray(received.encode()),
        status=status,
    )


def violations_of(question: Question, *found: Record) -> list[str]:
    return list(violations({"seven": found}, [question]))


def cut_short(question: Question) -> Question:
    return replace(question, received=question.received[:12])


@pytest.mark.parametrize(
    ("question", "record"),
    [
        (make_question(), Record("complete", DUE)),
        (make_question(WORDS, rate=None), Record("complete", WORDS)),
        (make_question("", "interrupted"), Record("interrupted", "")),
        (make_question(DUE[:12], "interrupted"), Record("interrupted", DUE[:24])),
        (replace(make_question(DUE[:24], "stopped"), is_stopped=True), Record("stopped", DUE[:24])),
    ],
)
def test_consistent_records_have_no_violations(question: Question, record: Record) -> None:
    assert violations_of(question, record) == []


@pytest.mark.parametrize(
    ("question", "record", "complaint"),
    [
        (make_question(DUE[:-2]), Record("complete", DUE), "34 of 36 bytes received"),
        (make_question(DUE[1:], "interrupted"), Record("interrupted", DUE), "not the first of 36"),
        (make_question(DUE + DUE), Record("complete", DUE), "not the first of 36"),
        (make_question(DUE, "interrupted"), Record("interrupted", DUE[:24]), "not the first of 24"),
        (
            make_question(DUE[:12], "interrupted"),
            Record("complete", DUE),
            "told 'interrupted', the record says 'complete'",
        ),
        (
            make_question(DUE[:24]),
            Record("complete", DUE[:24]),
            "complete, but not the expected text",
        ),
        (make_question(""), Record("complete", ""), "complete, but not the expected text"),
        (make_question(DUE + DUE), Record("complete", DUE + DUE), "not expected"),
        (make_question(DUE[:5] + DUE[6:]), Record("complete", DUE[:5] + DUE[6:]), "not expected"),
        (make_question(WORDS[1:], rate=None), Record("complete", WORDS[1:]), "not expected"),
        (
            make_question(WORDS[:10], rate=None),
            Record("complete", WORDS[:10]),
            "not the expected text",
        ),
        (
            make_question(),
            Record("stopped", DUE),
            "told 'complete', the record says 'stopped'",
        ),
        (make_question(DUE, "interrupted"), Record("pending", DUE), "the record says 'pending'"),
        (replace(make_question(), is_stopped=True), Record("complete", DUE), "was not stopped"),
        (make_question(DUE, "stopped"), Record("stopped", DUE), "stopped without a request"),
        (make_question(DUE, ""), Record("complete", DUE), "told ''"),
    ],
)
def test_each_difference_is_found(question: Question, record: Record, complaint: str) -> None:
    assert any(complaint in found for found in violations_of(question, record))


def test_a_question_without_an_answer() -> None:
    assert "has 0 answers" in violations_of(make_question())[0]
    assert "has 0 answers" in next(violations({}, [make_question()]))


def test_a_question_with_two_answers() -> None:
    record = Record("complete", DUE)
    assert "has 2 answers" in violations_of(make_question(), record, record)[0]


def test_a_question_that_no_client_asked() -> None:
    assert list(violations({"eight": []}, [])) == ["A question no client asked: eight"]


class TestReceiving:
    """A client detects text that comes twice or not at all."""

    def test_chunks_that_continue(self) -> None:
        question = make_question("")
        question.append(chunk("@1 ", 3))
        question.append(chunk("@2 ", 6))
        assert question.received == b"@1 @2 "

    @pytest.mark.parametrize("offset", [3, 5, 7, 9])
    def test_chunks_that_do_not_continue(self, offset: int) -> None:
        question = make_question("")
        question.append(chunk("@1 ", 3))
        with pytest.raises(Violation, match="after 3 bytes"):
            question.append(chunk("@2 ", offset))

    def test_another_answer_to_the_same_question(self) -> None:
        question = make_question("")
        question.append(chunk("@1 ", 3))
        with pytest.raises(Violation, match="a second answer"):
            question.append(chunk("@2 ", 6) | {"id": "other"})


def chunk(answer: str, offset: int) -> dict[str, object]:
    return {"answer": answer, "offset": offset, "id": "one", "session_id": "first"}
