"""Reads plain text in all usual encodings."""

import re

from knowledge.parsing.encodings import decode
from knowledge.text.section import Section
from knowledge.text.width import width

# A short first line with a blank line below it, which is no sentence and no item of a list.
TITLE = re.compile(
    r"\s*+([^\W\d_][^\n]{0,118}[^\s.!?…。！？:：;；,，、|])[^\S\n]*+\n[^\S\n]*+\n\s*+(?=\S)"
)
MAX_TITLE = 90


def read(data: bytes) -> list[Section]:
    text = decode(data)
    title = TITLE.match(text.replace("\r\n", "\n"))
    if not title or width(title[1]) > MAX_TITLE:
        return [Section("", text)]
    return [Section(title[1], text.replace("\r\n", "\n")[title.end() :], title[1])]
