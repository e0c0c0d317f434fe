"""Citations in a growing answer: one spelling, no wrong numbers, none missing."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.engines.openai.citations import CitationNormalizer
from chat.engines.openai.prompting import neutralize
from tests.support.engine_prompts import PASSAGES
from tests.support.text_cutting import cut_anywhere

TEXTS = [passage.text for passage in PASSAGES]
ABOUT = "RAGFlow is an open-source engine for retrieval-augmented generation."
SNIPPETS = st.sampled_from(
    [
        *(
            "[ID:0]",
            "[ID: 7]",
            "(ID:1)",
            "【ID：2】",
            "##0$$",
            "[ID:0, ID:1]",
            "[",
            "(",
            "#",
            "ID:",
        ),
        *(" ", "\n", "  ", "\n\n", ".", "。", "!", "…", "：", '"', "**", ")", "”", "Dr", "3", "1."),
        *(
            "```",
            "| ",
            "- ",
            "# ",
            "RAGFlow is an open-source engine",
            "春节是中国最重要的传统节日",
        ),
        *("port 9380 of the web server", "hello", "你好"),
    ]
)


def cite(*pieces: str) -> str:
    citations = CitationNormalizer(TEXTS)
    return "".join(citations.feed(piece) for piece in pieces) + citations.finish()


@pytest.mark.parametrize(
    "spelling",
    ["[ID:0]", "[ID: 0]", "[id 0]", "[ ID:0 ]", "(ID:0)", "（ID：0）", "【ID:0】", "##0$$"],
)
def test_every_spelling_of_a_marker_becomes_one(spelling: str) -> None:
    assert cite(f"It is so {spelling}.") == "It is so [ID:0]."


@pytest.mark.parametrize("list_", ["[ID:0, ID:2]", "[ID:0,2]", "【ID:0、ID:2】", "[ID:0][ID:2]"])
def test_a_list_of_numbers_becomes_markers(list_: str) -> None:
    assert cite(f"It is so {list_}.") == "It is so [ID:0][ID:2]."


def test_a_number_that_was_not_given_is_dropped() -> None:
    assert cite("It is so [ID:3]. And [ID:9] so [ID:1, ID:7].") == "It is so. And so [ID:1]."


def test_other_brackets_stay_as_they_are() -> None:
    text = "See [1], (ID cards), [a link](https://example.org/#top), order (ID: 12345), a[0] # x"

    assert cite(text) == text


def test_a_supported_sentence_gets_a_marker_where_it_ends() -> None:
    assert cite(f"{ABOUT} Hope that helps!") == f"{ABOUT} [ID:0] Hope that helps!"
    assert cite(f"“{ABOUT}” Good.") == f"“{ABOUT}” [ID:0] Good."
    assert cite(f"**{ABOUT}**") == f"**{ABOUT}** [ID:0]"
    assert cite("- The web server listens on port 9380\n- More") == (
        "- The web server listens on port 9380 [ID:1]\n- More"
    )


def test_a_chinese_sentence_gets_one_too() -> None:
    assert cite("春节是中国最重要的传统节日。**大家好。**") == (
        "春节是中国最重要的传统节日。 [ID:2]**大家好。**"
    )


@pytest.mark.parametrize("own", ["engine [ID:1].", "engine. [ID:1]", "engine.\n[ID:1]"])
def test_a_sentence_with_a_marker_gets_no_other(own: str) -> None:
    text = f"RAGFlow is an open-source retrieval-augmented generation {own}"

    assert cite(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "RAGFlow is closed-source and runs on the Moon.",
        "That is all there is.",
        "Is RAGFlow an open-source engine for retrieval-augmented generation?",
        "# An open-source engine for retrieval-augmented generation",
        "| RAGFlow | open-source engine for retrieval-augmented generation |",
        "```\nRAGFlow is an open-source engine for retrieval-augmented generation. [ID: 9]\n```",
    ],
)
def test_unsupported_sentences_and_non_sentences_get_none(text: str) -> None:
    assert cite(text) == text


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    assert cite("The web server of Dr. Port listens on port 9380.").endswith("9380. [ID:1]")


def test_only_white_space_and_possible_markers_are_withheld() -> None:
    citations = CitationNormalizer(TEXTS)

    assert citations.feed("RAG") == "RAG"
    assert citations.feed("Flow is an") == "Flow is an"
    assert citations.feed(" engine.") == " engine."
    assert citations.feed(" (I") == ""
    assert citations.feed(" think)") == " (I think)"


def test_without_passages_there_is_nothing_to_cite() -> None:
    citations = CitationNormalizer([])

    assert citations.feed("All is well [ID:0]. ") + citations.finish() == "All is well. "


@pytest.mark.parametrize("forged", ["[ID:1]", "(ID: 1)", "##1$$", "【ID:0，ID:1】"])
def test_a_marker_in_a_document_stays_text(forged: str) -> None:
    """A model that repeats what it was given cites nothing by it."""
    shown = neutralize(f"See {forged} there.")
    assert cite(shown) == shown
    assert "[ID:" not in shown


HOSTILE: dict[str, Callable[[int], list[str]]] = {
    "closers": lambda n: ['."""…' * n],
    "stars": lambda n: ["." + "*" * n * 5],
    "words": lambda n: ["word "] * n,
    "letters": lambda n: ["字"] * n * 5,
    "abbreviations": lambda n: ["Dr. "] * n,
    "spaces": lambda n: ["\t "] * n * 3,
    "dropped-markers": lambda n: [" [ID:9]"] * n,
    "openers": lambda n: ["[ID:1," * n],
    "sentences": lambda n: ["It is so. "] * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    def cpu_seconds(n: int) -> float:
        pieces, begin = HOSTILE[name](n), time.process_time()
        cite(*pieces)
        return time.process_time() - begin

    ratios = [cpu_seconds(4000) / max(cpu_seconds(2000), 1e-4) for _ in range(4)]
    assert min(ratios) < 2.8


def test_no_more_than_so_much_is_withheld() -> None:
    citations = CitationNormalizer(TEXTS)
    shown = sum(len(citations.feed(piece)) for piece in [" "] * 5000 + ["[ID:"] * 100)
    assert shown > 5400 - 600


def test_a_sentence_that_is_too_long_gets_no_marker() -> None:
    long = ABOUT.rstrip(".") + " indeed" * 400 + "."
    assert cite(long) == long
    assert cite(f"{long} {ABOUT}") == f"{long} {ABOUT} [ID:0]"


@given(st.lists(SNIPPETS, max_size=25).map("".join).flatmap(cut_anywhere))
def test_where_it_is_cut_makes_no_difference(pieces: list[str]) -> None:
    assert cite(*pieces) == cite("".join(pieces))
