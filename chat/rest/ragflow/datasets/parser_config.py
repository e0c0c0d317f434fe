"""`parser_config`: what may be in it, what RAGFlow fills in, and the one number that counts here.

Of all its fields `chunk_token_num` says how long chunks get; the others are kept and shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from chat.rest.datasets.fields import CHUNK_CHARS
from chat.rest.datasets.serialization import CHARS_PER_TOKEN
from chat.rest.ragflow.datasets import validation as v
from chat.rest.ragflow.datasets.refusals import wrong_field

MAX_CHARS = 65_535
METHODS = (
    *("naive", "book", "email", "laws", "manual", "one", "paper", "picture", "presentation"),
    *("qa", "table", "tag"),
)
CHUNK_TOKENS = "chunk_token_num"
GRAPHRAG = {
    "use_graphrag": v.boolean,
    "entity_types": v.array(v.text()),
    "method": v.choice("light", "general"),
    "community": v.boolean,
    "resolution": v.boolean,
}
RAPTOR = {
    "use_raptor": v.boolean,
    "prompt": v.text(1),
    "max_token": v.integer(1, 2048),
    "threshold": v.number(0, 1),
    "max_cluster": v.integer(1, 1024),
    "random_seed": v.integer(0),
    "auto_disable_for_structured_data": v.boolean,
}
FIELDS = {
    CHUNK_TOKENS: v.integer(1, 2048),
    "auto_keywords": v.integer(0, 32),
    "auto_questions": v.integer(0, 10),
    "delimiter": v.text(1, strip=False),
    "html4excel": v.boolean,
    "layout_recognize": v.text(),
    "tag_kb_ids": v.array(v.text()),
    "topn_tags": v.integer(1, 10),
    "filename_embd_weight": v.nullable(v.number(0, 1)),
    "task_page_size": v.nullable(v.integer(1)),
    "pages": v.nullable(v.array(v.array(v.integer(0)))),
    "image_context_size": v.integer(0),
    "table_context_size": v.integer(0),
    "graphrag": v.record(GRAPHRAG),
    "raptor": v.record(RAPTOR),
}
SUMMARY_PROMPT = (
    "Please summarize the following paragraphs. Be careful with the numbers, do not make things up."
    " Paragraphs as following:\n      {cluster_content}\n"
    "The above is the content you need to summarize."
)
NAIVE: dict[str, Any] = {
    "layout_recognize": "DeepDOC",
    CHUNK_TOKENS: 512,
    "delimiter": "\n",
    "auto_keywords": 0,
    "auto_questions": 0,
    "html4excel": False,
    "topn_tags": 3,
    "raptor": {
        "use_raptor": True,
        "prompt": SUMMARY_PROMPT,
        "max_token": 256,
        "threshold": 0.1,
        "max_cluster": 64,
        "random_seed": 0,
    },
    "graphrag": {
        "use_graphrag": True,
        "entity_types": ["organization", "person", "geo", "event", "category"],
        "method": "light",
    },
}
WITHOUT_EXTRAS: dict[str, Any] = {
    "raptor": {"use_raptor": False},
    "graphrag": {"use_graphrag": False},
}
WITH_EXTRAS = ("book", "laws", "manual", "paper", "presentation", "qa")


def rule(path: str, value: Any) -> dict[str, Any]:
    checked: dict[str, Any] = v.record(FIELDS)(path, value)
    check_size(path, checked)
    return checked


def check_size(path: str, value: Mapping[str, Any]) -> None:
    size = len(json.dumps(value))
    if size > MAX_CHARS:
        sentence = f"Parser config exceeds size limit (max {MAX_CHARS:,} characters)"
        raise wrong_field(path, f"{sentence}. Current size: {size:,}", value)


def default_config(method: str) -> dict[str, Any]:
    if method == "naive":
        return deepcopy(NAIVE)
    return deepcopy(WITHOUT_EXTRAS) if method in WITH_EXTRAS else {}


def merged(base: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`new` over `base`, and so what is in both of them as objects."""
    result = dict(base)
    for name, value in new.items():
        old = result.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            value = merged(old, value)
        result[name] = value
    return result


def chunk_chars(config: Mapping[str, Any]) -> int | None:
    """None if it does not say how long chunks get."""
    tokens = config.get(CHUNK_TOKENS)
    if type(tokens) is not int:
        return None
    return min(max(tokens * CHARS_PER_TOKEN, CHUNK_CHARS[0]), CHUNK_CHARS[-1])
