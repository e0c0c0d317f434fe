"""The extractive engine, asked in another language than that of the documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.engines.base import Passage, Prompt
from chat.engines.extractive.engine import compose

TEA_ZH = "绿茶的产地很多。泡绿茶的水温应该是八十度。茶叶要放在干燥的地方保存。"
TEA_EN = (
    "Green tea is grown in many places. The water for green tea should have 80 degrees. "
    "Keep the leaves in a dry place."
)
MOON_ZH = "月球总是以同一面朝向地球。"
MOON_EN = "The Moon always shows the same side to the Earth."


def answer(question: str, *texts: str, empty_response: str = "") -> str:
    passages = [Passage(text, f"{number}.md") for number, text in enumerate(texts)]
    return compose(Prompt(question, passages, empty_response=empty_response))


def said(text: str) -> Sequence[str]:
    return [part.strip() for part in re.split(r"\[ID:\d+\]", text)][:-1]


def test_an_english_question_gets_the_chinese_sentence_and_a_note() -> None:
    text = answer("What temperature should the water for green tea have?", TEA_ZH, MOON_ZH)

    assert said(text)[0] == "泡绿茶的水温应该是八十度。"
    assert "[ID:0]" in text
    assert text.endswith("(The source is in Chinese.)")


def test_a_chinese_question_gets_the_english_sentence_and_a_note() -> None:
    text = answer("泡绿茶的水要多少度？", MOON_EN, TEA_EN)

    assert said(text)[0] == "The water for green tea should have 80 degrees."
    assert "[ID:1]" in text
    assert text.endswith("（引文的原文不是中文。）")


def test_the_note_names_japanese_and_korean() -> None:
    japanese = "緑茶を入れるお湯の温度は80度にしてください。"
    korean = "녹차를 우리는 물의 온도는 80도여야 합니다."
    question = "What is the water temperature for green tea?"

    assert answer(question, japanese).endswith("(The source is in Japanese.)")
    assert answer(question, korean).endswith("(The source is in Korean.)")


def test_the_same_language_has_no_note() -> None:
    assert "source" not in answer("What water does green tea want?", TEA_EN)
    assert "原文" not in answer("泡绿茶的水温是多少？", TEA_ZH)


def test_names_that_both_languages_share_are_found_by_words() -> None:
    text = answer("WebSocket 1008?", "关闭代码1008表示WebSocket的凭证无效。服务器会重启。")

    assert "source" not in text
    assert said(text)[0].startswith("关闭代码1008")


def test_what_is_not_there_in_the_other_language_either_is_not_answered() -> None:
    question = "How many knees does a giraffe have?"

    assert answer(question, "服务器重启时连接会关闭。", empty_response="Nothing.") == "Nothing."


def test_no_sentence_is_said_twice() -> None:
    text = answer("Which side does the Moon show to the Earth?", MOON_ZH, MOON_ZH)

    assert text.count(MOON_ZH) == 1
