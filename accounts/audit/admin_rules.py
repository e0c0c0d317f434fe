"""What holds for every page of the admin, whatever it shows: lists are titled by what they list;
lookups and pages that ask before deleting reveal nothing but what their reader may see anyway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import DateField, Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from accounts.audit.record import row_label

# What Django's filters and date hierarchies append to the name of their field.
SUFFIXES = ("", "__exact", "__isnull", "__id__exact")
DATE_SUFFIXES = ("__gte", "__lt", "__year", "__month", "__day")


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row as the page that asks before deleting shows it."""

    pk: Any
    label: str

    def __str__(self) -> str:
        return self.label


class RuledAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter of the page asks. Django allows any lookup on any field of the model:
        `?password__startswith=` finds out, letter by letter, what no page shows."""
        return lookup in set(self._lookups_of_filters(request))

    def _lookups_of_filters(self, request: HttpRequest | None) -> Iterator[str]:
        filters = self.get_list_filter(request) if request else self.list_filter
        for item in (*filters, *([self.date_hierarchy] if self.date_hierarchy else [])):
            if isinstance(item, type):
                yield str(getattr(item, "parameter_name", ""))
                continue
            name = str(item[0] if isinstance(item, list | tuple) else item)
            is_date = isinstance(self.opts.get_field(name), DateField)
            yield from (f"{name}{suffix}" for suffix in SUFFIXES)
            yield from (f"{name}{suffix}" for suffix in DATE_SUFFIXES if is_date)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Titled by what is listed: Django's "Select audit event to view" asks for nothing."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The rows by name only for those who may view them. What is deleted with them is counted:
        its names may be what people asked, and there may be thousands."""
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        counts = {kind: count for kind, count in counts.items() if kind not in _names_of_links()}
        return [self._label(obj, request) for obj in objs], counts, lacking, protected

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        row = context["object"]
        named = {**context, "object": LabelledRow(row.pk, self._label(row, request))}
        response: HttpResponse = super().render_delete_form(request, named)
        return response

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            obj_display = f"{self.opts.model_name} {getattr(obj_id, 'hex', obj_id)}"
        return super().response_delete(request, obj_display, obj_id)

    def _label(self, row: Model, request: HttpRequest) -> str:
        return str(row) if self.has_view_permission(request, row) else row_label(row)


def _names_of_links() -> frozenset[str]:
    """What Django calls the rows between two models, which mean nothing to people."""
    models = apps.get_models(include_auto_created=True)
    return frozenset(str(m._meta.verbose_name_plural) for m in models if m._meta.auto_created)
