"""Tells questions that ask what something costs, and sentences that say it."""

from __future__ import annotations

import re

ASKED = re.compile(
    r"\bhow (?:much (?:do|does|did|is|are|was|will|would)\b.{0,80}\b(?:cost|charge|pay)"
    r"|expensive)\b"
    r"|\bhow much (?:is|are) (?:an? |the |one )?(?!(?:left|there|too|in)\b)\w{2,30}[\s?]{0,5}$"
    r"|\b(?:price|cost|fee)s? (?:of|for)\b|\bwhat does\b.{0,80}\bcost\b"
    r"|多少[钱錢]|怎么卖|[价價][格钱錢]|[售票单單][价價]|费用|費用|收费|收費",
    re.IGNORECASE,
)
# "12 EUR", "¥30", "30元"; in a table also "price 12".
TOLD = re.compile(
    r"[$€£¥￥]\s?\d|\d\s?(?:[$€£¥￥]|(?:EUR|USD|GBP|CNY|RMB|CHF|euros?|dollars?|pounds?|cents?"
    r"|yuan)\b)|\b(?:EUR|USD|GBP|CNY|RMB|CHF)\s?\d"
    r"|[\d一二三四五六七八九十百千万]\s?(?:美元|欧元|英镑|人民币|[元块塊圆圓])"
    r"|\b(?:price|cost|fee|charge|rate)s?\b.{0,40}\d|[价價费費].{0,15}\d"
    r"|免[费費]|\bfree (?:of charge|for)\b|\bis free\b",
    re.IGNORECASE,
)


def asks_for_price(question: str) -> bool:
    return ASKED.search(question) is not None


def tells_price(text: str) -> bool:
    return TOLD.search(text) is not None
