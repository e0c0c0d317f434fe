"""The conversation over HTTP: dialogs, sessions with their messages, files for questions."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError as InvalidValue
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
from chat import access
from chat.answers import attachments, interrupted_answers, pieces
from chat.answers.hub import Hub
from chat.models import Attachment, ChatSession
from chat.rest import serialization
from chat.validation import check_starters
from core.errors import BadRequest, TooLarge
from core.storable_text import is_storable, make_storable

# Rows of a page: by default, and at most. Where clients used to get everything, the default is what
# hardly any of them has more of.
DIALOGS = 1000, 1000
SESSIONS = 30, 100
MESSAGES = 200, 500
FILES = 30, 100
# How many sessions one request deletes.
MAX_IDS = 1000
MAX_SEARCH_CHARS = 100


def _caller(request: Request) -> Identity:
    # Requests without a valid credential do not reach a view.
    return cast(Identity, request.auth)


class DialogList(APIView):
    scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        identity, page = _caller(request), page_of(request, *DIALOGS)
        dialogs = access.dialogs(identity).order_by("name", "pk")
        if identity.end_user:
            return Response([serialization.dialog_for_end_users(row) for row in dialogs[page]])
        rows = dialogs.prefetch_related("knowledge_bases")[page]
        return Response([serialization.dialog(row) for row in rows])


class DialogDetail(APIView):
    """Without `scopes`: it needs `manage`, and end users may not."""

    def put(self, request: Request, dialog_id: str) -> Response:
        """Change its `starters`."""
        dialog = access.get_dialog(_caller(request), dialog_id)
        dialog.starters = _starters(request.data)
        dialog.save(update_fields=["starters", "updated_at"])
        record(Action.CHANGE, row_label(dialog), "starters")
        return Response(serialization.dialog(dialog))


class SessionList(APIView):
    scopes = {"GET": Scope.READ, "DELETE": Scope.MANAGE}

    def get(self, request: Request, dialog_id: str) -> Response:
        dialog = access.get_dialog(_caller(request), dialog_id)
        sessions = access.sessions(_caller(request)).filter(dialog=dialog)
        if search := request.query_params.get("search", "")[:MAX_SEARCH_CHARS]:
            sessions = sessions.filter(name__icontains=make_storable(search))
        page = page_of(request, *SESSIONS)
        return Response([serialization.session(row) for row in sessions[page]])

    def delete(self, request: Request, dialog_id: str) -> Response:
        """Delete the sessions named in `ids`, with their messages."""
        dialog = access.get_dialog(_caller(request), dialog_id)
        ids = request.data.get("ids") if isinstance(request.data, dict) else None
        if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
            raise ValidationError({"ids": "This must be an array of strings."})
        if len(ids) > MAX_IDS:
            raise ValidationError({"ids": f"This may have at most {MAX_IDS} entries."})
        rows = [access.get_session_in(_caller(request), dialog, id) for id in ids]
        for row in rows:
            record(Action.DELETE, row_label(row))
        attachments.delete_sessions(rows)
        return Response(None)


class SessionDetail(APIView):
    scopes = {"GET": Scope.READ, "PUT": Scope.MANAGE}
    # An argument of `as_view`.
    hub: Hub = cast(Hub, None)

    def get(self, request: Request, dialog_id: str, session_id: str) -> Response:
        session = self._session(request, dialog_id, session_id)
        interrupted_answers.settle_abandoned(session.messages.all(), self.hub)
        total = session.messages.count()
        files = Prefetch("attachments", Attachment.objects.defer("passages"))
        newest = session.messages.order_by("-created_at", "-pk").prefetch_related(files)
        messages = list(newest[page_of(request, *MESSAGES)])
        pieces.fill_in(messages)
        return Response(serialization.session_with_messages(session, messages[::-1], total))

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


def _starters(body: Any) -> list[str]:
    """Raises `ValidationError`, which names the field."""
    starters = body.get("starters") if isinstance(body, dict) else None
    try:
        check_starters(starters)
    except InvalidValue as error:
        raise ValidationError({"starters": error.messages}) from None
    return [question.strip() for question in cast(list[str], starters)]
