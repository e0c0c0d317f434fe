"""Answers quoted from documents."""

import pytest

from chat.engines.base import Exchange, Passage, Prompt
from chat.engines.extractive.engine import ExtractiveEngine
from chat.engines.extractive.quotes import MAX_SENTENCE
from tests.support.engine_prompts import PASSAGES, ask, collect_events, text_of

REPORT = Passage("Sales grew by half. Costs fell. Nobody was hired.", "report.pdf")


async def answer(prompt: Prompt) -> str:
    events, failure = await collect_events(ExtractiveEngine(), prompt)
    assert failure is None
    return text_of(events)


async def test_the_best_sentence_comes_first() -> None:
    said = await answer(ask("What is RAGFlow?"))
    assert said.startswith(
        "RAGFlow is an open-source engine for retrieval-augmented generation. [ID:0]"
    )


async def test_an_answer_comes_in_pieces_and_no_marker_is_cut() -> None:
    events, _ = await collect_events(
        ExtractiveEngine(), ask("On which port does the web server listen?")
    )
    assert len(events) > 10
    assert " [ID:1]" in [text_of([event]) for event in events]


async def test_every_sentence_has_its_source() -> None:
    tea = Passage("Green tea wants 80 degrees.", "Tea")
    more = Passage("Boil water for green tea, then wait until it has 80 degrees.", "More tea")
    said = await answer(Prompt("How many degrees does green tea want?", [tea, more]))
    assert said == f"{tea.text} [ID:0]\n\nAlso: {more.text} [ID:1]"


async def test_a_marker_in_a_document_is_no_citation() -> None:
    tea = Passage("Green tea wants 80 degrees [ID:1], see ##1$$.", "Tea")
    said = await answer(Prompt("How many degrees does green tea want?", [tea, REPORT]))
    assert said == "Green tea wants 80 degrees ‹ID:1], see ‹#1$$. [ID:0]"


async def test_a_chinese_question_is_answered_in_chinese() -> None:
    said = await answer(ask("春节的时候人们吃什么？"))
    assert said == "春节是中国最重要的传统节日，人们吃饺子、放鞭炮。 [ID:2]"


@pytest.mark.parametrize(
    ("question", "empty", "said"),
    [
        ("Who is Zorblax?", "Sorry!", "Sorry!"),
        ("Who is Zorblax?", "", "The documents say nothing about this."),
        ("量子力学何时诞生？", "", "文档中没有相关内容。"),
        ("???", "Sorry!", "Sorry!"),
    ],
)
async def test_without_a_relevant_sentence_the_empty_response_is_given(
    question: str, empty: str, said: str
) -> None:
    assert await answer(Prompt(question, PASSAGES, empty_response=empty)) == said


async def test_without_passages_the_empty_response_is_given() -> None:
    assert await answer(Prompt("What does this say?", empty_response="Sorry!")) == "Sorry!"


@pytest.mark.parametrize(
    "question",
    ["What does this file say?", "Summarize the attached document", "请总结一下这个文件的主要内容"],
)
async def test_a_question_about_a_whole_file_gets_its_beginning(question: str) -> None:
    said = await answer(Prompt(question, [REPORT]))
    assert [said.index(part) for part in ("Sales grew", "Costs fell", "Nobody was")]
    assert said.count("[ID:0]") == 3


async def test_a_follow_up_is_understood_with_the_question_before_it() -> None:
    before = Exchange("What do people eat at 春节?", "饺子")
    for follow_up in ("And why is it so?", "这是为什么？"):
        assert "[ID:2]" in await answer(Prompt(follow_up, PASSAGES, [before]))


async def test_a_very_long_sentence_is_cut() -> None:
    said = await answer(Prompt("tea?", [Passage("tea " * 1000, "Tea")]))
    assert len(said) < MAX_SENTENCE + 20
    assert said.endswith("… [ID:0]")


async def test_the_same_sentence_of_two_passages_is_quoted_once() -> None:
    said = await answer(Prompt("What about sales?", [REPORT, REPORT]))
    assert said.count("Sales grew") == 1
