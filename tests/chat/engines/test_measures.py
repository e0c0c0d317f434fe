"""Numbers that have the unit a question asks for, and prices."""

import pytest

from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.measures import measure_in
from chat.engines.extractive.prices import asks_for_price, tells_price


@pytest.mark.parametrize(
    ("question", "fits", "does_not"),
    [
        ("这座桥有多长？", "全长1991米", "1998年建成"),
        ("他在位几年？", "在位12年", "共12人"),
        ("保修多久？", "保修 18 个月", "重 18 公斤"),
        ("电池多重", "重约3.5公斤", "长3.5米"),
        ("公园占地多少", "占地二十公顷", "建于二十世纪"),
        ("門票多少錢", "每人30元", "每年30天"),
        ("一共有多少个字？", "约有四千五百个", "约有四千五百年"),
        ("水要几度", "80℃左右", "80克左右"),
        ("How heavy is the bag?", "It weighs 6.8 kilograms", "It has 6.8 litres"),
        ("How tall is the tower?", "a tower of 90 m", "a tower of 1990"),
        ("How long does it take?", "after twenty minutes", "for twenty people"),
        ("How hot is the oven?", "at 180 °C", "at 180 rooms"),
        ("What is the top speed?", "up to 25 km/h", "up to 25 kg"),
    ],
)
def test_a_number_fits_by_its_unit(question: str, fits: str, does_not: str) -> None:
    pattern = measure_in(question)
    assert pattern
    assert pattern.search(fits)
    assert not pattern.search(does_not)


@pytest.mark.parametrize("question", ["谁发明了造纸术？", "How is it?", "多少？"])
def test_a_question_may_ask_for_no_unit(question: str) -> None:
    assert measure_in(question) is None


def test_a_number_with_the_unit_counts_for_more_than_another() -> None:
    asked = answer_type_of("这座桥有多长？")
    assert asked
    fits = [asked.fit(text) for text in ("全长1991米。", "建于1998年。", "很长。")]
    assert fits == [3, 1, 0]


@pytest.mark.parametrize(
    ("question", "fits", "does_not"),
    [
        ("How much does a bicycle cost?", "A bicycle is 300 EUR", "A bicycle has 2 wheels"),
        ("How much is a ticket?", "A ticket: price 12", "A ticket is good for 60 seconds"),
        ("门票多少钱？", "每人30元", "每人30分钟"),
        ("年票的价格是多少？", "年票：价格 120", "年票：共120张"),
    ],
)
def test_a_price_is_told_from_another_number(question: str, fits: str, does_not: str) -> None:
    assert asks_for_price(question)
    assert tells_price(fits)
    assert not tells_price(does_not)


@pytest.mark.parametrize("question", ["How much is left?", "How much leaf is used?", "有多少字？"])
def test_not_every_amount_is_a_price(question: str) -> None:
    assert not asks_for_price(question)
