"""RAGFlow's own client asks a real server, in a conversation that it begins."""

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
