"""Answers quoted from documents."""

import pytest

from chat.engines.base import About, Passage, Prompt
from chat.engines.extractive.engine import ExtractiveEngine
from chat.engines.extractive.quotes import MAX_SENTENCE
from chat.questions.small_talk import SmallTalk
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
        (
            "Who is Zorblax?",
            "",
            (
                "The documents do not say this. I looked for: Zorblax."
                " The nearest they have is about: About; Install; 节日."
            ),
        ),
        (
            "量子力学何时诞生？",
            "",
            (
                "文档里没有写到这一点。我查找的是：量子力学何时诞生。"
                "与此最接近的内容有：About；Install；节日。"
            ),
        ),
        (
            "量子力學何時誕生？",
            "",
            (
                "文件裡沒有寫到這一點。我查找的是：量子力學何時誕生。"
                "與此最接近的內容有：About；Install；节日。"
            ),
        ),
        ("???", "Sorry!", "Sorry!"),
    ],
)
async def test_without_a_relevant_sentence_it_says_that_it_is_not_there(
    question: str, empty: str, said: str
) -> None:
    assert await answer(Prompt(question, PASSAGES, empty_response=empty)) == said


async def test_what_does_not_answer_the_question_is_not_quoted() -> None:
    question = "What did sales cost?"
    assert "[ID:0]" in await answer(Prompt(question, [REPORT]))
    said = await answer(Prompt(question, [REPORT], is_answerable=False))
    assert said.startswith("The documents do not say this. I looked for: sales cost.")
    assert "[ID" not in said


async def test_without_passages_the_empty_response_is_given() -> None:
    assert await answer(Prompt("What does this say?", empty_response="Sorry!")) == "Sorry!"


@pytest.mark.parametrize(
    "question",
    ["What does this file say?", "Summarize the attached document", "请总结一下这个文件的主要内容"],
)
async def test_a_question_about_a_whole_file_gets_its_beginning(question: str) -> None:
    said = await answer(Prompt(question, [REPORT]))
    assert [said.index(part) for part in ("Sales grew", "Costs fell", "Nobody was")]
    assert said.count("[ID:0]") == 1


TEA = Passage(
    "Green tea is picked in spring. The water should have 80 degrees. It steeps for three minutes."
    " The leaves can be used again the next day.",
    "tea.md",
)


@pytest.mark.parametrize(
    ("follow_up", "said"),
    [
        ("and for how long?", "three minutes"),
        ("how hot?", "80 degrees"),
        ("when is it picked?", "spring"),
        ("要泡多久？", "three minutes"),
    ],
)
async def test_a_follow_up_is_answered_from_the_passages_kept(follow_up: str, said: str) -> None:
    """By what its sentences mean: "how hot?" has no word of the answer."""
    asked = Prompt(follow_up, [TEA, REPORT], kept=1)
    best, *_ = (await answer(asked)).split("[ID:0]")
    assert said in best


HELPDESK = About("Helpdesk", "", "Hi! Ask me about our products.", ["Tea", "Night sky"])


@pytest.mark.parametrize(
    ("question", "kind", "said"),
    [
        (
            "hi!",
            SmallTalk.GREETING,
            (
                "Hello! I am Helpdesk. My documents are about Tea, Night sky."
                " Ask me about our products."
            ),
        ),
        ("谢谢", SmallTalk.THANKS, "不客气！还想知道什么，尽管问我。"),
        ("你是誰", SmallTalk.IDENTITY, "我是Helpdesk。我的文件有：Tea、Night sky。你想知道什麼？"),
    ],
)
async def test_small_talk_is_answered_in_its_language(
    question: str, kind: SmallTalk, said: str
) -> None:
    asked = Prompt(question, small_talk=kind, about=HELPDESK, empty_response="Sorry!")
    assert await answer(asked) == said


async def test_what_is_told_of_itself_is_in_the_language_of_the_question() -> None:
    about = About("Helpdesk", opener="Ask about tea. 可以问我茶。", topics=["Tea", "茶"])
    asked = [Prompt(text, small_talk=SmallTalk.GREETING, about=about) for text in ("Hi", "你好")]
    assert [await answer(each) for each in asked] == [
        "Hello! I am Helpdesk. My documents are about Tea. Ask about tea.",
        "你好！我是Helpdesk。我的文档有：茶。可以问我茶。",
    ]


async def test_a_very_long_sentence_is_cut() -> None:
    said = await answer(Prompt("tea?", [Passage("tea " * 1000, "Tea")]))
    assert len(said) < MAX_SENTENCE + 20
    assert said.endswith("… [ID:0]")


async def test_the_same_sentence_of_two_passages_is_quoted_once() -> None:
    said = await answer(Prompt("What about sales?", [REPORT, REPORT]))
    assert said.count("Sales grew") == 1
