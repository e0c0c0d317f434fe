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
    pronoun = PRONOUN.search(question)
    if not pronoun or not (subject := _subject(asked_before, is_owner=bool(pronoun["owner"]))):
        return ""

    def named(found: re.Match[str]) -> str:
        return f"{subject}的" if found["of"] else f"{subject}'s" if found["owner"] else subject

    return PRONOUN.sub(named, question, count=1)


def _subject(asked: Sequence[str], is_owner: bool) -> str:
    """Of the last question that does not point back itself. What "it" is, is surely told by what is
    to be defined; whose it is, also by the only name."""
    question = next((each for each in reversed(asked) if not points_back(each)), "")
    wanted = kind_of(question)
    if wanted.kind is QuestionKind.DEFINITION:
        at = fold(question).find(wanted.subjects[0])
        said = question[at : at + len(wanted.subjects[0])]
        return said if at >= 0 and len(said.split()) <= MAX_WORDS else ""
    names = {found[0] for found in NAME.finditer(question)} if is_owner else set()
    return names.pop() if len(names) == 1 else ""
