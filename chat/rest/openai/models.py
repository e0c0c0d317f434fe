"""Dialogs as OpenAI's models: by their name, unless it looks like an id, and always by their id."""

from __future__ import annotations

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
    rows = access.dialogs(identity).order_by("name", "pk")[:MAX_MODELS]
    return {"object": "list", "data": [_model(row) for row in rows]}


def get_model(identity: Identity, name: str) -> dict[str, Any]:
    return _model(_dialog(identity, name))


def dialog_id(identity: Identity, model: str) -> str:
    """Of the dialog with that name or id. Raises NoSuchModel."""
    return _dialog(identity, model).pk.hex


def _model(row: Dialog) -> dict[str, Any]:
    """`name` and `chat_id` are extensions."""
    return {
        "id": row.pk.hex if parse_id(row.name) else row.name,
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
    row = access.dialogs(identity).filter(name=name).first() if is_storable(name) else None
    if row is None:
        raise NoSuchModel("There is no such model")
    return row
