"""All routes of the site, read from its URL configuration, so that none can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

# Parameters as `path()` and `re_path()` write them.
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
# Before the releases of RAGFlow's API.
RAGFLOW = "ragflow-"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    pattern: str
    callback: Callable[..., Any]

    @property
    def view(self) -> type[APIView] | None:
        """The REST view class; None for a page."""
        return getattr(self.callback, "cls", None)

    @property
    def methods(self) -> list[str]:
        return [method.upper() for method in METHODS if hasattr(self.view, method)]

    @property
    def parameters(self) -> list[str]:
        return ["".join(names) for names in PARAMETER.findall(self.pattern)]

    def address(self, values: Callable[[str], str]) -> str:
        filled = PARAMETER.sub(lambda found: values(found[1] or found[2]), self.pattern)
        return "/" + re.sub(r"[\^$]", "", filled)


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns))


def all_rest_routes() -> list[Route]:
    return [route for route in routes() if route.view]


def rest_routes() -> list[Route]:
    """Those of our own API."""
    return [route for route in all_rest_routes() if not route.pattern.startswith(RAGFLOW)]


def ragflow_routes(prefix: str = RAGFLOW) -> list[Route]:
    return [route for route in all_rest_routes() if route.pattern.startswith(prefix)]


def pages() -> list[Route]:
    return [route for route in routes() if not route.view]


def _walk(patterns: Sequence[URLPattern | URLResolver], before: str = "") -> Iterator[Route]:
    for item in patterns:
        address = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _walk(item.url_patterns, address)
        else:
            yield Route(address, item.callback)
