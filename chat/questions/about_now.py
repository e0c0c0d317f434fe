"""Questions about this very day or moment, which no document can answer: the weather, the news,
prices of shares, the time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.text.analysis import fold

# For folded text: small letters, simplified characters.
NOW = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|now|currently|at the moment|this (?:week|morning))\b"
    r"|今[天日晚]|现在|目前|此刻|明天|昨天|这会儿"
)
CHANGING = re.compile(
    r"\b(?:weather|rain(?:ing)?|snow(?:ing)?|news|stocks?|share price|exchange rate|what time"
    r"|(?:which|what) day|what date|date)\b"
    r"|天气|气温|下雨|下雪|新闻|股[价市票]|汇率|油价|金价|几点|星期几|周几|礼拜几|几号|几月"
)
WHAT_TIME = re.compile(r"^what time is it\b|^几点了?[?？]?$|^天气(?:怎么样|如何|好吗)[?？]?$")


def asks_about_now(question: str, texts: Iterable[str]) -> bool:
    """Whether it asks how something is at this moment, of which none of the texts speaks: a plan
    for today may tell it."""
    folded = fold(question)
    if WHAT_TIME.search(folded):
        return True
    if not (NOW.search(folded) and (changing := CHANGING.search(folded))):
        return False
    told = (fold(text) for text in texts)
    return not any(NOW.search(text) and changing[0] in text for text in told)
