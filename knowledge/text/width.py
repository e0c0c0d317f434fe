"""How long a text is to a reader, whatever its script."""

import re

# Chinese, Japanese and Korean say in one character what takes Latin script two or more.
WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]+"
)


def width(text: str) -> int:
    """The number of characters, wide ones counted twice."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(len, WIDE.findall(text)))
