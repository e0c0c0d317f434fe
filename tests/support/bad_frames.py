"""Frames that no client should send, as Hypothesis thinks of them: far from the truth, and near."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

# Whoever uses these makes the dialog with this id; there is nothing with the other one.
CHAT_ID, NOBODYS_ID = "c0ffee00" * 4, "badbadba" * 4
# Errors that the protocol names for frames.
CODES = {400, 403, 404, 409, 413, 429}
# Frames of these kinds are good, whatever else is in them.
HARMLESS = ("ping", "unfollow")
KINDS = ("chat", "stop", "resume", "follow", "regenerate", "feedback")
FIELDS = (
    *("type", "chat_id", "question", "stream", "session_id", "kb_ids", "doc_ids"),
    *("files", "request_id", "offset", "events", "id"),
    *("reasoning_offset", "rating", "comment", "code", "data"),
)

GOOD: dict[str, dict[str, Any]] = {
    "chat": {"type": "chat", "chat_id": CHAT_ID, "question": "Where is Tilos?"},
    "stop": {"type": "stop", "id": NOBODYS_ID},
    "resume": {"type": "resume", "id": NOBODYS_ID},
    "follow": {"type": "follow", "session_id": NOBODYS_ID},
    "unfollow": {"type": "unfollow", "session_id": NOBODYS_ID},
    "regenerate": {"type": "regenerate", "id": NOBODYS_ID},
    "feedback": {"type": "feedback", "id": NOBODYS_ID, "rating": "up"},
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
not_text_and_there = not_text | st.sampled_from([None, "", "  ", "\ud800", "a\0b"])
not_a_switch: st.SearchStrategy[Any] = numbers | any_text | st.just([])
not_a_place = st.sampled_from([-1, True, 1.5, "7", [], {}, -(10**30), float("nan")])
not_ids = st.one_of(
    st.lists(not_text, min_size=1, max_size=3),
    st.sampled_from([7, True, {}, ["\ud800"], ["x"] * 101]),
)
somebody_elses = st.sampled_from([NOBODYS_ID, "no-id", "0" * 33, "١" * 32, "%00", "'; --"])

# What is wrong with a field of that name, in a frame that is good but for it.
WRONG: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "chat": {
        "type": not_text | any_text.filter(lambda kind: kind not in ("", *KINDS, *HARMLESS)),
        "chat_id": not_text_and_there | somebody_elses,
        "question": not_text_and_there | st.just("x" * 16_001),
        "stream": not_a_switch,
        "session_id": not_text | somebody_elses,
        "kb_ids": not_ids | somebody_elses | st.lists(somebody_elses, min_size=1, max_size=3),
        "doc_ids": not_ids | somebody_elses,
        "files": not_ids | st.lists(somebody_elses, min_size=1, max_size=10),
        "request_id": not_text | st.sampled_from(["", "r" * 65, "\0", "\udfff"]),
        "offset": not_a_place,
        "events": not_a_switch,
    },
    "stop": {"id": not_text_and_there | somebody_elses, "request_id": not_text},
    "resume": {
        "id": not_text_and_there | somebody_elses,
        "session_id": not_text,
        "offset": not_a_place,
        "reasoning_offset": not_a_place,
        "events": not_a_switch,
    },
    "follow": {"session_id": not_text_and_there | somebody_elses},
    "unfollow": {"session_id": not_text_and_there},
    "regenerate": {"id": not_text_and_there | somebody_elses, "events": not_a_switch},
    "feedback": {
        "id": not_text_and_there | somebody_elses,
        "rating": not_text | st.sampled_from(["UP", "", "sideways"]),
        "comment": not_text | st.just("x" * 2001),
    },
}


def encoded(value: Any, ascii: bool = True) -> str:
    """As Python writes it: NaN and lone surrogates included."""
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
    """A good frame, and one step from it: a piece is missing, doubled, or too much."""
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
    """Many, so that they share what a socket costs. Some are too large to be printed whole."""

    def __repr__(self) -> str:
        return "\n".join(f"{repr(frame)[:200]}, {len(frame)} long" for frame in self)


@st.composite
def batches(draw: st.DrawFn, size: int, of: st.SearchStrategy[str | bytes] = frames) -> Batch:
    return Batch(draw(st.lists(of, min_size=size, max_size=size)))


def is_utf8(frame: str | bytes) -> bool:
    """Others get no error frame over a real socket, but are closed with 1007."""
    if isinstance(frame, bytes):
        return True
    try:
        frame.encode()
    except UnicodeEncodeError:
        return False
    return True
