"""What the database says of the questions, held against what their clients were told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from chat.engines.load_test import NS, WORDS
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
    yield from (f"A question nobody asked: {request}" for request in records.keys() - asked)


def differences(question: Question, record: Record) -> Iterator[str]:
    yield from broken_endings(question, record.status)
    kept, heard = record.content.encode(), bytes(question.heard)
    if not kept.startswith(heard):
        yield f"{question}: {len(heard)} bytes heard that are not the first of {len(kept)} kept"
    elif question.status != "interrupted" and kept != heard:
        yield f"{question}: {len(heard)} of {len(kept)} bytes heard"
    said = what_was_due(question, record.content)
    if record.status == "complete" and record.content != said:
        yield f"{question}: complete, but not what was said: {record.content[-60:]!r}"
    if not said.startswith(record.content):
        yield f"{question}: never said {record.content[-60:]!r}"


def broken_endings(question: Question, status: str) -> Iterator[str]:
    # A process that was only slow may have been taken for lost; in the record its hub has the last
    # word.
    told = question.status
    if told not in (status, "interrupted") or status == "pending":
        yield f"{question}: the client was told {told!r}, the record says {status!r}"
    if question.is_stopped and told == "complete":
        yield f"{question}: was not stopped"
    if not question.is_stopped and told == "stopped":
        yield f"{question}: nobody stopped it"


def what_was_due(question: Question, content: str) -> str:
    """The whole answer of the load engine, word for word, from when it began."""
    if question.rate is None:
        return "".join(f"{word} " for word in islice(cycle(WORDS), question.tokens))
    first = content.partition(" ")[0].removeprefix("@")
    if not first.isdigit():
        # Nobody knows, but something was.
        return "@"
    # One more than there are, so that too few are seen; of an endless answer no more than that.
    length = min(question.tokens, content.count(" ") + 1)
    due = (int(first) + int(number * NS / question.rate) for number in range(length))
    return "".join(f"@{at} " for at in due)


def read(database: Path) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {}
    connection = sqlite3.connect(database)
    for request_id, status, content in connection.execute(QUERY):
        found = records.setdefault(request_id, [])
        if status is not None:
            found.append(Record(status, content))
    connection.close()
    return records
