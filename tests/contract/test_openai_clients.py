"""OpenAI's own clients, for Python and Node, against real servers."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.requirements import require
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import POLL_S, Server
from tests.support.sse_client import HttpClient, http_client

CLIENTS = Path(__file__).parent / "clients"
REFUSED = [
    [400, None, "messages"],
    [404, "model_not_found", "model"],
    [401, "invalid_api_key", None],
]


def python() -> list[str]:
    require("openai", find_spec("openai"))
    return [sys.executable, str(CLIENTS / "openai_client.py")]


def node() -> list[str]:
    require("node", shutil.which("node"))
    require("npm's `openai`", (CLIENTS / "node_modules/openai").is_dir())
    return ["node", str(CLIENTS / "openai_client.mjs")]


def run(client: str, *arguments: str) -> dict[str, Any]:
    command = [*(python() if client == "python" else node()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("client", ["python", "node"])
def test_lists_asks_streams_cancels_and_is_refused(
    client: str, server: Server, seeded: SeededData
) -> None:
    base_url, session = f"{server.http}/v1", f"cancelled by {client} on {server.kind}"
    chat = seeded.chat_id
    report = run(client, base_url, seeded.token, chat, QUESTION, seeded.load_chat_id, session)

    assert "load" in report["models"]
    assert report["model"] in report["models"]
    assert "Megalo Chorio" in report["whole"]
    assert report["streamed"] == report["whole"]
    assert report["finish_reason"] == "stop"
    assert report["usage"] == {**report["usage"], "total_tokens": 0}
    assert report["reference"]["chunks"]
    assert report["refused"] == REFUSED
    assert asyncio.run(first_status(server, seeded, seeded.load_chat_id, session)) == "stopped"


async def first_status(server: Server, seeded: SeededData, chat_id: str, session: str) -> str:
    """Of the first answer in a session that was named by its client. It has ended: otherwise the
    next question, by which the session is found, is refused."""
    async with http_client(server.http, seeded.token) as client:
        session_id = await id_of_session(client, chat_id, session)
        found = await client.get(f"/api/v1/chats/{chat_id}/sessions/{session_id}")
    return str(found["messages"][1]["status"])


async def id_of_session(client: HttpClient, chat_id: str, session: str) -> str:
    """By asking once more, until it is no longer refused."""
    body = {**ask(chat_id, "bench n=1"), "metadata": {"session_id": session}}
    while True:
        response = await client.http.post("/v1/chat/completions", json=body)
        if response.status_code == 200:
            return str(response.json()["session_id"])
        assert response.status_code == 409, response.text
        await asyncio.sleep(POLL_S)


def ask(model: str, question: str, **fields: object) -> Mapping[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": question}], **fields}
