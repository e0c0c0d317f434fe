"""Puts what was asked about before in the place of a pronoun: after "What is a ticket?", "How do I
get one?" asks how to get a ticket."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.questions.follow_up import points_back
from chat.questions.question_kinds import QuestionKind, kind_of
from knowledge.text.analysis import fold

PRONOUN = re.compile(
    r"\b(?P<owner>its|their|his)\b|\b(?:it|they|them|he|him|she|one)\b|(?P<of>[它他她]们?的)|[它他她]们?",
    re.IGNORECASE,
)
# "The Golden Gate Bridge" within a question.
NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]{1,30}(?: (?:of (?:the )?)?[A-Z0-9][\w'’-]{0,30}){0,4}")
# A longer subject is a description.
MAX_WORDS = 5


def with_subject(question: str, asked_before: Sequence[str]) -> str:
    """The question with the subject of those before, the last one last; empty if it has no pronoun,
    or they have no clear subject."""
    if not PRONOUN.search(question) or not (subject := _subject(asked_before)):
        return ""

    def named(found: re.Match[str]) -> str:
        return f"{subject}的" if found["of"] else f"{subject}'s" if found["owner"] else subject

    return PRONOUN.sub(named, question, count=1)


def _subject(asked: Sequence[str]) -> str:
    """Of the last question that names one, if all since then point back."""
    for question in reversed(asked):
        if subject := _named(question):
            return subject
        if not points_back(question):
            return ""
    return ""


def _named(question: str) -> str:
    """What it wants to be defined, as it is written there, or the only name that it has."""
    asked = kind_of(question)
    if asked.kind is QuestionKind.DEFINITION:
        at = fold(question).find(asked.subjects[0])
        said = question[at : at + len(asked.subjects[0])]
        return said if at >= 0 and len(said.split()) <= MAX_WORDS else ""
    if points_back(question):
        return ""
    names = {found[0] for found in NAME.finditer(question)}
    return names.pop() if len(names) == 1 else ""
