"""Engines by name, as `settings.ENGINES` lists them."""

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from chat.engines.base import Engine


@cache
def get_engine(name: str) -> Engine:
    """Raises `KeyError` if settings name no such engine."""
    options: dict[str, Any] = dict(settings.ENGINES[name])
    backend = import_string(options.pop("BACKEND"))
    return cast(Engine, backend(**{key.lower(): value for key, value in options.items()}))
