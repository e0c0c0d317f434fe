"""Turns the rows of tables into sentences: "Hotel: limit per day 150 EUR, receipt yes"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chat.questions.language import has_chinese

# How `knowledge.parsing.table_rows` writes the rows of sheets: "Item: Hotel · Limit: 150 EUR".
BETWEEN_CELLS = " · "
LABEL = re.compile(r"([^:]{1,60}): (.*)")
SEPARATOR = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"[\s:|]*+-[\s:|-]*+")
# "Limit per day", but not "EUR", "iPhone" or "Monday".
LOWERED = re.compile(
    r"(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    r"|I\b)[A-Z][a-z]+(?: [a-z(][^A-Z]*)?"
)
# The name of the first column where each row has a property, and the other columns are the things
# that have it, by their names: "Feature | Basic | Pro".
PROPERTIES = re.compile(
    r"|features?|propert(?:y|ies)|attributes?|criteri(?:on|a)|characteristics?|aspects?"
    r"|specifications?|specs?",
    re.IGNORECASE,
)
# The name of a column with what its first cell is about.
SAYS_NOTHING = re.compile(
    r"values?|meaning|description|details?|notes?|what it (?:is|does|means)|when|what|why|data"
    r"|数值?|值|数据|内容|含义|说明|描述|备注",
    re.IGNORECASE,
)
# A table that had no head may have its first row there.
AMOUNT = re.compile(r"[~<>≤≥±+-]?\s?[$€£¥]?\s?\d[\d.,]*\s?\S{0,10}")
YEAR = re.compile(r"(?:1[89]|2[01])\d\d")
# Of wide rows, so many cells are quoted, and of long ones so many characters.
MAX_CELLS, MAX_CHARS = 8, 400
# A value that says what happens, below a name of several words, stands for itself: "What to do:
# Fill the tank".
PHRASE = re.compile(r"[A-Z][a-z]{1,20} [a-z]{1,20} ")
# A value that is a text of its own says what it is about.
LONG_VALUE = 40

Pairs = Sequence[tuple[str, str]]


def is_row(line: str) -> bool:
    # Links with dots between them are the menu of a page.
    return line.lstrip().startswith("|") or (BETWEEN_CELLS in line and "](" not in line)


def is_rule(line: str) -> bool:
    """Whether it is the line below the head of a table in Markdown."""
    return "|" in line and RULE.fullmatch(line) is not None


def rows(lines: Sequence[str]) -> Iterator[Pairs]:
    """The rows of a table as pairs of the column's name and the value; not its head."""
    if BETWEEN_CELLS in lines[0] and not lines[0].lstrip().startswith("|"):
        yield from _labelled(lines)
        return
    cells = [_cells(line) for line in lines if not is_rule(line)]
    has_head = len(lines) > 1 and is_rule(lines[1]) and not any(map(_is_amount, cells[0][1:]))
    head = cells.pop(0) if has_head else []
    for row in cells:
        names = [*head, *[""] * (len(row) - len(head))]
        if pairs := [(name, value) for name, value in zip(names, row, strict=False) if value]:
            yield pairs


def row_sentence(pairs: Pairs) -> str:
    """The row as a sentence, about what is in its first cell."""
    (kind, subject), *others = pairs[:MAX_CELLS]
    chinese = has_chinese(subject + "".join(name for name, _ in pairs))
    colon, comma, stop = "：，。" if chinese else (": ", ", ", ". ")
    text = subject
    for number, (name, value) in enumerate(others):
        # A cell may be a sentence, and its full stop does not end the row.
        text = text.rstrip("。.") if number else text
        is_long, is_phrase = len(value) > LONG_VALUE, " " in name and PHRASE.match(value)
        text += colon if not number else stop if is_long or is_phrase else comma
        if is_phrase:
            text += f"{name}{colon}{value}"
        elif is_long or SAYS_NOTHING.fullmatch(name):
            text += value
        else:
            shown = name if PROPERTIES.fullmatch(kind) else _lowered(name)
            text += f"{shown} {value}".strip()
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS].rstrip()}…"


def _labelled(lines: Sequence[str]) -> Iterator[Pairs]:
    """Without the head of the table, whose cells have no names; but others may have none either."""
    pairs = [[_pair(cell.strip()) for cell in line.split(BETWEEN_CELLS)] for line in lines]
    named = [row for row in pairs if any(name for name, _ in row)]
    yield from named or pairs


def _pair(cell: str) -> tuple[str, str]:
    label = LABEL.fullmatch(cell)
    return (label[1], label[2]) if label else ("", cell)


def _cells(line: str) -> list[str]:
    cells = SEPARATOR.split(line.strip().removeprefix("|").removesuffix("|"))
    return [cell.replace("\\|", "|").strip() for cell in cells]


def _lowered(name: str) -> str:
    return name[0].lower() + name[1:] if LOWERED.fullmatch(name) else name


def _is_amount(cell: str) -> bool:
    """A value such as "150 EUR"; "2024" and "Aria 3" may be the names of columns."""
    return AMOUNT.fullmatch(cell) is not None and YEAR.fullmatch(cell) is None
