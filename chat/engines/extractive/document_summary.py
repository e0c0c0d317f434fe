"""Questions about a whole document: "what does this say?" has no term to search for."""

import re
from collections.abc import Sequence

from chat.engines.base import Passage
from chat.engines.extractive.passage_units import units
from chat.engines.extractive.quotes import Quote
from knowledge.text.analysis import fold, has_search_terms

# As the analyser folds them: small letters, simplified characters.
SUMMARY_WORDS = re.compile(
    r"\b(?:summar\w+|overview|gist|outline|main|key|points?|topics?|ideas?|documents?|docs?|files?|"
    r"attach\w+|pdf|pages?|texts?|papers?|contents?|contains?|says?|explain|describe|read)\b"
    r"|总结|概括|概述|摘要|大意|要点|主要|内容|文件|文档|附件|文章|全文|材料|介绍|说明|[讲写说读]"
)
# Other words of such a question in Chinese.
FILLER_WORDS = re.compile(r"请|这[个份篇些]?|关于|一下|里面|[里中]")


def asks_for_summary(question: str) -> bool:
    """Whether no term is left of the question without the words for documents and summaries."""
    rest, found = SUMMARY_WORDS.subn(" ", fold(question))
    return bool(found) and not has_search_terms(FILLER_WORDS.sub(" ", rest))


def opening_sentences(passages: Sequence[Passage], count: int) -> list[Quote]:
    """The first sentences of the first passage."""
    if not passages:
        return []
    first = units(passages[0].text)[:count]
    return [Quote(sentence.text, passage=0, covered=1.0, score=1.0) for sentence in first]
