"""Divides a passage into what can be quoted: sentences, items of lists, rows of tables, code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum, auto

from chat.engines.extractive.table_rows import row_sentence, rows
from chat.engines.extractive.text_blocks import FENCE, LIST_ITEM, Block, BlockKind, blocks, is_code
from knowledge.text.analysis import text_terms
from knowledge.text.sentences import split_sentences
from knowledge.text.width import width

END_MARK = re.compile(r"[.!?…。！？；;:：][\"'”’»)\]}」』）》】〉*_`]*$")
WIDE_END = re.compile(r"[。！？；：][」』”’》）]?$")
# "Office: Berlin" says something, "Our offices" is a heading. In columns.
SAYS_SOMETHING = re.compile(r"[:：=]")
MAX_HEADING, MAX_HEADING_ITEM = 90, 50
# A sentence of so few columns is quoted with the next one.
SHORT = 8
# "This page tells which are the longest" answers nothing.
ANNOUNCES = re.compile(
    r"(?:This|The following) (?:page|chapter|section|document|handbook|manual|guide|article|text) "
    r"(?:tells|says|shows|explains|describes|covers|lists|is about)\b"
    r"|[本这][一]?[篇份本文章节页手册]{1,2}(?:短文|文章|文档|手册|说明)?(?:主要|只)?(?:介绍|说明|讲|列出)"
)
# An item that is longer is quoted by sentences.
MAX_ITEM = 240

# Lists, quotations and tasks are quoted without their markup; links without their addresses.
QUOTE_MARK = re.compile(r"^(?:>\s?)++|^\[[ xX]\]\s", re.MULTILINE)
IMAGE = re.compile(r"!\[[^\[\]\n]{0,200}\]\([^()\s]{0,300}\)")
RELATIVE_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((?!https?:)[^()\s]{0,300}\)")
# "Q: How long …?" and "A: …" of a list of questions.
ASKED = re.compile(r"\s*+(?:[*_]{2})?(?:问题?|[Qq]|Question) ?\d{0,3}\s?[:：.、]\s?(?=\S)")
ANSWERED = re.compile(r"\s*+(?:[*_]{2})?(?:答案?|回答|[Aa]|Answer) ?\d{0,3}\s?[:：.、]\s?(?=\S)")
# Chinese characters are wrapped without a space.
WRAPPED_CJK = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])[^\S\n]*+\n\s*+(?=[\u3000-\u9fff\uff00-\uffef])"
)


# "[Engines](engines.md) has the addresses" tells where it is told.
POINTS_ELSEWHERE = re.compile(
    r"\[[^\[\]\n]{1,200}\]\((?!https?:)[^()\s]{0,300}\) "
    r"(?:has|have|says?|tells?|shows?|lists?|explains?)\b"
)


class Kind(Enum):
    SENTENCE = auto()
    # Says only where something is said.
    POINTER = auto()
    ITEM = auto()
    ROW = auto()
    CODE = auto()
    HEADING = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    text: str
    kind: Kind
    terms: Set[str]
    # The number of its paragraph, list, table or code in the passage.
    block: int
    # What stands between it and the unit before it, if its block is quoted as a whole.
    joint: str = " "
    # Of a row: the name of the column with what it is about.
    column: str = ""

    @property
    def introduces(self) -> bool:
        """Whether it says that something follows, like "Two commands do it:"."""
        return self.text.endswith((":", "："))


def units(text: str) -> list[Unit]:
    found = list(blocks(text))
    return [
        Unit(text, kind, frozenset(terms), number, joint, column)
        for number, block in enumerate(found)
        for column in [_first_column(block)]
        for text, kind, joint in _quotable(block, is_last=number == len(found) - 1)
        if (terms := text_terms(text))
    ]


def statements(text: str) -> list[Unit]:
    """The units that say something alone: code and headings answer no question, unless there is
    nothing else."""
    found = units(text)
    return [unit for unit in found if unit.kind not in (Kind.CODE, Kind.HEADING)] or found


def answering(text: str) -> list[Unit]:
    """The statements that may answer a question; all of them, if none may."""
    found = statements(text)
    return [unit for unit in found if may_answer(unit)] or found


def may_answer(unit: Unit) -> bool:
    """What a text says of itself answers nothing, nor does where something is said."""
    is_statement = unit.kind not in (Kind.CODE, Kind.HEADING, Kind.POINTER)
    return is_statement and not ANNOUNCES.match(unit.text)


def _quotable(block: Block, *, is_last: bool) -> Iterator[tuple[str, Kind, str]]:
    """The text, the kind and the joint of each unit."""
    match block.kind:
        case BlockKind.CODE:
            yield _fenced(block.lines), Kind.CODE, "\n\n"
        case BlockKind.HEADING:
            yield block.lines[0].strip("# "), Kind.HEADING, "\n\n"
        case BlockKind.TABLE:
            for row in rows(block.lines):
                yield _plain(row_sentence(row)), Kind.ROW, "\n- "
        case BlockKind.LIST if not is_last and _is_heading_item(block.lines):
            yield block.lines[0].strip(), Kind.HEADING, "\n\n"
        case BlockKind.LIST:
            yield from _items(block.lines)
        case BlockKind.PARAGRAPH if is_code(block.lines):
            yield _fenced(["```", *block.lines]), Kind.CODE, "\n\n"
        case BlockKind.PARAGRAPH if not is_last and _is_heading(block.lines):
            yield block.lines[0].strip(), Kind.HEADING, "\n\n"
        case BlockKind.PARAGRAPH:
            yield from _questions_and_answers(block.lines)


def _questions_and_answers(lines: Sequence[str]) -> Iterator[tuple[str, Kind, str]]:
    """The sentences; of "Q: …" and "A: …", the questions are headings of their answers."""
    if not ASKED.match(lines[0]):
        yield from _sentences("\n".join(lines))
        return
    answer: list[str] = []
    for line in lines:
        if asked := ASKED.match(line):
            yield from _sentences("\n".join(answer))
            answer = []
            yield line[asked.end() :].strip(), Kind.HEADING, "\n\n"
        else:
            answer.append(ANSWERED.sub("", line, count=1))
    yield from _sentences("\n".join(answer))


def _first_column(block: Block) -> str:
    if block.kind is not BlockKind.TABLE:
        return ""
    first = next(rows(block.lines), None)
    return first[0][0] if first else ""


def _sentences(paragraph: str) -> Iterator[tuple[str, Kind, str]]:
    linked = [_one_line(each) for each in split_sentences(_without_marks(paragraph))]
    pointers = {_plain(each) for each in linked if POINTS_ELSEWHERE.match(each)}
    sentences = [_plain(each) for each in linked]
    if len(sentences) > 1 and _is_heading(sentences[:1]) and END_MARK.search(sentences[1]):
        yield sentences.pop(0), Kind.HEADING, "\n\n"
    joint, before = "\n\n", ""
    for number, sentence in enumerate(sentences):
        # "Yes." says nothing without the sentence after it.
        if width(before + sentence) <= SHORT and number + 1 < len(sentences):
            before += sentence + _space_after(sentence)
            continue
        yield before + sentence, Kind.POINTER if sentence in pointers else Kind.SENTENCE, joint
        joint, before = _space_after(sentence), ""


def _space_after(sentence: str) -> str:
    """Full-width marks have their own."""
    return "" if WIDE_END.search(sentence) else " "


def _is_heading(lines: Sequence[str]) -> bool:
    line = lines[0].strip()
    return (
        len(lines) == 1
        and width(line) <= MAX_HEADING
        and not END_MARK.search(line)
        and not SAYS_SOMETHING.search(line)
    )


def _is_heading_item(lines: Sequence[str]) -> bool:
    """`1. Overview` or `一、概述`, if it is alone and text follows."""
    return _is_heading(lines) and width(lines[0]) <= MAX_HEADING_ITEM


def _items(lines: Sequence[str]) -> Iterator[tuple[str, Kind, str]]:
    item: list[str] = []
    joint = "\n- "
    at = 0
    while at < len(lines):
        line = lines[at]
        found = LIST_ITEM.fullmatch(line)
        if found or FENCE.match(line):
            yield from _item(item, joint)
            item = []
        if found:
            joint = f"\n{found[1]}{_marker(found[2])}"
            item = [found[3]]
        elif FENCE.match(line):
            end = next((n for n in range(at + 1, len(lines)) if FENCE.match(lines[n])), len(lines))
            yield "\n".join(lines[at : end + 1]), Kind.CODE, "\n"
            joint, at = f"\n{line[: len(line) - len(line.lstrip())]}", end
        else:
            item.append(line.strip())
        at += 1
    yield from _item(item, joint)


def _item(lines: Sequence[str], joint: str) -> Iterator[tuple[str, Kind, str]]:
    text = _plain("\n".join(lines)).strip()
    whole = _one_line(text)
    if len(whole) <= MAX_ITEM:
        yield whole, Kind.ITEM, joint
        return
    for number, part in enumerate(split_sentences(text)):
        yield _one_line(part), Kind.ITEM, " " if number else joint


def _marker(marker: str) -> str:
    """As Markdown has it."""
    marker = marker.strip()
    return "- " if marker in "-*+•●▪◦" else f"{marker} " if marker[-1] in ".)" else marker


def _fenced(lines: Sequence[str]) -> str:
    """The code with both of its fences."""
    closing = FENCE.match(lines[-1]) if len(lines) > 1 else None
    return "\n".join(lines if closing else [*lines, lines[0].strip()[:3]])


def _plain(text: str) -> str:
    return RELATIVE_LINK.sub(r"\1", _without_marks(text))


def _without_marks(text: str) -> str:
    return IMAGE.sub("", QUOTE_MARK.sub("", text))


def _one_line(text: str) -> str:
    return " ".join(WRAPPED_CJK.sub("", text).split())
