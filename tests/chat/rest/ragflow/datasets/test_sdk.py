"""RAGFlow's own client below `/ragflow`, for all that it does with datasets."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.chat.rest.datasets.test_ragflow_sdk import sdk, worker
from tests.support.ragflow_api import OLD
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

__all__ = ["worker"]


@pytest.fixture
def ragflow(world: World, live_server: LiveServer) -> Any:
    return sdk.RAGFlow(world.alice.token, f"{live_server.url}/{OLD}")


def test_it_works_as_with_ragflow(ragflow: Any, worker: None) -> None:
    dataset = ragflow.create_dataset("Teas", permission="team", chunk_method="naive")
    assert ragflow.create_dataset("Teas").name == "Teas(1)"
    assert dataset.update({"description": "Hot.", "pagerank": 3}).pagerank == 3
    assert [one.name for one in ragflow.list_datasets(name="Teas")] == ["Teas"]
    with pytest.raises(Exception, match="lacks permission for dataset"):
        ragflow.get_dataset("Nothing")

    texts = {"green.md": b"Green tea wants 80 degrees.", "pot.md": b"A pot of clay."}
    files = [{"display_name": name, "blob": text} for name, text in texts.items()]
    green, pot = dataset.upload_documents(files)
    assert [one.run for one in dataset.list_documents()] == ["UNSTART", "UNSTART"]
    with pytest.raises(Exception, match="No file part!"):
        dataset.upload_documents([])
    assert green.download() == texts["green.md"]
    assert green.update({"meta_fields": {"author": "Ann"}, "name": "tea.md"}).name == "tea.md"
    assert [run for _, run, *_ in dataset.parse_documents([green.id, pot.id])] == ["DONE"] * 2
    [tea] = dataset.list_documents(id=green.id)
    assert (tea.run, tea.chunk_count, "Task done" in tea.progress_msg) == ("DONE", 1, True)

    added = tea.add_chunk("Oolong wants 90.", ["oolong"], ["How hot?"])
    added.update({"content": "Oolong wants 95."})
    contents = ["Green tea wants 80 degrees.", "Oolong wants 95."]
    chunks = tea.list_chunks()
    assert [(one.content, one.document_name) for one in chunks] == [(c, "tea.md") for c in contents]
    [best] = ragflow.retrieve(question="oolong", dataset_ids=[dataset.id], document_ids=[tea.id])
    assert (best.content, best.document_name) == (contents[1], "tea.md")
    with pytest.raises(Exception, match="rm_chunk deleted chunks 1, expect 2"):
        tea.delete_chunks([added.id, "nonsense"])

    with pytest.raises(Exception, match="Can't stop parsing document"):
        dataset.async_cancel_parse_documents([pot.id])
    with pytest.raises(Exception, match=r"Documents not found: \['nonsense'\]"):
        dataset.delete_documents([pot.id, "nonsense"])
    assert [one.name for one in dataset.list_documents()] == ["tea.md"]
    dataset.delete_documents(None)
    assert dataset.list_documents() == []
    ragflow.delete_datasets(None)
    assert ragflow.list_datasets() == []
