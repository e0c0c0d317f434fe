"""Normalizes citations in a streamed answer: one spelling, no wrong numbers, missing ones added.

Every spelling of a marker (`[ID: 0]`, `(ID:0)`, `【ID:0】`, `##0$$`) becomes `[ID:0]`. A sentence
that ends without a marker and is supported by a passage gets one where it ends.
"""

import re
from collections.abc import Sequence

from chat.engines.citation_markers import Marker, MarkerScanner
from chat.engines.openai.attribution import Attribution
from knowledge.text.sentences import split_sentences

STOPS = ".!?…。！？｡"
CLOSERS = "\"'”’»」』》〉）】)]*"
PIECE = re.compile(rf"\s+|[{re.escape(STOPS + CLOSERS)}]|[^\s{re.escape(STOPS + CLOSERS)}]+")
# Before these, no space is left where a marker was dropped.
PUNCTUATION = frozenset(",;:、，；：" + STOPS + CLOSERS)
FENCES = ("```", "~~~")
# Headings, tables and code are not cited; nor are questions and "as follows:".
NOT_PROSE = ("#", "|", *FENCES)
NOT_STATEMENT = ("?", "？", ":", "：")


class CitationNormalizer:
    """Takes the answer in any pieces. Only white space and possible markers are withheld."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._count = len(passages)
        self._attribution = Attribution(passages)
        self._scanner = MarkerScanner()
        # White space that is withheld, and the part of it before a marker that was dropped.
        self._withheld_space = ""
        self._space_before_dropped: str | None = None
        # The sentence so far, without its markers.
        self._sentence = ""
        self._cited = False
        self._in_code = False

    def feed(self, text: str) -> str:
        return "".join(
            self._marker(part) if isinstance(part, Marker) else self._text(part)
            for part in self._scanner.feed(text)
        )

    def finish(self) -> str:
        rest = self._text(self._scanner.finish())
        return rest + self._end_sentence() + self._take_space("")

    def _marker(self, marker: Marker) -> str:
        if self._in_code or self._sentence.startswith(FENCES):
            return self._text(marker.text)
        known = [number for number in marker.numbers if number < self._count]
        if not known:
            self._space_before_dropped = (self._space_before_dropped or "") + self._withheld_space
            self._withheld_space = ""
            return ""
        self._cited = True
        return self._take_space("[") + "".join(f"[ID:{number}]" for number in known)

    def _text(self, text: str) -> str:
        return "".join(map(self._piece, PIECE.findall(text)))

    def _piece(self, piece: str) -> str:
        if piece.isspace():
            self._withheld_space += piece
            return ""
        marker = self._end_sentence() if self._ends_before(piece) else ""
        space = self._take_space(piece)
        self._sentence += space + piece if self._sentence else piece
        return marker + space + piece

    def _ends_before(self, piece: str) -> bool:
        """Whether the sentence so far is complete, now that `piece` follows it."""
        if "\n" in self._withheld_space:
            return True
        if self._in_code or not self._sentence.rstrip(CLOSERS).endswith(tuple(STOPS)):
            return False
        if not self._withheld_space and self._closes_sentence(piece):
            return False
        text = self._sentence.rstrip("*") + self._withheld_space + piece[0]
        return len(split_sentences(text)) > 1

    def _closes_sentence(self, piece: str) -> bool:
        """Whether a mark right after a full stop belongs to this sentence, not to the next."""
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
        number = self._attribution.find_passage(sentence)
        return "" if number is None else f" [ID:{number}]"

    def _take_space(self, following: str) -> str:
        space, self._withheld_space = self._withheld_space, ""
        dropped, self._space_before_dropped = self._space_before_dropped, None
        if dropped is None:
            return space
        if "\n" in dropped + space:
            return dropped.rstrip(" ") + space
        return "" if not following or following[0] in PUNCTUATION else space or dropped


def is_statement(sentence: str) -> bool:
    return not (sentence.startswith(NOT_PROSE) or sentence.rstrip(CLOSERS).endswith(NOT_STATEMENT))
