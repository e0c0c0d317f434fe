"""What a question wants a list of: "what kinds of bridges are there" of bridges."""

import re

from knowledge.text.analysis import fold, naming_terms, text_terms

# A word for kinds, in questions and in headings ("Six kinds, one idea"); folded.
KIND = re.compile(
    r"\b(?:kinds?|types?|sorts?|forms?|varieties|variety|category|categories|classes)\b"
    r"|种类|类型|类别|[几一二三四五六七八九十大哪][大个]?[种类]"
)
# Words that ask for a list and name nothing.
ASKING = re.compile(
    r"\b(?:list|name|enumerate|exist|available|different|various|supported|main|some|all|each|"
    r"how many)\b"
    r"|有?哪些|哪[几一二三四五六七八九十][个种类座条位样]?|有?几[个种类座条位样]|列出|列举|都有|都是|分别|主要|包括|分为|分成"
    r"|什么|多少|可以|[有分叫]"
)


def list_topic(question: str) -> list[str]:
    """The terms of it; empty if it names nothing."""
    return naming_terms(ASKING.sub(" ", KIND.sub(" ", fold(question))))


def wants_kinds(question: str) -> bool:
    return KIND.search(fold(question)) is not None


def kind_terms(question: str) -> list[str]:
    """The terms of its words for kinds."""
    return [term for found in KIND.findall(fold(question)) for term in text_terms(found)]


def list_terms(question: str) -> list[str]:
    """What to look for: of "有几种茶", 茶 and 种 rather than 种茶."""
    return list(dict.fromkeys([*list_topic(question), *kind_terms(question)]))
