"""Fragments and pings without end: they cost an honest client and the server's memory nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import connect

from tests.contract.conftest import CHAT, KINDS
from tests.support.attacker import CONT, PING, TEXT, WAIT_S, Attacker, frame
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running

MIB = 1024 * 1024
PONG, POLICY_VIOLATION = 0xA, 1008
MANY = 300_000
PING_BYTES = 120


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param) as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def patient_server(
    request: pytest.FixtureRequest, data: Path, seeded: SeededData
) -> Iterator[Server]:
    """One that limits no frames, so that all that is sent is read."""
    with running(data, request.param, MAX_FRAMES_PER_S=0) as server:
        yield server


@pytest.mark.parametrize("payload", [b"", b" "])
def test_a_message_of_too_many_fragments_is_closed(
    server: Server, seeded: SeededData, payload: bytes
) -> None:
    with Attacker(server.port) as attacker:
        attacker.open(seeded.token)
        attacker.send(frame(TEXT, b"{", flags=0) + frame(CONT, payload, flags=0) * 1001)
        assert attacker.close_code() == POLICY_VIOLATION


@pytest.mark.parametrize(
    "endless", [frame(PING), frame(PONG), frame(PING, b"x" * PING_BYTES)], ids=repr
)
def test_an_honest_client_is_answered_beside_endless_frames(
    server: Server, seeded: SeededData, endless: bytes
) -> None:
    """The attacker's frames wait in its own buffers."""
    with ThreadPoolExecutor(1) as pool, Attacker(server.port) as attacker:
        attacker.open(seeded.token)
        pool.submit(attacker.send, endless * MANY)
        with connect(f"{server.ws}{CHAT}?token={seeded.token}") as honest:
            for _ in range(20):
                honest.send('{"type": "ping"}')
                assert json.loads(honest.recv(WAIT_S))["message"] == "pong"
        attacker.socket.shutdown(socket.SHUT_RDWR)


def test_pongs_that_are_not_read_are_not_kept(patient_server: Server, seeded: SeededData) -> None:
    pings = frame(PING, b"x" * PING_BYTES) * 1000
    process = psutil.Process(patient_server.pid)
    with Attacker(patient_server.port) as attacker:
        attacker.open(seeded.token)
        before = process.memory_info().rss
        for piece in repeat(pings, MANY // 1000):
            attacker.send(piece)
        attacker.send(frame(PING, b"the last"))
        # It has been read when another client's frame, sent later, is answered.
        with connect(f"{patient_server.ws}{CHAT}?token={seeded.token}") as honest:
            honest.send('{"type": "ping"}')
            assert json.loads(honest.recv(WAIT_S))["message"] == "pong"
        assert process.memory_info().rss - before < 8 * MIB
        received = 0
        while attacker.next_frame() != (PONG, b"the last"):
            received += 1
    assert received < MANY


def test_a_fragmented_message_that_ends_is_answered(server: Server, seeded: SeededData) -> None:
    """Of many small fragments, with pings between them."""
    with Attacker(server.port) as attacker:
        attacker.open(seeded.token)
        text = b'{"type": "ping"}' + b" " * 900
        pieces = [frame(CONT, bytes([byte]), flags=0) + frame(PING, b"p") for byte in text[1:]]
        attacker.send(frame(TEXT, text[:1], flags=0) + b"".join(pieces) + frame(CONT))
        received = [attacker.next_frame() for _ in range(len(pieces) + 1)]
    assert [frame for frame in received if frame[0] == PONG] == [(PONG, b"p")] * len(pieces)
    assert [json.loads(data)["message"] for kind, data in received if kind == TEXT] == ["pong"]
