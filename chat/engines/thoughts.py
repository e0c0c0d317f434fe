"""Separates a thought between marks such as `<think>` and `</think>` from the answer, in a stream.

A thought opens only at the start: in the middle of an answer, and in code, the marks are text.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum

from chat.engines.base import Delta, Reasoning

# As models write them: DeepSeek, Qwen, GLM, Gemini, EXAONE; Seed-OSS, MiniMax; Magistral; Kimi-VL;
# OpenThinker; Command A; Gemma; gpt-oss; MedGemma.
THOUGHTS = {
    **{f"<{word}>": f"</{word}>" for word in ("think", "thinking", "thought", "thoughts")},
    **{f"<{word}>": f"</{word}>" for word in ("reasoning", "antthinking", "longcat_think")},
    **{f"<{maker}:think>": f"</{maker}:think>" for maker in ("seed", "mm")},
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel>thought": "<channel|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<unused94>thought": "<unused95>",
}
# What some models put around the answer after a thought.
ANSWERS = {
    "<answer>": "</answer>",
    "<|begin_of_solution|>": "<|end_of_solution|>",
    "<|start_response|>": "<|end_response|>",
    "<|start|>assistant<|channel|>final<|message|>": "<|return|>",
}
# With these before or after it, a mark is written about, not used.
QUOTES = "`'\"“”‘’「」『』（）()"


def any_of(marks: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(marks, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


OPENER, CLOSER = any_of(THOUGHTS), any_of(THOUGHTS.values())
AFTER_THOUGHT = any_of([*THOUGHTS, *ANSWERS])
FENCE_OR_LINE_END = re.compile(r"(`+|\n)")
MARK = any_of([*THOUGHTS, *THOUGHTS.values()])
ALL_MARKS = [*THOUGHTS, *THOUGHTS.values(), *ANSWERS, *ANSWERS.values()]
FIRST_CHARS = frozenset(mark[0] for mark in ALL_MARKS)
LONGEST = max(map(len, ALL_MARKS))


class Place(Enum):
    START = 0
    THOUGHT = 1
    ANSWER = 2


Events = list[Delta | Reasoning]


class ThoughtParser:
    """Takes the text in any pieces. White space at the start and after a mark is left out."""

    def __init__(self, begins_in_thought: bool = False) -> None:
        self._text = ""
        self._place = Place.THOUGHT if begins_in_thought else Place.START
        self._closer = CLOSER
        # Whether white space, and a mark that opens what is open anyway, may still be left out.
        self._is_fresh = True
        self._had_thought = begins_in_thought
        # Looked for in the answer: a mark that closes a thought without one that opens it, or the
        # end of an answer between marks. None: everything is text.
        self._looks_for: re.Pattern[str] | None = None
        self._is_wrapped = False
        # Of the answer: its last character, and the backticks that are open.
        self._last = ""
        self._code = ""

    def expect_answer(self) -> None:
        """The server tells thoughts from the answer itself."""
        if self._place is Place.THOUGHT and self._is_fresh and self._closer is CLOSER:
            self._place, self._had_thought = Place.START, False

    def feed(self, text: str) -> Events:
        self._text += text
        return self._take(is_last=False)

    def finish(self) -> Events:
        return self._take(is_last=True)

    def _take(self, is_last: bool) -> Events:
        steps: dict[Place, Callable[[Events, bool], bool]] = {
            Place.START: self._take_start,
            Place.THOUGHT: self._take_thought,
            Place.ANSWER: self._take_answer,
        }
        events: Events = []
        while self._text and steps[self._place](events, is_last):
            pass
        return events

    # Each returns whether there is more to do with the text that is left.

    def _take_start(self, events: Events, is_last: bool) -> bool:
        self._text = self._text.lstrip()
        if not self._text:
            return False
        marks = AFTER_THOUGHT if self._had_thought else OPENER
        if opener := marks.match(self._text):
            self._text = self._text[opener.end() :]
            self._open(opener[0].lower())
            return True
        if not is_last and self._unfinished(self._text) == len(self._text):
            return False
        if not self._had_thought and (closer := self._lone_closer()):
            # The thought began before the text did, and all of it is here.
            self._emit(events, Reasoning, closer.start())
            self._text, self._had_thought = self._text[len(closer[0]) :], True
            return True
        self._place = Place.ANSWER
        if not self._had_thought:
            self._looks_for = MARK
        return True

    def _open(self, opener: str) -> None:
        if opener in THOUGHTS:
            self._place, self._closer = Place.THOUGHT, any_of([THOUGHTS[opener]])
            self._is_fresh, self._had_thought = True, True
        else:
            self._place, self._is_wrapped = Place.ANSWER, True
            self._looks_for, self._is_fresh = any_of([ANSWERS[opener]]), True

    def _lone_closer(self) -> re.Match[str] | None:
        found = MARK.search(self._text)
        is_closer = found and CLOSER.fullmatch(found[0])
        return found if found and is_closer and not self._is_named(found) else None

    def _take_thought(self, events: Events, is_last: bool) -> bool:
        if self._is_fresh:
            self._text = self._text.lstrip()
            if self._closer is CLOSER and (opener := OPENER.match(self._text)):
                self._text = self._text[opener.end() :]
                self._open(opener[0].lower())
                return True
        if found := self._closer.search(self._text):
            self._emit(events, Reasoning, found.start())
            self._text = self._text[len(found[0]) :]
            self._place = Place.START
            return True
        self._emit(events, Reasoning, len(self._text) - self._withheld(is_last))
        return False

    def _take_answer(self, events: Events, is_last: bool) -> bool:
        if self._is_fresh:
            self._text = self._text.lstrip()
        if self._looks_for is None:
            self._emit(events, Delta, len(self._text))
            return False
        found = self._looks_for.search(self._text)
        if found is None:
            self._emit(events, Delta, len(self._text) - self._withheld(is_last))
            return False
        self._emit(events, Delta, found.start())
        mark = self._looks_for.match(self._text)
        if mark is None or (mark.end() == len(self._text) and not is_last):
            # What follows tells whether the mark is used or written about.
            return False
        self._looks_for = None
        if self._is_wrapped or (CLOSER.fullmatch(mark[0]) and not self._is_named(mark)):
            self._text = self._text[mark.end() :].lstrip()
            if self._text and not self._is_wrapped:
                events.append(Delta("\n\n"))
        return bool(self._text)

    def _is_named(self, mark: re.Match[str]) -> bool:
        """Whether the mark is in code, between quotes, or a word of a sentence."""
        before = self._text[mark.start() - 1] if mark.start() else self._last
        after = self._text[mark.end() : mark.end() + 1]
        code = _open_code(self._code, self._text[: mark.start()])
        if code or (before and before in QUOTES) or (after and after in QUOTES):
            return True
        return before == " " and after != "\n" and not after.isalnum()

    def _withheld(self, is_last: bool) -> int:
        return 0 if is_last else self._unfinished(self._text)

    @staticmethod
    def _unfinished(text: str) -> int:
        """The length of the end of the text that may become a mark."""
        tail = text[-LONGEST:].lower()
        for at, character in enumerate(tail):
            if character in FIRST_CHARS and any(m.startswith(tail[at:]) for m in ALL_MARKS):
                return len(tail) - at
        return 0

    def _emit(self, events: Events, kind: type[Delta] | type[Reasoning], size: int) -> None:
        text, self._text = self._text[:size], self._text[size:]
        if not text:
            return
        self._is_fresh = False
        events.append(kind(text))
        if kind is Delta:
            self._last = text[-1]
            self._code = _open_code(self._code, text)


def _open_code(opened: str, text: str) -> str:
    """The backticks that are still open after the text; those of one line end with it."""
    for part in FENCE_OR_LINE_END.split(text):
        if part == "\n" and len(opened) < 3:
            opened = ""
        elif part.startswith("`"):
            opened = "" if part == opened else opened or part
    return opened
