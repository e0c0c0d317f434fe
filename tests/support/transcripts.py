"""Conversations that are written without an engine, and how the admin shows them."""

from __future__ import annotations

from typing import Any

from django.test import Client

from chat.models import ChatSession, Message

SESSIONS = "/admin/chat/chatsession/"


def say(session: ChatSession, question: str, answer: str, **rest: Any) -> Message:
    asked = Message.objects.create(session=session, role=Message.Role.USER, content=question)
    return Message.objects.create(
        session=session, role=Message.Role.ASSISTANT, question=asked, content=answer, **rest
    )


def chunk(name: str, text: str, **rest: Any) -> dict[str, Any]:
    place = {"place": "Guide › Tea"}
    return {
        "document_name": name,
        "content": text,
        "similarity": 0.514,
        "document_metadata": place,
    } | rest


def read(browser: Client, session: ChatSession, **query: Any) -> str:
    page = browser.get(f"{SESSIONS}{session.pk}/change/", query)
    assert page.status_code == 200
    return page.content.decode()
