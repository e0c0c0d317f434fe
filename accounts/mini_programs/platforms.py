"""Finds a mini program in `settings.MINI_PROGRAMS` by its name."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.mini_programs.base import MiniProgram
from accounts.mini_programs.errors import NoSuchMiniProgram


def get_mini_program(name: str) -> MiniProgram:
    options = dict(settings.MINI_PROGRAMS.get(name, {}))
    if not options.get("APP_ID"):
        raise NoSuchMiniProgram("There is no such mini program")
    backend = import_string(options.pop("BACKEND"))
    # Mini programs of one company have the same PLATFORM, and so the same users.
    options = {"PLATFORM": name, **options}
    fields = {key.lower(): value for key, value in options.items()}
    return cast(MiniProgram, backend(name, **fields))
