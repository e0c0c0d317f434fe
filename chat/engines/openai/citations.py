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


# A longer sentence is cited only if the model does it, and longer white space is not withheld.
MAX_SENTENCE_CHARS = 2000
MAX_SPACE_CHARS = 500
# What decides whether a sentence ends: its last characters.
TAIL_CHARS = 100


class Sentence:
    """A sentence that grows: its markers are left out. Each step costs the same, however long the
    sentence gets."""

    def __init__(self) -> None:
        self.is_cited = False
        # All of it, as long as it is not too long.
        self.text = ""
        self.size = 0
        self._tail = ""
        self._quotes = self._stars = 0
        # Whether it has come to a full stop, after which there were closing marks at most.
        self._is_ended = False

    def add(self, space: str, piece: str) -> None:
        added = space + piece if self.size else piece
        self.size += len(added)
        if self.size <= MAX_SENTENCE_CHARS:
            self.text += added
        self._tail = (self._tail + added)[-TAIL_CHARS:]
        self._quotes += piece == '"'
        self._stars += piece == "*"
        if piece in STOPS:
            self._is_ended = True
        elif space or piece not in CLOSERS:
            self._is_ended = False

    def ends_before(self, space: str, piece: str) -> bool:
        """Whether it is complete, now that `piece` follows it."""
        if not self._is_ended or (not space and self._is_closed_by(piece)):
            return False
        text = self._tail.rstrip("*") + space[:TAIL_CHARS] + piece[0]
        *others, last = split_sentences(text)
        # A boundary further back is one of the cut, not of the text.
        return bool(others) and len(last) < TAIL_CHARS // 2

    def _is_closed_by(self, piece: str) -> bool:
        """Whether a mark right after a full stop belongs to this sentence, not to the next."""
        if piece == '"':
            return self._quotes % 2 == 1
        if piece == "*":
            return self._stars % 4 != 0
        return piece in STOPS or piece in CLOSERS

    def is_statement(self) -> bool:
        """Whether it can be supported by a passage."""
        if self.size > MAX_SENTENCE_CHARS or self.text.startswith(NOT_PROSE):
            return False
        return not self.text.rstrip(CLOSERS).endswith(NOT_STATEMENT)


class CitationNormalizer:
    """Takes the answer in any pieces. Only white space and possible markers are withheld."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._count = len(passages)
        self._attribution = Attribution(passages)
        self._scanner = MarkerScanner()
        # White space that is withheld, and the part of it before a marker that was dropped.
        self._withheld_space = ""
        self._space_before_dropped: str | None = None
        self._sentence = Sentence()
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
        if self._in_code or self._sentence.text.startswith(FENCES):
            return self._text(marker.text)
        known = [number for number in marker.numbers if number < self._count]
        if not known:
            space = (self._space_before_dropped or "") + self._withheld_space
            self._space_before_dropped, self._withheld_space = space[:MAX_SPACE_CHARS], ""
            return ""
        self._sentence.is_cited = True
        return self._take_space("[") + "".join(f"[ID:{number}]" for number in known)

    def _text(self, text: str) -> str:
        return "".join(map(self._piece, PIECE.findall(text)))

    def _piece(self, piece: str) -> str:
        if piece.isspace():
            self._withheld_space += piece
            return self._release_space() if len(self._withheld_space) > MAX_SPACE_CHARS else ""
        marker = self._end_sentence() if self._ends_before(piece) else ""
        space = self._take_space(piece)
        self._sentence.add(space, piece)
        return marker + space + piece

    def _release_space(self) -> str:
        marker = self._end_sentence() if "\n" in self._withheld_space else ""
        return marker + self._take_space(" ")

    def _ends_before(self, piece: str) -> bool:
        if "\n" in self._withheld_space:
            return True
        return not self._in_code and self._sentence.ends_before(self._withheld_space, piece)

    def _end_sentence(self) -> str:
        sentence, self._sentence = self._sentence, Sentence()
        if sentence.text.startswith(FENCES):
            self._in_code = not self._in_code
        if sentence.is_cited or self._in_code or not sentence.is_statement():
            return ""
        number = self._attribution.find_passage(sentence.text)
        return "" if number is None else f" [ID:{number}]"

    def _take_space(self, following: str) -> str:
        space, self._withheld_space = self._withheld_space, ""
        dropped, self._space_before_dropped = self._space_before_dropped, None
        if dropped is None:
            return space
        if "\n" in dropped + space:
            return dropped.rstrip(" ") + space
        return "" if not following or following[0] in PUNCTUATION else space or dropped
