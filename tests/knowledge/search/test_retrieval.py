"""Retrieval: the owner's chunks that fit a question, and those of no other owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.index import postgres
from knowledge.index.base import SearchScope
from knowledge.index.current_index import get_index
from knowledge.ingestion import ingest
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.search import totals
from knowledge.search.retrieval import distinct_terms, score_terms, search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.totals import term_counts
from knowledge.text.analysis import index_terms, query_terms
from tests.support.ports import free_port
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def on(vendor: str) -> pytest.MarkDecorator:
    """For a test of the index of one database."""
    return pytest.mark.skipif(connection.vendor != vendor, reason=f"The database is no {vendor}")


TEA = "# Tea\n\nGreen tea wants water of 80 degrees.\n\n# 绿茶\n\n泡绿茶的水温是80度。\n"
SKY = "# The sky\n\nThe Moon always shows us the same side.\n"


@pytest.fixture
def library(world: World) -> KnowledgeBase:
    for name, text in {"tea.md": TEA, "sky.md": SKY}.items():
        assert ingest(world.knowledge_base, name, text.encode()).status == Document.Status.READY
    return world.knowledge_base


def found(base: KnowledgeBase, question: str, **options: Any) -> list[ScoredChunk]:
    return search(question, owner_id=base.owner_id, kb_ids=[base.pk], **options)


def test_the_best_chunk_comes_first_with_its_source(library: KnowledgeBase) -> None:
    best, *_ = found(library, "How hot is the water for green tea?")
    assert best.document_name == "tea.md"
    assert best.place == "Tea"
    assert "80 degrees" in best.text
    assert best.similarity == best.term_similarity > 0.5
    assert best.knowledge_base_id == library.pk


def test_only_the_owners_knowledge_bases_are_searched(world: World, library: KnowledgeBase) -> None:
    bob = world.bob.user
    document = library.documents.get(name="tea.md")
    assert search("green tea", owner_id=bob.pk, kb_ids=[library.pk]) == []
    assert search("green tea", owner_id=bob.pk, kb_ids=[library.pk], doc_ids=[document.pk]) == []
    theirs = KnowledgeBase.objects.create(owner=bob, name="Theirs")
    assert search("green tea", owner_id=bob.pk, kb_ids=[theirs.pk, library.pk]) == []


@pytest.mark.parametrize("question", ["绿茶的水温", "綠茶的水溫"])
def test_chinese_is_found_in_either_script(library: KnowledgeBase, question: str) -> None:
    assert found(library, question)[0].place == "绿茶"


def test_doc_ids_limit_the_search_to_these_documents(library: KnowledgeBase) -> None:
    sky = library.documents.get(name="sky.md")
    names = {chunk.document_name for chunk in found(library, "tea or moon", doc_ids=[sky.pk])}
    assert names == {"sky.md"}


def test_limit_and_threshold_are_respected(library: KnowledgeBase) -> None:
    assert len(found(library, "tea water moon side", limit=1)) == 1
    assert found(library, "moon and a hundred unheard-of things", threshold=0.99) == []


@pytest.mark.parametrize(
    "question",
    [
        "",
        "the of and",
        '"',
        "tea OR",
        'NEAR("a" "b")',
        "terms:tea*",
        "'; DROP TABLE",
        "😀",
        "a" * 9999,
    ],
)
def test_no_question_is_a_syntax_error(library: KnowledgeBase, question: str) -> None:
    assert all(0 <= chunk.similarity <= 1 for chunk in found(library, question))


def test_a_search_without_chunks_finds_nothing(world: World) -> None:
    owner = world.alice.user.pk
    assert search("tea", owner_id=owner, kb_ids=[]) == []
    assert search("tea", owner_id=owner, kb_ids=[world.knowledge_base.pk]) == []


def test_replaced_and_deleted_chunks_are_not_found(library: KnowledgeBase) -> None:
    ingest(library, "tea.md", b"# Coffee\n\nCoffee wants 93 degrees.\n")
    assert "coffee" in found(library, "coffee")[0].text.lower()
    assert not any("Green" in chunk.text for chunk in found(library, "green tea degrees"))
    library.documents.get(name="sky.md").delete()
    assert found(library, "the moon") == []


@on("sqlite")
def test_the_index_comes_back_after_its_triggers_were_lost(library: KnowledgeBase) -> None:
    with connection.cursor() as cursor:
        for name in ("added", "removed", "changed"):
            cursor.execute(f"DROP TRIGGER knowledge_chunk_{name}")
    Chunk.objects.filter(document__name="sky.md").update(terms=index_terms("Jupiter"))
    get_index().install()
    assert found(library, "Jupiter")[0].document_name == "sky.md"
    get_index().install()


@on("postgresql")
def test_the_index_comes_back_after_it_was_lost(library: KnowledgeBase) -> None:
    with connection.cursor() as cursor:
        # Tables with checks that are still to be made cannot be changed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX knowledge_chunk_by_sampled_key")
    get_index().install()
    get_index().install()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('knowledge_chunk_by_sampled_key') IS NOT NULL")
        assert cursor.fetchone() == (True,)
    assert found(library, "the moon")[0].document_name == "sky.md"


@on("postgresql")
def test_colliding_hashes_show_no_other_owners_chunks(
    world: World, library: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = KnowledgeBase.objects.create(owner=world.bob.user, name="Theirs")
    ingest(theirs, "tea.md", TEA.encode())
    for name in ("COUNTS", "CANDIDATES"):
        query = getattr(postgres, name)
        # As if both knowledge bases had the same hash.
        same = query.replace("uuid_hash(base.id)", f"uuid_hash('{theirs.pk}')")
        assert same != query
        monkeypatch.setattr(postgres, name, same)
    scope = SearchScope(library.owner_id, [library.pk])
    assert get_index().counts(["green"], scope) == {}
    assert get_index().candidates({"green": 1.0}, scope, 10) == []


@on("postgresql")
def test_common_terms_are_counted_in_a_sample(world: World) -> None:
    document = Document.objects.create(knowledge_base=world.knowledge_base, name="a")
    Chunk.objects.bulk_create(
        Chunk(
            document=document,
            knowledge_base=world.knowledge_base,
            position=position,
            text="",
            terms="leaf rare" if position < 5 else "leaf",
        )
        for position in range(1_000)
    )
    scope = SearchScope(world.knowledge_base.owner_id, [world.knowledge_base.pk])
    counts = get_index().counts(["leaf", "rare", "absent"], scope)
    assert counts.keys() == {"leaf", "rare"}
    assert counts["rare"] == 5
    # One in sixteen, wherever the numbers of the rows begin.
    assert counts["leaf"] in (62 * 16, 63 * 16)


@on("postgresql")
def test_of_common_terms_pairs_are_found(library: KnowledgeBase) -> None:
    scope = SearchScope(library.owner_id, [library.pk])
    in_pairs = {"moon": 1.0, "side": 1.0, "green": 1.0}
    found = get_index().candidates({"absent": 1.0}, scope, 10, in_pairs)
    assert [candidate.title_terms for candidate in found] == ["the sky"]


def test_the_counts_of_common_terms_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "COMMON", 2)
    base = world.knowledge_base
    document = Document.objects.create(knowledge_base=base, name="a")
    Chunk.objects.bulk_create(
        Chunk(document=document, knowledge_base=base, position=position, text="", terms=terms)
        for position, terms in enumerate(["leaf rare", "leaf", "leaf"])
    )
    scope = SearchScope(base.owner_id, [base.pk])
    assert term_counts(get_index(), ["leaf", "rare"], scope) == {"leaf": 3, "rare": 1}

    document.delete()

    assert term_counts(get_index(), ["leaf", "rare"], scope) == {"leaf": 3}
    other = SearchScope(world.bob.user.pk, [base.pk])
    assert term_counts(get_index(), ["leaf", "rare"], other) == {}


@on("postgresql")
def test_what_has_more_of_the_terms_is_found_among_many(world: World) -> None:
    base = world.knowledge_base
    document = Document.objects.create(knowledge_base=base, name="a")
    terms = [*["leaf"] * 50, *["stem"] * 50, "leaf stem", "leaf stem root"]
    chunks = Chunk.objects.bulk_create(
        Chunk(document=document, knowledge_base=base, position=position, text="", terms=each)
        for position, each in enumerate(terms)
    )
    scope, weights = SearchScope(base.owner_id, [base.pk]), {"leaf": 1.0, "stem": 1.5, "root": 0.5}
    found = get_index().candidates(weights, scope, 3, weights)
    assert [each.rowid for each in found] == [chunks[n].rowid for n in (101, 100, 50)]


def test_a_word_of_any_length_is_found(world: World, settings: Settings) -> None:
    settings.CHUNK_CHARS = 10_000
    word = "x" * 5000
    ingest(world.knowledge_base, "long.md", f"# Long\n\n{word}\n".encode())
    assert found(world.knowledge_base, word)[0].document_name == "long.md"


def test_a_title_counts_more_than_a_mention(world: World) -> None:
    for number in range(60):
        ingest(world.knowledge_base, f"{number}.md", b"# Others\n\nOne with oolong in it.\n")
    ingest(world.knowledge_base, "oolong.md", b"# Oolong\n\nBetween green and black.\n")
    assert found(world.knowledge_base, "oolong", limit=1)[0].document_name == "oolong.md"


def test_texts_that_are_in_no_index_are_scored() -> None:
    tea, coffee, empty = score_terms(
        "green tea", list(map(distinct_terms, ["Green teas.", "A green coffee.", ""]))
    )
    assert 1 == tea > coffee > empty == 0
    assert score_terms("the", ["x"]) == [0]
    assert score_terms("green tea", []) == []


def test_words_are_stemmed_and_stop_words_removed_from_questions_only() -> None:
    assert query_terms("What are the kings of Spain?") == query_terms("king Spain")
    assert "the" in index_terms("The Beatles").split()


FOREIGN = "# 月球\n\n月球总是以同一面朝向地球。\n"


@pytest.fixture
def embedded(library: KnowledgeBase) -> KnowledgeBase:
    ingest(library, "moon.md", FOREIGN.encode())
    while write_some_vectors():
        pass
    return library


def test_a_question_in_another_language_finds_what_it_means(embedded: KnowledgeBase) -> None:
    best, *_ = found(embedded, "Which face does the lunar body turn to our planet?", doc_ids=[])
    assert best.document_name in ("moon.md", "sky.md")
    chinese = found(embedded, "泡绿茶的水应该多热？")[0]
    assert chinese.document_name == "tea.md"
    [sky] = found(embedded, "月亮的哪一面朝着我们？", doc_ids=[document_of(embedded, "sky.md")])
    assert sky.term_similarity == 0
    assert sky.similarity == sky.vector_similarity > 0.2


def test_words_and_meaning_are_both_told(embedded: KnowledgeBase) -> None:
    best, *_ = found(embedded, "How hot is the water for green tea?")
    assert best.document_name == "tea.md"
    assert best.similarity == best.term_similarity > 0.5
    assert 0.2 < best.vector_similarity <= 1


def test_vectors_add_nothing_to_a_question_whose_words_are_found(embedded: KnowledgeBase) -> None:
    names = {chunk.document_name for chunk in found(embedded, "water for green tea")}
    assert names == {"tea.md"}


def test_what_is_far_from_the_question_is_not_found_by_its_vector(embedded: KnowledgeBase) -> None:
    assert found(embedded, "gearbox ratios of lorries", threshold=0.2) == []


def test_only_the_owners_vectors_are_compared(world: World, embedded: KnowledgeBase) -> None:
    assert search("月亮的哪一面朝着我们？", owner_id=world.bob.user.pk, kb_ids=[embedded.pk]) == []


def test_a_deleted_chunk_takes_no_place(embedded: KnowledgeBase) -> None:
    question = "Which side of the lunar body faces us?"
    assert found(embedded, question)
    embedded.documents.all().delete()
    assert found(embedded, question) == []
    ingest(embedded, "moon.md", FOREIGN.encode())
    while write_some_vectors():
        pass
    assert [chunk.document_name for chunk in found(embedded, question)] == ["moon.md"]


def test_words_are_searched_while_the_model_is_away(
    embedded: KnowledgeBase, settings: Settings
) -> None:
    settings.EMBEDDING_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    settings.EMBEDDING_MODEL = "some-model"
    KnowledgeBase.objects.update(embedding_model="some-model")
    best, *_ = found(embedded, "water for green tea")
    assert (best.document_name, best.vector_similarity) == ("tea.md", 0)


def document_of(base: KnowledgeBase, name: str) -> UUID:
    return base.documents.get(name=name).pk
