"""What is shown by fields that have no result, and numbers in the ways of the world's lists."""

from __future__ import annotations

import pytest

from knowledge.parsing.office.field_text import field_text
from knowledge.parsing.office.numbers import by_sample, written


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        (r'SYMBOL 98 \f "Symbol" \s 12', "β"),
        (r"symbol 0x20AC \u", "€"),
        (r"EQ \f(1,2)", "1/2"),
        (r"EQ x = \f(a + b;2)", "x = (a + b)/2"),
        (r"EQ \r(3,x) + \r(ab c)", "√[3](x) + √(ab c)"),
        (r"EQ \b\bc\((a,b)", "(a, b)"),
        (r'EQ \* jc2 \* "Font:Song" \* hps10 \o\ad(\s\up 9(pin),拼)写', "拼(pin)写"),
        (r"EQ \i\su(1,5,3x)", "1 5 3x"),
        (r"EQ f(x) = \f(1,2", "f(x) = 1 2"),
        ("PAGE", ""),
        ("HYPERLINK EQ x", ""),
    ],
)
def test_fields_show_what_their_instructions_say(instruction: str, text: str) -> None:
    assert field_text(instruction) == text


@pytest.mark.parametrize(
    ("sample", "numbers"),
    [
        ("1", "1 2 12"),
        ("a", "a b l"),
        ("一, 二, 三, ...", "一 二 十二"),
        ("壹, 貳, 參, ...", "壹 貳 壹拾貳"),
        ("イ, ロ, ハ, ...", "イ ロ ヲ"),
        ("ｱ, ｲ, ｳ, ...", "ア イ シ"),
        ("甲, 乙, 丙, ...", "甲 乙 12"),
        ("일, 이, 삼, ...", "일 이 십이"),
        ("А, Б, .., Аа, Аб, ... (ru)", "А Б М"),
        ("①, ②, ③, ...", "① ② ⑫"),
        ("1st", "1st 2nd 12th"),
        ("not known", "1 2 12"),
    ],
)
def test_lists_of_open_documents_are_numbered_as_their_samples_show(
    sample: str, numbers: str
) -> None:
    assert [by_sample(number, sample) for number in (1, 2, 12)] == numbers.split()


@pytest.mark.parametrize(
    ("style", "number", "text"),
    [
        ("ideographDigital", 20, "二〇"),
        ("ideographZodiacTraditional", 61, "甲子"),
        ("ganada", 15, "가"),
        ("japaneseLegal", 11, "壱拾壱"),
        ("numberInDash", 3, "- 3 -"),
        ("lowerLetter", 28, "bb"),
        ("lowerLetter", 10_000, "10000"),
    ],
)
def test_numbers_are_written_in_the_styles_of_word(style: str, number: int, text: str) -> None:
    assert written(number, style) == text
