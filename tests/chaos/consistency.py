"""Compares the answers in the database with what the clients have received."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from chat.engines.load import NS, WORDS
from tests.chaos.question import Question

QUERY = """
SELECT question.request_id, answer.status, answer.content
FROM chat_message AS question LEFT JOIN chat_message AS answer ON answer.question_id = question.id
WHERE question.role = 'user' AND question.request_id != ''
"""


class Record(NamedTuple):
    status: str
    content: str


Records = Mapping[str, Sequence[Record]]


def violations(records: Records, questions: Iterable[Question]) -> Iterator[str]:
    asked = set()
    for question in questions:
        asked.add(question.request_id)
        match records.get(question.request_id, ()):
            case [record]:
                yield from differences(question, record)
            case found:
                yield f"{question}: has {len(found)} answers"
    yield from (f"A question no client asked: {request}" for request in records.keys() - asked)


def differences(question: Question, record: Record) -> Iterator[str]:
    yield from status_differences(question, record.status)
    stored, received = record.content.encode(), bytes(question.received)
    if not stored.startswith(received):
        yield f"{question}: {len(received)} bytes received, not the first of {len(stored)} stored"
    elif question.status != "interrupted" and stored != received:
        yield f"{question}: {len(received)} of {len(stored)} bytes received"
    expected = expected_text(question, record.content)
    if record.status == "complete" and record.content != expected:
        yield f"{question}: complete, but not the expected text: {record.content[-60:]!r}"
    if not expected.startswith(record.content):
        yield f"{question}: not expected: {record.content[-60:]!r}"


def status_differences(question: Question, status: str) -> Iterator[str]:
    told = question.status
    if told != status or status == "pending":
        yield f"{question}: the client was told {told!r}, the record says {status!r}"
    if question.is_stopped and told == "complete":
        yield f"{question}: was not stopped"
    if not question.is_stopped and told == "stopped":
        yield f"{question}: stopped without a request"


def expected_text(question: Question, content: str) -> str:
    """The whole answer of the load engine, computed from the time in its first token."""
    if question.rate is None:
        return "".join(f"{word} " for word in islice(cycle(WORDS), question.tokens))
    first = content.partition(" ")[0].removeprefix("@")
    if not first.isdigit():
        # Without a first token only its first byte is known.
        return "@"
    # One more than was stored, so that a missing token shows; an endless answer is not computed
    # further.
    length = min(question.tokens, content.count(" ") + 1)
    due = (int(first) + int(number * NS / question.rate) for number in range(length))
    return "".join(f"@{at} " for at in due)


def read_records(database: Path) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {}
    connection = sqlite3.connect(database)
    for request_id, status, content in connection.execute(QUERY):
        found = records.setdefault(request_id, [])
        if status is not None:
            found.append(Record(status, content))
    connection.close()
    return records
