"""What the extractive engine says of itself: replies to small talk, and that the documents do not
say what was asked. In the language of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from chat.engines.base import About, Passage, Prompt
from chat.engines.citation_markers import neutralize_markers
from chat.questions.identifiers import similar_identifiers, unknown_identifiers
from chat.questions.language import Language, has_chinese, language_of
from chat.questions.small_talk import SmallTalk, without_courtesies
from knowledge.text.analysis import has_search_terms
from knowledge.text.places import last_heading
from knowledge.text.sentences import split_sentences

MAX_NEAREST, MAX_TOPICS = 3, 5
MAX_CHARS = 120

# The sentence, then what it is about, if that is known, then the opener or a farewell.
SMALL_TALK = {
    Language.ENGLISH: {
        SmallTalk.GREETING: "Hello! I am {name}.{about} {opener}",
        SmallTalk.THANKS: "You are welcome! Ask me whatever else you would like to know.",
        SmallTalk.GOODBYE: "Goodbye! Come back whenever you have a question.",
        SmallTalk.IDENTITY: "I am {name}.{description}{about} {opener}",
        SmallTalk.ABILITY: "I look for the answer to your question in the documents, and show where"
        " it is written.{about} {opener}",
        SmallTalk.ACKNOWLEDGEMENT: "Good! Ask me whatever else you would like to know.",
    },
    Language.SIMPLIFIED: {
        SmallTalk.GREETING: "你好！我是{name}。{about}{opener}",
        SmallTalk.THANKS: "不客气！还想知道什么，尽管问我。",
        SmallTalk.GOODBYE: "再见！有问题随时来问我。",
        SmallTalk.IDENTITY: "我是{name}。{description}{about}{opener}",
        SmallTalk.ABILITY: "你提出问题，我在文档里查找答案，并注明出处。{about}{opener}",
        SmallTalk.ACKNOWLEDGEMENT: "好的！还想知道什么，尽管问我。",
    },
    Language.TRADITIONAL: {
        SmallTalk.GREETING: "你好！我是{name}。{about}{opener}",
        SmallTalk.THANKS: "不客氣！還想知道什麼，儘管問我。",
        SmallTalk.GOODBYE: "再見！有問題隨時來問我。",
        SmallTalk.IDENTITY: "我是{name}。{description}{about}{opener}",
        SmallTalk.ABILITY: "你提出問題，我在文件裡查找答案，並註明出處。{about}{opener}",
        SmallTalk.ACKNOWLEDGEMENT: "好的！還想知道什麼，儘管問我。",
    },
}
OPENERS = {
    Language.ENGLISH: "What would you like to know?",
    Language.SIMPLIFIED: "你想知道什么？",
    Language.TRADITIONAL: "你想知道什麼？",
}
ABOUT = {
    Language.ENGLISH: " My documents are about {topics}.",
    Language.SIMPLIFIED: "我的文档有：{topics}。",
    Language.TRADITIONAL: "我的文件有：{topics}。",
}
REFUSALS = {
    Language.ENGLISH: "The documents do not say this. I looked for: {subject}.",
    Language.SIMPLIFIED: "文档里没有写到这一点。我查找的是：{subject}。",
    Language.TRADITIONAL: "文件裡沒有寫到這一點。我查找的是：{subject}。",
}
NEAREST = {
    Language.ENGLISH: " The nearest they have is about: {nearest}.",
    Language.SIMPLIFIED: "与此最接近的内容有：{nearest}。",
    Language.TRADITIONAL: "與此最接近的內容有：{nearest}。",
}
# A greeting at the beginning of an opener, which would follow another one.
GREETING = re.compile(
    r"\s*(?:hi|hello|hey|welcome)\b(?: there)?[!,. ]*|\s*[你您]好[！，。!,]*", re.IGNORECASE
)
QUESTION_WORDS = re.compile(
    r"\s*(?:(?:what|which|who|whom|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|would|will|has|have|had|may|i|we|you|my|the|a|an|many|much|long|please|tell me|"
    r"there)(?:['’]s)?\b\s*)+",
    re.IGNORECASE,
)
THERE = re.compile(r" (?:is|are) there$")
ENDS = " \t\n?？!！.。,，吗嗎呢呀啊"


def small_talk_reply(kind: SmallTalk, prompt: Prompt) -> str:
    language, about = language_of(prompt.question), prompt.about
    said = SMALL_TALK[language][kind].format(
        name=about.name or "RAG",
        description=_description(about, language),
        about=_topics(about, language),
        opener=_opener(about, language),
    )
    return neutralize_markers(" ".join(said.split()))


def refusal(prompt: Prompt) -> str:
    """That it is not there, what was looked for, and what the documents have instead."""
    language = language_of(prompt.question)
    said = REFUSALS[language].format(subject=_subject(prompt.question, language))
    texts = [f"{passage.place} {passage.text}" for passage in prompt.passages]
    unknown = unknown_identifiers(prompt.question, texts)
    similar = [f"`{each}`" for name in unknown for each in similar_identifiers(name, texts)]
    if nearest := similar[:MAX_NEAREST] or nearest_subjects(prompt.passages):
        separator = "; " if language is Language.ENGLISH else "；"
        said += NEAREST[language].format(nearest=separator.join(nearest))
    return neutralize_markers(said)


def nearest_subjects(passages: Sequence[Passage]) -> list[str]:
    """Where in the documents the passages are: the last heading and the title."""
    names = (last_heading(passage.place) or PurePath(passage.title).stem for passage in passages)
    return list(dict.fromkeys(name[:MAX_CHARS] for name in names))[:MAX_NEAREST]


def _subject(question: str, language: Language) -> str:
    """Without the words that ask, if anything is left."""
    asked = without_courtesies(question).strip(ENDS)
    for polite in ("请问", "請問", "请", "請"):
        asked = asked.removeprefix(polite)
    if language is Language.ENGLISH:
        rest = QUESTION_WORDS.sub("", asked, count=1) if QUESTION_WORDS.match(asked) else asked
        asked = THERE.sub("", rest) if has_search_terms(rest) else asked
    return asked if len(asked) <= MAX_CHARS else f"{asked[:MAX_CHARS].rstrip()}…"


def _topics(about: About, language: Language) -> str:
    """Those in the language that is spoken, if there are any."""
    separator = ", " if language is Language.ENGLISH else "、"
    own = [topic for topic in about.topics if has_chinese(topic) == language.is_chinese]
    topics = (own or about.topics)[:MAX_TOPICS]
    return ABOUT[language].format(topics=separator.join(topics)) if topics else ""


def _description(about: About, language: Language) -> str:
    """Only in the language that is spoken."""
    if not about.description or has_chinese(about.description) != language.is_chinese:
        return ""
    text = about.description.strip()
    ended = text if text[-1] in ".!?。！？" else f"{text}{'。' if language.is_chinese else '.'}"
    return ended if language.is_chinese else f" {ended}"


def _opener(about: About, language: Language) -> str:
    """Of the dialog's own, the sentences in the language that is spoken."""
    sentences = split_sentences(GREETING.sub("", about.opener, count=1))
    own = [each for each in sentences if has_chinese(each) == language.is_chinese]
    return ("" if language.is_chinese else " ").join(own) or OPENERS[language]
