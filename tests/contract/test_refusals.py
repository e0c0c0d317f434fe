"""Refused frames: their codes and messages. The connection stays open."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from core.ids import new_id
from tests.contract.conftest import CHAT
from tests.support.frame_client import FrameClient, open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server

NOT_AN_OBJECT = ["[]", '"chat"', "7", "true", "null"]
NOT_JSON = ["", " ", "ping", "{", '{"type":"chat",}', "{'type':'chat'}", "NaN", '{"a":"\x01"}']
HOSTILE = [
    '{"chat_id":"a","chat_id":"b","question":"twice"}',
    '{"question":' + "[" * 20_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    '{"chat_id":Infinity,"question":"x"}',
    '{"offset":' + "9" * 6_000 + ',"type":"resume","id":"x"}',
    '{"chat_id":"x","question":"\\ud800"}',
    '{"chat_id":"x","question":"\\u0000"}',
]


@pytest.mark.parametrize("frame", [*NOT_AN_OBJECT, *NOT_JSON, *HOSTILE, b"{}", b"", b"\xff\xfe"])
async def test_a_frame_that_is_no_request_is_refused(
    alice: FrameClient, frame: str | bytes
) -> None:
    await alice.send_raw(frame)
    assert (await alice.refusal())["code"] == 400


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("type", ["feed", 7, ["chat"], {}]),
        ("chat_id", [None, "", "  ", 7, [], {}, True]),
        ("question", [None, "", " \n\t", "　", 7, ["x"], "x" * 16_001]),
        ("stream", ["true", 1, 0, [], {}]),
        ("session_id", [7, ["x"], {}, False]),
        ("kb_ids", ["x", 7, [7], [None], {"x": 1}, True, ["x"] * 101]),
        ("doc_ids", [7, [7], [["x"]], {}, True]),
        ("files", ["x", 7, [7], {}, list("123456789")]),
        ("request_id", [7, "", "x" * 65, [], {}]),
        ("offset", ["1", -1, 1.5, True, []]),
        ("events", ["yes", 1]),
    ],
)
async def test_a_field_of_the_wrong_kind_is_named(
    alice: FrameClient, seeded: SeededData, field: str, values: list[Any]
) -> None:
    good = {"type": "chat", "chat_id": seeded.chat_id, "question": QUESTION}
    for value in values:
        frame = await alice.refused(**{**good, field: value})
        assert frame["code"] == 400, (value, frame)
        assert f"`{field}`" in frame["message"], (value, frame)


@pytest.mark.parametrize("field", ["chat_id", "session_id", "kb_ids", "doc_ids", "files"])
async def test_a_missing_id_and_a_foreign_id_get_the_same_answer(
    alice: FrameClient, seeded: SeededData, field: str
) -> None:
    good = {"chat_id": seeded.chat_id, "question": QUESTION}
    ids = [seeded.bobs[field], new_id().hex, "no-id", "0" * 32]
    frames = [
        await alice.refused(**good | {field: [id] if field in ("kb_ids", "files") else id})
        for id in ids
    ]
    assert {frame["code"] for frame in frames} == {404}
    assert len({frame["message"] for frame in frames}) == 1
    assert len({frozenset(frame["data"]) for frame in frames}) == 1


@pytest.mark.parametrize("kind", ["stop", "resume"])
async def test_answers_of_others_are_not_found(
    alice: FrameClient, seeded: SeededData, kind: str
) -> None:
    frames = [
        await alice.refused(type=kind, id=id) for id in (seeded.bobs["id"], new_id().hex, "no-id")
    ]
    assert {frame["code"] for frame in frames} == {404}
    assert len({frame["message"] for frame in frames}) == 1


async def test_sessions_of_others_cannot_be_resumed(alice: FrameClient, seeded: SeededData) -> None:
    frame = await alice.refused(type="resume", session_id=seeded.bobs["session_id"])
    assert frame["code"] == 404


async def test_a_session_belongs_to_its_dialog(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    frame = await alice.refused(
        chat_id=seeded.load_chat_id, session_id=received.session_id, question=QUESTION
    )
    assert frame["code"] == 404


@pytest.mark.parametrize("size", [64 * 1024 + 1, 900_000])
async def test_a_large_frame_is_refused(alice: FrameClient, size: int) -> None:
    await alice.send_raw(" " * size)
    assert (await alice.refusal())["code"] == 413


async def test_a_frame_is_measured_in_bytes(alice: FrameClient, seeded: SeededData) -> None:
    await alice.send_raw(json.dumps({"question": "岛" * 30_000}, ensure_ascii=False))
    assert (await alice.refusal())["code"] == 413


async def test_a_huge_frame_ends_the_connection(server: Server, seeded: SeededData) -> None:
    async with open_client(server.ws + CHAT, seeded.token) as client:
        with suppress(ConnectionClosed):
            await client.send_raw(" " * 3_000_000)
        code, reason = await client.closed()
    assert code == 1009
    assert str(1024 * 1024) in (reason or "")


async def test_a_refusal_names_what_was_refused(alice: FrameClient, seeded: SeededData) -> None:
    frame = await alice.refused(chat_id="nowhere", question="x", request_id="r-1")
    assert frame["data"]["request_id"] == "r-1"
    session = (await alice.ask(chat_id=seeded.chat_id, question=QUESTION)).session_id
    frame = await alice.refused(
        chat_id=seeded.chat_id, session_id=session, question="x", kb_ids=["nowhere"]
    )
    assert frame["code"] == 404


async def test_a_refused_question_leaves_no_session(alice: FrameClient, seeded: SeededData) -> None:
    frame = await alice.refused(chat_id=seeded.chat_id, question="x", files=["nowhere"])
    assert "session_id" not in frame["data"]
