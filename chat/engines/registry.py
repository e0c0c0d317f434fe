"""Makes the engines that `settings.ENGINES` names, each once per process.

The only module of `chat.engines` that knows Django: it reads the settings for the engines.
"""

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from chat.engines.base import Engine


@cache
def get_engine(name: str) -> Engine:
    """Raises `KeyError` if the settings name no such engine."""
    options: dict[str, Any] = dict(settings.ENGINES[name])
    backend = import_string(options.pop("BACKEND"))
    return cast(Engine, backend(**{key.lower(): value for key, value in options.items()}))
