"""Tells what documents say as a whole: how several parts of them begin."""

from collections.abc import Sequence
from pathlib import PurePath

from chat.engines.base import Passage
from chat.engines.extractive.passage_units import Kind, statements
from chat.engines.extractive.quotes import Quote
from chat.questions.overview_questions import (
    asks_for_a_whole,
    is_named_by,
    names_nothing,
    topic_terms,
)
from knowledge.text.analysis import is_mostly_cjk, text_terms
from knowledge.text.places import below_the_first, first_heading

# So many parts of it are told, and so many sentences of the first one.
MAX_PARTS, MAX_INTRODUCTION = 5, 3


def summarize(question: str, passages: Sequence[Passage]) -> list[Quote]:
    """How several parts of the document begin; empty if the question asks for something else, or
    names something that is no document."""
    if names_nothing(question):
        title = passages[0].title if passages else ""
    elif asks_for_a_whole(question):
        title = _named(topic_terms(question), passages)
    else:
        return []
    parts = [number for number, passage in enumerate(passages) if passage.title == title]
    # What stands under no other heading than the title introduces the rest.
    parts.sort(key=lambda number: below_the_first(passages[number].place) != "")
    parts = parts[:MAX_PARTS]
    return [quote for number in parts for quote in _part(passages, number, parts)]


def tell_parts(passages: Sequence[Passage]) -> list[Quote]:
    """How each of the passages begins."""
    everything = range(len(passages))
    return [quote for number in everything for quote in _part(passages, number, everything)]


def _part(passages: Sequence[Passage], number: int, parts: Sequence[int]) -> list[Quote]:
    """The first part introduces the document; the others are items with their headings."""
    passage = passages[number]
    is_of_one = len({passages[part].title for part in parts}) == 1
    if is_of_one and number == parts[0]:
        text = _opening(passage, MAX_INTRODUCTION)
    else:
        heading = _heading(passage) if is_of_one else _top(passage)
        colon = "：" if is_mostly_cjk(passage.text) else ": "
        text = f"- {f'**{heading}**{colon}' if heading else ''}{_opening(passage, 1)}"
    return [Quote(text, number, covered=1.0, score=1.0)]


def _heading(passage: Passage) -> str:
    """Of the section that it begins."""
    return first_heading(below_the_first(passage.place))


def _top(passage: Passage) -> str:
    return first_heading(passage.place) or PurePath(passage.title).stem


def _named(topic: list[str], passages: Sequence[Passage]) -> str:
    """The title of the first document that the topic names; empty if it names none."""
    for passage in passages:
        top = first_heading(passage.place)
        if is_named_by(topic, frozenset(text_terms(f"{PurePath(passage.title).stem} {top}"))):
            return passage.title
    return ""


def _opening(passage: Passage, count: int) -> str:
    """Its first sentences; of a table or list, how it begins."""
    units = [unit for unit in statements(passage.text) if not unit.introduces]
    sentences = [unit for unit in units if unit.kind is Kind.SENTENCE]
    if not sentences:
        return "".join(unit.text for unit in units[:1])
    first, *others = sentences[:count]
    together = [unit.text for unit in others if unit.block == first.block]
    return ("" if is_mostly_cjk(first.text) else " ").join([first.text, *together])
