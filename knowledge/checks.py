"""A system check: the database must be one that the full-text index supports."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connection

from knowledge.index.current_index import has_index


def check_index(**_kwargs: Any) -> Sequence[CheckMessage]:
    if has_index():
        return []
    return [
        Error(
            f"There is no full-text search on {connection.display_name}",
            hint="Set DATABASE_URL to a PostgreSQL address, or leave it empty for SQLite.",
            id="knowledge.E001",
        )
    ]
