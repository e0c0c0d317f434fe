"""Clients written from the protocol in JavaScript, Python and Go, each run as its own program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import CHAT
from tests.support.requirements import require
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server

CLIENTS = Path(__file__).parent / "clients"
GOPATH = Path("/usr/share/gocode")
FOLLOW_UP = "How many people live on it?"


def node(program: str) -> list[str]:
    require("node", shutil.which("node"))
    require("npm's `ws`", (CLIENTS / "node_modules/ws").is_dir())
    return ["node", str(CLIENTS / program)]


def build_go(source: Path, program: Path) -> list[str]:
    """The command that runs it."""
    require("go", shutil.which("go"))
    require("gorilla/websocket", (GOPATH / "src/github.com/gorilla/websocket").is_dir())
    subprocess.run(
        ["go", "build", "-o", str(program), source.name],
        cwd=source.parent,
        env={**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": ""},
        check=True,
    )
    return [str(program)]


@pytest.fixture(scope="session")
def go_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return build_go(CLIENTS / "go/client.go", tmp_path_factory.mktemp("go") / "client")


@pytest.fixture(params=["browser", "python", "go"])
def client(request: pytest.FixtureRequest) -> list[str]:
    match request.param:
        case "browser":
            return node("browser.mjs")
        case "python":
            return [sys.executable, str(CLIENTS / "client.py")]
        case _:
            command: list[str] = request.getfixturevalue("go_client")
            return command


def report_of(command: Sequence[str]) -> dict[str, Any]:
    """The JSON that a client program prints when it has finished."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def run(command: Sequence[str], server: Server, *arguments: str) -> dict[str, Any]:
    return report_of([*command, server.ws + CHAT, *arguments])


def test_a_second_question_continues_the_session(
    client: list[str], server: Server, seeded: SeededData
) -> None:
    report = run(client, server, seeded.token, seeded.chat_id, QUESTION, FOLLOW_UP)

    first, second = report["answers"]
    assert "Megalo Chorio" in first
    assert "780" in second
    assert len(set(report["sessions"])) == 1
    assert report["sessions"][0]
    assert report["errors"] == []


def test_a_refused_client_receives_the_reason(
    client: list[str], server: Server, seeded: SeededData
) -> None:
    report = run(client, server, seeded.revoked_token, seeded.chat_id, QUESTION)

    code, reason = report["closed"]
    assert code == 1008
    assert "revoked" in reason
    assert [401, reason] in report["errors"]
    assert report["answers"] == []


def test_a_client_receives_an_error_and_asks_again(
    client: list[str], server: Server, seeded: SeededData
) -> None:
    chat = seeded.model_chat_ids["broken"]
    report = run(client, server, seeded.token, chat, QUESTION, QUESTION)
    assert [code for code, _ in report["errors"]] == [502, 502]
    assert report["answers"] == ["", ""]


def test_a_mini_program_asks(server: Server, seeded: SeededData) -> None:
    report = run(node("mini_program.mjs"), server, seeded.token, seeded.chat_id, QUESTION)
    assert "Megalo Chorio" in report["answers"][0]
    assert report["success"]
    assert report["reconnects"] == 0
    assert report["errors"] == []


def test_a_mini_program_comes_back_from_the_background(server: Server, seeded: SeededData) -> None:
    question = "bench n=60 rate=60"
    command = node("mini_program.mjs")
    report = run(command, server, seeded.token, seeded.load_chat_id, question, "--suspend")

    tokens = report["answers"][0].split()
    assert len(tokens) == len(set(tokens)) == 60
    assert report["reconnects"] == 1
    assert report["errors"] == []


def test_a_mini_program_with_five_sockets(server: Server, seeded: SeededData) -> None:
    report = run(node("five_sockets.mjs"), server, seeded.token, seeded.chat_id, QUESTION)
    assert len(set(report["answers"])) == 1
    assert len(report["answers"]) == 5
    assert report["errors"] == [
        "connectSocket:fail parameter.protocols should be Array",
        "connectSocket:fail exceed max socket count",
    ]
