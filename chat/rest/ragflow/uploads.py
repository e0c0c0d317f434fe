"""`document/upload_info`: files for questions, which a question then names in `files`."""

from __future__ import annotations

import mimetypes
from pathlib import PurePath
from typing import Any

from django.conf import settings
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from chat.answers import attachments
from chat.models import Attachment
from chat.rest.ragflow.views import RAGFlowView, Refusal, caller, result
from chat.rest.ragflow_errors import ARGUMENTS
from chat.rest.serialization import milliseconds
from core.errors import TooLarge
from knowledge.errors import Unreadable


class UploadInfo(RAGFlowView):
    scopes = {"POST": Scope.CHAT}
    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        """One file is told as an object, several as a list."""
        if "url" in request.query_params:
            raise Refusal("Nothing is fetched from other servers here: send the file", ARGUMENTS)
        files = request.FILES.getlist("file")
        if not files:
            raise Refusal("No file part!", ARGUMENTS)
        if len(files) > settings.MAX_FILES_PER_QUESTION:
            raise Refusal(f"A question may have at most {settings.MAX_FILES_PER_QUESTION} files")
        for file in files:
            if (file.size or 0) > settings.MAX_FILE_BYTES:
                raise Refusal(f"{file.name} has more than {settings.MAX_FILE_BYTES} bytes")
        rows = _saved(request, [(file.name or "file", file.read()) for file in files])
        shown = [_shown(row) for row in rows]
        return result(shown[0] if len(shown) == 1 else shown)


def _saved(request: Request, files: list[tuple[str, bytes]]) -> list[Attachment]:
    try:
        return attachments.save(caller(request), files)
    except (Unreadable, TooLarge) as error:
        raise Refusal(str(error)) from None


def _shown(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "name": row.name,
        "size": row.size,
        "mime_type": mimetypes.guess_type(row.name)[0] or "application/octet-stream",
        "extension": PurePath(row.name).suffix.removeprefix(".").lower(),
        "created_by": row.owner_id.hex,
        "created_at": milliseconds(row.created_at),
        "preview_url": None,
    }
