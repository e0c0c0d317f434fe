"""Writes the numbers of lists in the ways that Word has, and OpenDocument by samples of them."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase

from knowledge.parsing.table_rows import list_number

DIGITS = "〇一二三四五六七八九"
FORMAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
TRADITIONAL_DIGITS = "零壹貳參肆伍陸柒捌玖"
JAPANESE_DIGITS = "零壱弐参四伍六七八九"
KOREAN_DIGITS = "영일이삼사오육칠팔구"
THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"
UNITS, FORMAL_UNITS, JAPANESE_UNITS, KOREAN_UNITS = "十百千", "拾佰仟", "拾百阡", "십백천"
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
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
# Word repeats letters: after z comes aa, then bb.
REPEATED = {
    "lowerLetter": ascii_lowercase,
    "upperLetter": ascii_uppercase,
    "russianLower": RUSSIAN,
    "russianUpper": RUSSIAN.upper(),
    "greekLower": GREEK,
    "greekUpper": GREEK.upper(),
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
    "hebrew2": "אבגדהוזחטיכלמנסעפצקרשת",
    "thaiLetters": "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
}
# After the last of these come decimals.
ENDING = {
    "ideographTraditional": STEMS,
    "ideographZodiac": BRANCHES,
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
}
# After the last of these comes the first.
CYCLES: dict[str, Sequence[str]] = {
    "ideographZodiacTraditional": [STEMS[at % 10] + BRANCHES[at % 12] for at in range(60)],
    "iroha": IROHA,
    "irohaFullWidth": IROHA,
    "aiueo": AIUEO,
    "aiueoFullWidth": AIUEO,
    "ganada": KOREAN_SYLLABLES,
    "chosung": KOREAN_LETTERS,
    "koreanSyllablesInCircles": "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻",
    "koreanLettersInCircles": "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭",
}
# A sign for each digit of the decimal.
PLACES = {
    **dict.fromkeys(("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"), DIGITS),
    "koreanDigital2": DIGITS,
    "koreanDigital": KOREAN_DIGITS,
    "thaiNumbers": THAI_DIGITS,
    "hindiNumbers": "०१२३४५६७८९",
    **dict.fromkeys(("decimalFullWidth", "decimalFullWidth2"), "０１２３４５６７８９"),
}
CHINESE = {
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand"), (DIGITS, UNITS)),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand"), (DIGITS, UNITS)),
    "japaneseCounting": (DIGITS, UNITS),
    "chineseLegalSimplified": (FORMAL_DIGITS, FORMAL_UNITS),
    "ideographLegalTraditional": (TRADITIONAL_DIGITS, FORMAL_UNITS),
    "japaneseLegal": (JAPANESE_DIGITS, JAPANESE_UNITS),
    "koreanCounting": (KOREAN_DIGITS, KOREAN_UNITS),
}
# Units that stand for one of them alone: 십, not 일십.
WITHOUT_ONE = (UNITS, KOREAN_UNITS)
# How OpenDocument names the ways that are not decimals, Roman or Latin: by what they begin with.
SAMPLES = {
    "一": "chineseCounting",
    "壹, 贰": "chineseLegalSimplified",
    "壹, 貳": "ideographLegalTraditional",
    **dict.fromkeys("壱弌", "japaneseLegal"),
    "甲": "ideographTraditional",
    "子": "ideographZodiac",
    **dict.fromkeys("アｱ", "aiueo"),
    **dict.fromkeys("イｲ", "iroha"),
    "①": "decimalEnclosedCircle",
    "１": "decimalFullWidth",
    "일": "koreanCounting",
    "가": "ganada",
    "ㄱ": "chosung",
    "㉮": "koreanSyllablesInCircles",
    "㉠": "koreanLettersInCircles",
    "ก": "thaiLetters",
    "๑": "thaiNumbers",
    "१": "hindiNumbers",
    "أ": "arabicAlpha",
    "א": "hebrew2",
    "а": "russianLower",
    "А": "russianUpper",
    "α": "greekLower",
    "Α": "greekUpper",
    "1st": "ordinal",
    "01": "decimalZero",
}
MAX_REPEATED = 30


def by_sample(number: int, sample: str) -> str:
    """The number as OpenDocument says: 1, a, A, i and I, or what such a list begins with."""
    style = SAMPLES.get(sample[:4]) or SAMPLES.get(sample.partition(",")[0])
    return written(number, style) if style else list_number(number, sample)


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
        case "numberInDash":
            return f"- {number} -"
        case _ if style in PLACES:
            return "".join(PLACES[style][int(digit)] for digit in str(abs(number)))
        case _ if style in CHINESE:
            return _chinese(number, *CHINESE[style])
    return _from_sequence(number, style) or str(number)


def _from_sequence(number: int, style: str) -> str:
    """Nothing if the style is of another kind, or if none of its signs is left."""
    at = number - 1
    if at < 0:
        return ""
    if style in REPEATED:
        times, at = divmod(at, len(REPEATED[style]))
        return REPEATED[style][at] * (times + 1) if times < MAX_REPEATED else ""
    if style in CYCLES:
        return CYCLES[style][at % len(CYCLES[style])]
    return ENDING.get(style, "")[at : at + 1]


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
    return said[1:] if 10 <= number < 20 and units in WITHOUT_ONE else said
