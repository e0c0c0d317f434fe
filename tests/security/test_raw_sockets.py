"""Bytes that break the rules of WebSocket and HTTP: told so, cut off, and nobody else notices."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from tests.contract.conftest import CHAT, KINDS
from tests.support.attacker import (
    BINARY,
    CLOSE,
    CONT,
    FIN,
    PING,
    TEXT,
    WAIT_S,
    Attacker,
    frame,
    handshake,
    head_of,
)
from tests.support.bad_frames import CODES, Batch, batches, frames, is_utf8
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, running

MIB = 1024 * 1024
SLOW_S = 1
IN_PIECES, AT_ONCE = 2000 if os.environ.get("CI") else 400, 20
PROTOCOL_ERROR, NOT_TEXT, NOT_LET_IN, TOO_LARGE = 1002, 1007, 1008, 1009
# What is cut off while it is still being sent may not be told why.
REFUSED = (None, *range(400, 500))
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n"
RESERVED = [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF]

BREACHES: dict[str, tuple[int, list[bytes]]] = {
    "unmasked": (PROTOCOL_ERROR, [frame(TEXT, b"{}", masked=False)]),
    "unmasked ping": (PROTOCOL_ERROR, [frame(PING, b"", masked=False)]),
    "reserved bit 1": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x40)]),
    "reserved bit 2": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x20)]),
    "reserved bit 3": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x10)]),
    **{f"opcode {n}": (PROTOCOL_ERROR, [frame(n, b"x")]) for n in RESERVED},
    "not UTF-8": (NOT_TEXT, [frame(TEXT, b'{"question":"\xff"}')]),
    "a surrogate": (NOT_TEXT, [frame(TEXT, b"\xed\xa0\x80")]),
    "half a character": (NOT_TEXT, [frame(TEXT, "岛".encode()[:2])]),
    "not UTF-8, in pieces": (NOT_TEXT, [frame(TEXT, b"\xe5", flags=0), frame(CONT, b"x")]),
    "large": (TOO_LARGE, [head_of(TEXT, 2 * MIB)]),
    "immense": (TOO_LARGE, [head_of(TEXT, 2**62)]),
    "large in pieces": (
        TOO_LARGE,
        [frame(TEXT, b" " * 60_000, flags=0), *repeat(frame(CONT, b" " * 60_000, flags=0), 30)],
    ),
    "large in pieces, binary": (
        TOO_LARGE,
        [frame(BINARY, b"", flags=0), *repeat(frame(CONT, b"\0" * 600_000, flags=0), 3)],
    ),
    "long ping": (PROTOCOL_ERROR, [frame(PING, b"x" * 126)]),
    "long close": (PROTOCOL_ERROR, [frame(CLOSE, struct.pack("!H", 1000) + b"x" * 124)]),
    "ping in pieces": (PROTOCOL_ERROR, [frame(PING, b"x", flags=0)]),
    "goes on with nothing": (PROTOCOL_ERROR, [frame(CONT, b"x")]),
    "begins again": (PROTOCOL_ERROR, [frame(TEXT, b"{", flags=0), frame(TEXT, b"}")]),
    "half a close code": (PROTOCOL_ERROR, [frame(CLOSE, b"\x03")]),
    "no close code": (PROTOCOL_ERROR, [frame(CLOSE, struct.pack("!H", 999))]),
    "close code 1006": (PROTOCOL_ERROR, [frame(CLOSE, struct.pack("!H", 1006))]),
    "a reason that is no text": (NOT_TEXT, [frame(CLOSE, struct.pack("!H", 1000) + b"\xff")]),
}


HANDSHAKES: dict[str, bytes] = {
    "an old version": handshake(Sec_WebSocket_Version="8"),
    "no version": handshake(Sec_WebSocket_Version=None),
    "a version in words": handshake(Sec_WebSocket_Version="thirteen"),
    "no key": handshake(Sec_WebSocket_Key=None),
    "a short key": handshake(Sec_WebSocket_Key="c2hvcnQ="),
    "no base64": handshake(Sec_WebSocket_Key="!" * 24),
    "no connection": handshake(Connection="close"),
    "a post": handshake(line=f"POST {CHAT} HTTP/1.1"),
    "a long address": handshake("x" * 20_000),
    "a long header": handshake(Origin="x" * 20_000),
    "much of everything": handshake(**{f"X-{number}": "x" * 900 for number in range(100)}),
    "many headers": handshake(**{f"X-{number}": "x" for number in range(600)}),
}
STRANGERS: dict[str, bytes] = {
    "HTTP/1.0": handshake(line=f"GET {CHAT} HTTP/1.0"),
    "with a body": handshake(Content_Length="5") + b"hello",
    "a protocol that is no text": handshake(Sec_WebSocket_Protocol="caf\udce9"),
    "an origin that is no text": handshake(Origin="http://caf\udce9"),
}
GARBAGE: dict[str, bytes] = {
    "random": os.urandom(200) + b"\r\n\r\n",
    "zeros": bytes(2000) + b"\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + bytes(160) + b"\r\n\r\n",
    "a frame": frame(TEXT, b'{"type":"ping"}') + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a long line": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an endless line": b"GET /" + b"x" * 400_000,
    "an endless header": b"GET / HTTP/1.1\r\nX: " + b"x" * 400_000,
    "endless headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 60_000,
    "a header without a colon": b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    "a NUL": b"GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a length below 0": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "a length in words": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ten\r\n\r\n",
    "a length and chunks": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n",
    # Enough of it to be waited for, if it were let in.
    "a large body": LOGIN + b"Content-Length: 2000000\r\n\r\n" + bytes(20_000),
    "large chunks": LOGIN
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"8000\r\n%b\r\n" % bytes(0x8000) * 40,
    "chunks of no size": b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}
# What is sent, piece by piece, by somebody who is in no hurry.
DRIPS: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "a line": (b"", b"G"),
    "headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n"),
    "a handshake": (handshake()[:-2], b"X: y\r\n"),
    "empty lines": (b"", b"\r\n"),
    "a body": (
        LOGIN + b"Content-Length: 9999\r\n\r\n",
        b"x",
    ),
    "chunks": (
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
    ),
    "a second request": (b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n", b"G"),
}


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param, SLOW_REQUEST_S=SLOW_S, MAX_REQUEST_BYTES=MIB) as server:
        yield server


@pytest.fixture(scope="module")
def neighbour(server: Server, seeded: SeededData) -> Iterator[ClientConnection]:
    """Honest, and connected all the time."""
    with connect(f"{server.ws}{CHAT}?token={seeded.token}") as socket:
        yield socket


@pytest.fixture(autouse=True)
def nobody_notices(
    server: Server, neighbour: ClientConnection, seeded: SeededData
) -> Iterator[None]:
    """The honest client is answered, and nothing that happened was unforeseen."""
    before = len(server.log())
    yield
    neighbour.send(json.dumps({"chat_id": seeded.chat_id, "question": QUESTION}))
    heard = [json.loads(neighbour.recv(WAIT_S))]
    while heard[-1]["data"] is not True:
        heard.append(json.loads(neighbour.recv(WAIT_S)))
    assert heard[-1]["status"] == "complete"
    assert "Megalo Chorio" in "".join(chunk["data"]["answer"] for chunk in heard[:-1])
    news = server.log()[before:]
    assert "Traceback" not in news
    assert "ERROR" not in news


@pytest.fixture
def attacker(server: Server) -> Iterator[Attacker]:
    with Attacker(server.port) as attacker:
        yield attacker


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_protocol(attacker: Attacker, seeded: SeededData, breach: str) -> None:
    code, sent = BREACHES[breach]
    attacker.open(seeded.token)
    attacker.send(b"".join(sent))
    assert attacker.close_code() == code


@pytest.mark.parametrize("breach", ["unmasked", "not UTF-8", "half a close code"])
def test_who_does_not_take_the_hint(attacker: Attacker, seeded: SeededData, breach: str) -> None:
    """No close frame comes back, and nothing else."""
    _, sent = BREACHES[breach]
    attacker.open(seeded.token)
    attacker.send(b"".join(sent))
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", HANDSHAKES)
def test_no_such_handshake(attacker: Attacker, kind: str) -> None:
    attacker.send(HANDSHAKES[kind])
    assert attacker.status() in REFUSED
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", STRANGERS)
def test_handshakes_of_strangers(attacker: Attacker, kind: str) -> None:
    """Some servers take them for handshakes; nobody comes in by them."""
    attacker.send(STRANGERS[kind])
    if attacker.status() == 101:
        assert attacker.close_code() in (PROTOCOL_ERROR, NOT_LET_IN)
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", GARBAGE)
def test_no_such_request(attacker: Attacker, kind: str) -> None:
    attacker.send(GARBAGE[kind])
    assert attacker.status() in REFUSED
    assert attacker.is_cut()


def test_who_is_too_slow_is_let_go(server: Server) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(len(DRIPS)) as all_at_once:
        attacks = [all_at_once.submit(drip, server.port, *how) for how in DRIPS.values()]
    assert [attack.result() for attack in attacks] == [True] * len(DRIPS)
    assert time.monotonic() - began < 3 * SLOW_S


def drip(port: int, first: bytes, again: bytes) -> bool:
    """Whether the server has had enough of it within a while."""
    with Attacker(port) as attacker:
        attacker.send(first)
        return any(attacker.send_and_wait(again, SLOW_S / 4) for _ in range(16))


def test_a_poor_line_is_waited_for(attacker: Attacker) -> None:
    """Longer than a request may take that brings nothing."""
    piece = b" " * 800
    attacker.send(LOGIN + b"Content-Type: application/json\r\n")
    attacker.send(f"Content-Length: {10 * len(piece)}\r\n\r\n".encode())
    began = time.monotonic()
    for _ in range(9):
        assert not attacker.send_and_wait(piece, SLOW_S / 4)
    attacker.send(piece)
    assert attacker.status() == 400
    assert time.monotonic() - began > 2 * SLOW_S


@pytest.mark.parametrize("sent", [b"", handshake()[:90], handshake("nobody")])
def test_half_open(attacker: Attacker, sent: bytes) -> None:
    """Nothing more will come, and the client waits for the end."""
    attacker.send(sent)
    attacker.socket.shutdown(socket.SHUT_WR)
    assert attacker.is_cut()


@pytest.mark.parametrize("rest", [b"", frame(TEXT, b'{"type":"ping"}')[:9], head_of(TEXT, 70_000)])
def test_half_open_sockets(attacker: Attacker, seeded: SeededData, rest: bytes) -> None:
    attacker.open(seeded.token)
    attacker.send(rest)
    attacker.socket.shutdown(socket.SHUT_WR)
    assert attacker.is_cut()


def test_bad_frames_in_pieces(server: Server, seeded: SeededData) -> None:
    """With pings in between, which are answered at once."""
    sent = 0

    @hypothesis_settings(max_examples=IN_PIECES // AT_ONCE, phases=[Phase.generate])
    @given(batches(AT_ONCE, frames.filter(is_utf8)), st.integers(1, 30))
    def bombard(batch: Batch, size: int) -> None:
        nonlocal sent
        sent += len(batch)
        check_in_pieces(server.port, seeded.token, batch, size)

    bombard()
    assert sent >= IN_PIECES


def check_in_pieces(port: int, token: str, batch: Batch, size: int) -> None:
    with Attacker(port) as attacker:
        attacker.open(token)
        attacker.send(b"".join(chain.from_iterable(in_pieces(bad, size) for bad in batch)))
        heard = [attacker.next_frame() for _ in range(2 * len(batch))]
        attacker.send(frame(TEXT, b'{"type":"ping"}'))
        assert json.loads(attacker.next_frame()[1])["message"] == "pong"
    replies = [json.loads(payload) for opcode, payload in heard if opcode == TEXT]
    assert len(replies) == len(batch)
    assert {reply["code"] for reply in replies} <= CODES


def in_pieces(bad: str | bytes, size: int) -> Iterator[bytes]:
    """Its first byte, a ping, and the rest in pieces of about that share of it."""
    data = bad if isinstance(bad, bytes) else bad.encode()
    kind, step = (TEXT if isinstance(bad, str) else BINARY), 1 + len(data) // size
    yield frame(kind, data[:1], flags=0)
    yield frame(PING, b"still there?")
    for start in range(1, len(data), step):
        yield frame(CONT, data[start : start + step], flags=0)
    yield frame(CONT)
