"""`chats/<id>/sessions`: conversations as RAGFlow's programs begin, list and delete them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from chat import access
from chat.answers import sessions
from chat.answers.deletion import delete_sessions
from chat.models import ChatSession, Dialog
from chat.rest.ragflow import deletion, lists, session_shapes
from chat.rest.ragflow.views import RAGFlowView, Refusal, body_of, caller, result
from chat.rest.views import MAX_SESSIONS, NEW_SESSION
from core.errors import NotFound
from core.storable_text import is_storable

# Rows of a page: by default, and at most.
PAGE = 30, 2000
MAX_NAME = 255
# What no request may change.
FIXED = ("message", "messages", "reference")


class SessionView(RAGFlowView):
    scopes = {"GET": Scope.READ, "POST": Scope.CHAT, "DELETE": Scope.MANAGE}

    def dialog(self, request: Request, chat_id: str, refusal: tuple[int, str]) -> Dialog:
        code, message = refusal
        try:
            return access.get_dialog(caller(request), chat_id)
        except NotFound:
            raise Refusal(message.format(id=chat_id), code) from None

    def rows(self, request: Request, dialog: Dialog) -> QuerySet[ChatSession]:
        return access.sessions(caller(request)).filter(dialog=dialog).select_related("dialog")

    def shown(self, row: ChatSession) -> dict[str, Any]:
        return session_shapes.sessions([row], self.release)[0]


class SessionList(SessionView):
    def get(self, request: Request, chat_id: str) -> Response:
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_list)
        rows = self.rows(request, dialog)
        rows = lists.named(request, rows)
        rows = lists.ordered(request, rows)
        page = list(rows[lists.page_of(request, *PAGE)])
        return result(session_shapes.sessions(page, self.release))

    def post(self, request: Request, chat_id: str) -> Response:
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_begin)
        name = _name_in(body_of(request).get("name", NEW_SESSION))
        if name is None:
            raise Refusal(self.release.session_name_needed)
        if self.rows(request, dialog).count() >= MAX_SESSIONS:
            raise Refusal(f"There are {MAX_SESSIONS} sessions of this dialog. Delete some.")
        row = sessions.begin_named(caller(request), dialog, name)
        return result(session_shapes.session(row, (), self.release))

    def delete(self, request: Request, chat_id: str) -> Response:
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_empty)
        rows = self.rows(request, dialog)
        wanted = deletion.wanted_in(body_of(request), self.release)
        if wanted is None:
            delete_sessions(rows)
            return result(True if self.release.is_new else None)
        keys, missing = deletion.split(wanted, lambda keys: _keys(rows, keys))
        count = delete_sessions(rows.filter(pk__in=keys))
        errors = [f"The chat doesn't own the session {id}" for id in missing]
        errors += [f"Duplicate session ids: {id}" for id in wanted.repeated]
        data: object = True if wanted.ids else {}
        return deletion.outcome(count, errors, "sessions", data if self.release.is_new else None)


class SessionDetail(SessionView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE, "PATCH": Scope.MANAGE}

    def get(self, request: Request, chat_id: str, session_id: str) -> Response:
        return result(self.shown(self._row(request, chat_id, session_id)))

    def put(self, request: Request, chat_id: str, session_id: str) -> Response:
        """Rename it."""
        row, body = self._row(request, chat_id, session_id), body_of(request)
        for field in FIXED:
            if field in body:
                raise Refusal(self.release.session_fixed.format(id=field))
        if "name" in body:
            if (name := _name_in(body["name"])) is None:
                raise Refusal(self.release.session_name_emptied)
            row.name = name
            row.save(update_fields=["name"])
        return result(self.shown(row) if self.release.is_new else None)

    # Since release 0.25.
    patch = put

    def _row(self, request: Request, chat_id: str, session_id: str) -> ChatSession:
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_rename)
        row = lists.with_id(self.rows(request, dialog), session_id).first()
        if row is None:
            raise Refusal(self.release.no_session)
        return row


def _name_in(value: object) -> str | None:
    """None if it is no name. One that is too long is cut, as RAGFlow does."""
    if not isinstance(value, str) or not value.strip() or not is_storable(value):
        return None
    return value.strip()[:MAX_NAME]


def _keys(rows: QuerySet[ChatSession], keys: Collection[UUID]) -> Collection[UUID]:
    return rows.filter(pk__in=keys).values_list("pk", flat=True)
