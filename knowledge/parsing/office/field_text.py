r"""What the fields SYMBOL and EQ show: it stands in their instructions, since they have no result.

`EQ \f(1,2)` is 1/2, and in `EQ \o\ad(\s\up 9(pin),拼)` a character has its reading above it.
"""

from __future__ import annotations

import re

from knowledge.parsing.office.equations import group
from knowledge.parsing.office.symbols import symbol

SYMBOL = re.compile(r"\s*SYMBOL\s+(0x[0-9a-f]{1,6}|\d{1,7})\b", re.IGNORECASE)
FONT = re.compile(r'\\f\s*"([^"]{1,60})"')
EQUATION = re.compile(r"\s*EQ\s", re.IGNORECASE)
# How it is set, and its brackets; the name of a part, with its measures; a sign of the text.
TOKEN = re.compile(
    r'\\\*\s{0,9}(?:"[^"]{0,99}"|\w{0,30})|\\[lrb]c\\.|\\([a-z]{1,3})\s{0,9}-?\d{0,5}\s{0,9}|\\?(.)',
    re.DOTALL | re.IGNORECASE,
)
# Above and below a line, a fraction, a root, one over the other, and brackets.
PARTS = ("s", "f", "r", "o", "b", "a", "i", "l", "x", "d")


def field_text(instruction: str) -> str:
    if found := SYMBOL.match(instruction):
        font = FONT.search(instruction)
        return symbol(font[1] if font else "", int(found[1], 16 if "x" in found[1] else 10))
    if found := EQUATION.match(instruction):
        return _equation(instruction[found.end() :])
    return ""


def _equation(instruction: str) -> str:
    parts, around, name = [""], list[tuple[str, list[str]]](), ""
    for switch, sign in TOKEN.findall(instruction):
        if switch:
            name = switch.lower() if switch.lower() in PARTS else name
        elif sign == "(" and name:
            around.append((name, parts))
            parts, name = [""], ""
        elif sign == ")" and around:
            kind, outer = around.pop()
            outer[-1] += _written(kind, [part.strip() for part in parts])
            parts = outer
        elif sign in ",;" and around:
            parts.append("")
        else:
            parts[-1] += sign
    for _kind, outer in reversed(around):
        parts = [*outer, *parts]
    return " ".join(filter(None, map(str.strip, parts)))


def _written(kind: str, parts: list[str]) -> str:
    match kind, parts:
        case "f", [above, below]:
            return f"{group(above)}/{group(below)}"
        case "r", [base]:
            return f"√{group(base)}"
        case "r", [degree, base]:
            return f"√[{degree}]({base})"
        case "b", _:
            return f"({', '.join(parts)})"
        case "o", [reading, base] if reading and base:
            return f"{base}({reading})"
    return " ".join(filter(None, parts))
