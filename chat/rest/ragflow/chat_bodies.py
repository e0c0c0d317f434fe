"""What a request says of a chat, in the names of either release: as a dict in those of 0.25."""

from __future__ import annotations

from typing import Any

from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal

SHARED = ("name", "description", "dataset_ids", "tenant_id")
NEW = (*SHARED, "icon", "llm_id", "llm_setting", "prompt_config", "rerank_id")
NUMBERS = ("similarity_threshold", "vector_similarity_weight", "top_n", "top_k")
# Of `prompt`, up to release 0.24.
TEXTS = {
    "prompt": "system",
    "opener": "prologue",
    "empty_response": "empty_response",
    "variables": "parameters",
    "show_quote": "quote",
}
SETTINGS = {
    "rerank_model": "rerank_id",
    # As it is, though it is the weight of the other half: RAGFlow does so, and shows 1 minus it.
    "keywords_similarity_weight": "vector_similarity_weight",
    **{name: name for name in ("similarity_threshold", "top_n", "top_k")},
}


def chat_in(body: dict[str, Any], release: Release) -> dict[str, Any]:
    """Without what is `null`."""
    chat = _newer(body) if release.is_new else _older(body)
    return {name: value for name, value in chat.items() if value is not None}


def _newer(body: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: body.get(name) for name in (*NEW, *NUMBERS)},
        "llm_setting": _object(body, "llm_setting"),
        "prompt_config": _object(body, "prompt_config"),
    }


def _older(body: dict[str, Any]) -> dict[str, Any]:
    llm, prompt = _object(body, "llm"), _object(body, "prompt")
    quote = {} if "show_quotation" not in body else {"quote": body["show_quotation"]}
    return {
        **{name: body.get(name) for name in SHARED},
        "icon": body.get("avatar"),
        "llm_id": llm.pop("model_name", None),
        "llm_setting": llm,
        "prompt_config": {**quote, **_renamed(prompt, TEXTS)},
        **_renamed(prompt, SETTINGS),
    }


def _renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {new: values[old] for old, new in names.items() if old in values}


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Without what is `null`, which is as if it were left out."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(f"`{name}` should be an object.")
    return {key: item for key, item in value.items() if item is not None}
