"""Writes the numbers of lists in the ways that Word has."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from knowledge.parsing.table_rows import list_number

DIGITS = "〇一二三四五六七八九"
FORMAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
TRADITIONAL_DIGITS = "零壹貳參肆伍陸柒捌玖"
UNITS, FORMAL_UNITS = "十百千", "拾佰仟"
STEMS = "甲乙丙丁戊己庚辛壬癸"
BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
KOREAN_SYLLABLES = "가나다라마바사아자차카타파하"
KOREAN_LETTERS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
SEQUENCES = {
    "lowerLetter": ascii_lowercase,
    "upperLetter": ascii_uppercase,
    "ideographTraditional": STEMS,
    "ideographZodiac": BRANCHES,
    "iroha": IROHA,
    "irohaFullWidth": IROHA,
    "aiueo": AIUEO,
    "aiueoFullWidth": AIUEO,
    "ganada": KOREAN_SYLLABLES,
    "chosung": KOREAN_LETTERS,
    "russianLower": RUSSIAN,
    "russianUpper": RUSSIAN.upper(),
}
CHINESE = {
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand"), (DIGITS, UNITS)),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand"), (DIGITS, UNITS)),
    **dict.fromkeys(("japaneseCounting", "ideographDigital"), (DIGITS, UNITS)),
    "chineseLegalSimplified": (FORMAL_DIGITS, FORMAL_UNITS),
    **dict.fromkeys(
        ("ideographLegalTraditional", "japaneseLegal"), (TRADITIONAL_DIGITS, FORMAL_UNITS)
    ),
}
FIRST_OF_TWENTY = {
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), "①"),
    "decimalEnclosedParen": "⑴",
    "decimalEnclosedFullstop": "⒈",
}
# Word repeats letters: after z comes aa, then bb.
MAX_REPEATED = 30


def written(number: int, style: str) -> str:
    """The number in one of Word's styles; in one that is not known, as a decimal."""
    match style:
        case "none" | "bullet":
            return ""
        case "upperRoman" | "lowerRoman":
            return list_number(number, "I" if style == "upperRoman" else "i")
        case "decimalZero":
            return f"{number:02}"
        case "ordinal":
            return f"{number}{_ordinal_ending(number)}"
        case _ if style in FIRST_OF_TWENTY and 0 < number <= 20:
            return chr(ord(FIRST_OF_TWENTY[style]) + number - 1)
        case "decimalFullWidth" | "decimalFullWidth2":
            return "".join(chr(ord("０") + int(digit)) for digit in str(abs(number)))
        case _ if style in CHINESE:
            return _chinese(number, *CHINESE[style])
        case _ if style in SEQUENCES:
            return _from_sequence(number, SEQUENCES[style])
    return str(number)


def _from_sequence(number: int, signs: str) -> str:
    times, at = divmod(number - 1, len(signs))
    if not 0 <= times < MAX_REPEATED:
        return str(number)
    return signs[at] * (times + 1)


def _ordinal_ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _chinese(number: int, digits: str, units: str) -> str:
    """As it is said: 12 is 十二, 105 is 一百〇五."""
    if not 0 < number < 10_000:
        return str(number)
    said, skipped = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if not digit:
            skipped = bool(said)
            continue
        said += digits[0] * skipped + digits[digit] + (units[place - 1] if place else "")
        skipped = False
    return said[1:] if 10 <= number < 20 and digits is DIGITS else said
