"""Removes invisible characters, which could hide instructions to a model."""

import re
import unicodedata

LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What colours a text in a terminal.
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*+[ -/]*+[@-~]")
INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # fillers, soft hyphen
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, direction
    "\ufdd0-\ufdef\ud800-\udfff\ufff0-\ufffc\ufffe\uffff"  # surrogates, noncharacters
    # Variation selectors: text means the same without them, and each can carry a byte.
    "\ufe00-\ufe0d\U000e0100-\U000e01ef"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags, and unassigned characters
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U00013430-\U00013455"  # formatting of rare scripts
    "]+"
)
# The characters below shape the character before them. One stays after a character that it can
# shape; in other places, and if repeated, it is removed.
# Joiners: for scripts from Arabic to Khmer, those of Java and Bali, and emoji.
JOINERS = re.compile(
    "[\u200c\u200d]"
    "(?<![\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe0f\ufe70-\ufefe"
    "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U00010d00-\U00011fff\U0001e900-\U0001eeff"
    "\U0001f000-\U0001faff].)",
    re.DOTALL,
)
# Presentation as text or as emoji: for signs, arrows, and the digits of keycaps.
EMOJI_STYLE = re.compile(
    "[\ufe0e\ufe0f](?<![#*0-9\xa9\xae\u2000-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff].)",
    re.DOTALL,
)
# Variants of Mongolian letters.
MONGOLIAN = re.compile("[\u180b-\u180d\u180f](?<![\u1820-\u18aa].)", re.DOTALL)

# Signs that show nothing: the empty pattern of Braille, and a note without a head.
BLANK_SIGNS = "\u2800\U0001d159"


def clean(text: str) -> str:
    text = INVISIBLE.sub("", TERMINAL_CODES.sub("", LINE_ENDS.sub("\n", text)))
    for misplaced in (EMOJI_STYLE, MONGOLIAN, JOINERS):
        text = misplaced.sub("", text)
    return text


def is_blank(text: str) -> bool:
    """Whether a person would see nothing: no letter, digit, mark or sign is left of it."""
    return not any(
        unicodedata.category(c)[0] in "LNPS" and c not in BLANK_SIGNS for c in clean(text)
    )


def clean_line(text: str) -> str:
    return " ".join(clean(text).split())
