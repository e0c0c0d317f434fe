"""Whether a heading asks what a question asks, in other words: "How do I delete a token?" and "How
do I revoke a token?", but not "How do I create a token?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from chat.questions.counted import count_the_same
from chat.questions.language import has_chinese
from chat.questions.likeness import meant_alike, spelled_alike
from chat.questions.question_kinds import QuestionKind, kind_of, tells_trouble
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, naming_terms, stem, text_terms

# That both say what does not work, says much.
SAME_TROUBLE_BONUS = 0.05
# How similar they are from which on they are surely the same.
SURELY_THE_SAME = 0.6
# Each word of the question is in what the section says, or is so near to a word of it: the cosine,
# rescaled; of Chinese, the share of its characters.
MIN_LIKENESS, MIN_CHARACTERS = 0.2, 0.5
# From which cosine on two verbs may be about the same: other ones of the same things are near, too.
MIN_SAME_ACTION, MIN_SAME_CHINESE_ACTION = 0.45, 0.4

# The same headings are compared with each question.
MAX_KNOWN = 4_000

QUESTION_WORD = re.compile(
    r"^(?:how|what|which|who|whom|whose|when|where|why|can|could|may|must|do|does|is|are)\b"
    r"|[?？]\s*$|怎么|怎样|如何|为什么|什么|哪|谁|多少|多[长久大高远重]|几|吗"
)
WANTED = [
    re.compile(r"^(?:who|whom|whose)\b|谁"),
    re.compile(r"^(?:when|what year|what time)\b|什么时候|何时|哪一?[年天]"),
    re.compile(r"^where\b|哪里|哪儿|何处|什么地方"),
    re.compile(r"^why\b|为什么|为何|为啥"),
]
POSSIBLE = re.compile(
    r"^(?:can|could|may) (?:i|you|we|one|it)\b|^is (?:it possible to|there (?:a|any) way)\b"
    r"|^(?:do|does) \w{1,20} support\b|能不能|可不可以|能否|是否支持|(?:可以|支持).{1,30}吗"
)
HOW_COME = re.compile(r"how (?:does|did|come)\b|怎么会")
# What is done, after the words that ask how.
ACTION = re.compile(
    r"\bhow (?:do|can|should|could|would|must|to|may|might)\b(?: (?:i|you|we|one|people)\b)?"
    r" (?P<verb>[a-z]{2,20})(?: (?:or|and) (?P<other>[a-z]{2,20}))?"
    r"|(?:怎么|怎样|如何|咋)(?:才)?(?:能|可以|去|来)?(?P<chinese>[\u4e00-\u9fff]{2})"
)
OF_SOMETHING = re.compile(r" (?:of|for|in) |的")
# They say little of what is done.
VAGUE = frozenset(
    [
        *("make", "do", "get", "use", "have", "take", "handle", "go", "work"),
        *("进行", "处理", "使用", "操作", "才能", "可以", "做到"),
    ]
)


@lru_cache(MAX_KNOWN)
def reads_as_question(heading: str) -> bool:
    """Whether a heading asks something, with or without a question mark."""
    return QUESTION_WORD.search(fold(heading)) is not None


def same_questions(question: str, headings: Sequence[str]) -> dict[str, float]:
    """The headings that may ask the same, with their similarity."""
    likely = [
        heading
        for heading in dict.fromkeys(headings)
        if _tell_trouble(question, heading)
        or (
            reads_as_question(heading)
            and _are_of_a_kind(question, heading)
            and _want_the_same(question, heading)
            and count_the_same(question, heading)
        )
    ]
    similar = zip(likely, similarities(question, likely), strict=True)
    return {
        heading: similarity + (SAME_TROUBLE_BONUS if _tell_trouble(question, heading) else 0)
        for heading, similarity in similar
        if is_same_action(question, heading)
    }


def knows_all_of(question: str, section: str) -> bool:
    """Whether a section, its heading included, says every word of the question in some way, but
    for what is done: that is compared with the heading."""
    present = frozenset(text_terms(section))
    missing = [term for term in objects_of(question) if term not in present]
    if has_chinese(question):
        characters = frozenset(fold(section))
        return all(spelled_alike(each, present, characters) >= MIN_CHARACTERS for each in missing)
    alike = meant_alike(question, missing, section)
    return all(alike.get(term, 0.0) >= MIN_LIKENESS for term in missing)


def _tell_trouble(question: str, heading: str) -> bool:
    """Whether both say that something does not work: "My kettle won't turn on"."""
    return tells_trouble(question) and tells_trouble(heading)


def objects_of(question: str) -> list[str]:
    """The terms of a question, but for what is done: what it is done with."""
    actions = {*map(stem, _actions(question))}
    return [term for term in naming_terms(question) if term not in actions]


def _are_of_a_kind(question: str, heading: str) -> bool:
    """How something is done is another question than what it is, but says that it can be done."""
    kind, other = _kind(question), _kind(heading)
    if kind is other is QuestionKind.DEFINITION:
        # What the extractive engine is, is not what an engine is.
        return not {*naming_terms(question)} < {*naming_terms(heading)}
    if kind is other or {kind, other} == {QuestionKind.FACT, QuestionKind.DECISION}:
        return True
    return other is QuestionKind.STEPS and POSSIBLE.search(fold(question)) is not None


def _want_the_same(question: str, heading: str) -> bool:
    """How it comes about that something is so is why it is so."""
    wanted, others = _wanted(question), _wanted(heading)
    *_, why = others
    if why and HOW_COME.match(fold(question)):
        return not any(wanted)
    return wanted == others


@lru_cache(MAX_KNOWN)
def _wanted(question: str) -> list[bool]:
    """Whether it asks for a person, a time, a place or a reason: other questions never do."""
    folded = fold(question)
    return [pattern.search(folded) is not None for pattern in WANTED]


@lru_cache(MAX_KNOWN)
def _kind(question: str) -> QuestionKind:
    """What the size of something is, is no definition."""
    asked = kind_of(question)
    is_of_something = any(OF_SOMETHING.search(subject) for subject in asked.subjects)
    is_definition = asked.kind is QuestionKind.DEFINITION
    return QuestionKind.FACT if is_definition and is_of_something else asked.kind


def is_same_action(question: str, heading: str) -> bool:
    """Whether both tell the same to be done, as far as they say what."""
    asked, told = _actions(question), _actions(heading)
    if not asked or not told or {*asked, *told} & VAGUE or {*asked} & {*told}:
        return True
    if has_chinese(question) != has_chinese(heading):
        return True
    least = MIN_SAME_CHINESE_ACTION if has_chinese(question) else MIN_SAME_ACTION
    return any(max(similarities(verb, told)) >= least for verb in asked)


def _actions(question: str) -> list[str]:
    found = ACTION.search(fold(question))
    return [verb for verb in found.groups() if verb] if found else []
