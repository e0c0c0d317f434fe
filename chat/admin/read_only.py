"""An admin of rows that can be viewed and deleted, but neither added nor edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    """For messages and files of people: deleted if they ask for it, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The rows, and how much is deleted with them: it may be thousands of messages."""
        rows = list(objs)
        counts = {self.opts.verbose_name_plural: len(rows), **self.count_dependents(rows)}
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(row) for row in rows], counts, lacking, []

    def count_dependents(self, rows: Sequence[Any]) -> dict[Any, int]:
        return {}
