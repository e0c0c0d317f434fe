"""Dialogs over HTTP, with the addresses and shapes of RAGFlow's chat assistants."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.record import record, row_label
from accounts.models import Action
from accounts.rest.paging import page_of
from accounts.scopes import Scope
from chat import access
from chat.answers.deletion import delete_dialogs
from chat.models import Dialog
from chat.rest import serialization
from chat.rest.datasets import fields as bodies
from chat.rest.datasets.lookup import caller, named
from chat.rest.dialogs import fields
from core.errors import BadRequest, Conflict

# Rows of a page: by default, and at most. Clients used to get everything: hardly any of them has
# more than that.
PAGE = 1000, 1000
# What one user may have.
MAX_DIALOGS = 1000


class DialogList(APIView):
    scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        identity, page = caller(request), page_of(request, *PAGE)
        dialogs = named(request, access.dialogs(identity), "dialog").order_by("name", "pk")
        if "orderby" in request.query_params:
            dialogs = bodies.ordered(request, dialogs, ("create_time", "update_time", "name"))
        if identity.end_user:
            return Response([serialization.dialog_for_end_users(row) for row in dialogs[page]])
        rows = dialogs.prefetch_related("knowledge_bases")[page]
        return Response([serialization.dialog(row) for row in rows])

    def post(self, request: Request) -> Response:
        dialogs, body = access.own_dialogs(caller(request)), bodies.body_of(request)
        if body.get("name") is None:
            raise BadRequest("`name` is missing")
        if dialogs.count() >= MAX_DIALOGS:
            raise Conflict(f"You have {MAX_DIALOGS} dialogs already. Delete some.")
        dialog = Dialog(owner=caller(request).user)
        fields.change(dialog, body)
        _save(request, dialog, fields.dataset_ids(body) or [])
        record(Action.ADD, row_label(dialog))
        return Response(serialization.dialog(dialog))

    def delete(self, request: Request) -> Response:
        """Delete those in `ids` with their conversations; `null` deletes all."""
        dialogs, wanted = access.own_dialogs(caller(request)), bodies.ids(bodies.body_of(request))
        if wanted is not None:
            found = [access.get_dialog(caller(request), id) for id in wanted]
            dialogs = dialogs.filter(pk__in=[row.pk for row in found])
        delete_dialogs(dialogs)
        return Response(None)


class DialogDetail(APIView):
    """End users may only look: what is not in `scopes` needs `manage`."""

    scopes = {"GET": Scope.READ}

    def get(self, request: Request, dialog_id: str) -> Response:
        identity = caller(request)
        dialog = access.get_dialog(identity, dialog_id)
        if identity.end_user:
            return Response(serialization.dialog_for_end_users(dialog))
        return Response(serialization.dialog(dialog))

    def put(self, request: Request, dialog_id: str) -> Response:
        """Change what the body has of it."""
        dialog, body = access.get_dialog(caller(request), dialog_id), bodies.body_of(request)
        fields.change(dialog, body)
        _save(request, dialog, fields.dataset_ids(body))
        record(Action.CHANGE, row_label(dialog), ", ".join(sorted(body)))
        return Response(serialization.dialog(dialog))


def _save(request: Request, dialog: Dialog, dataset_ids: list[str] | None) -> None:
    """With other knowledge bases, unless `dataset_ids` is None."""
    bases = access.get_knowledge_bases(caller(request), dataset_ids or [])
    try:
        with transaction.atomic():
            dialog.save()
            if dataset_ids is not None:
                dialog.knowledge_bases.set(bases)
    except IntegrityError:
        raise Conflict(f"`name`: You have a dialog {dialog.name!r} already") from None
