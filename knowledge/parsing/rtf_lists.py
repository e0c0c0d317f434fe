"""The tables of lists in RTF files: they number paragraphs that have no number as text."""

from __future__ import annotations

from dataclasses import replace

from knowledge.parsing.office.numbering import MAX_TEXT, Level, List, Numbered, Numbering

# The forms of numbers by `\levelnfc`, where they are not decimals.
FORMS = {
    1: "upperRoman",
    2: "lowerRoman",
    3: "upperLetter",
    4: "lowerLetter",
    5: "ordinal",
    10: "chineseCounting",
    11: "japaneseCounting",
    12: "aiueo",
    13: "iroha",
    14: "decimalFullWidth",
    16: "japaneseLegal",
    17: "japaneseDigitalTenThousand",
    18: "decimalEnclosedCircle",
    19: "decimalFullWidth2",
    20: "aiueoFullWidth",
    21: "irohaFullWidth",
    22: "decimalZero",
    23: "bullet",
    24: "ganada",
    25: "chosung",
    26: "decimalEnclosedFullstop",
    27: "decimalEnclosedParen",
    28: "decimalEnclosedCircleChinese",
    29: "ideographEnclosedCircle",
    30: "ideographTraditional",
    31: "ideographZodiac",
    32: "ideographZodiacTraditional",
    33: "taiwaneseCounting",
    34: "ideographLegalTraditional",
    35: "taiwaneseCountingThousand",
    36: "taiwaneseDigital",
    37: "chineseCounting",
    38: "chineseLegalSimplified",
    39: "chineseCountingThousand",
    41: "koreanDigital",
    42: "koreanCounting",
    44: "koreanDigital2",
    46: "arabicAlpha",
    47: "hebrew2",
    48: "arabicAbjad",
    51: "hindiNumbers",
    53: "thaiLetters",
    54: "thaiNumbers",
    57: "numberInDash",
    58: "russianLower",
    59: "russianUpper",
    255: "none",
}
MAX_LEVELS = 9


class ListTables:
    """Takes the control words of both tables in the order of the file."""

    def __init__(self) -> None:
        self._lists: dict[int, List] = {}
        self._numbered: dict[str, Numbered] = {}
        self._begin()

    def _begin(self) -> None:
        """Of a list, or of the changes that paragraphs make to one."""
        self._levels: dict[int, Level] = {}
        self._begins_again: set[int] = set()
        self._at = -1
        self._list: List | None = None

    def numbering(self) -> Numbering:
        return Numbering(None, self._numbered)

    def word(self, word: str, value: int) -> None:
        if word in ("listid", "ls"):
            self._end(word, value)
        match word:
            case "list" | "listoverride":
                self._begin()
            case "listlevel" if self._list is None:
                self._at += 1
                self._change(Level(text=f"%{self._at + 1}."))
            case "lfolevel":
                self._at += 1
            case "listoverridestartat":
                self._begins_again.add(self._at)
            case "levelstartat":
                self._change(replace(self._level(), start=value))
            case "levelnfc" | "levelnfcn":
                self._change(replace(self._level(), style=FORMS.get(value, "decimal")))
            case "levelnorestart":
                self._change(replace(self._level(), restart=0 if value else None))
            case "levellegal":
                self._change(replace(self._level(), is_legal=bool(value)))

    def text(self, text: str) -> None:
        """What the numbers of a level look like: its length, then levels as their numbers."""
        shown = text[1:].removesuffix(";")[:MAX_TEXT]
        parts = (f"%{ord(sign) + 1}" if ord(sign) < MAX_LEVELS else sign for sign in shown)
        self._change(replace(self._level(), text="".join(parts)))

    def _end(self, word: str, number: int) -> None:
        if word == "listid" and number in self._lists:
            # Changes to it follow.
            self._list, self._at = self._lists[number], -1
        elif word == "listid":
            self._lists[number] = List(self._levels)
            self._begin()
        elif self._list is not None:
            levels = {**self._list.levels, **self._levels}
            self._numbered[str(number)] = Numbered(self._list, levels, self._begins_again)

    def _level(self) -> Level:
        known = self._list.levels if self._list else {}
        at = self._at
        return self._levels.get(at) or known.get(at) or Level(text=f"%{at + 1}.")

    def _change(self, level: Level) -> None:
        if 0 <= self._at < MAX_LEVELS:
            self._levels[self._at] = level
