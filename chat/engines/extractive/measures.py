"""The unit that a question asks for ("how heavy", "几年", "多高"), and the numbers that have it."""

import re
from collections.abc import Iterator

NUMBER = r"[\d一二三四五六七八九十百千万萬亿億两兩半]\s?[多余餘来來几幾]?\s?"
LENGTH = "公里|千米|海里|光年|厘米|毫米|公分|英尺|[米里尺丈]"
TIME = "小时|小時|个月|個月|分钟|分鐘|世纪|世紀|星期|[年天日周週秒月]"
MASS = "公斤|千克|[克吨噸斤两兩]"
ENGLISH_NUMBER = (
    r"\b(?:\d[\d.,]{0,15}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|half an?|hundred|thousand|million"
    r"|billion)[ -]?"
)
ENGLISH_LENGTH = (
    r"(?:kilo|centi|milli)?met(?:er|re)s?|km|cm|mm|m|feet|foot|ft|inch(?:es)?|miles?|yards?"
    r"|light[ -]years?"
)
ENGLISH_TIME = (
    r"seconds?|minutes?|mins?|hours?|days?|weeks?|fortnights?|months?|years?|decades?"
    r"|centur(?:y|ies)"
)
ENGLISH_MASS = r"(?:kilo|milli)?gram(?:me)?s?|kilos?|kg|mg|g|pounds?|lbs?|tonnes?|tons?|ounces?|oz"
# What a question says in English, and the units that answer it.
ENGLISH_UNITS = {
    re.compile(r"\bhow (?:heavy|light)\b|\b(?:weighs?|weight)\b"): ENGLISH_MASS,
    re.compile(
        r"\bhow (?:tall|high|deep|wide|far|thick|broad)\b|\b(?:height|depth|width|length)\b"
    ): ENGLISH_LENGTH,
    re.compile(r"\bhow long\b"): f"{ENGLISH_TIME}|{ENGLISH_LENGTH}",
    re.compile(r"\bhow old\b|\bat what age\b|\bhow much age\b"): r"years?|months?",
    re.compile(r"\bhow (?:hot|cold|warm)\b|\btemperature\b"): r"(?:°|degrees?|º)[ ]?[CFK]?|℃",
    re.compile(r"\bhow fast\b|\bspeed\b"): (
        r"(?:km|kilomet(?:er|re)s?|miles?|met(?:er|re)s?)[ ]?(?:/|per|an?)[ ]?(?:h|hour|s|second)"
        r"|mph|kph|knots?"
    ),
}
# The same in Chinese; the first that matches counts.
UNITS = {
    re.compile("多长时间|多長時間|多久"): TIME,
    re.compile("多[长長高远遠宽寬深厚]"): LENGTH,
    re.compile("多重"): MASS,
    re.compile("多大(?:年[纪紀]|岁数|歲數)|[几幾][岁歲]"): "[岁歲]",
    re.compile("面[积積]|占地"): "平方公里|平方千米|平方米|公[顷頃]|[亩畝]",
    re.compile("多少[钱錢]|[价價][格钱錢]"): "美元|欧元|歐元|英镑|英鎊|[元块塊圆圓]",
    re.compile("多少人|[几幾][位名]|多少[位名]"): "[人位名口]",
    re.compile("多少[天日]|[几幾]天"): "[天日]",
    re.compile("多少度|[几幾]度"): "[摄攝]氏度|度|℃",
}
# Any other unit is the one that is asked for.
ASKED_UNIT = re.compile(
    rf"(?:多少|[几幾])(?:万|萬|亿|億)?({LENGTH}|{TIME}|{MASS}|平方公里|平方千米|平方米"
    r"|[个個只隻头頭座条條张張种種类類次卷章页頁字倍层層部本家所篇首台臺辆輛艘件根根项項步级級位块塊门門分])"
)


def measure_in(question: str) -> re.Pattern[str] | None:
    """Matches a number with the unit; None: the question names none."""
    return next(_measures(question), None)


def _measures(question: str) -> Iterator[re.Pattern[str]]:
    for asked, units in UNITS.items():
        if asked.search(question):
            yield re.compile(f"{NUMBER}(?:{units})")
    folded = question.lower()
    for asked, units in ENGLISH_UNITS.items():
        if asked.search(folded):
            yield re.compile(rf"(?:{ENGLISH_NUMBER})(?:{units})(?![\w])", re.IGNORECASE)
    if found := ASKED_UNIT.search(question):
        yield re.compile(f"{NUMBER}{found[1]}")
