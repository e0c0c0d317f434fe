"""Recognizes questions about documents as a whole: "what is this about?", "summarize tea"."""

import re

from knowledge.text.analysis import fold, has_search_terms, naming_terms

# All patterns are for folded text: small letters, simplified characters. What may be in such a
# question, besides the name of a document:
WORDS = re.compile(
    r"\b(?:summar\w+|overview|gist|outline|main|key|points?|topics?|ideas?|documents?|docs?|files?|"
    r"attach\w+|pdf|md|pages?|texts?|papers?|articles?|contents?|contains?|covers?|says?|explain|"
    r"describe|read|short|brief(?:ly)?|whole|write|make|manual|handbook|guide|library)\b"
    r"|总结|概括|概述|概览|概要|摘要|大意|要点|主要|内容|文件|文档|附件|文章|全文|材料|资料|手册|介绍|说明"
    r"|(?:历史|故事|知识|发展)$|[讲写说谈聊读]"
)
# Of these, the ones that ask for a whole, or name a document:
ASKS = re.compile(
    r"\b(?:summar(?:y|i[sz]e)|overview|gist|outline|(?:main|key) (?:points?|topics?|ideas?)|"
    r"documents?|docs?|files?|attach\w+|pdf|pages?|texts?|papers?|articles?|contents?|contains?|"
    r"covers?|says?|explain|describe|manual|handbook|guide|library)\b"
    r"|\bwhat is (?:this|it|that) (?:all )?about\b"
    r"|总结|概括|概述|概览|概要|摘要|大意|要点|主要内容|文件|文档|附件|文章|全文|材料|资料|手册|介绍|说明"
    r"|[讲写说](?:了|的是)?些?(?:什么|啥)"
)
# The ones that ask for a document as a whole even if they name it.
ASKS_FOR_A_WHOLE = re.compile(
    r"\b(?:summar(?:y|i[sz]e)|overview|gist|outline|(?:main|key) (?:points?|topics?|ideas?))\b"
    r"|^what (?:do|does|is|are)\b.{1,80}\babout[\s?？]*$"
    r"|^what (?:do|does) (?:the|your|these|my) (?:documents?|docs|files?|texts?|library|handbook|"
    r"manuals?|pages?) (?:say|tell|contain|know|have) (?:about|on|of)\b"
    r"|^what (?:do|does)\b.{0,80}\b(?:document|doc|file|page|text|paper|article|manual|\w\.\w{2,4})"
    r"\b.{0,80}\b(?:say|cover|contain)[\s?？]*$"
    r"|总结|概括|概述|概览|概要|摘要|大意|要点|主要(?:内容|[讲写说])|[讲写说](?:了|的是)?些?什么[\s?？。]*$"
    r"|^(?:请|给我|跟我)?(?:介绍|讲讲|说说|谈谈|聊聊)(?:一下|下)?.{1,20}的?(?:历史|故事|知识|发展)[\s。]*$"
)
# What a text does not say is no whole: "what does it not cover?".
NEGATED = re.compile(r"\bnot\b|n['’]t\b|[没不未]")
# Of the name of a file, which Chinese characters may follow without a space.
FILE_SUFFIX = re.compile(
    r"\.(?:md|markdown|txt|html?|pdf|docx?|pptx?|xlsx?|csv|epub|rtf|od[tps])(?![a-z])"
)
# Other words of such a question in Chinese.
FILLER_WORDS = re.compile(r"请|这[个份篇些]?|关于|一下|里面|一个|[里中的]")


def asks_for_a_whole(question: str) -> bool:
    """Whether a document is asked about as a whole, if the question names one."""
    return ASKS_FOR_A_WHOLE.search(fold(question)) is not None


def names_nothing(question: str) -> bool:
    """Whether nothing is left of it without the words for documents and summaries."""
    folded = fold(question)
    asks = ASKS.search(folded) and not NEGATED.search(folded)
    return bool(asks) and not has_search_terms(_topic(question))


def topic_terms(question: str) -> list[str]:
    """What it names: the terms without those that ask for a summary."""
    return naming_terms(_topic(question))


def is_named_by(topic: list[str], name: frozenset[str]) -> bool:
    """Whether more than half of the topic is in the terms of a document's name."""
    return sum(term in name for term in topic) * 2 > len(topic)


def _topic(question: str) -> str:
    return FILLER_WORDS.sub(" ", WORDS.sub(" ", FILE_SUFFIX.sub(" ", fold(question))))
