"""Questions about a whole document: "what does this say?", "give me an overview of tea"."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from chat.engines.base import Passage
from chat.engines.extractive.passage_units import Kind, statements
from chat.engines.extractive.quotes import Quote
from knowledge.text.analysis import fold, has_search_terms, query_terms, text_terms

# As the analyser folds them: small letters, simplified characters.
SUMMARY_WORDS = re.compile(
    r"\b(?:summar\w+|overview|gist|outline|main|key|points?|topics?|ideas?|documents?|docs?|files?|"
    r"attach\w+|pdf|pages?|texts?|papers?|contents?|contains?|covers?|says?|explain|describe|read|"
    r"short|brief(?:ly)?|whole|write|make)\b"
    r"|总结|概括|概述|概览|概要|摘要|大意|要点|主要|内容|文件|文档|附件|文章|全文|材料|介绍|说明|[讲写说读]"
)
# Of these, the ones that ask for a document as a whole even if they name it.
ASKS_FOR_A_WHOLE = re.compile(
    r"\b(?:summar(?:y|i[sz]e)|overview|gist|outline|(?:main|key) (?:points?|topics?|ideas?))\b"
    r"|^what (?:do|does|is|are)\b.{1,80}\b(?:say|cover|contain|about)[\s?？]*$"
    r"|总结|概括|概述|概览|概要|摘要|大意|要点|主要(?:内容|[讲写说])|[讲写说](?:了|的是)?些?什么[\s?？。]*$"
)
# Other words of such a question in Chinese.
FILLER_WORDS = re.compile(r"请|这[个份篇些]?|关于|一下|里面|一个|[里中的]")
# So many parts of it are told.
MAX_PARTS = 4


def asks_for_summary(question: str) -> bool:
    """Whether no term is left of the question without the words for documents and summaries."""
    return bool(SUMMARY_WORDS.search(fold(question))) and not has_search_terms(_topic(question))


def summarize(question: str, passages: Sequence[Passage]) -> list[Quote]:
    """How several parts of the document begin; empty if the question asks for something else, or
    names something that is no document."""
    if asks_for_summary(question):
        title = passages[0].title if passages else ""
    elif ASKS_FOR_A_WHOLE.search(fold(question)):
        title = _named(query_terms(_topic(question)), passages)
    else:
        return []
    parts = [number for number, passage in enumerate(passages) if passage.title == title]
    # What stands under no other heading than the title introduces the rest.
    parts.sort(key=lambda number: " › " in passages[number].place)
    parts = parts[:MAX_PARTS]
    if not parts:
        return []
    first = MAX_PARTS - len(parts) if len(parts) > 1 else MAX_PARTS - 1
    return [
        Quote(sentence, number, covered=1.0, score=1.0)
        for number in parts
        for sentence in _opening(passages[number], max(1, first) if number == parts[0] else 1)
    ]


def _topic(question: str) -> str:
    """The question without the words that ask for a summary."""
    return FILLER_WORDS.sub(" ", SUMMARY_WORDS.sub(" ", fold(question)))


def _named(topic: Sequence[str], passages: Sequence[Passage]) -> str:
    """The title of the first document that the topic names; empty if it names none."""
    for passage in passages:
        top = passage.place.partition(" › ")[0]
        name = frozenset(text_terms(f"{PurePath(passage.title).stem} {top}"))
        if sum(term in name for term in topic) * 2 > len(topic):
            return passage.title
    return ""


def _opening(passage: Passage, count: int) -> list[str]:
    """Its first sentences; of a table or list, how it begins."""
    units = [unit for unit in statements(passage.text) if not unit.introduces]
    sentences = [unit for unit in units if unit.kind is Kind.SENTENCE]
    return [unit.text for unit in (sentences or units)[:count]]
