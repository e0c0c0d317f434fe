"""What the database says of the questions, held against what their clients were told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.chaos.question import Question

QUERY = """
SELECT question.request_id, answer.status, answer.content
FROM chat_message AS question JOIN chat_message AS answer ON answer.question_id = question.id
WHERE question.request_id != ''
"""


class Record(NamedTuple):
    status: str
    content: bytes


def violations(data: Path, questions: Iterable[Question]) -> Iterator[str]:
    records = read(data / "ragws.sqlite3")
    for question in questions:
        found = records.pop(question.request_id, [])
        if len(found) == 1:
            yield from differences(question, found[0])
        else:
            yield f"{question}: has {len(found)} answers"
    yield from (f"A question nobody asked: {request}" for request in records)


def differences(question: Question, record: Record) -> Iterator[str]:
    if record.status != question.status:
        yield f"{question}: the client was told {question.status}, the record says {record.status}"
    if not record.content.startswith(question.heard):
        yield f"{question}: {len(question.heard)} bytes heard, {len(record.content)} others kept"
    elif question.status != "interrupted" and record.content != question.heard:
        yield f"{question}: {len(question.heard)} of {len(record.content)} bytes heard"
    if record.status == "complete" and len(record.content.split()) != question.tokens:
        yield f"{question}: complete with {len(record.content.split())} tokens"


def read(database: Path) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {}
    connection = sqlite3.connect(database)
    for request_id, status, content in connection.execute(QUERY):
        records.setdefault(request_id, []).append(Record(status, content.encode()))
    connection.close()
    return records
