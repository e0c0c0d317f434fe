"""Detects how a release of RAGFlow sends the text of an answer, and makes pieces of it.

Until 0.23 each event has the whole text so far, later ones have the next piece; some send the whole
text once more at the end, with citations. Only the events tell which it is, and chats without
datasets leave out even the field that would. So both are thought possible until one is ruled out.
"""

import re
from collections.abc import Iterator
from enum import Enum

from chat.engines.base import Delta, Reasoning
from chat.engines.citation_markers import MARKER
from chat.engines.ragflow.chat_events import ChatEvent
from chat.engines.ragflow.repetition import missing_citations, more_than, repeats
from chat.engines.thoughts import ThoughtParser

# So long a text is not repeated by chance.
SURE_CHARS = 8
# While it thinks, an old release closes the thought at the end of each event, and opens it again
# in the next one.
THOUGHT_END = "</think>"
THOUGHT_MARKS = frozenset({"<think>", THOUGHT_END})
# Half a character, which the next event has whole.
HALF = re.compile(r"[\ud800-\udfff\ufffd]\Z")


class Dialect(Enum):
    UNKNOWN = "not known yet"
    CUMULATIVE = "the whole text so far in each event"
    DELTA = "the next piece of the text in each event"


class AnswerText:
    """Takes the events of one answer, yields the pieces of its text and of its thought."""

    def __init__(self) -> None:
        self.dialect = Dialect.UNKNOWN
        # Whether the text came once more at the end.
        self.was_repeated = False
        # The answer, without its thought, as far as it was yielded.
        self._shown: list[str] = []
        self._shown_chars = 0
        self._has_begun = False
        # What a cumulative remote has sent and we have used, thought and all.
        self._used = ""
        # Texts that came while both dialects were possible; the first was yielded.
        self._waiting: list[str] = []
        self._thoughts = ThoughtParser()
        self._in_thought = False

    @property
    def shown(self) -> str:
        return "".join(self._shown)

    def take(self, event: ChatEvent) -> Iterator[Delta | Reasoning]:
        if event.is_final is not None or event.opens_thought or event.closes_thought:
            yield from self._settle(Dialect.DELTA)
        if event.opens_thought:
            self._in_thought = True
        if event.text and not (self._in_thought and event.text in THOUGHT_MARKS):
            yield from self._take_text(event)
        if event.closes_thought or event.is_final:
            self._in_thought = False

    def finish(self) -> Iterator[Delta | Reasoning]:
        # One text alone is the same either way; of several that continue each other, the last
        # is the whole.
        yield from self._settle(Dialect.CUMULATIVE if self._waiting[1:] else self.dialect)
        yield from self._yielded(self._thoughts.finish())

    def _take_text(self, event: ChatEvent) -> Iterator[Delta | Reasoning]:
        match self.dialect:
            case Dialect.UNKNOWN:
                yield from self._take_unknown(event.text)
            case Dialect.CUMULATIVE:
                yield from self._take_whole(event.text)
            case Dialect.DELTA if event.is_final or self._is_repetition(event):
                yield from self._take_repetition(event.text)
            case Dialect.DELTA:
                yield from self._take_piece(event.text)

    def _take_unknown(self, text: str) -> Iterator[Delta | Reasoning]:
        if not self._waiting:
            self._waiting.append(text)
            yield from self._take_whole(text)
            return
        before = _stem(self._waiting[-1])
        goes_on = text.startswith(before) or _is_decorated(text, before)
        # The whole text comes unchanged at the very end only.
        if not goes_on or self._waiting[-2:] == [self._waiting[-1]] * 2:
            yield from self._settle(Dialect.DELTA)
            yield from self._take_piece(text)
        elif len(before) >= SURE_CHARS and len(text) > len(self._waiting[-1]):
            self._waiting.append(text)
            yield from self._settle(Dialect.CUMULATIVE)
        else:
            self._waiting.append(text)

    def _settle(self, dialect: Dialect) -> Iterator[Delta | Reasoning]:
        if self.dialect is not Dialect.UNKNOWN:
            return
        self.dialect, waiting, self._waiting = dialect, self._waiting, []
        if dialect is Dialect.CUMULATIVE:
            yield from self._take_whole(waiting[-1])
        elif waiting:
            # Of the first one, what may be different in the next whole text was held back.
            for text in (waiting[0][len(self._used) :], *waiting[1:]):
                yield from self._take_piece(text)

    def _take_whole(self, text: str) -> Iterator[Delta | Reasoning]:
        if text.startswith(self._used):
            stem = _stem(text)
            new, self._used = stem[len(self._used) :], max(stem, self._used, key=len)
            yield from self._yielded(self._thoughts.feed(new))
        else:
            yield from self._take_repetition(text)

    def _take_piece(self, text: str) -> Iterator[Delta | Reasoning]:
        if self._in_thought:
            self._has_begun = True
            yield Reasoning(text)
        else:
            yield from self._yielded(self._thoughts.feed(text))

    def _is_repetition(self, event: ChatEvent) -> bool:
        """Where no field says so: all of what was said before, which is not said twice."""
        if event.is_final is not None or self._in_thought:
            return False
        long_enough = len(event.text) >= self._shown_chars >= 2 * SURE_CHARS
        return long_enough and repeats(event.text, self.shown)

    def _take_repetition(self, text: str) -> Iterator[Delta | Reasoning]:
        yield from self._yielded(self._thoughts.finish())
        if not self._has_begun:
            self._in_thought = False
            yield from self._take_piece(text)
            return
        shown, whole = self.shown, _answer_of(text)
        if repeats(whole, shown):
            rest = more_than(shown, whole)
        elif self.dialect is Dialect.DELTA and 2 * len(whole) < len(shown):
            rest = whole
        else:
            # It was written again in other words. What was shown stays.
            rest = missing_citations(shown, whole)
        self.was_repeated = True
        if rest:
            yield from self._yielded([Delta(rest)])

    def _yielded(self, events: list[Delta | Reasoning]) -> Iterator[Delta | Reasoning]:
        for event in events:
            self._has_begun = True
            if isinstance(event, Delta):
                self._shown.append(event.text)
                self._shown_chars += len(event.text)
            yield event


def _is_decorated(text: str, before: str) -> bool:
    """Whether it is the same with citations, or at least continues it: a short text only if it
    does nothing else."""
    whole, said = _answer_of(text), _answer_of(before)
    if len(before) >= SURE_CHARS:
        return repeats(whole, said)
    return bool(MARKER.search(whole)) and repeats(whole, said) and repeats(said, whole)


def _stem(text: str) -> str:
    """What the next whole text begins with, whatever it adds."""
    return HALF.sub("", text.removesuffix(THOUGHT_END))


def _answer_of(text: str) -> str:
    """Without the thought before it."""
    parser = ThoughtParser()
    events = [*parser.feed(text), *parser.finish()]
    return "".join(event.text for event in events if isinstance(event, Delta))
