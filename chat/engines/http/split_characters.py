"""Puts characters together whose halves come in two pieces of a stream.

A server that decodes token by token sends an emoji as two halves of a surrogate pair, or as bytes
that are no UTF-8 by themselves (`surrogateescape`, as the event stream is decoded).
"""

import re

HIGH, LOW = r"[\ud800-\udbff]", r"[\udc00-\udfff]"
SURROGATE = re.compile(r"[\ud800-\udfff]")
PAIR = re.compile(HIGH + LOW)
BYTES = re.compile(r"[\udc80-\udcff]+")
# What may be completed by the next piece.
UNFINISHED = re.compile(rf"(?:{HIGH}|[\udcc2-\udcf4][\udc80-\udcbf]{{0,2}})\Z")
REPLACEMENT = "\ufffd"


class CharacterJoiner:
    def __init__(self) -> None:
        self._withheld = ""

    def feed(self, text: str) -> str:
        text, self._withheld = self._withheld + text, ""
        if text.isascii() or not SURROGATE.search(text):
            return text
        text = BYTES.sub(_decode, PAIR.sub(_combine, text))
        if tail := UNFINISHED.search(text):
            self._withheld = tail[0]
            text = text[: tail.start()]
        return SURROGATE.sub(REPLACEMENT, text)

    def finish(self) -> str:
        withheld, self._withheld = self._withheld, ""
        return REPLACEMENT if withheld else ""


def _combine(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _decode(escaped: re.Match[str]) -> str:
    """Bytes that are UTF-8 as characters; the others stay as they are."""
    return escaped[0].encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")
