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
# "The six kinds", "五大行星": so many are wanted.
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "two 两 二 2",
            "three 三 3",
            "four 四 4",
            "five 五 5",
            "six 六 6",
            "seven 七 7",
            "eight 八 8",
        ),
        start=2,
    )
    for word in words.split()
}
NUMBERED = re.compile(
    r"\b(?:the|all|which|what|name|list)(?: the)? (two|three|four|five|six|seven|eight|[2-8])\b"
    r"(?= [a-z])"
    r"|([二两三四五六七八])大"
)


def list_topic(question: str) -> list[str]:
    """The terms of it; empty if it names nothing."""
    return naming_terms(ASKING.sub(" ", KIND.sub(" ", NUMBERED.sub(" ", fold(question)))))


def how_many_wanted(question: str) -> int:
    """How many things the list has that is asked for; 0 if the question does not say."""
    found = NUMBERED.search(fold(question))
    return NUMBERS[found[1] or found[2]] if found else 0


def wants_kinds(question: str) -> bool:
    return KIND.search(fold(question)) is not None


def kind_terms(question: str) -> list[str]:
    """The terms of its words for kinds."""
    return [term for found in KIND.findall(fold(question)) for term in text_terms(found)]


def list_terms(question: str) -> list[str]:
    """What to look for: of "有几种茶", 茶 and 种 rather than 种茶."""
    return list(dict.fromkeys([*list_topic(question), *kind_terms(question)]))
