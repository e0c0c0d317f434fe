"""Dialogs as OpenAI's models: by their name where it is theirs alone, and always by their id."""

from __future__ import annotations

from collections import Counter
from typing import Any

from accounts.identity import Identity
from chat import access
from chat.models import Dialog
from chat.rest.openai.errors import NoSuchModel
from core.errors import NotFound
from core.ids import parse_id
from core.storable_text import is_storable

MAX_MODELS = 1000


def list_models(identity: Identity) -> dict[str, Any]:
    rows = list(access.dialogs(identity).order_by("name", "pk")[:MAX_MODELS])
    names = Counter(row.name for row in rows)
    return {"object": "list", "data": [_model(row, names[row.name] == 1) for row in rows]}


def get_model(identity: Identity, name: str) -> dict[str, Any]:
    row = _dialog(identity, name)
    same_name = access.dialogs(identity).filter(name=row.name)
    return _model(row, same_name.count() == 1)


def dialog_id(identity: Identity, model: str) -> str:
    """Of the dialog with that name or id. Raises NoSuchModel."""
    return _dialog(identity, model).pk.hex


def _model(row: Dialog, is_only_one: bool) -> dict[str, Any]:
    """`name` and `chat_id` are extensions."""
    is_usable = is_only_one and parse_id(row.name) is None
    return {
        "id": row.name if is_usable else row.pk.hex,
        "object": "model",
        "created": int(row.created_at.timestamp()),
        "owned_by": "ragws",
        "name": row.name,
        "chat_id": row.pk.hex,
    }


def _dialog(identity: Identity, name: str) -> Dialog:
    if parse_id(name):
        try:
            return access.get_dialog(identity, name)
        except NotFound:
            raise NoSuchModel("There is no such model") from None
    found = access.dialogs(identity).filter(name=name)[:2] if is_storable(name) else ()
    match list(found):
        case [row]:
            return row
        case []:
            raise NoSuchModel("There is no such model")
    raise NoSuchModel("Several dialogs have this name: use the id of one")
