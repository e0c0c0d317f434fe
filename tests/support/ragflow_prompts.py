"""Prompts for a chat of a fake RAGFlow, and what its events hold."""

from __future__ import annotations

from chat.engines.base import Elsewhere, Event, Prompt, SessionElsewhere, Sources
from chat.engines.ragflow.engine import RAGFlowEngine
from tests.support.fakes.ragflow_server import CHAT, RAGFlowServer


def engine_for(server: RAGFlowServer) -> RAGFlowEngine:
    return RAGFlowEngine(server.key, server.base_url, timeout_s=5)


def ask(question: str = "What is RAGFlow?", session: str = "", **options: object) -> Prompt:
    elsewhere = Elsewhere(session=session, user="u" * 32)
    return Prompt(question, options={"chat_id": CHAT, **options}, elsewhere=elsewhere)


def session_of(events: list[Event]) -> str:
    (session,) = [event.id for event in events if isinstance(event, SessionElsewhere)]
    return session


def sources_of(events: list[Event]) -> Sources:
    (sources,) = [event for event in events if isinstance(event, Sources)]
    return sources
