"""Characters that a page shows nothing of, and that could hide instructions to a model."""

import re

LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # fillers, soft hyphen
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, direction
    "\ud800-\udfff\ufff0-\ufffc\ufffe\uffff"  # halves of characters, no characters
    "\U000e0000-\U000e0fff"  # tags, variation selectors
    "]+"
)
# Joiners shape Persian and Indic words and emoji; anywhere else they are only hidden.
JOINERS = re.compile(
    r"[\u200c\u200d](?<![\u0600-\u109f\u2600-\u27bf\ufe0f\U0001f000-\U0001faff].)", re.DOTALL
)


def clean(text: str) -> str:
    return JOINERS.sub("", INVISIBLE.sub("", LINE_ENDS.sub("\n", text)))


def clean_line(text: str) -> str:
    return " ".join(clean(text).split())
