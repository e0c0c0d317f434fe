"""Empties the database between tests in less time than Django takes, which is more than most tests
that need it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_migrate

# As Django connects it.
CREATE_PERMISSIONS = "django.contrib.auth.management.create_permissions"


@contextmanager
def fast_flush() -> Iterator[None]:
    """From here on a flush restores the content types and permissions of now, with their ids;
    Django would work them out anew."""
    kept: list[tuple[type[Model], Sequence[Model]]] = [
        (ContentType, list(ContentType.objects.all())),
        (Permission, list(Permission.objects.all())),
    ]

    def restore(using: str, **_kwargs: Any) -> None:
        for model, rows in kept:
            model._default_manager.using(using).bulk_create(rows, ignore_conflicts=True)

    assert post_migrate.disconnect(dispatch_uid=CREATE_PERMISSIONS)
    assert post_migrate.disconnect(create_contenttypes)
    post_migrate.connect(restore, sender=apps.get_app_config("auth"))
    flush = connection.ops.sql_flush
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = delete_all  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        connection.ops.sql_flush = flush  # type: ignore[method-assign]
        post_migrate.disconnect(restore, sender=apps.get_app_config("auth"))
        post_migrate.connect(create_contenttypes)
        post_migrate.connect(create_permissions, dispatch_uid=CREATE_PERMISSIONS)


def delete_all(_style: object, tables: Sequence[str], **_kwargs: object) -> list[str]:
    """Of tables with few rows. TRUNCATE makes new files for each table and index. Foreign keys are
    checked at the end of the transaction, so any order will do."""
    names = map(connection.ops.quote_name, tables)
    return ["; ".join(f"DELETE FROM {name}" for name in names)] if tables else []
