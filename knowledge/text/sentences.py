"""Splits text into sentences, in Latin and Chinese script alike."""

import re
from bisect import bisect_right

from knowledge.text.line_wrapping import wrapped_line_ends

# Quotation marks and brackets that close after the mark belong to the sentence before it.
CLOSERS = r"[\"'”’»)\]}」』）》】〉]*+"
CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"

# A full-width mark always ends a sentence; an ASCII one only before a space, the end, or CJK text
# (never inside 3.14 or example.org). A new line ends one unless it only wraps it.
END = re.compile(
    rf"[。！？｡]++{CLOSERS}|(?<![.!?…])[.!?…]++{CLOSERS}(?=\s|$)"
    rf"|(?<=[{CJK}])[.!?]++{CLOSERS}(?=[{CJK}])|\n"
)

# What is quoted, in brackets or code stays whole: a mark within ends no sentence around it.
ENCLOSED = re.compile(
    r"``[^\n]{1,160}?``|`[^`\n]{1,160}`|“[^“”\n]{1,160}”|「[^「」\n]{1,160}」|『[^『』\n]{1,160}』"
    r"|《[^《》\n]{1,160}》|\([^()\n]{1,160}\)|（[^（）\n]{1,160}）"
)

# Words whose full stop does not end a sentence.
TITLE = re.compile(
    r"(?:Mr|Mrs|Ms|Messrs|Dr|Drs|Prof|St|Gen|Col|Capt|Cpt|Cmdr|Maj|Lt|Sgt|Sen|Rep|Gov|Rev|Hon|Pres|"
    r"Mt|Ft|vs|viz|e\.g|i\.e|cf|ca|approx|resp|incl|excl|Fig|Figs|Eq|Sec|Ch|Vol|Art|No|Nos|Nr|pp?)"
)
# Others may end one: a word that seldom follows them, but often begins a sentence, decides.
ABBREVIATION = re.compile(
    r"(?:Jr|Sr|Esq|etc|al|Inc|Ltd|Co|Corp|Bros|Ave|Blvd|Rd|Dept|Univ|Assn|est|[Ee]d|Eds|max|min|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Ph\.D|"
    r"(?:[A-Za-z]\.)*[A-Za-z])"
)
OPENING_WORD = re.compile(
    r"(?:The|This|That|These|Those|It|Its|He|His|She|Her|They|Their|We|Our|You|Your|I|An?|In|On|At"
    r"|As|By|For|From|To|With|After|Before|During|Since|While|When|Where|If|But|And|So|Yet|However"
    r"|Although|There|Here|Some|Many|Most|All|Each|Both|No|Not|Then|Thus|Today|What|Who|Why|How"
    r"|See)\b"
)
NUMBERED = re.compile(r"(?:step|figure|fig|table|chapter|part|section|rule|no)s?", re.IGNORECASE)

BEFORE_WORD = re.compile(r"[\s(\[\"“'-]")


def split_sentences(text: str) -> list[str]:
    """The sentences in order, without the white space between them."""
    sentences, start = [], 0
    wraps = wrapped_line_ends(text)
    enclosed = [found.span() for found in ENCLOSED.finditer(text)]
    for mark in END.finditer(text):
        if mark[0] == "\n":
            runs_on = mark.start() in wraps
        else:
            runs_on = _is_inside(enclosed, mark) or _runs_on(text, start, mark)
        if not runs_on:
            sentences.append(text[start : mark.end()].strip())
            start = mark.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_inside(spans: list[tuple[int, int]], mark: re.Match[str]) -> bool:
    at = bisect_right(spans, mark.start(), key=lambda span: span[0]) - 1
    return at >= 0 and mark.end() < spans[at][1]


def _runs_on(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the sentence continues after this mark."""
    if mark[0][0] not in ".!?…":
        return False
    following = text[mark.end() : mark.end() + 12].lstrip(" \n")
    if following[:1].islower():
        return True
    if mark[0] != ".":
        return False
    word = BEFORE_WORD.split(text[max(start, mark.start() - 20) : mark.start()])[-1]
    if word.isdigit():
        return _is_a_number_of_a_list(text[start : mark.start() - len(word)].strip())
    if TITLE.fullmatch(word):
        # After "No." there must be a number.
        return word != "No" or following[:1].isdigit()
    return bool(ABBREVIATION.fullmatch(word)) and not OPENING_WORD.match(following)


def _is_a_number_of_a_list(before: str) -> bool:
    """`1.` and `Step 1.` begin what they number, but `in 12.` ends a sentence."""
    return not before or bool(NUMBERED.fullmatch(before))
