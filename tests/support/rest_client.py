"""REST clients with a token, and checks of the envelope of a response."""

from __future__ import annotations

from typing import Any

from django.test import Client

from chat.models import ChatSession, Dialog, Message
from tests.support.world import Person

# Values in the place of an id that match none of the caller's rows.
NO_IDS = ["0" * 32, "nonsense", "x" * 300, "caf\xe9", "١" * 32]


def client_of(person: Person) -> Client:
    return Client(headers={"authorization": f"Bearer {person.token}"})


def data_of(response: Any, code: int = 200) -> Any:
    """The `data` of a successful response."""
    assert response.status_code == code
    envelope = response.json()
    assert (envelope["code"], envelope["message"]) == (0, "")
    return envelope["data"]


def refusal_of(response: Any, code: int) -> str:
    """The message of an error response."""
    assert response.status_code == code
    envelope = response.json()
    assert (envelope["code"], envelope["data"]) == (code, None)
    assert envelope["message"]
    return str(envelope["message"])


def make_session(dialog: Dialog, name: str = "Ferries") -> ChatSession:
    return ChatSession.objects.create(dialog=dialog, user=dialog.owner, name=name)


def make_exchange(session: ChatSession, question: str, answer: str, **fields: Any) -> Message:
    """Makes a question and its answer; returns the answer."""
    asked = Message.objects.create(session=session, role=Message.Role.USER, content=question)
    role = Message.Role.ASSISTANT
    return Message.objects.create(
        session=session, role=role, content=answer, question=asked, **fields
    )
