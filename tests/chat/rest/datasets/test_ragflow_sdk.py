"""RAGFlow's own client works, as it is, for datasets, their documents and chunks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from knowledge.models import Document, KnowledgeBase
from knowledge.worker import Worker
from tests.support.pdf_files import make_pdf
from tests.support.world import World

if sys.version_info >= (3, 13):
    pytest.skip("RAGFlow's client is not there for this Python", allow_module_level=True)

sdk: Any = import_module("ragflow_sdk")

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ragflow(world: World, live_server: LiveServer) -> Any:
    return sdk.RAGFlow(world.alice.token, live_server.url)


@pytest.fixture
def worker(world: World) -> Iterator[None]:
    """Reads what is uploaded, in a thread of this process."""
    worker, begun = Worker(), Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        begun.set()
        await worker.run()

    def work() -> None:
        asyncio.run(run())
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    begun.wait()
    yield
    loops[0].call_soon_threadsafe(worker.stop)
    thread.join()


def test_datasets_are_created_found_changed_and_deleted(ragflow: Any, world: World) -> None:
    config = sdk.DataSet.ParserConfig(ragflow, {"chunk_token_num": 128})
    made = ragflow.create_dataset("Teas", description="Hot.", parser_config=config)
    assert (made.name, made.description, made.chunk_count) == ("Teas", "Hot.", 0)
    assert ragflow.get_dataset("Teas").id == made.id
    assert [one.name for one in ragflow.list_datasets()] == ["Teas", "Handbook"]
    assert [one.name for one in ragflow.list_datasets(id=made.id)] == ["Teas"]

    made.update({"name": "Oolong", "description": ""})
    assert (made.name, ragflow.get_dataset("Oolong").id) == ("Oolong", made.id)
    with pytest.raises(Exception, match="You have a dataset 'Handbook' already"):
        made.update({"name": "Handbook"})
    with pytest.raises(Exception, match="not found"):
        ragflow.get_dataset("Teas")

    ragflow.delete_datasets([made.id])
    assert KnowledgeBase.objects.get() == world.knowledge_base
    with pytest.raises(Exception, match="no such knowledge base"):
        ragflow.delete_datasets([made.id])
    ragflow.delete_datasets(None)
    assert not KnowledgeBase.objects.exists()


def test_documents_are_uploaded_parsed_downloaded_and_deleted(ragflow: Any, worker: None) -> None:
    dataset = ragflow.get_dataset("Handbook")
    pdf = make_pdf("Green tea.", "Black tea.")
    sent = {"tea.pdf": pdf, "pot.md": b"# Pot\n\nOf clay.", "空.txt": b""}
    documents = dataset.upload_documents(
        [{"display_name": name, "blob": blob} for name, blob in sent.items()]
    )
    assert [one.name for one in documents] == list(sent)

    done = dataset.parse_documents([one.id for one in documents])
    assert {id: (run, chunks) for id, run, chunks, _tokens in done} == {
        one.id: outcome
        for one, outcome in zip(documents, [("DONE", 2), ("DONE", 1), ("FAIL", 0)], strict=True)
    }
    assert [one.download() for one in documents] == list(sent.values())
    [tea] = dataset.list_documents(id=documents[0].id)
    assert (tea.name, tea.run, tea.progress, tea.size) == ("tea.pdf", "DONE", 1.0, len(pdf))
    assert [one.name for one in dataset.list_documents(keywords="po")] == ["pot.md"]

    tea.update({"name": "green tea.pdf"})
    assert tea.name == "green tea.pdf"
    dataset.delete_documents([tea.id])
    assert sorted(Document.objects.values_list("name", flat=True)) == ["pot.md", "空.txt"]
    dataset.delete_documents(None)
    assert not Document.objects.exists()


def test_parsing_is_stopped_and_begun_again(ragflow: Any) -> None:
    dataset = ragflow.get_dataset("Handbook")
    [tea] = dataset.upload_documents([{"display_name": "tea.md", "blob": b"Hot."}])
    dataset.async_cancel_parse_documents([tea.id])
    assert [one.run for one in dataset.list_documents()] == ["CANCEL"]
    dataset.async_parse_documents([tea.id])
    assert [one.run for one in dataset.list_documents()] == ["RUNNING"]


def test_another_user_s_datasets_do_not_exist(
    ragflow: Any, world: World, live_server: LiveServer
) -> None:
    bobs = sdk.RAGFlow(world.bob.token, live_server.url)
    assert bobs.list_datasets() == []
    dataset = ragflow.get_dataset("Handbook")
    [tea] = dataset.upload_documents([{"display_name": "tea.md", "blob": b"Hot."}])
    dataset.rag = tea.rag = bobs
    attempts: list[Callable[[], Any]] = [
        lambda: dataset.update({"name": "Mine"}),
        lambda: dataset.list_documents(),
        lambda: dataset.delete_documents([tea.id]),
        lambda: dataset.async_parse_documents([tea.id]),
        lambda: dataset.async_cancel_parse_documents([tea.id]),
        lambda: tea.update({"name": "Mine"}),
        lambda: bobs.delete_datasets([dataset.id]),
    ]
    for attempt in attempts:
        with pytest.raises(Exception, match="no such knowledge base"):
            attempt()
    assert b"Hot." not in tea.download()


def test_a_wrong_key_is_refused(live_server: LiveServer) -> None:
    with pytest.raises(Exception, match="token"):
        sdk.RAGFlow("ragflow-nonsense", live_server.url).list_datasets()


def test_chunks_are_listed_added_changed_and_deleted(ragflow: Any, worker: None) -> None:
    dataset = ragflow.get_dataset("Handbook")
    [tea] = dataset.upload_documents([{"display_name": "tea.md", "blob": b"Green tea is bitter."}])
    dataset.parse_documents([tea.id])

    added = tea.add_chunk("White tea is mild.", ["pale"], ["Which tea is mild?"])
    assert (added.document_id, added.dataset_id, added.important_keywords, added.questions) == (
        *(tea.id, dataset.id),
        *(["pale"], ["Which tea is mild?"]),
    )
    assert [one.content for one in tea.list_chunks()] == [
        *("Green tea is bitter.", "White tea is mild."),
    ]
    assert [one.id for one in tea.list_chunks(keywords="white")] == [added.id]
    assert [one.id for one in tea.list_chunks(page=2, page_size=1)] == [added.id]

    added.update({"content": "Yellow tea is mild.", "important_keywords": [], "available": False})
    [changed] = tea.list_chunks(id=added.id)
    assert (changed.content, changed.important_keywords) == ("Yellow tea is mild.", [])
    assert (changed.questions, changed.available) == (["Which tea is mild?"], False)
    with pytest.raises(Exception, match="content"):
        added.update({"content": ""})

    tea.delete_chunks([added.id])
    assert [one.content for one in tea.list_chunks()] == ["Green tea is bitter."]
    with pytest.raises(Exception, match="no such chunk"):
        tea.delete_chunks([added.id])
    tea.delete_chunks(None)
    assert tea.list_chunks() == []


def test_another_user_s_chunks_are_not_there(
    ragflow: Any, worker: None, world: World, live_server: LiveServer
) -> None:
    dataset = ragflow.get_dataset("Handbook")
    [tea] = dataset.upload_documents([{"display_name": "tea.md", "blob": b"Green tea is bitter."}])
    dataset.parse_documents([tea.id])
    [chunk] = tea.list_chunks()

    bobs = sdk.RAGFlow(world.bob.token, live_server.url)
    tea.rag = chunk.rag = bobs
    attempts: list[Callable[[], Any]] = [
        lambda: tea.list_chunks(),
        lambda: tea.add_chunk("Mine."),
        lambda: chunk.update({"content": "Mine."}),
        lambda: tea.delete_chunks(None),
    ]
    for attempt in attempts:
        with pytest.raises(Exception, match="no such knowledge base"):
            attempt()
    tea.rag = ragflow
    assert [one.content for one in tea.list_chunks()] == ["Green tea is bitter."]
