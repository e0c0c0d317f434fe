"""The conversation over HTTP: dialogs, sessions with their messages, files for questions."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db.models import Prefetch
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.record import record, row_label
from accounts.identity import Identity
from accounts.models import Action
from accounts.rest.paging import page_of
from accounts.scopes import Scope
from chat import access, branches
from chat.answers import attachments, interrupted_answers, pieces, sessions
from chat.answers.deletion import delete_sessions
from chat.answers.hub import Hub
from chat.models import Attachment, ChatSession
from chat.rest import serialization
from chat.rest.datasets import fields as bodies
from chat.rest.datasets.lookup import named
from core.errors import BadRequest, Conflict, TooLarge
from core.storable_text import is_storable, make_storable

# Rows of a page: by default, and at most. Where clients used to get everything, the default is what
# hardly any of them has more of.
SESSIONS = 30, 100
MESSAGES = 200, 500
FILES = 30, 100
# The name of a session that is begun without a question, as RAGFlow has it.
NEW_SESSION = "New session"
# What one caller may have of a dialog before a new one is refused here.
MAX_SESSIONS = 100_000
MAX_SEARCH_CHARS = 100


def _caller(request: Request) -> Identity:
    # Requests without a valid credential do not reach a view.
    return cast(Identity, request.auth)


class SessionList(APIView):
    scopes = {"GET": Scope.READ, "POST": Scope.CHAT, "DELETE": Scope.MANAGE}

    def get(self, request: Request, dialog_id: str) -> Response:
        dialog = access.get_dialog(_caller(request), dialog_id)
        rows = access.sessions(_caller(request)).filter(dialog=dialog)
        rows = named(request, rows, "session")
        if "orderby" in request.query_params:
            rows = bodies.ordered(request, rows, ("create_time", "update_time", "name"))
        if search := request.query_params.get("search", "")[:MAX_SEARCH_CHARS]:
            rows = rows.filter(name__icontains=make_storable(search))
        page = page_of(request, *SESSIONS)
        return Response([serialization.session(row) for row in rows[page]])

    def post(self, request: Request, dialog_id: str) -> Response:
        """Begin one before its first question. Questions without a session begin their own."""
        dialog, body = access.get_dialog(_caller(request), dialog_id), bodies.body_of(request)
        name = NEW_SESSION if body.get("name") is None else _session_name(body)
        if access.sessions(_caller(request)).filter(dialog=dialog).count() >= MAX_SESSIONS:
            raise Conflict(f"There are {MAX_SESSIONS} sessions of this dialog. Delete some.")
        session = sessions.begin_named(_caller(request), dialog, name)
        return Response(serialization.new_session(session, dialog.opener))

    def delete(self, request: Request, dialog_id: str) -> Response:
        """Delete the sessions named in `ids`, with their messages; `null` deletes all."""
        dialog = access.get_dialog(_caller(request), dialog_id)
        wanted = bodies.ids(bodies.body_of(request))
        rows = access.sessions(_caller(request)).filter(dialog=dialog)
        if wanted is not None:
            found = [access.get_session_in(_caller(request), dialog, id) for id in wanted]
            rows = rows.filter(pk__in=[row.pk for row in found])
        delete_sessions(rows)
        return Response(None)


class SessionDetail(APIView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE}
    # An argument of `as_view`.
    hub: Hub = cast(Hub, None)

    def get(self, request: Request, dialog_id: str, session_id: str) -> Response:
        session = self._session(request, dialog_id, session_id)
        interrupted_answers.settle_abandoned(session.messages.all(), self.hub)
        said = session.messages.filter(branches.said_on(branches.shown_path(session)))
        files = Prefetch("attachments", Attachment.objects.defer("passages"))
        newest = said.order_by("-created_at", "-pk").prefetch_related(files)
        messages = list(newest[page_of(request, *MESSAGES)])
        pieces.fill_in(messages)
        total, versions = said.count(), branches.versions(session)
        listed = messages[::-1]
        return Response(serialization.session_with_messages(session, listed, total, versions))

    def put(self, request: Request, dialog_id: str, session_id: str) -> Response:
        session = self._session(request, dialog_id, session_id)
        session.name = _session_name(request.data)
        session.save(update_fields=["name"])
        return Response(serialization.session(session))

    def _session(self, request: Request, dialog_id: str, session_id: str) -> ChatSession:
        dialog = access.get_dialog(_caller(request), dialog_id)
        return access.get_session_in(_caller(request), dialog, session_id)


class FileList(APIView):
    """Upload files for a question; their ids go into its `files`."""

    scopes = {"GET": Scope.READ, "POST": Scope.CHAT}
    parser_classes = [MultiPartParser]

    def get(self, request: Request) -> Response:
        files = access.attachments(_caller(request)).order_by("-created_at", "-pk")
        page = page_of(request, *FILES)
        return Response([serialization.listed_attachment(row) for row in files[page]])

    def post(self, request: Request) -> Response:
        files = request.FILES.getlist("file")
        if not 0 < len(files) <= settings.MAX_FILES_PER_QUESTION:
            limit = settings.MAX_FILES_PER_QUESTION
            raise BadRequest(f"`file` must hold 1 to {limit} files, as multipart/form-data")
        for file in files:
            if (file.size or 0) > settings.MAX_FILE_BYTES:
                raise TooLarge(f"{file.name} has more than {settings.MAX_FILE_BYTES} bytes")
        saved = attachments.save(_caller(request), [(f.name or "file", f.read()) for f in files])
        return Response([serialization.attachment(row) for row in saved], status=201)


class FileDetail(APIView):
    scopes = {"DELETE": Scope.MANAGE}

    def delete(self, request: Request, file_id: str) -> Response:
        """Questions that used it stay, and their answers."""
        file = access.get_attachment(_caller(request), file_id)
        record(Action.DELETE, row_label(file))
        file.delete()
        return Response(None)


def _session_name(body: Any) -> str:
    name = body.get("name") if isinstance(body, dict) else None
    if isinstance(name, str) and 0 < len(name.strip()) <= 255 and is_storable(name):
        return name.strip()
    raise ValidationError({"name": "This must be a text of 1 to 255 characters."})
