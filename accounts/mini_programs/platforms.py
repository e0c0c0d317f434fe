"""Mini programs by name, as `settings.MINI_PROGRAMS` lists them."""

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
    # Two entries of one company's mini programs say by PLATFORM that they know the same people.
    options = {"PLATFORM": name, **options}
    fields = {key.lower(): value for key, value in options.items()}
    return cast(MiniProgram, backend(name, **fields))
