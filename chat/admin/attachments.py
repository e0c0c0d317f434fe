"""Files sent with questions, in the admin."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audit.record import record, row_label
from accounts.models import Action
from chat.admin.read_only import ReadOnlyAdmin
from chat.models import Attachment

# Of one file on its page, which would be longer than a browser can show.
MAX_PASSAGES = 200


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "readable_size", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "readable_size", "created_at", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return super().get_queryset(request).defer("passages")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        response = super().change_view(request, object_id, *args, **kwargs)
        file = self.get_object(request, object_id)
        if file and response.status_code == HTTPStatus.OK:
            record(Action.READ, row_label(file))
        return response

    @admin.display(description=_("size"), ordering="size")
    def readable_size(self, attachment: Attachment) -> str:
        return filesizeformat(attachment.size)

    @admin.display(description=_("text"))
    def text(self, attachment: Attachment) -> SafeString:
        shown = [
            (passage["place"], passage["text"]) for passage in attachment.passages[:MAX_PASSAGES]
        ]
        left = len(attachment.passages) - len(shown)
        if left:
            rest = ngettext("And %d passage more.", "And %d passages more.", left)
            shown.append((rest % left, ""))
        return format_html_join(
            "", '<section class="passage"><h3>{}</h3><p>{}</p></section>', shown
        )
