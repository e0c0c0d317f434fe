"""Answer types: what a question asks for (a date, a person, …), and which sentences hold one."""

import re
from dataclasses import dataclass, replace

from chat.engines.extractive.measures import measure_in
from chat.engines.extractive.roles import role_in
from chat.questions.language import has_chinese


@dataclass(frozen=True, slots=True)
class AnswerType:
    in_question: re.Pattern[str]
    in_answer: re.Pattern[str]
    # Numbers with the unit that is asked for, if it is.
    measure: re.Pattern[str] | None = None
    # How the role is said that is asked for ("portrayed by"), if it is.
    role: re.Pattern[str] | None = None

    def fit(self, text: str) -> int:
        """0: it is not in the text; 2: it may be, in the role; 3: it is, and so is the unit; 4: it
        is, in the role that is asked for, which says in other words what the question does."""
        is_in_role = self.role is not None and self.role.search(text) is not None
        # A Chinese name has no mark by which it is known.
        if not self.in_answer.search(text):
            return 2 if is_in_role and has_chinese(text) else 0
        if is_in_role:
            return 4
        return 3 if self.measure and self.measure.search(text) else 1


def _type(in_question: str, in_answer: str) -> AnswerType:
    """Only questions ignore case: in answers, names are recognized by their capitals."""
    return AnswerType(re.compile(in_question, re.IGNORECASE), re.compile(in_answer))


# What asks for a reason, and what gives one.
WHY = _type(
    r"\bwhy\b|[为為][什甚]?[么麼何]|原因",
    r"\b(?:[Bb]ecause|due to|[Ss]ince(?! then| \d)|in order to|so that|results?|caus\w+)\b"
    r"|因[为為此]|由[于於]|所以|[导導]致|[为為]了",
)

# The first that matches counts. Chinese is matched in simplified and traditional characters.
ANSWER_TYPES = (
    _type(
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|time)\b"
        r"|[什甚][么麼][时時][候间間]|何[时時年]|[哪几幾]一?[年天月日]|[时時][间間]|年份|日期",
        r"\b1\d{3}s?\b|\b20\d\ds?\b|\d\s?[年月日]|[年月]|世[纪紀]|\b(?:day|time|century)\b"
        r"|\byears (?:ago|old|earlier|later|before|after)\b|\b\d{1,4} (?:BC|AD|BCE|CE)\b|\bAD \d"
        r"|\b(?:Jan|Febr)uary\b|\bMarch\b|\bApril\b|\bMay\b|\bJune\b|\bJuly\b|\bAugust\b"
        r"|\b(?:Septem|Octo|Novem|Decem)ber\b",
    ),
    _type(
        r"\bhow (?:many|much|long|old|far|tall|big|high|large|deep|often|fast|heavy|wide|hot|cold"
        r"|expensive|thick|soon)\b"
        r"|\b(?:what|which) (?:number|percent|percentage|amount|rate)\b"
        r"|多[少大长長高远遠久重深快]|[几幾]",
        r"\d|[一二三四五六七八九十百千万萬亿億两兩]"
        r"|\b(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en"
        r"|[Ee]leven|[Tt]welve|hundred|thousand|million|billion|first|second|third|once|twice)\b",
    ),
    _type(
        r"\bwho(?:m|se)?\b|[谁誰]|哪一?位|何人|人名",
        # "据说他是…" names no person.
        r"(?<=[a-z,] )[A-Z][a-z]+|^(?![^，。]{0,8}[他她]).{0,600}?[·•由是为為]",
    ),
    _type(
        r"\bwhere\b|哪[里裡儿兒]|何[处處地]|[什甚][么麼]地方|哪一?[个個]?[国國省市县縣]|位[于於]",
        r"\b(?:in|at|on|near|from) (?:the )?[A-Z]|[省市县縣区區州国國村镇鎮岛島路街城山河湖位在]",
    ),
    WHY,
    _type(r"叫[什甚][么麼]|[称稱][为為作]|名[字称稱]", r"[「『《“\"称稱叫名]"),
)


def answer_type_of(question: str) -> AnswerType | None:
    for answer_type in ANSWER_TYPES:
        if answer_type.in_question.search(question):
            return replace(answer_type, measure=measure_in(question), role=role_in(question))
    return None
