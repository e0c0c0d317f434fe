"""Bytes that break the WebSocket or HTTP protocol: refused or cut off, others are unaffected."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path

import pytest
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
FRAGMENTED, AT_ONCE = 1000 if os.environ.get("CI") else 400, 20
PROTOCOL_ERROR, INVALID_UTF8, POLICY_VIOLATION, TOO_LARGE = 1002, 1007, 1008, 1009
# A request that is cut off while it is being sent may get no response.
REFUSED = (None, *range(400, 500))
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n"
RESERVED = [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF]

VIOLATIONS: dict[str, tuple[int, list[bytes]]] = {
    "unmasked": (PROTOCOL_ERROR, [frame(TEXT, b"{}", masked=False)]),
    "unmasked ping": (PROTOCOL_ERROR, [frame(PING, b"", masked=False)]),
    "reserved bit 1": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x40)]),
    "reserved bit 2": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x20)]),
    "reserved bit 3": (PROTOCOL_ERROR, [frame(TEXT, b"{}", flags=FIN | 0x10)]),
    **{f"opcode {n}": (PROTOCOL_ERROR, [frame(n, b"x")]) for n in RESERVED},
    "not UTF-8": (INVALID_UTF8, [frame(TEXT, b'{"question":"\xff"}')]),
    "a surrogate": (INVALID_UTF8, [frame(TEXT, b"\xed\xa0\x80")]),
    "half a character": (INVALID_UTF8, [frame(TEXT, "岛".encode()[:2])]),
    "not UTF-8, in pieces": (INVALID_UTF8, [frame(TEXT, b"\xe5", flags=0), frame(CONT, b"x")]),
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
    "a reason that is no text": (INVALID_UTF8, [frame(CLOSE, struct.pack("!H", 1000) + b"\xff")]),
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
TOLERATED_HANDSHAKES: dict[str, bytes] = {
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
    # Large enough that a server that accepted it would wait for the rest.
    "a large body": LOGIN + b"Content-Length: 2000000\r\n\r\n" + bytes(20_000),
    "large chunks": LOGIN
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"8000\r\n%b\r\n" % bytes(0x8000) * 40,
    "chunks of no size": b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}
# What begins another request for a server that sees the end of the first one earlier.
SMUGGLED = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"


def chunked(*headers: bytes, body: bytes = b"0\r\n\r\n") -> bytes:
    return LOGIN + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
AMBIGUOUS: dict[str, bytes] = {
    "identity and chunked": chunked(b"Transfer-Encoding: identity", CHUNKED),
    "chunked and identity": chunked(CHUNKED, b"Transfer-Encoding: identity"),
    "identity": chunked(b"Transfer-Encoding: identity", body=b""),
    "identity and a length": chunked(
        b"Transfer-Encoding: identity", b"Content-Length: 2", body=b"{}"
    ),
    "a list of codings": chunked(b"Transfer-Encoding: identity, chunked"),
    "two codings": chunked(b"Transfer-Encoding: gzip, chunked"),
    "chunked twice": chunked(CHUNKED, CHUNKED),
    "chunked twice in a line": chunked(b"Transfer-Encoding: chunked, chunked"),
    "an unknown coding": chunked(b"Transfer-Encoding: xchunked"),
    "an empty coding": chunked(b"Transfer-Encoding:"),
    "a coding in quotes": chunked(b'Transfer-Encoding: "chunked"'),
    "a vertical tab": chunked(b"Transfer-Encoding: \x0bchunked"),
    "a form feed": chunked(b"Transfer-Encoding: chunked\x0c"),
    "a space before the colon": chunked(b"Transfer-Encoding : chunked"),
    "a coding with an underscore": chunked(b"Transfer_Encoding: chunked", b"Content-Length: 5"),
    "a length with an underscore": chunked(b"Content_Length: 50", b"Content-Length: 2", body=b"{}"),
    "a length after a coding": chunked(CHUNKED, b"Content-Length: 5"),
    "a coding after a length": chunked(b"Content-Length: 5", CHUNKED),
    "the same length twice": chunked(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"),
    "two lengths": chunked(b"Content-Length: 2", b"Content-Length: 0", body=b"{}"),
    "a list of lengths": chunked(b"Content-Length: 2, 2", body=b"{}"),
    "a length with a sign": chunked(b"Content-Length: +2", body=b"{}"),
    "a length in hex": chunked(b"Content-Length: 0x2", body=b"{}"),
    "an empty length": chunked(b"Content-Length:", body=b""),
    "a length that overflows": chunked(b"Content-Length: 18446744073709551618", body=b"{}"),
    "a folded coding": chunked(b"Transfer-Encoding:\r\n chunked"),
    "a folded header": chunked(b"X: a\r\n b", b"Content-Length: 2", body=b"{}"),
    "a header that begins with a tab": chunked(b"\tX: a", b"Content-Length: 2", body=b"{}"),
    "line feeds": SMUGGLED.replace(b"\r", b""),
    "a line feed in a header": chunked(b"X: a\nContent-Length: 2", body=b"{}"),
    "a line feed at the end": LOGIN + b"Content-Length: 2\r\n\n{}",
    "a carriage return in a header": chunked(b"X: a\rContent-Length: 2", body=b"{}"),
    "chunks in HTTP/1.0": chunked(CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/0.9": b"GET /login\r\n",
    "no host": b"GET /login HTTP/1.1\r\n\r\n",
    "two hosts": chunked(b"Host: localhost", b"Content-Length: 2", body=b"{}"),
    "a chunk with a sign": chunked(CHUNKED, body=b"+2\r\n{}\r\n0\r\n\r\n"),
    "a chunk in hex": chunked(CHUNKED, body=b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk after a space": chunked(CHUNKED, body=b" 2\r\n{}\r\n0\r\n\r\n"),
    "a chunk with an underscore": chunked(CHUNKED, body=b"0_2\r\n{}\r\n0\r\n\r\n"),
    "chunks with line feeds": chunked(CHUNKED, body=b"2\n{}\n0\n\n"),
    "a chunk that ends with a line feed": chunked(CHUNKED, body=b"2\r\n{}\n0\r\n\r\n"),
    "a chunk that does not end": chunked(CHUNKED, body=b"2\r\n{}0\r\n\r\n"),
    "a line feed in an extension": chunked(CHUNKED, body=b"2;a\n\r\n{}\r\n0\r\n\r\n"),
}
# What a slow client sends: the beginning, and what it repeats.
SLOW_REQUESTS: dict[str, tuple[bytes, bytes]] = {
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
def neighbour(
    server: Server, seeded: SeededData, bad_frames: Sequence[Batch]
) -> Iterator[ClientConnection]:
    """An honest client, connected all the time; its thread begins when the frames are drawn."""
    with connect(f"{server.ws}{CHAT}?token={seeded.token}") as socket:
        yield socket


@pytest.fixture(autouse=True)
def others_are_unaffected(
    server: Server, neighbour: ClientConnection, seeded: SeededData
) -> Iterator[None]:
    """The honest client is answered, and the log has no error."""
    before = len(server.log())
    yield
    neighbour.send(json.dumps({"chat_id": seeded.chat_id, "question": QUESTION}))
    received = [json.loads(neighbour.recv(WAIT_S))]
    while received[-1]["data"] is not True:
        received.append(json.loads(neighbour.recv(WAIT_S)))
    assert received[-1]["status"] == "complete"
    assert "Megalo Chorio" in "".join(chunk["data"]["answer"] for chunk in received[:-1])
    new_log = server.log()[before:]
    assert "Traceback" not in new_log
    assert "ERROR" not in new_log


@pytest.fixture
def attacker(server: Server) -> Iterator[Attacker]:
    with Attacker(server.port) as attacker:
        yield attacker


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_violation_of_the_protocol_is_closed_with_its_code(
    attacker: Attacker, seeded: SeededData, violation: str
) -> None:
    code, sent = VIOLATIONS[violation]
    attacker.open(seeded.token)
    attacker.send(b"".join(sent))
    assert attacker.close_code() == code


@pytest.mark.parametrize("violation", ["unmasked", "not UTF-8", "half a close code"])
def test_a_client_that_never_closes_is_cut_off(
    attacker: Attacker, seeded: SeededData, violation: str
) -> None:
    """It sends no close frame in reply."""
    _, sent = VIOLATIONS[violation]
    attacker.open(seeded.token)
    attacker.send(b"".join(sent))
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", HANDSHAKES)
def test_an_invalid_handshake_is_refused(attacker: Attacker, kind: str) -> None:
    attacker.send(HANDSHAKES[kind])
    assert attacker.status() in REFUSED
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", TOLERATED_HANDSHAKES)
def test_an_unusual_handshake_opens_nothing(attacker: Attacker, kind: str) -> None:
    """Some servers accept these handshakes; the socket is closed with an error."""
    attacker.send(TOLERATED_HANDSHAKES[kind])
    if attacker.status() == 101:
        assert attacker.close_code() in (PROTOCOL_ERROR, POLICY_VIOLATION)
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", GARBAGE)
def test_an_invalid_request_is_refused(attacker: Attacker, kind: str) -> None:
    attacker.send(GARBAGE[kind])
    assert attacker.status() in REFUSED
    assert attacker.is_cut()


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_no_request_is_smuggled_behind_one_whose_end_is_ambiguous(
    attacker: Attacker, kind: str
) -> None:
    attacker.send(AMBIGUOUS[kind] + SMUGGLED)
    # A length that no body may have is too large for daphne.
    assert attacker.statuses() in ([400], [413])


def test_requests_may_follow_each_other(attacker: Attacker) -> None:
    whole = chunked(CHUNKED, b"Content-Type: application/json", body=b"2;a=b\r\n{}\r\n0\r\n\r\n")
    last = SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    attacker.send(whole + SMUGGLED + last)
    assert attacker.statuses() == [400, 200, 200]


@pytest.mark.parametrize("size", [9_000, 15_000])
def test_a_head_of_nearly_16_kib_is_accepted(
    attacker: Attacker, seeded: SeededData, size: int
) -> None:
    attacker.send(handshake(seeded.token, Cookie="c=" + "x" * size))
    assert attacker.status() == 101


@pytest.mark.parametrize("size", [9_000, 15_000])
def test_a_request_with_a_head_of_nearly_16_kib_is_accepted(attacker: Attacker, size: int) -> None:
    cookie = b"Cookie: c=" + b"x" * size + b"\r\nConnection: close\r\n\r\n"
    attacker.send(SMUGGLED.replace(b"\r\n\r\n", b"\r\n" + cookie))
    assert attacker.statuses() == [200]


def test_a_slow_request_is_cut_off(server: Server) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(len(SLOW_REQUESTS)) as all_at_once:
        attacks = [
            all_at_once.submit(send_slowly, server.port, *how) for how in SLOW_REQUESTS.values()
        ]
    assert [attack.result() for attack in attacks] == [True] * len(SLOW_REQUESTS)
    assert time.monotonic() - began < 3 * SLOW_S


def send_slowly(port: int, first: bytes, again: bytes) -> bool:
    """Returns whether the server cuts the connection."""
    with Attacker(port) as attacker:
        attacker.send(first)
        return any(attacker.send_and_wait(again, SLOW_S / 4) for _ in range(16))


def test_a_slow_upload_that_progresses_is_accepted(attacker: Attacker) -> None:
    """For longer than a request without progress may take."""
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
def test_a_half_open_connection_is_cut(attacker: Attacker, sent: bytes) -> None:
    """The client has shut down its sending side and waits for the end."""
    attacker.send(sent)
    attacker.socket.shutdown(socket.SHUT_WR)
    assert attacker.is_cut()


@pytest.mark.parametrize("rest", [b"", frame(TEXT, b'{"type":"ping"}')[:9], head_of(TEXT, 70_000)])
def test_a_half_open_websocket_is_cut(attacker: Attacker, seeded: SeededData, rest: bytes) -> None:
    attacker.open(seeded.token)
    attacker.send(rest)
    attacker.socket.shutdown(socket.SHUT_WR)
    assert attacker.is_cut()


@pytest.fixture(scope="session")
def bad_frames() -> Sequence[Batch]:
    """Drawn before there are other threads, which disturb Hypothesis."""
    return batches(FRAGMENTED, AT_ONCE, frames.filter(is_utf8))


def test_each_bad_frame_in_fragments_gets_one_error_frame(
    bad_frames: Sequence[Batch], server: Server, seeded: SeededData
) -> None:
    """Pings between the fragments are answered at once."""
    for number, batch in enumerate(bad_frames):
        check_fragmented(server.port, seeded.token, batch, size=1 + number % 30)


def check_fragmented(port: int, token: str, batch: Batch, size: int) -> None:
    with Attacker(port) as attacker:
        attacker.open(token)
        attacker.send(b"".join(chain.from_iterable(fragments(bad, size) for bad in batch)))
        received = [attacker.next_frame() for _ in range(2 * len(batch))]
        attacker.send(frame(TEXT, b'{"type":"ping"}'))
        assert json.loads(attacker.next_frame()[1])["message"] == "pong"
    replies = [json.loads(payload) for opcode, payload in received if opcode == TEXT]
    assert len(replies) == len(batch)
    assert {reply["code"] for reply in replies} <= CODES


def fragments(bad: str | bytes, size: int) -> Iterator[bytes]:
    """The first byte, a ping, and the rest in about `size` fragments."""
    data = bad if isinstance(bad, bytes) else bad.encode()
    kind, step = (TEXT if isinstance(bad, str) else BINARY), 1 + len(data) // size
    yield frame(kind, data[:1], flags=0)
    yield frame(PING, b"still there?")
    for start in range(1, len(data), step):
        yield frame(CONT, data[start : start + step], flags=0)
    yield frame(CONT)
