"""Makes the engines that `settings.ENGINES` names, each once per process.

The only module of `chat.engines` that knows Django: it reads the settings for the engines.
"""

from collections.abc import Callable
from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from chat.engines.base import Engine


@cache
def get_engine(name: str) -> Engine:
    """Raises `KeyError` if the settings name no such engine."""
    options = {key.lower(): value for key, value in settings.ENGINES[name].items()}
    del options["backend"]
    return engine_class(name)(**options)


def engine_class(name: str) -> Callable[..., Engine]:
    """Some of what an engine can do is said by its class, without making one. Raises `KeyError`."""
    return cast(Callable[..., Engine], import_string(settings.ENGINES[name]["BACKEND"]))
