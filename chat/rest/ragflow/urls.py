"""The addresses of RAGFlow's API that are not ours in its words, once for each release."""

from __future__ import annotations

from django.urls import URLPattern, path

from chat.rest.ragflow.chats import ChatDetail, ChatList
from chat.rest.ragflow.releases import RELEASES, Release
from chat.rest.ragflow.sessions import SessionDetail, SessionList


def prefix_of(release: Release) -> str:
    return f"ragflow-{release.name}"


def _urls(release: Release) -> list[URLPattern]:
    chats = f"{prefix_of(release)}/api/v1/chats"
    sessions = f"{chats}/<chat_id>/sessions"
    return [
        path(chats, ChatList.as_view(release=release)),
        path(f"{chats}/<chat_id>", ChatDetail.as_view(release=release)),
        path(sessions, SessionList.as_view(release=release)),
        path(f"{sessions}/<session_id>", SessionDetail.as_view(release=release)),
    ]


ragflow_urls = [url for release in RELEASES.values() for url in _urls(release)]
