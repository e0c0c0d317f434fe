"""The width of a text in columns, so that limits are fair to every script."""

import re

# A character of Chinese, Japanese or Korean says what takes two or more in Latin script.
WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]+"
)


def width(text: str) -> int:
    """The number of characters, wide ones counted twice."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(len, WIDE.findall(text)))
