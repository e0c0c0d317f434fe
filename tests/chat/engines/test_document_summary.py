"""Questions about a document as a whole."""

import pytest

from chat.engines.base import Passage
from chat.engines.extractive.document_summary import summarize, tell_parts

LIMITS = Passage("| Item | Limit |\n|---|---|\n| Hotel | 150 EUR |", "travel.md", "Travel › Limits")
CLAIMS = Passage(
    "Claims are paid:\n\n1. Open the portal.\n\nLate ones are not.", "travel.md", "Travel › Claims"
)
TRAVEL = Passage("Aster pays for travel. It says how. It applies to all.", "travel.md", "Travel")
TEA = Passage("茶是一种饮料。茶树长在山上。", "茶.md", "茶")


@pytest.mark.parametrize(
    "question",
    [
        "Summarize the travel document",
        "Give me an overview of travel",
        "What does the document about travel say?",
        "What are the main points of travel?",
    ],
)
def test_several_parts_of_the_document_are_told(question: str) -> None:
    quotes = summarize(question, [LIMITS, TEA, CLAIMS, TRAVEL])
    assert [(quote.passage, quote.text) for quote in quotes] == [
        (3, "Aster pays for travel. It says how. It applies to all."),
        (0, "- **Limits**: Hotel: limit 150 EUR"),
        (2, "- **Claims**: Late ones are not."),
    ]


@pytest.mark.parametrize(
    "question", ["总结一下茶", "茶这篇文章主要讲了什么？", "请概括茶的主要内容"]
)
def test_a_summary_in_chinese(question: str) -> None:
    quotes = summarize(question, [TRAVEL, TEA])
    assert [quote.text for quote in quotes] == ["茶是一种饮料。茶树长在山上。"]


def test_without_a_name_it_is_the_first_document() -> None:
    quotes = summarize("What does this file say?", [TEA, TRAVEL])
    assert {quote.passage for quote in quotes} == {0}


@pytest.mark.parametrize(
    "question",
    [
        "What does Aster pay for?",
        "Summarize the war of 1812",
        "What is travel about to become?",
        "What did he make it of?",
        "谁写的？",
        "What does travel contain?",
    ],
)
def test_other_questions_are_none(question: str) -> None:
    assert summarize(question, [TRAVEL]) == []


def test_of_several_documents_each_is_an_item_with_its_title() -> None:
    assert [quote.text for quote in tell_parts([TRAVEL, TEA])] == [
        "- **Travel**: Aster pays for travel.",
        "- **茶**：茶是一种饮料。",
    ]


def test_without_passages_there_is_nothing() -> None:
    assert summarize("What does this file say?", []) == []
