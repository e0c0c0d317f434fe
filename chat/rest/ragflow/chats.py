"""`chats`: dialogs as RAGFlow's programs make, list, change and delete them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, QuerySet, Sum
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.record import record, row_label
from accounts.errors import OutOfScope
from accounts.models import Action
from accounts.scopes import Scope
from chat import access
from chat.answers.deletion import delete_dialogs
from chat.models import ClientFields, Dialog
from chat.rest.dialogs.views import MAX_DIALOGS
from chat.rest.ragflow import chat_shapes, deletion, lists
from chat.rest.ragflow.chat_bodies import chat_in
from chat.rest.ragflow.chat_changes import change
from chat.rest.ragflow.chat_datasets import datasets_in
from chat.rest.ragflow.views import RAGFlowView, Refusal, body_of, caller, result
from knowledge.models import KnowledgeBase

# Rows of a page: by default, and at most.
PAGE = 30, 1000
NEW_THRESHOLD = 0.1
OPENER = "Hi! I'm your assistant. What can I do for you?"
DESCRIPTION = "A helpful Assistant"


class ChatView(RAGFlowView):
    scopes = {"GET": Scope.READ}

    def dialogs(self, request: Request) -> QuerySet[Dialog]:
        if caller(request).end_user:
            raise OutOfScope("This is not for end users")
        return access.dialogs(caller(request))

    def dialog(self, request: Request, chat_id: str, refusal: tuple[int, str]) -> Dialog:
        dialog = lists.with_id(self.dialogs(request), chat_id).first()
        if dialog is None:
            code, message = refusal
            raise Refusal(message, code)
        return dialog

    def shown(self, rows: QuerySet[Dialog]) -> list[dict[str, Any]]:
        bases = KnowledgeBase.objects.annotate(
            document_total=Count("documents"), chunk_total=Sum("documents__chunk_count", default=0)
        )
        rows = rows.select_related("client_fields")
        rows = rows.prefetch_related(Prefetch("knowledge_bases", bases.order_by("name", "pk")))
        return [chat_shapes.chat(row, self.release) for row in rows]

    def save(self, request: Request, dialog: Dialog, is_new: bool) -> None:
        """With what the body says. Raises `Refusal`."""
        body, kept = chat_in(body_of(request), self.release), chat_shapes.kept_of(dialog)
        bases = datasets_in(caller(request), body, self.release)
        change(dialog, kept, body, self.release)
        try:
            with transaction.atomic():
                dialog.save()
                ClientFields.objects.update_or_create(dialog=dialog, defaults={"fields": kept})
                if bases is not None:
                    dialog.knowledge_bases.set(bases)
        except IntegrityError:
            taken = self.release.name_taken if is_new else self.release.name_taken_by_change
            raise Refusal(taken) from None
        record(Action.ADD if is_new else Action.CHANGE, row_label(dialog))


class ChatList(ChatView):
    def get(self, request: Request) -> Response:
        dialogs = lists.ordered(request, lists.named(request, self.dialogs(request)))
        if self.release.is_new:
            return self._newer_list(request, dialogs)
        is_named = any(request.query_params.get(name) for name in ("id", "name"))
        if is_named and not dialogs.exists():
            raise Refusal("The chat doesn't exist")
        return result(self.shown(dialogs[lists.page_of(request, *PAGE)]))

    def _newer_list(self, request: Request, dialogs: QuerySet[Dialog]) -> Response:
        """With the number of all. Without a page and its size, all that a user may have."""
        dialogs = lists.matching(request, dialogs, "keywords", "name__icontains")
        numbers = [lists.whole_number(request, name, 0) for name in ("page", "page_size")]
        page = lists.page_of(request, *PAGE) if all(numbers) else slice(MAX_DIALOGS)
        return result({"chats": self.shown(dialogs[page]), "total": dialogs.count()})

    def post(self, request: Request) -> Response:
        dialogs, body = access.own_dialogs(caller(request)), body_of(request)
        name = body.get("name")
        if not name or (isinstance(name, str) and not name.strip()):
            raise Refusal(self.release.name_needed)
        if dialogs.count() >= MAX_DIALOGS:
            raise Refusal(f"You have {MAX_DIALOGS} dialogs already. Delete some.")
        dialog = Dialog(owner=caller(request).user, opener=OPENER, description=DESCRIPTION)
        if self.release.is_new:
            dialog.similarity_threshold = NEW_THRESHOLD
        self.save(request, dialog, is_new=True)
        return result(self.shown(Dialog.objects.filter(pk=dialog.pk))[0])

    def delete(self, request: Request) -> Response:
        dialogs = access.own_dialogs(caller(request))
        wanted = deletion.wanted_in(body_of(request), self.release)
        if wanted is None:
            return self._deleted(delete_dialogs(dialogs), [])
        keys, missing = deletion.split(wanted, lambda keys: _keys(dialogs, keys))
        count = delete_dialogs(dialogs.filter(pk__in=keys))
        errors = [self.release.chat_not_deleted.format(id=id) for id in missing]
        errors += [self.release.chat_ids_repeated.format(id=id) for id in wanted.repeated]
        return self._deleted(count, errors, is_none=not wanted.ids)

    def _deleted(self, count: int, errors: list[str], is_none: bool = False) -> Response:
        data = {} if is_none else {"success_count": count}
        return deletion.outcome(count, errors, "chats", data if self.release.is_new else None)


class ChatDetail(ChatView):
    def get(self, request: Request, chat_id: str) -> Response:
        dialog = self.dialog(request, chat_id, self.release.no_chat)
        return result(self.shown(Dialog.objects.filter(pk=dialog.pk))[0])

    def put(self, request: Request, chat_id: str) -> Response:
        """Change what the body has of it."""
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_change)
        if "name" in (body := body_of(request)) and not str(body["name"] or "").strip():
            raise Refusal(self.release.name_emptied)
        self.save(request, dialog, is_new=False)
        if not self.release.is_new:
            return result()
        return result(self.shown(Dialog.objects.filter(pk=dialog.pk))[0])

    # Since release 0.25. What is left out stays as it is, in both.
    patch = put

    def delete(self, request: Request, chat_id: str) -> Response:
        dialog = self.dialog(request, chat_id, self.release.no_chat_to_change)
        delete_dialogs(access.own_dialogs(caller(request)).filter(pk=dialog.pk))
        return result(True)


def _keys(dialogs: QuerySet[Dialog], keys: Collection[UUID]) -> Collection[UUID]:
    return dialogs.filter(pk__in=keys).values_list("pk", flat=True)
