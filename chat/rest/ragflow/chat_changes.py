"""Sets what a request says of a chat: in the dialog what a dialog has, and the rest beside it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError

from chat.models import Dialog
from chat.rest.datasets import fields
from chat.rest.dialogs.fields import MAX_NAME, MAX_PROMPT, MAX_TEXT, MAX_TOP_N, MODEL
from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal
from chat.validation import check_settings_for

# What a chat is kept with beside its dialog may have that many characters in all, as JSON.
MAX_KEPT = 100_000
KEPT = ("icon", "llm_id", "llm_setting", "vector_similarity_weight", "top_n", "top_k")
# Of `prompt_config`. A program's keys for other services are not kept.
KEPT_OF_PROMPT = ("parameters", "quote", "tts", "refine_multiturn", "keyword", "use_kg")
PARAMETERS = [{"key": "knowledge", "optional": False}]
TEXTS = {
    "system": ("prompt", MAX_PROMPT),
    "prologue": ("opener", MAX_TEXT),
    "empty_response": ("empty_response", MAX_TEXT),
}


def change(dialog: Dialog, kept: dict[str, Any], chat: dict[str, Any], release: Release) -> None:
    """Raises `Refusal`, and BadRequest for a wrong value."""
    if chat.get("tenant_id"):
        raise Refusal(release.no_tenant)
    if reranker := chat.get("rerank_id"):
        raise Refusal(release.no_reranker.format(id=str(reranker)[:255]))
    dialog.name = fields.name_of(chat, MAX_NAME) or dialog.name
    description = fields.text(chat, "description", MAX_TEXT)
    dialog.description = dialog.description if description is None else description
    _change_numbers(dialog, chat)
    _change_prompt(dialog, kept, chat.get("prompt_config", {}), release)
    _change_model(dialog, chat)
    _keep(kept, chat)


def _change_numbers(dialog: Dialog, chat: dict[str, Any]) -> None:
    threshold = dialog.similarity_threshold
    dialog.similarity_threshold = fields.share(chat, "similarity_threshold", threshold)
    fields.share(chat, "vector_similarity_weight", 0)
    for name in ("top_n", "top_k"):
        if type(chat.get(name, 0)) is not int or chat.get(name, 0) < 0:
            raise Refusal(f"`{name}` must be a whole number, 0 or more")
    if "top_n" in chat:
        dialog.top_n = min(max(chat["top_n"], 1), MAX_TOP_N)


def _change_prompt(
    dialog: Dialog, kept: dict[str, Any], prompt: dict[str, Any], release: Release
) -> None:
    for name, (field, most) in TEXTS.items():
        if (text := fields.text(prompt, name, most)) is not None:
            setattr(dialog, field, text)
    parameters = prompt.get("parameters", kept.get("parameters", PARAMETERS))
    if not isinstance(parameters, list):
        raise Refusal("`parameters` should be a list.")
    if not release.is_new and dialog.prompt and prompt:
        _check_used(dialog.prompt, parameters)


def _check_used(system: str, parameters: list[Any]) -> None:
    for parameter in parameters:
        key = parameter.get("key") if isinstance(parameter, dict) else None
        if not isinstance(key, str):
            raise Refusal("Each of the parameters must have a `key`")
        if not parameter.get("optional") and f"{{{key}}}" not in system:
            raise Refusal(f"Parameter '{key}' is not used")


def _change_model(dialog: Dialog, chat: dict[str, Any]) -> None:
    """A model is called `name@maker` there."""
    setting, model = chat.get("llm_setting", {}), chat.get("llm_id")
    sent = {own: setting[name] for name, own in MODEL.items() if name in setting}
    if model:
        sent["model"] = model.partition("@")[0] if isinstance(model, str) else model
    options = {**dialog.model_settings, **sent}
    try:
        check_settings_for(dialog.engine, options)
    except ValidationError as error:
        raise Refusal(f"`llm`: {' '.join(error.messages)}") from None
    dialog.model_settings = options


def _keep(kept: dict[str, Any], chat: dict[str, Any]) -> None:
    prompt, setting = chat.get("prompt_config", {}), chat.get("llm_setting", {})
    before = kept.get("llm_setting", {})
    kept |= {name: chat[name] for name in KEPT if name in chat}
    kept |= {name: prompt[name] for name in KEPT_OF_PROMPT if name in prompt}
    kept["llm_setting"] = {**before, **setting}
    if len(json.dumps(kept)) > MAX_KEPT:
        raise Refusal(f"The picture and the settings may have {MAX_KEPT} characters at most")
