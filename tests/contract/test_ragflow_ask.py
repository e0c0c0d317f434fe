"""RAGFlow's own client asks a real server, in a conversation that it begins, and for
what it would answer from."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest

from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server

if sys.version_info >= (3, 13):
    pytest.skip("RAGFlow's client is not there for this Python", allow_module_level=True)

sdk: Any = import_module("ragflow_sdk")


def test_a_question_is_streamed_and_answered_whole(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, server.http)
    [chat] = ragflow.list_chats(id=seeded.chat_id)
    session = chat.create_session("Asked by the SDK")
    said = [message.content for message in session.ask(QUESTION, stream=True)]
    assert said[-1]
    assert all(said[-1].startswith(text) for text in said)
    [whole] = session.ask(QUESTION, stream=False)
    assert whole.content
    assert session.id in {one.id for one in chat.list_sessions(name="Asked by the SDK")}
    chat.delete_sessions([session.id])


def test_another_user_s_chat_is_not_found(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, server.http)
    with pytest.raises(Exception, match="no such dialog"):
        ragflow.list_chats(id="0" * 32)


def test_chunks_are_retrieved(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, server.http)
    datasets = [one.id for one in ragflow.list_datasets()]
    found = ragflow.retrieve(datasets, question=QUESTION, page_size=2)
    assert 0 < len(found) <= 2
    assert found[0].similarity >= found[-1].similarity > 0
    [document] = {found[0].document_id}
    of_one = ragflow.retrieve(datasets, [document], question=QUESTION, similarity_threshold=0.0)
    assert {one.document_id for one in of_one} == {document}
    assert ragflow.retrieve(datasets, question=QUESTION, page=1000) == []


def test_only_own_datasets_are_searched(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, server.http)
    with pytest.raises(Exception, match="no such knowledge base"):
        ragflow.retrieve(["0" * 32], question=QUESTION)
    with pytest.raises(Exception, match="dataset_ids"):
        ragflow.retrieve([], question=QUESTION)


def test_errors_are_ragflow_s_below_its_prefix(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, f"{server.http}/ragflow")
    with pytest.raises(Exception, match=r"^The chat doesn't exist$"):
        ragflow.list_chats(id="0" * 32)
    [chat] = ragflow.list_chats(id=seeded.chat_id)
    [answer] = chat.create_session("Below the prefix").ask(QUESTION, stream=False)
    assert answer.content


def test_large_uploads_are_taken_below_the_prefix(server: Server, seeded: SeededData) -> None:
    ragflow = sdk.RAGFlow(seeded.token, f"{server.http}/ragflow")
    dataset = ragflow.create_dataset(f"Large ones for {server.http}")
    large = b"Tea is hot.\n" * 500_000
    [document] = dataset.upload_documents([{"display_name": "tea.txt", "blob": large}])
    assert document.size == len(large)
    assert document.run == "UNSTART"
    ragflow.delete_datasets([dataset.id])
