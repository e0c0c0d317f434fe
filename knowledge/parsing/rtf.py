"""Reads RTF: what a word processor shows of it, in one pass over its control words."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.office.field_text import field_text
from knowledge.parsing.office.numbering import Numbering
from knowledge.parsing.office.symbols import FONTS as SYMBOL_FONTS
from knowledge.parsing.office.symbols import shown_in
from knowledge.parsing.progress import report
from knowledge.parsing.rtf_lists import ListTables
from knowledge.parsing.rtf_words import (
    CHARACTERS,
    CHARSETS,
    FONT_NAMES,
    KEPT_AFTER_STAR,
    PARAGRAPH_ENDS,
    PREFIXES,
    SKIPPED,
    TABLE_WORDS,
    TWO_BYTES,
)
from knowledge.parsing.table_rows import markdown_table
from knowledge.text.section import Section

TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\",
    re.DOTALL,
)
# The second byte of a character may look like one of these.
TRAILING = ("{", "}", "\\")


@dataclass(slots=True)
class Sink:
    """Where text goes: the paragraph of the body, a note, a comment, or the title."""

    kind: str
    parts: list[str] = field(default_factory=list)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        # Two halves of a character beyond the first 65,536 come as two numbers.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


@dataclass(slots=True)
class Group:
    """What holds until the brace that closes it."""

    sink: Sink
    skipped: bool = False
    hidden: bool = False
    is_in_list_tables: bool = False
    # For `\\upr`, which says the same twice: whether it is skipped itself.
    skipped_around: bool = False
    destination: str = ""
    encoding: str = "cp1252"
    # The font, if it shows symbols in place of letters.
    symbols: str = ""
    # How many characters stand after one in Unicode, for programs that do not know it.
    replacements: int = 1


def read(data: bytes) -> list[Section]:
    reader = _Reader()
    reader.read(data.decode("latin-1"))
    return reader.builder.sections()


class _Reader:
    def __init__(self) -> None:
        self.builder = SectionBuilder()
        self._body = Sink("body")
        self._group = Group(self._body)
        self._stack: list[Group] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._starred = False
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._symbol_fonts: dict[int, str] = {}
        self._font = self._default_font = 0
        self._styles: dict[int, int] = {}
        # The list of a style, and its level: paragraphs that are numbered need not name it.
        self._style_lists: dict[int, tuple[str, int]] = {}
        self._style = 0
        self._level: int | None = None
        self._indentation = 0
        self._list_tables = ListTables()
        self._numbering: Numbering | None = None
        # The list of the paragraph, and its level.
        self._list = ""
        self._list_level = 0
        self._mark = ""
        self._notes: list[str] = []
        self._note_number = 0
        self._author = ""
        self._in_table = False
        self._cells: list[str] = []
        # Where the paragraph begins among the parts of its cell.
        self._cell_paragraph = 0
        self._rows: list[list[str]] = []

    def read(self, text: str) -> None:
        at = 0
        while found := TOKEN.match(text, at):
            at = found.end()
            word, number, code, symbol, brace, plain = found.groups()
            if word == "bin":
                at += max(0, int(number or 0))
            elif word:
                self._word(word, int(number) if number else None)
            elif brace:
                report(at / len(text))
                self._brace(brace)
            elif code:
                self._add_bytes(bytes.fromhex(code))
            elif symbol:
                self._symbol(symbol)
            elif plain:
                self._add_bytes(plain.encode("latin-1"))
                if self._group.encoding in TWO_BYTES:
                    at += self._complete(text[at : at + 2])
        self._end_paragraph()
        self._end_table()

    def _brace(self, brace: str) -> None:
        self._flush()
        self._to_skip, self._starred = 0, False
        if brace == "{":
            self._stack.append(self._group)
            self._group = replace(self._group, destination="")
        elif self._stack:
            ended, self._group = self._group, self._stack.pop()
            if self._group.destination == "stylesheet":
                self._end_style(ended.sink.take())
            elif ended.destination:
                self._end_destination(ended)

    def _end_style(self, name: str) -> None:
        """Headings are known by the names of their styles in English, and by their level in all."""
        level, self._level = self._level, None
        if name[:8].lower() == "heading " and name[8:9].isdigit():
            level = int(name[8])
        elif name.startswith("Title;"):
            level = 0
        if level is not None:
            self._styles[self._style] = level
        if self._list:
            self._style_lists[self._style] = (self._list, self._list_level)
        self._begin_paragraph()

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif symbol in "\\{}":
            self._add_bytes(symbol.encode())
        elif symbol in CHARACTERS:
            self._add(CHARACTERS[symbol])

    def _add_bytes(self, data: bytes) -> None:
        # A byte of a character of two may be written as itself: bytes are decoded together.
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        self._bytes += data[skipped:]

    def _complete(self, following: str) -> int:
        """Takes the second byte of a character whose first was the last; says how many it took."""
        decoder = codecs.getincrementaldecoder(self._group.encoding)("replace")
        decoder.decode(bytes(self._bytes))
        taken = 0
        if decoder.getstate()[0]:
            if following[:1] not in TRAILING or following == "\\'":
                return 0
            self._add_bytes(following[0].encode("latin-1"))
            taken = 1
        # What is whole is not looked at again.
        self._flush()
        return taken

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._group.encoding, "replace")
            self._bytes.clear()
            self._put(text)

    def _add(self, text: str) -> None:
        self._flush()
        self._put(text)

    def _put(self, text: str) -> None:
        if "fonttbl" in (self._group.destination, self._around()):
            self._name_font(text.strip().removesuffix(";"))
        if self._group.symbols:
            text = shown_in(self._group.symbols, text)
        if not (self._group.skipped or self._group.hidden):
            self._group.sink.parts.append(text)

    def _name_font(self, name: str) -> None:
        if name.lower() in SYMBOL_FONTS:
            self._symbol_fonts[self._font] = name
        if encoding := FONT_NAMES.get(name.rpartition(" ")[2].lower()):
            # Old programs named the letters of a font in its name only.
            self._fonts.setdefault(self._font, encoding)

    def _word(self, word: str, number: int | None) -> None:
        self._flush()
        starred, self._starred = self._starred, False
        if word in SKIPPED or (starred and self._is_unknown(word)):
            self._group.skipped = True
        elif word == "u":
            self._add(chr((number or 0) % 65536))
            self._to_skip = self._group.replacements
        elif word in CHARACTERS:
            self._add(CHARACTERS[word])
        elif word in PARAGRAPH_ENDS:
            self._end_paragraph()
        elif word in PREFIXES:
            self._add(PREFIXES[word])
        elif self._group.is_in_list_tables and word != "leveltext":
            self._list_tables.word(word, number or 0)
            self._character_word(word, number)
        elif not (self._begin_destination(word) or self._table_word(word)):
            if not self._group.skipped and self._group.sink.kind in ("body", "stylesheet"):
                self._paragraph_word(word, number)
            self._character_word(word, number)

    def _is_unknown(self, word: str) -> bool:
        """Whether what follows is for other programs. Some write a style of characters so, too."""
        is_style = word == "cs" and self._around() != "stylesheet"
        return word not in KEPT_AFTER_STAR and not is_style

    def _character_word(self, word: str, number: int | None) -> None:
        group = self._group
        match word:
            case "v" | "deleted":
                group.hidden = number != 0
            case "plain":
                group.hidden = False
                group.encoding = self._fonts.get(self._default_font, self._encoding)
                group.symbols = ""
            case "deff":
                self._default_font = number or 0
            case "uc":
                group.replacements = min(number or 0, 10)
            case "ansicpg" | "mac" | "pc" | "pca":
                self._encoding = group.encoding = _code_page(word, number)
            case "f" | "af":
                self._font = number or 0
                if word == "f" and not group.skipped:
                    group.symbols = self._symbol_fonts.get(self._font, "")
                encoding = self._fonts.get(self._font, self._encoding)
                group.encoding = "latin-1" if group.symbols else encoding
            case "fcharset" | "cpg" if "fonttbl" in (group.destination, self._around()):
                name = CHARSETS.get(number or 0, "") if word == "fcharset" else f"cp{number}"
                self._fonts[self._font] = _known(name or self._encoding)
                group.encoding = self._fonts[self._font]

    def _paragraph_word(self, word: str, number: int | None) -> None:
        match word:
            case "s":
                self._style = number or 0
            case "outlinelevel":
                self._level = (number or 0) + 1
            case "ls":
                self._list = str(number or 0)
            case "ilvl":
                self._list_level = number or 0
                self._indentation = min(self._list_level, 8)
            case "pard":
                self._begin_paragraph()
                self._level, self._in_table = None, False

    def _begin_paragraph(self) -> None:
        self._style, self._indentation = 0, 0
        self._list, self._list_level = "", 0

    def _around(self) -> str:
        return self._stack[-1].destination if self._stack else ""

    def _begin_destination(self, word: str) -> bool:
        group = self._group
        match word:
            case "footnote":
                self._note_number += 1
                self._put(f"[{self._note_number}]")
            case "ud":
                group.skipped = group.skipped_around
                return True
            case "upr":
                group.skipped_around, group.skipped = group.skipped, True
                return True
            case "title" if self._around() == "info":
                group.skipped = False
            case "fonttbl" | "stylesheet" | "info" | "annotation" | "atnauthor":
                pass
            case "listtext" | "pntext" | "shptxt" | "dptxbxtext" | "leveltext" | "fldinst":
                pass
            case "listtable" | "listoverridetable":
                group.is_in_list_tables = True
            case _:
                return False
        group.destination = word
        group.sink = Sink(word)
        group.skipped = group.skipped or word in ("fonttbl", "info")
        return True

    def _end_destination(self, ended: Group) -> None:
        if ended.destination == "leveltext":
            self._list_tables.text("".join(ended.sink.parts))
            return
        text = "" if ended.skipped else ended.sink.take()
        match ended.destination:
            case "footnote":
                self._notes.append(f"[{self._note_number}] {text}")
            case "atnauthor":
                self._author = text
            case "annotation" if text:
                self._notes.append(f"Comment ({self._author}): {text}" if self._author else text)
            case "shptxt" | "dptxbxtext" if text:
                self._notes.append(text)
            case "fldinst" if shown := field_text(text):
                self._put(shown)
            case "listtext" | "pntext":
                self._mark = text if any(map(str.isalnum, text)) else "-"
            case "title":
                self.builder.title = text
            case "fonttbl":
                self._group.encoding = self._fonts.get(self._default_font, self._encoding)

    def _table_word(self, word: str) -> bool:
        if self._group.skipped or self._group.sink is not self._body:
            # Of a table in a note or a box, the cells of a row are one line.
            if word in ("cell", "nestcell", "row", "nestrow"):
                self._add("\n" if word.endswith("row") else " ")
            return word in TABLE_WORDS
        match word:
            case "intbl" | "trowd":
                self._in_table = True
            case "cell":
                self._mark_cell()
                self._cells.append(self._body.take())
                self._cell_paragraph = 0
            case "nestcell":
                self._add(" ")
            case "nestrow":
                self._add("\n")
            case "row":
                self._rows.append(self._cells)
                self._cells = []
            case _:
                return False
        return True

    def _end_paragraph(self) -> None:
        self._flush()
        sink = self._group.sink
        if sink.kind == "stylesheet":
            # There are no paragraphs in it: the brace that closes it is missing.
            self._group.destination, self._group.sink = "", self._body
            self._body.parts += sink.parts
            sink = self._body
        if sink is self._body and self._in_table:
            self._mark_cell()
        if sink is not self._body:
            self._put("\n")
            return
        if self._in_table:
            self._put("\n")
            self._cell_paragraph = len(sink.parts)
            return
        self._end_table()
        text = sink.take()
        mark = self._take_mark(text)
        level = self._styles.get(self._style) if self._level is None else self._level
        if text and level is not None and level < 10:
            self.builder.add_heading(level, text if mark in ("", "-") else f"{mark} {text}")
        elif text and mark:
            self.builder.add_line(f"{'  ' * self._indentation}{mark} {text}")
        elif text:
            self.builder.add_line(f"{text}\n")
        for note in self._notes:
            self.builder.add_line(f"{note}\n")
        self._notes.clear()

    def _take_mark(self, text: str) -> str:
        """What stands before the paragraph: as its list is counted, or else as the file says."""
        mark, self._mark = self._mark, ""
        if text and mark and not self._list:
            self._list, self._list_level = self._style_lists.get(self._style, ("", 0))
        if not (text and self._list):
            return mark
        if self._numbering is None:
            self._numbering = self._list_tables.numbering()
        counted = self._numbering.label(self._list, self._list_level)
        return mark if counted is None else counted

    def _mark_cell(self) -> None:
        parts = self._body.parts
        if mark := self._take_mark("".join(parts[self._cell_paragraph :]).strip()):
            parts.insert(self._cell_paragraph, f"{mark} ")

    def _end_table(self) -> None:
        if self._rows:
            self.builder.add_line(f"\n{markdown_table(self._rows)}\n")
            self._rows = []


def _code_page(word: str, number: int | None) -> str:
    names = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
    return _known(names.get(word) or f"cp{number}")


def _known(encoding: str) -> str:
    """That encoding, or the usual one where Python does not know it."""
    try:
        "a".encode(encoding)
    except (LookupError, UnicodeError):
        return "utf-8" if encoding == "cp65001" else "cp1252"
    return encoding
