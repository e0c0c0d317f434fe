"""Turns headings and sentences of documents into questions about them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chat.questions.language import has_chinese
from knowledge.text.analysis import query_terms, stem, text_terms
from knowledge.text.sentences import split_sentences

# In characters.
MAX_HEADING = 60
# The share of its words that the section has to have.
MIN_COVERED = 0.5
NUMBERING = re.compile(r"^(?:(?:\d{1,3}[.)、]?){1,4}\s+|第?[一二三四五六七八九十]{1,3}[、章节]\s*)")
# Pages, slides and sheets are places, not headings; so is what reads like code, or is a list.
NO_HEADING = re.compile(r"^(?:page|slide|sheet) |[`{}<>=_/\\|@#$:：;；\"“”‘’]")
ENGLISH_ASKING = re.compile(r"(?:how|why|what|who|whom|whose|where|when|which)\b", re.IGNORECASE)
# It needs what stands around it.
DEPENDENT = re.compile(
    r"[,，、它其这那]|\b(?:it|its|this|that|these|those|they|them|here|one|other|others)\b",
    re.IGNORECASE,
)
# "How hot should it be", not "How it is done".
INVERTED = re.compile(
    r"(?:\w+|how (?:big|cold|deep|far|fast|high|hot|large|long|many|much|often|old|tall|well))\s"
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have|must|may)\b",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"(?:add|ask|back up|build|change|choose|clean|configure|connect|create|delete|deploy|disable|"
    r"enable|export|import|install|limit|make|measure|move|protect|read|remove|rename|reset|"
    r"restore|revoke|run|search|send|set up|set|sign in|start|stop|test|update|upgrade|upload|use|"
    r"write)\s",
    re.IGNORECASE,
)
CHINESE_ASKING = re.compile(
    r"怎么|怎样|如何|为什么|什么|谁|哪|几种|几个|多[少远长高大久重深快]|吗$"
)
# "Matcha is …", "A light year is …": the subject of a sentence that defines it.
ENGLISH_SUBJECT = re.compile(
    r"((?:(?:An?|The)\s)?[A-Za-z][\w'’-]*(?:\s[a-z][\w'’-]*){0,2}) is (?:an?|the|one of) "
)
CHINESE_SUBJECT = re.compile(r"([\u3400-\u9fff]{2,10})是(?!否|不|由|从|在)[^，。]{2,}[^的，。]。?$")
SMALL_WORD = re.compile(r"(?<![\w-])[a-z][a-z'-]*")
NO_SUBJECT = re.compile(
    r"^(?:it|this|that|there|here|he|she|they|what|who|one|"
    r"the (?:first|last|second|other|same|best|most|oldest|largest))\b"
    r"|^[这那它他她此该其我你]|[就也都还不的]$",
    re.IGNORECASE,
)


def question_about(heading: str, text: str) -> str | None:
    """The question that the section under a heading answers with its `text`; None if it makes
    none, or speaks of something else."""
    heading, is_question = (
        NUMBERING.sub("", heading.strip(), count=1),
        heading.endswith(("?", "？")),
    )
    heading = heading.rstrip("?？")
    if not 2 <= len(heading) <= MAX_HEADING or NO_HEADING.search(heading):
        return None
    if DEPENDENT.search(heading) or _coverage(heading, text) < MIN_COVERED:
        return None
    if is_question:
        return f"{heading}{'？' if has_chinese(heading) else '?'}"
    return _in_chinese(heading) if has_chinese(heading) else _in_english(heading, text)


def _coverage(heading: str, text: str) -> float:
    """The share of its words that the text has."""
    terms, present = query_terms(CHINESE_ASKING.sub(" ", heading)), frozenset(text_terms(text))
    return sum(term in present for term in terms) / len(terms) if terms else 0


def _in_chinese(heading: str) -> str:
    return f"{heading}？" if CHINESE_ASKING.search(heading) else f"介绍一下{heading}"


def _in_english(heading: str, text: str) -> str | None:
    if not re.search(r"[A-Za-z]{3}", heading) or len(heading.split()) > 9:
        return None
    if ENGLISH_ASKING.match(heading):
        is_whole = INVERTED.match(heading)
        return f"{heading}?" if is_whole else f"Tell me {_lowered(heading)}"
    if INSTRUCTION.match(heading):
        return f"How do I {_lowered(heading)}?"
    # A longer one may be a sentence.
    is_long = len(heading.split()) > 3
    return f"Tell me about {f'“{heading}”' if is_long else _as_inside(heading, text)}"


def definitions_asked(text: str) -> Iterator[str]:
    """A question for each sentence that says what something is."""
    for sentence in split_sentences(text):
        if (found := ENGLISH_SUBJECT.match(sentence)) and not NO_SUBJECT.search(found[1]):
            yield f"What is {_as_inside(found[1], text)}?"
        elif (found := CHINESE_SUBJECT.match(sentence)) and not NO_SUBJECT.search(found[1]):
            yield f"{found[1]}是什么？"


def _as_inside(phrase: str, text: str) -> str:
    """With a small first letter, if the text has the word so, or it is an article."""
    first = phrase.split()[0].lower()
    in_small_letters = {stem(word) for word in SMALL_WORD.findall(text)}
    if first in ("a", "an", "the") or stem(first) in in_small_letters:
        return _lowered(phrase)
    return phrase


def _lowered(phrase: str) -> str:
    return phrase if phrase[1:2].isupper() else phrase[0].lower() + phrase[1:]
