"""Inbound frames: which are parsed, and which are refused with the name of the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.answers.requests import Ask, Ping, Resume, Stop
from chat.websocket.frame_parser import parse
from core.errors import AppError, BadRequest, TooLarge

# A person sees nothing: zero width, tags, fillers, an empty Braille pattern, a lone joiner or mark.
BLANK = [
    *("\u200b", " \u200b\n\u2060 ", "\ufeff", "\u202e", "\u061c", "\xad", "\u3164", "\uffa0"),
    *("\u2800", "\U0001d159", "\U000e0041", "\u200d", "\ufe0f", "\u0301", "\u2028", "\x85", "\x1b"),
    *("\u180e", "\U0001d173", "\u115f", "\u034f", "\U000e0101"),
]


def ask(**fields: Any) -> Any:
    return parse(json.dumps({"chat_id": "c", "question": "q", **fields}))


def refusal_of(text: str) -> str:
    with pytest.raises(BadRequest) as caught:
        parse(text)
    return str(caught.value)


def test_the_request_of_the_published_document_is_parsed() -> None:
    text = """{"type": "chat", "chat_id": "c1", "question": "What?", "stream": true,
        "session_id": "s1", "kb_ids": ["k1"], "doc_ids": "d1, d2", "files": ["f1"]}"""
    assert parse(text) == Ask(
        chat_id="c1",
        question="What?",
        session_id="s1",
        kb_ids=("k1",),
        doc_ids=("d1", "d2"),
        files=("f1",),
    )


def test_type_may_be_missing_and_unknown_fields_are_ignored() -> None:
    assert ask(temperature=2, token="x") == Ask(chat_id="c", question="q")


def test_null_and_empty_mean_absent() -> None:
    assert ask(session_id=None, stream=None, kb_ids=None, doc_ids="", files=[]) == ask()
    assert ask(session_id="") == ask()


@pytest.mark.parametrize("question", ["?", "é", "e\u0301", "水", "👩\u200d🚀", "2️⃣", "…", "ก็"])
def test_one_visible_character_is_a_question(question: str) -> None:
    assert ask(question=question) == Ask(chat_id="c", question=question)


def test_doc_ids_may_be_an_array() -> None:
    assert ask(doc_ids=["a", "b"]) == ask(doc_ids="a,b,a,,")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"question": ""}, "question"),
        ({"question": " \n"}, "question"),
        ({"question": 7}, "question"),
        ({"question": "x" * 16_001}, "question"),
        *[({"question": text}, "question") for text in BLANK],
        ({"question": "a\0b"}, "question"),
        ({"question": "\ud83d"}, "question"),
        ({"chat_id": None}, "chat_id"),
        ({"chat_id": ["c"]}, "chat_id"),
        ({"stream": "yes"}, "stream"),
        ({"session_id": 1}, "session_id"),
        ({"kb_ids": "k"}, "kb_ids"),
        ({"kb_ids": [1]}, "kb_ids"),
        ({"kb_ids": ["k"] * 101}, "kb_ids"),
        ({"doc_ids": 5}, "doc_ids"),
        ({"doc_ids": {"a": 1}}, "doc_ids"),
        ({"files": "f"}, "files"),
        ({"files": [str(n) for n in range(9)]}, "files"),
        ({"request_id": ""}, "request_id"),
        ({"request_id": "r" * 65}, "request_id"),
        ({"request_id": 5}, "request_id"),
        ({"offset": -1}, "offset"),
        ({"offset": True}, "offset"),
        ({"offset": 1.5}, "offset"),
        ({"events": 1}, "events"),
        ({"type": "dance"}, "type"),
        ({"type": 1}, "type"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], name: str) -> None:
    assert f"`{name}`" in refusal_of(json.dumps({"chat_id": "c", "question": "q"} | fields))


@pytest.mark.parametrize("text", ["", "ping", "[]", "7", "null", '"chat"', "{", "[" * 30_000])
def test_a_frame_that_is_no_json_object_is_refused(text: str) -> None:
    assert refusal_of(text)


def test_json_that_parsers_disagree_about_is_refused() -> None:
    assert "`question` appears twice" in refusal_of('{"question": "a", "question": "b"}')
    assert "`NaN`" in refusal_of('{"chat_id": NaN}')


def test_a_refusal_keeps_the_request_id() -> None:
    with pytest.raises(BadRequest) as caught:
        ask(question="", request_id="r1")
    assert caught.value.details == {"request_id": "r1"}


def test_a_frame_may_not_be_too_large(settings: Any) -> None:
    settings.MAX_FRAME_BYTES = 100
    with pytest.raises(TooLarge):
        ask(padding="é" * 40)


def test_frames_that_are_no_questions_are_parsed() -> None:
    assert parse('{"type": "ping"}') == Ping()
    assert parse('{"type": "stop", "id": "a"}') == Stop(id="a")
    assert parse('{"type": "stop", "request_id": "r"}') == Stop(request_id="r")
    assert parse('{"type": "resume", "id": "a", "offset": 5}') == Resume(id="a", offset=5)
    assert parse('{"type": "resume", "session_id": "s", "reasoning_offset": 0}') == Resume(
        session_id="s", reasoning_offset=0
    )
    assert "`id`" in refusal_of('{"type": "stop"}')
    assert "`id` or `session_id`" in refusal_of('{"type": "resume", "offset": 3}')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = ["type", "chat_id", "question", "session_id", "kb_ids", "doc_ids", "files", "offset", "id"]


def code_of(text: str) -> int:
    try:
        parse(text)
    except AppError as error:
        return error.code
    return 0


@given(st.dictionaries(st.sampled_from([*NAMES, "request_id", "stream"]), json_values))
def test_any_object_is_parsed_or_refused(fields: dict[str, Any]) -> None:
    assert code_of(json.dumps(fields)) in (0, 400, 413)
