"""Reads the text inside Word's paragraphs, and the notes, charts and boxes that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml.etree import _Element

from knowledge.parsing.office.alt_text import alt_text
from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.office.equations import linear_text
from knowledge.parsing.office.field_text import field_text
from knowledge.parsing.office.graphics import graphic_text
from knowledge.parsing.office.names import (
    CX,
    DGM,
    MC,
    A,
    C,
    M,
    W,
    chosen,
    integer,
    is_on,
    value,
)
from knowledge.parsing.office.package import Package
from knowledge.parsing.office.shape_text import paragraphs
from knowledge.parsing.office.symbols import symbol, without_private
from knowledge.parsing.office.word_notes import Notes
from knowledge.parsing.office.word_styles import Styles

WORDPROCESSING_DRAWING = (
    "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
)
TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
# Deleted, moved away, or not shown.
LEFT_OUT = {
    *map(W, ("pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "tblPr")),
    M("ctrlPr"),
}


@dataclass(slots=True)
class Line:
    """A paragraph, and what is shown after it."""

    words: list[str] = field(default_factory=list)
    # Texts, and the contents of text boxes.
    after: list[str | _Element] = field(default_factory=list)
    # The readings of a word that is written in several pieces come after the whole word.
    readings: list[str] = field(default_factory=list)
    # What a field is told to show, of those that are not at their result yet.
    instructions: list[list[str]] = field(default_factory=list)

    def add(self, text: str) -> None:
        if self.readings and text:
            self.end_ruby()
        self.words.append(text)

    def end_ruby(self) -> None:
        if self.readings:
            self.words.append(f"({''.join(self.readings)})")
            self.readings.clear()

    def text(self) -> str:
        self.end_ruby()
        return "".join(self.words).strip()


class TextReader:
    def __init__(self, package: Package, part: str, styles: Styles, notes: Notes) -> None:
        self._package, self._part = package, part
        self._styles, self._notes = styles, notes
        self._handlers: Mapping[str, Callable[[_Element, Line], None]] = {
            W("r"): self._run,
            W("t"): lambda element, line: line.add(element.text or ""),
            **dict.fromkeys((W("tab"), W("ptab")), lambda _, line: line.add("\t")),
            **dict.fromkeys((W("br"), W("cr")), lambda _, line: line.add("\n")),
            W("noBreakHyphen"): lambda _, line: line.add("-"),
            W("sym"): self._symbol,
            W("ruby"): self._ruby,
            W("fldChar"): self._field,
            W("instrText"): _instruction,
            W("footnoteReference"): self._note,
            W("endnoteReference"): self._note,
            W("commentReference"): self._comment,
            W("txbxContent"): lambda element, line: line.after.append(element),
            **dict.fromkeys((M("oMath"), M("oMathPara")), _equation),
            **dict.fromkeys((C("chart"), CX("chart"), DGM("relIds")), self._graphic),
            A("txBody"): lambda element, line: line.after.extend(paragraphs(element)),
            WORDPROCESSING_DRAWING: lambda element, line: line.after.append(alt_text(element)),
            TEXT_PATH: lambda element, line: line.after.append(element.get("string") or ""),
            MC("AlternateContent"): lambda element, line: self.collect(chosen(element), line),
        }

    def collect(self, element: _Element, line: Line) -> None:
        for child in element:
            if child.tag in LEFT_OUT:
                continue
            handle = self._handlers.get(child.tag)
            if handle:
                handle(child, line)
            else:
                self.collect(child, line)

    def _run(self, run: _Element, line: Line) -> None:
        properties = run.find(W("rPr"))
        if properties is not None:
            hidden = properties.find(W("vanish"))
            style = self._styles.get(value(properties.find(W("rStyle"))))
            if is_on(hidden) or (hidden is None and style.is_hidden):
                return
            fonts = properties.find(W("rFonts"))
            font = (fonts.get(W("ascii")) or "") if fonts is not None else ""
            if font in ("Symbol", "Wingdings"):
                for text in run.iterchildren(W("t")):
                    text.text = without_private(font, text.text or "")
        self.collect(run, line)

    def _symbol(self, element: _Element, line: Line) -> None:
        code = element.get(W("char")) or ""
        if code and not code.lower().strip("0123456789abcdef") and len(code) < 7:
            line.add(symbol(element.get(W("font")) or "", int(code, 16)))

    def _ruby(self, element: _Element, line: Line) -> None:
        word, reading = Line(), Line()
        for inner, name in ((word, "rubyBase"), (reading, "rt")):
            if (part := element.find(W(name))) is not None:
                self.collect(part, inner)
        line.words.append(word.text())
        line.readings.append(reading.text())

    def _field(self, element: _Element, line: Line) -> None:
        """Boxes that are ticked, and what is chosen from a list; other results are usual text."""
        self._instructed(element.get(W("fldCharType")) or "", line)
        data = element.find(W("ffData"))
        if data is None:
            return
        if (box := data.find(W("checkBox"))) is not None:
            ticked = box.find(W("checked"))
            line.add("☒" if is_on(box.find(W("default")) if ticked is None else ticked) else "☐")
        if (choice := data.find(W("ddList"))) is not None:
            entries = choice.findall(W("listEntry"))
            at = integer(value(choice.find(W("result")), value(choice.find(W("default")), "0")))
            line.add(value(entries[at]) if 0 <= at < len(entries) else "")

    def _instructed(self, place: str, line: Line) -> None:
        """What an instruction shows stands where it ends."""
        if place == "begin":
            line.instructions.append([])
        elif line.instructions:
            line.add(field_text("".join(line.instructions[-1])))
            line.instructions[-1].clear()
            if place == "end":
                line.instructions.pop()

    def _note(self, element: _Element, line: Line) -> None:
        kind = "footnote" if element.tag == W("footnoteReference") else "endnote"
        mark, note = self._notes.refer(kind, element.get(W("id")) or "")
        if mark:
            line.add(mark)
        if note is not None:
            line.after.append(f"{mark} {self._joined(note)}")

    def _comment(self, element: _Element, line: Line) -> None:
        comment = self._notes.comment(element.get(W("id")) or "")
        if comment is not None:
            author = comment.get(W("author")) or ""
            line.after.append(comment_line(author, self._joined(comment)))

    def _joined(self, note: _Element) -> str:
        lines = []
        for paragraph in note.iter(W("p")):
            line = Line()
            self.collect(paragraph, line)
            lines.append(
                " ".join([line.text(), *(text for text in line.after if isinstance(text, str))])
            )
        return " ".join(" ".join(lines).split())

    def _graphic(self, element: _Element, line: Line) -> None:
        line.after.append(graphic_text(self._package, self._part, element))


def _instruction(element: _Element, line: Line) -> None:
    if line.instructions:
        line.instructions[-1].append(element.text or "")


def _equation(element: _Element, line: Line) -> None:
    line.add(linear_text(element))
