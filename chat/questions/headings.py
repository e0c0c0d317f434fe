"""Tells headings that ask what a question asks, in other words: "怎样补胎" of "怎么补车胎？"."""

import re

from chat.questions.names import names_of
from chat.questions.question_kinds import QuestionKind, kind_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import naming_terms, query_terms, text_terms

# Of folded or plain text: how a heading asks, or tells what to do.
ASKING = re.compile(
    r"(?:how|why|what|who|where|when|which)\b|.{0,20}(?:怎么|怎样|如何|为什么|為什麼|哪些|哪几|什么)",
    re.IGNORECASE,
)
# How similar it has to be, and if it is for a list that ends with the same term: "支持哪些格式".
SAME, SAME_LIST = 0.75, 0.6


def asks_the_same(question: str, heading: str, text: str) -> bool:
    """`text`: what stands under the heading; it must have the names of the question."""
    if not ASKING.match(heading):
        return False
    names = {term for name in names_of(question) for term in query_terms(name)}
    if not names <= {*text_terms(f"{heading} {text}")}:
        return False
    is_list = kind_of(question).kind is QuestionKind.LIST
    is_of_same = is_list and {*naming_terms(question)[-1:]} <= {*text_terms(heading)}
    return similarities(question, [heading])[0] >= (SAME_LIST if is_of_same else SAME)
