"""Splits text into sentences, in Latin and Chinese script alike."""

import re

# Quotation marks and brackets that close after the mark belong to the sentence before it.
CLOSERS = r"[\"'”’»)\]}」』）》】〉]*+"
CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"

# A full-width mark always ends a sentence; an ASCII one only before a space, the end, or CJK text
# (never inside 3.14 or example.org). A new line ends one unless the next line begins in lower case,
# or the line is as long as the lines of a wrapped paragraph.
END = re.compile(
    rf"[。！？｡]++{CLOSERS}|(?<![.!?…])[.!?…]++{CLOSERS}(?=\s|$)"
    rf"|(?<=[{CJK}])[.!?]++{CLOSERS}(?=[{CJK}])|\n(?![^\S\n]*+[a-z])"
)

# In characters. Headings, verses and list items are shorter, or begin with a mark of their own.
LONG_LINE = 60
OWN_LINE = re.compile(r"[^\S\n]*+(?:\n|[-*+>#|`~]|\d{1,3}[.)]\s|$)")

# Words whose full stop does not end a sentence: titles, shortened words, initials and "1.".
ABBREVIATION = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Sen|Rep|Gov|Rev|Hon|Mt|Ft|vs|etc|al|cf|ca|"
    r"approx|resp|incl|Inc|Ltd|Co|Corp|Bros|Fig|Eq|Sec|Ch|Vol|No|Nos|pp?|[Ee]d|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|(?:[A-Za-z]\.)*[A-Za-z]|\d{1,3})"
)

BEFORE_WORD = re.compile(r"[\s(\[\"“'-]")
IS_CJK = re.compile(f"[{CJK}]")


def split_sentences(text: str) -> list[str]:
    """The sentences in order, without the white space between them."""
    sentences, start = [], 0
    for mark in END.finditer(text):
        if not _runs_on(text, start, mark):
            sentences.append(text[start : mark.end()].strip())
            start = mark.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _runs_on(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the sentence continues after this mark."""
    if mark[0] == "\n":
        return _is_wrapped(text, start, mark)
    if mark[0][0] not in ".!?…":
        return False
    following = text[mark.end() : mark.end() + 4].lstrip(" ")
    if following[:1].islower():
        return True
    before = text[max(start, mark.start() - 20) : mark.start()]
    word = BEFORE_WORD.split(before)[-1]
    if mark[0] != "." or not ABBREVIATION.fullmatch(word):
        return False
    # "1." starts a numbered line, but "in 12." ends a sentence; after "No." there must be a number.
    if word.isdigit():
        return not text[start : mark.start() - len(word)].strip()
    return word != "No" or following[:1].isdigit()


def _is_wrapped(text: str, start: int, mark: re.Match[str]) -> bool:
    line = text[max(start, text.rfind("\n", 0, mark.start()) + 1) : mark.start()].rstrip()
    if len(line) < LONG_LINE or IS_CJK.match(line[-1]):
        return False
    return not OWN_LINE.match(text, mark.end())
