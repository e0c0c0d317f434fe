"""Pages of lists over REST: `?page=` counts from 1, `?page_size=` has a most for each list."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


def page_of(request: Request, default: int, most: int) -> slice:
    """The rows of the page that is asked for. A larger `page_size` than `most` counts as that."""
    page = _positive(request, "page", 1)
    size = min(_positive(request, "page_size", default), most)
    return slice((page - 1) * size, page * size)


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    # Python parses no number of thousands of digits, nor does a database have an offset that long.
    if text.isdecimal() and len(text) <= 6 and int(text) > 0:
        return int(text)
    raise ValidationError({name: "This must be a whole number from 1 to 999999."})
