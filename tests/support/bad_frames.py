"""Hypothesis strategies for frames that no client should send: random, and almost valid ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

# A test that uses these creates the dialog with the first id; nothing has the other one.
CHAT_ID, UNKNOWN_ID = "c0ffee00" * 4, "badbadba" * 4
# Errors that the protocol names for frames.
CODES = {400, 403, 404, 409, 413, 429}
# Frames of these types are valid, whatever other fields they have.
HARMLESS = ("ping", "unfollow", "notices")
KINDS = ("chat", "stop", "resume", "follow", "regenerate", "switch", "feedback")
FIELDS = (
    *("type", "chat_id", "question", "stream", "session_id", "kb_ids", "doc_ids"),
    *("files", "request_id", "offset", "events", "edit", "id"),
    *("reasoning_offset", "rating", "comment", "code", "data"),
)

GOOD: dict[str, dict[str, Any]] = {
    "chat": {"type": "chat", "chat_id": CHAT_ID, "question": "Where is Tilos?"},
    "stop": {"type": "stop", "id": UNKNOWN_ID},
    "resume": {"type": "resume", "id": UNKNOWN_ID},
    "follow": {"type": "follow", "session_id": UNKNOWN_ID},
    "unfollow": {"type": "unfollow", "session_id": UNKNOWN_ID},
    "regenerate": {"type": "regenerate", "id": UNKNOWN_ID},
    "switch": {"type": "switch", "id": UNKNOWN_ID},
    "feedback": {"type": "feedback", "id": UNKNOWN_ID, "rating": "up"},
}

any_text = st.text(st.characters(exclude_categories=()), max_size=12)
numbers = st.one_of(
    st.integers(-5, 5),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.sampled_from([10**4299, -(2**63), 1e308, 5e-324]),
)
scalars = st.none() | st.booleans() | numbers | any_text
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | any_text, inner, max_size=3)
    ),
    max_leaves=5,
)

not_text: st.SearchStrategy[Any] = (
    st.booleans() | numbers | st.lists(scalars, max_size=2) | st.just({})
)
not_filled_text = not_text | st.sampled_from([None, "", "  ", "\ud800", "a\0b"])
not_a_boolean: st.SearchStrategy[Any] = numbers | any_text | st.just([])
not_an_offset = st.sampled_from([-1, True, 1.5, "7", [], {}, -(10**30), float("nan")])
not_ids = st.one_of(
    st.lists(not_text, min_size=1, max_size=3),
    st.sampled_from([7, True, {}, ["\ud800"], ["x"] * 101]),
)
foreign_ids = st.sampled_from([UNKNOWN_ID, "no-id", "0" * 33, "١" * 32, "%00", "'; --"])

# By type and field: bad values for a field of a frame that is valid otherwise.
WRONG: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "chat": {
        "type": not_text | any_text.filter(lambda kind: kind not in ("", *KINDS, *HARMLESS)),
        "chat_id": not_filled_text | foreign_ids,
        "question": not_filled_text | st.just("x" * 16_001),
        "stream": not_a_boolean,
        "session_id": not_text | foreign_ids,
        "kb_ids": not_ids | foreign_ids | st.lists(foreign_ids, min_size=1, max_size=3),
        "doc_ids": not_ids | foreign_ids,
        "files": not_ids | st.lists(foreign_ids, min_size=1, max_size=10),
        "request_id": not_text | st.sampled_from(["", "r" * 65, "\0", "\udfff"]),
        "offset": not_an_offset,
        "events": not_a_boolean,
        "edit": not_text | foreign_ids,
    },
    "stop": {"id": not_filled_text | foreign_ids, "request_id": not_text},
    "resume": {
        "id": not_filled_text | foreign_ids,
        "session_id": not_text,
        "offset": not_an_offset,
        "reasoning_offset": not_an_offset,
        "events": not_a_boolean,
    },
    "follow": {"session_id": not_filled_text | foreign_ids},
    "unfollow": {"session_id": not_filled_text},
    "regenerate": {"id": not_filled_text | foreign_ids, "events": not_a_boolean},
    "switch": {"id": not_filled_text | foreign_ids},
    "feedback": {
        "id": not_filled_text | foreign_ids,
        "rating": not_text | st.sampled_from(["UP", "", "sideways"]),
        "comment": not_text | st.just("x" * 2001),
    },
}


def encoded(value: Any, ascii: bool = True) -> str:
    """JSON as Python writes it: with NaN and lone surrogates."""
    return json.dumps(value, ensure_ascii=ascii)


@st.composite
def one_field_wrong(draw: st.DrawFn) -> str:
    kind, field = draw(st.sampled_from([(kind, field) for kind in WRONG for field in WRONG[kind]]))
    return encoded({**GOOD[kind], field: draw(WRONG[kind][field])}, draw(st.booleans()))


@st.composite
def right_kind_wrong_fields(draw: st.DrawFn) -> str:
    fields = draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=4))
    return encoded({**fields, "type": draw(st.sampled_from(KINDS))})


@st.composite
def not_quite_json(draw: st.DrawFn) -> str:
    """A valid frame with one change: a part is missing, doubled or added."""
    text = encoded(GOOD[draw(st.sampled_from(list(GOOD)))])
    at = draw(st.integers(1, len(text) - 1))
    match draw(st.integers(0, 4)):
        case 0:
            return text[:at]
        case 1:
            return text[at:]
        case 2:
            return text + draw(st.sampled_from(["}", ",", "\0", "//", text, "[]", "\ufeff"]))
        case 3:
            return '{"type": "ping", ' + text[1:]
        case _:
            return "\ufeff" + text


@st.composite
def deep_or_large(draw: st.DrawFn) -> str:
    size = draw(st.sampled_from([2, 50, 1000, 20_000, 70_000]))
    match draw(st.integers(0, 3)):
        case 0:
            return "[" * size
        case 1:
            return '{"question":' * (size // 10) + "1" + "}" * (size // 10)
        case 2:
            return '{"type":"resume","id":"x","offset":' + "9" * size + "}"
        case _:
            return '{"offset":' + draw(st.sampled_from(["NaN", "-Infinity", "1e999", "0x1"])) + "}"


texts = st.one_of(
    one_field_wrong(),
    right_kind_wrong_fields(),
    values.filter(lambda value: not isinstance(value, dict)).map(encoded),
    any_text,
    not_quite_json(),
    deep_or_large(),
)
frames: st.SearchStrategy[str | bytes] = texts | texts | texts | st.binary(max_size=40)


class Batch(tuple[str | bytes, ...]):
    """Many frames, to share the cost of a socket. Large ones are shortened when printed."""

    def __repr__(self) -> str:
        return "\n".join(f"{repr(frame)[:200]}, {len(frame)} long" for frame in self)


def batches(count: int, each: int, of: st.SearchStrategy[str | bytes] = frames) -> Sequence[Batch]:
    """`count` frames, drawn one by one: in a long list, most are drawn in vain or repeat others."""
    drawn: list[str | bytes] = []

    @hypothesis_settings(
        max_examples=count, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(of)
    def draw_one(frame: str | bytes) -> None:
        drawn.append(frame)

    draw_one()
    return [Batch(drawn[start : start + each]) for start in range(0, len(drawn), each)]


def is_utf8(frame: str | bytes) -> bool:
    """Frames that are not get no error frame on a real socket: it is closed with 1007."""
    if isinstance(frame, bytes):
        return True
    try:
        frame.encode()
    except UnicodeEncodeError:
        return False
    return True
