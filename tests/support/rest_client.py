"""Clients of the REST API, and what they are told."""

from __future__ import annotations

from typing import Any

from django.test import Client

from chat.models import ChatSession, Dialog, Message
from tests.support.world import Person

# What can stand where an id belongs, and is none of the caller's.
NO_IDS = ["0" * 32, "nonsense", "x" * 300, "caf\xe9", "١" * 32]


def client_of(person: Person) -> Client:
    return Client(headers={"authorization": f"Bearer {person.token}"})


def data_of(response: Any, code: int = 200) -> Any:
    """What is in the envelope of an answer that went well."""
    assert response.status_code == code
    envelope = response.json()
    assert (envelope["code"], envelope["message"]) == (0, "")
    return envelope["data"]


def refusal_of(response: Any, code: int) -> str:
    """The sentence in the envelope of an error."""
    assert response.status_code == code
    envelope = response.json()
    assert (envelope["code"], envelope["data"]) == (code, None)
    assert envelope["message"]
    return str(envelope["message"])


def make_session(dialog: Dialog, name: str = "Ferries") -> ChatSession:
    return ChatSession.objects.create(dialog=dialog, user=dialog.owner, name=name)


def make_exchange(session: ChatSession, question: str, answer: str, **fields: Any) -> Message:
    """The answer."""
    asked = Message.objects.create(session=session, role=Message.Role.USER, content=question)
    role = Message.Role.ASSISTANT
    return Message.objects.create(
        session=session, role=role, content=answer, question=asked, **fields
    )
