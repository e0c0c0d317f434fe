"""What a request says of a dialog, with the names of RAGFlow's chat assistants.

Of `llm` and `prompt` those fields count that a dialog has; RAGFlow's programs always send the
others too, and they change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from rest_framework.exceptions import ValidationError

from chat.models import Dialog
from chat.rest.datasets import fields
from chat.validation import check_settings_for, check_starters
from core.errors import BadRequest

MAX_NAME, MAX_TEXT, MAX_PROMPT = 255, 10_000, 50_000
MAX_TOP_N = 50
NAMES = (
    *("name", "description", "dataset_ids", "llm", "prompt", "starters"),
    # Accepted, and the same for every dialog.
    *("avatar", "icon", "language"),
)
# Of `prompt`: texts that a dialog has, by the names of its fields.
TEXTS = {"opener": MAX_TEXT, "empty_response": MAX_TEXT, "prompt": MAX_PROMPT}
SHARES = ("similarity_threshold", "answer_threshold")
# Of `llm`: what is sent to the model, by the names of the model settings.
MODEL = {
    "model_name": "model",
    **{name: name for name in ("temperature", "top_p", "max_tokens")},
    **{name: name for name in ("presence_penalty", "frequency_penalty")},
}


def change(dialog: Dialog, body: dict[str, Any]) -> None:
    """Sets the fields that the body has. Raises an error that names a wrong one."""
    fields.only_known(body, NAMES)
    name = fields.name_of(body, MAX_NAME)
    description = fields.text(body, "description", MAX_TEXT)
    dialog.name = dialog.name if name is None else name
    dialog.description = dialog.description if description is None else description
    if "starters" in body:
        dialog.starters = _starters(body["starters"])
    _change_prompt(dialog, _object(body, "prompt"))
    _change_model(dialog, _object(body, "llm"))


def dataset_ids(body: dict[str, Any]) -> list[str] | None:
    """None if they are left out."""
    if body.get("dataset_ids") is None:
        return None
    return fields.ids(body, "dataset_ids", null_is_all=False)


def _change_prompt(dialog: Dialog, prompt: dict[str, Any]) -> None:
    for name, most in TEXTS.items():
        if (text := fields.text(prompt, name, most)) is not None:
            setattr(dialog, name, text)
    for name in SHARES:
        setattr(dialog, name, fields.share(prompt, name, getattr(dialog, name)))
    dialog.top_n = fields.whole_number(prompt, "top_n", dialog.top_n, MAX_TOP_N)
    rewrites = fields.boolean(prompt, "rewrites_questions")
    dialog.rewrites_questions = dialog.rewrites_questions if rewrites is None else rewrites


def _change_model(dialog: Dialog, llm: Mapping[str, Any]) -> None:
    sent = {own: llm[name] for name, own in MODEL.items() if llm.get(name) not in (None, "")}
    options = {**dialog.model_settings, **sent}
    try:
        check_settings_for(dialog.engine, options)
    except InvalidValue as error:
        raise BadRequest(f"`llm`: {' '.join(error.messages)}") from None
    dialog.model_settings = options


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Without fields that are `null`, which are as if they were left out."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"`{name}` must be an object")
    return {key: item for key, item in value.items() if item is not None}


def _starters(value: object) -> list[str]:
    try:
        check_starters(value)
    except InvalidValue as error:
        raise ValidationError({"starters": error.messages}) from None
    return [question.strip() for question in value if isinstance(question, str)]  # type: ignore[attr-defined]
