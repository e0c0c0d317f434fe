"""Citations in a growing answer: one spelling, no wrong numbers, and added where they are missing.

Whatever a model writes for a marker (`[ID: 0]`, `(ID:0)`, `【ID:0】`, `##0$$`) leaves as `[ID:0]`.
A sentence that ends without one and rests on a passage gets one, right where it ends.
"""

import re
from collections.abc import Sequence

from chat.engines.openai.citation_markers import Marker, Markers
from chat.engines.openai.evidence import Support
from knowledge.text.sentences import split_sentences

STOPS = ".!?…。！？｡"
CLOSERS = "\"'”’»」』》〉）】)]*"
PIECE = re.compile(rf"\s+|[{re.escape(STOPS + CLOSERS)}]|[^\s{re.escape(STOPS + CLOSERS)}]+")
# Before these no space is left where a marker has been dropped.
PUNCTUATION = frozenset(",;:、，；：" + STOPS + CLOSERS)
FENCES = ("```", "~~~")
# Headings, tables and code are not cited; nor are questions and "as follows:".
NO_PROSE = ("#", "|", *FENCES)
NO_STATEMENT = ("?", "？", ":", "：")


class Citations:
    """Takes the answer in any pieces. Only white space waits for what follows it."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._count = len(passages)
        self._support = Support(passages)
        self._markers = Markers()
        # White space not given away yet, and what of it stood before a marker that was dropped.
        self._space = ""
        self._dropped: str | None = None
        # The sentence so far, without its markers.
        self._sentence = ""
        self._cited = False
        self._in_code = False

    def feed(self, text: str) -> str:
        return "".join(
            self._marker(part) if isinstance(part, Marker) else self._text(part)
            for part in self._markers.feed(text)
        )

    def finish(self) -> str:
        rest = self._text(self._markers.finish())
        return rest + self._end_sentence() + self._take_space("")

    def _marker(self, marker: Marker) -> str:
        if self._in_code or self._sentence.startswith(FENCES):
            return self._text(marker.text)
        known = [number for number in marker.numbers if number < self._count]
        if not known:
            self._dropped = (self._dropped or "") + self._space
            self._space = ""
            return ""
        self._cited = True
        return self._take_space("[") + "".join(f"[ID:{number}]" for number in known)

    def _text(self, text: str) -> str:
        return "".join(map(self._piece, PIECE.findall(text)))

    def _piece(self, piece: str) -> str:
        if piece.isspace():
            self._space += piece
            return ""
        marker = self._end_sentence() if self._ends_before(piece) else ""
        space = self._take_space(piece)
        self._sentence += space + piece if self._sentence else piece
        return marker + space + piece

    def _ends_before(self, piece: str) -> bool:
        """Whether the sentence so far is over, now that this follows it."""
        if "\n" in self._space:
            return True
        if self._in_code or not self._sentence.rstrip(CLOSERS).endswith(tuple(STOPS)):
            return False
        if not self._space and self._belongs(piece):
            return False
        return len(split_sentences(self._sentence.rstrip("*") + self._space + piece[0])) > 1

    def _belongs(self, piece: str) -> bool:
        """Whether a mark right behind a full stop is the end of this sentence, not of the next."""
        if piece == '"':
            return self._sentence.count('"') % 2 == 1
        if piece == "*":
            return self._sentence.count("*") % 4 != 0
        return piece in STOPS or piece in CLOSERS

    def _end_sentence(self) -> str:
        sentence, self._sentence = self._sentence, ""
        cited, self._cited = self._cited, False
        if sentence.startswith(FENCES):
            self._in_code = not self._in_code
        if cited or self._in_code or not is_statement(sentence):
            return ""
        number = self._support.of(sentence)
        return "" if number is None else f" [ID:{number}]"

    def _take_space(self, following: str) -> str:
        space, self._space = self._space, ""
        dropped, self._dropped = self._dropped, None
        if dropped is None:
            return space
        if "\n" in dropped + space:
            return dropped.rstrip(" ") + space
        return "" if not following or following[0] in PUNCTUATION else space or dropped


def is_statement(sentence: str) -> bool:
    return not (sentence.startswith(NO_PROSE) or sentence.rstrip(CLOSERS).endswith(NO_STATEMENT))
