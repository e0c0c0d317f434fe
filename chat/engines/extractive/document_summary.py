"""Questions about a document as a whole: "what does this say?" names nothing to look for."""

import re
from collections.abc import Sequence

from chat.engines.base import Passage
from chat.engines.extractive.quoting import Quote, sentences
from knowledge.text.analysis import fold, has_search_terms

# As the analyser folds them: small letters, simplified characters.
ABOUT = re.compile(
    r"\b(?:summar\w+|overview|gist|outline|main|key|points?|topics?|ideas?|documents?|docs?|files?|"
    r"attach\w+|pdf|pages?|texts?|papers?|contents?|contains?|says?|explain|describe|read)\b"
    r"|总结|概括|概述|摘要|大意|要点|主要|内容|文件|文档|附件|文章|全文|材料|介绍|说明|[讲写说读]"
)
# What else such a question is made of in Chinese.
FILLING = re.compile(r"请|这[个份篇些]?|关于|一下|里面|[里中]")


def wants_overview(question: str) -> bool:
    """Whether nothing is left of the question without the words for a document."""
    rest, found = ABOUT.subn(" ", fold(question))
    return bool(found) and not has_search_terms(FILLING.sub(" ", rest))


def opening(passages: Sequence[Passage], count: int) -> list[Quote]:
    """The first sentences of the first passage."""
    if not passages:
        return []
    first = sentences(passages[0].text)[:count]
    return [Quote(sentence.text, passage=0, covered=1.0, score=1.0) for sentence in first]
