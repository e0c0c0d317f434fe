"""Writes numbers as Excel shows them, by the codes of their formats: `0.0%`, `#,##0.00 [$€]`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise, takewhile

# The formats that have a number instead of a code.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0',
    6: '"$"#,##0',
    7: '"$"#,##0.00',
    8: '"$"#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "yyyy-mm-dd",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    **dict.fromkeys(range(27, 32), "yyyy-mm-dd"),
    32: "h:mm",
    33: "h:mm:ss",
    34: "h:mm",
    35: "h:mm:ss",
    36: "yyyy-mm-dd",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: "#,##0",
    42: '"$"#,##0',
    43: "#,##0.00",
    44: '"$"#,##0.00',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys(range(50, 59), "yyyy-mm-dd"),
}
# Excel shows eleven digits where no format says how many.
GENERAL_DIGITS = 11
LARGEST_WHOLE, LARGEST_FORMATTED = 1e15, 1e20
PLACES = "0#?"
DATE_LETTERS = "ymdhsb"
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_DAY = 2_958_466
MAX_DECIMALS = 30
# Stands for the number in the texts around it.
PLACE_OF_NUMBER = "\0"


@dataclass(frozen=True, slots=True)
class Token:
    # "text" as it is, "digits", "point", "comma", "%", "E", "date", "elapsed", "ampm", "/",
    # "general".
    kind: str
    text: str


@dataclass(frozen=True)
class Section:
    tokens: tuple[Token, ...]
    kinds: frozenset[str]

    @cached_property
    def around(self) -> tuple[str, str]:
        """What stands before and after a number."""
        before, _, after = _around(self.tokens, PLACE_OF_NUMBER).partition(PLACE_OF_NUMBER)
        return before, after

    @cached_property
    def decimals(self) -> Decimals:
        return _decimals(self.tokens)

    @cached_property
    def is_mask(self) -> bool:
        """Whether the digits stand among texts, as in the format of a telephone number."""
        # One with a general number, or a fraction, is written in another way.
        is_other = "general" in self.kinds or ("/" in self.kinds and "E" not in self.kinds)
        return not is_other and _is_mask(self.tokens)

    @cached_property
    def units(self) -> frozenset[str]:
        return frozenset(unit if unit == "minutes" else unit[0] for unit, _ in _date_units(self))


@dataclass(frozen=True, slots=True)
class Decimals:
    # What the number is multiplied with: a hundred for percent, a thousandth for each last comma.
    factor: float
    divisor: float
    # The places after the point, such as "00" or "0##", and the least digits before it.
    fraction: str
    least: int
    is_grouped: bool
    is_scientific: bool


def shown(number: float, code: str, since_1904: bool = False) -> str:
    """The number in the format of a cell; codes that are not understood show it plainly."""
    sections = _sections(code)
    if not sections or not abs(number) < LARGEST_FORMATTED:
        return general(number)
    section = _for_number(sections, number)
    if section.kinds & {"date", "elapsed"}:
        return _moment(number, section, since_1904)
    # The section for negative numbers says itself how these look.
    own_sign = number < 0 and len(sections) > 1
    text = (
        _number(abs(number), section) if section.kinds & {"digits", "general"} else _texts(section)
    )
    negative = number < 0 and not own_sign and any(sign in text for sign in "123456789")
    return f"-{text}" if negative else text


def is_date(code: str) -> bool:
    return any(section.kinds & {"date"} for section in _sections(code)[:1])


def general(number: float) -> str:
    """Without a format: whole numbers in full, others to eleven digits."""
    if abs(number) < LARGEST_WHOLE and number == int(number):
        return str(int(number))
    is_wide = 10 ** (GENERAL_DIGITS - 1) <= abs(number) < LARGEST_WHOLE
    text = f"{number:.0f}" if is_wide else f"{number:.{GENERAL_DIGITS - 1}g}"
    return text.replace("e", "E")


def _for_number(sections: tuple[Section, ...], number: float) -> Section:
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


@lru_cache(1000)
def _sections(code: str) -> tuple[Section, ...]:
    """Those for positive numbers, negative ones and zero; none for the general format."""
    sections: list[list[Token]] = [[]]
    for token in _tokens(code[:255]):
        if token.kind == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    if code.strip().lower() in ("", "general", "@"):
        return ()
    return tuple(
        Section(tuple(tokens), frozenset(token.kind for token in tokens)) for tokens in sections[:3]
    )


def _tokens(code: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(code):
        token, at = _token(code, at)
        if token is None:
            continue
        if tokens and token.kind == tokens[-1].kind == "digits":
            tokens[-1] = Token("digits", tokens[-1].text + token.text)
        else:
            tokens.append(token)
    return tokens


def _token(code: str, at: int) -> tuple[Token | None, int]:
    sign, lower = code[at], code[at].lower()
    rest = code[at:].lower()
    if sign == '"':
        end = code.find('"', at + 1)
        return (
            (Token("text", code[at + 1 :]), len(code))
            if end < 0
            else (Token("text", code[at + 1 : end]), end + 1)
        )
    if sign == "[":
        end = code.find("]", at)
        return (None, len(code)) if end < 0 else (_bracketed(code[at + 1 : end]), end + 1)
    if sign in "\\!":
        return Token("text", code[at + 1 : at + 2]), at + 2
    if sign in "_*":
        # Leaves the width of a character, or fills the cell with it.
        return Token("text", " ") if sign == "_" else None, at + 2
    if rest.startswith("general"):
        return Token("general", ""), at + 7
    for mark in ("am/pm", "a/p"):
        if rest.startswith(mark):
            return Token("ampm", mark), at + len(mark)
    if rest.startswith(("e+", "e-")):
        return Token("E", sign), at + 2
    if lower in DATE_LETTERS:
        length = len(rest) - len(rest.lstrip(lower))
        return Token("date", lower * length), at + length
    kinds = {".": "point", ",": "comma", "%": "%", ";": ";", "/": "/", "@": "@"}
    kind = "digits" if sign in PLACES else kinds.get(sign, "text")
    return Token(kind, sign), at + 1


def _bracketed(text: str) -> Token | None:
    """A currency or a time that goes on after 24 hours; colours and conditions show nothing."""
    if text.startswith("$"):
        return Token("text", text[1:].partition("-")[0])
    if text and text.lower().strip("hms") == "":
        return Token("elapsed", text.lower())
    return None


def _texts(section: Section) -> str:
    return "".join(token.text for token in section.tokens if token.kind == "text").strip()


def _number(number: float, section: Section) -> str:
    """The number in place of the digits, with the texts around it."""
    if section.is_mask:
        return _masked(number, section.tokens)
    digits = _digits(number, section)
    if not digits:
        return _around(section.tokens, "")
    before, after = section.around
    return f"{before}{digits}{after}"


def _digits(number: float, section: Section) -> str:
    if "general" in section.kinds:
        return general(number)
    if "/" in section.kinds and "E" not in section.kinds:
        return _fraction(number, section.tokens)
    form = section.decimals
    number = number * form.factor / form.divisor
    if form.is_scientific:
        return _scientific(number, form.fraction, section)
    return _decimal(number, form.fraction, form.least, form.is_grouped)


def _decimals(tokens: tuple[Token, ...]) -> Decimals:
    exponent = next((at for at, token in enumerate(tokens) if token.kind == "E"), len(tokens))
    digits = [at for at, token in enumerate(tokens[:exponent]) if token.kind == "digits"]
    # Commas after the last digit divide by a thousand each; one between digits groups them.
    after = tokens[digits[-1] + 1 :] if digits else ()
    commas = sum(1 for _ in takewhile(lambda token: token.kind == "comma", after))
    point = next((at for at, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    whole = [at for at in digits if at < point]
    return Decimals(
        100 ** sum(token.kind == "%" for token in tokens),
        1000**commas,
        _after_point(tokens),
        sum(tokens[at].text.count("0") for at in whole),
        any(token.kind == "comma" for token in tokens[: whole[-1] if whole else 0]),
        exponent < len(tokens),
    )


def _is_mask(tokens: tuple[Token, ...]) -> bool:
    """Whether texts stand between the digits, as in the format of a telephone number."""
    kinds = [token.kind for token in tokens]
    return (
        "text" in kinds
        and kinds.count("digits") > 1
        and not {"point", "comma", "E", "%"} & set(kinds)
    )


def _masked(number: float, tokens: tuple[Token, ...]) -> str:
    digits, written = f"{number:.0f}", ""
    first = next(at for at, token in enumerate(tokens) if token.kind == "digits")
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].kind == "text":
            written = tokens[at].text + written
        elif tokens[at].kind == "digits":
            width = len(digits) if at == first else len(tokens[at].text)
            digits, taken = digits[: max(len(digits) - width, 0)], digits[-width:] if width else ""
            written = taken.rjust(len(tokens[at].text), "0") + written
    return written


def _after_point(tokens: tuple[Token, ...]) -> str:
    """The places after the decimal point, such as "00" or "0##"."""
    for token, following in pairwise(tokens):
        if token.kind == "point":
            return following.text[:MAX_DECIMALS] if following.kind == "digits" else ""
    return ""


def _decimal(number: float, fraction: str, least: int, grouped: bool) -> str:
    # As people round, not as the binary number behind it would be.
    exact = (
        Decimal(f"{number:.15g}").quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
        if (number < 1e20)
        else Decimal(number)
    )
    whole, _, decimals = f"{exact:{',' if grouped else ''}f}".partition(".")
    decimals = _trimmed(decimals, fraction)
    if whole == "0" and not least:
        whole = ""
    whole = whole.zfill(least)
    return f"{whole}.{decimals}" if decimals else whole


def _trimmed(decimals: str, places: str) -> str:
    """Without the zeros at the end that only "#" and "?" stand for."""
    while decimals.endswith("0") and places[len(decimals) - 1 : len(decimals)] in ("#", "?"):
        decimals = decimals[:-1]
    return decimals


def _scientific(number: float, fraction: str, section: Section) -> str:
    mantissa, _, exponent = f"{number:.{len(fraction)}E}".partition("E")
    at = next(at for at, token in enumerate(section.tokens) if token.kind == "E")
    width = sum(token.text.count("0") for token in section.tokens[at:] if token.kind == "digits")
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').zfill(max(width, 1))}"


def _fraction(number: float, tokens: tuple[Token, ...]) -> str:
    at = next(at for at, token in enumerate(tokens) if token.kind == "/")
    after = tokens[at + 1].text if at + 1 < len(tokens) else "?"
    whole, rest = divmod(number, 1)
    part = Fraction(rest).limit_denominator(10 ** min(len(after), 4) - 1)
    if part.numerator == part.denominator:
        whole, part = whole + 1, Fraction(0)
    if not part:
        return str(int(whole))
    return f"{int(whole)} {part}" if whole else str(part)


def _around(tokens: tuple[Token, ...], number: str) -> str:
    """The texts of a format, with the number where its digits are."""
    written, placed = "", False
    inside = {"digits", "point", "comma", "E", "/", "general"}
    numeric = [at for at, token in enumerate(tokens) if token.kind in inside]
    for at, token in enumerate(tokens):
        if token.kind in inside:
            written += "" if placed else number
            placed = True
        elif token.kind == "%":
            written += "%"
        elif token.kind == "text" and not (placed and at < numeric[-1]):
            written += token.text
    return " ".join(written.split())


def _moment(number: float, section: Section, since_1904: bool) -> str:
    """A date in full as ISO writes it; of parts of one, those that the format shows."""
    if not 0 <= number < LAST_DAY:
        return general(number)
    if "elapsed" in section.kinds:
        return _elapsed(number, section)
    moment = moment_of(number, since_1904)
    shown_units = section.units
    # Dates are often kept with a time of midnight that nobody means.
    has_time = bool({"h", "s"} & shown_units) and number % 1 > 0
    if {"y", "m", "d"} <= shown_units:
        return (
            moment.isoformat(" ", "seconds" if "s" in shown_units and moment.second else "minutes")
            if (has_time)
            else moment.date().isoformat()
        )
    return _parts(moment, section)


def moment_of(number: float, since_1904: bool) -> datetime:
    if since_1904:
        start = datetime(1904, 1, 1)
    else:
        # Excel has a 29th of February 1900, which was none.
        start = datetime(1899, 12, 30) if number >= 60 else datetime(1899, 12, 31)
    return start + timedelta(seconds=round(number * 86_400))


def _date_units(section: Section) -> list[tuple[str, int]]:
    """Each unit and its width; "m" next to hours or seconds is minutes."""
    dates = [token.text for token in section.tokens if token.kind == "date"]
    units = []
    for at, text in enumerate(dates):
        before = dates[at - 1][0] if at else ""
        after = dates[at + 1][0] if at + 1 < len(dates) else ""
        is_minute = text[0] == "m" and len(text) < 3 and (before == "h" or after == "s")
        units.append(("minutes" if is_minute else text[0], len(text)))
    return units


def _parts(moment: datetime, section: Section) -> str:
    units = iter(_date_units(section))
    is_halved = "ampm" in section.kinds
    written = ""
    for token in section.tokens:
        match token.kind:
            case "date":
                written += _unit(moment, *next(units), is_halved)
            case "ampm":
                written += "AM" if moment.hour < 12 else "PM"
            case "text" | "/" | "comma":
                written += token.text
            case "point":
                written += ""
    return " ".join(written.split())


def _unit(moment: datetime, unit: str, width: int, is_halved: bool) -> str:
    hour = (moment.hour - 1) % 12 + 1 if is_halved else moment.hour
    match unit:
        case "y" | "b":
            return str(moment.year) if width > 2 else f"{moment.year % 100:02}"
        case "m" if width >= 3:
            name = MONTHS[moment.month - 1]
            return name[:3] if width == 3 else name if width == 4 else name[0]
        case "d" if width >= 3:
            name = DAYS[moment.weekday()]
            return name if width > 3 else name[:3]
    number = {"m": moment.month, "d": moment.day, "h": hour, "minutes": moment.minute}
    return str(number.get(unit, moment.second)).zfill(min(width, 2))


def _elapsed(number: float, section: Section) -> str:
    seconds = round(number * 86_400)
    first = next(token.text for token in section.tokens if token.kind == "elapsed")
    rest = [unit for unit, _ in _date_units(section)]
    if first[0] == "s":
        return str(seconds)
    if first[0] == "m":
        return f"{seconds // 60}:{seconds % 60:02}" if "s" in rest else str(seconds // 60)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{clock}:{seconds % 60:02}" if "s" in rest else clock if rest else str(seconds // 3600)
