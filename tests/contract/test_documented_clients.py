"""The clients of docs/clients.md, as they are printed there, whose question comes to a server that
restarts."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT
from tests.contract.test_clients import CLIENTS, build_go, node
from tests.support.frame_client import open_client
from tests.support.holding_proxy import holding_proxy
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import ROOT, Server, running

JS_HEAD = 'import WebSocket from "ws";\nimport crypto from "node:crypto";\n'
JS_END = """
let text = "";
await ask("URL?token=TOKEN", { chat_id: "CHAT", question: "QUESTION" }, (all) => { text = all; });
process.stdout.write(text);
"""


def documented(section: str) -> str:
    """The first block of code under a heading of docs/clients.md."""
    text = (ROOT / "docs/clients.md").read_text()
    return re.split(r"```\w*\n", text.split(f"\n## {section}\n")[1])[1].split("```")[0]


def filled_in(program: str, port: int, seeded: SeededData) -> str:
    values = {
        "ws://127.0.0.1:8000/v1/ws/chat": f"ws://127.0.0.1:{port}{CHAT}",
        "ragflow-…": seeded.token,
        '"chat_id":    "…"': f'"chat_id": "{seeded.chat_id}"',
        '"question":   "…"': f'"question": "{QUESTION}"',
        'chat_id="…"': f'chat_id="{seeded.chat_id}"',
        'question="…"': f'question="{QUESTION}"',
    }
    for shown, value in values.items():
        program = program.replace(shown, value)
    assert "…" not in program
    return program


def browser_command(port: int, seeded: SeededData, folder: Path) -> list[str]:
    command = node("client.mjs")[:1]
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    call = JS_END.replace("URL", f"ws://127.0.0.1:{port}{CHAT}").replace("TOKEN", seeded.token)
    call = call.replace("CHAT", seeded.chat_id).replace("QUESTION", QUESTION)
    (folder / "client.mjs").write_text(JS_HEAD + documented("Browser") + call)
    return [*command, str(folder / "client.mjs")]


def python_command(port: int, seeded: SeededData, folder: Path) -> list[str]:
    (folder / "client.py").write_text(filled_in(documented("Python"), port, seeded))
    return [sys.executable, str(folder / "client.py")]


def go_command(port: int, seeded: SeededData, folder: Path) -> list[str]:
    (folder / "client.go").write_text(filled_in(documented("Go"), port, seeded))
    return build_go(folder / "client.go", folder / "client")


@pytest.mark.parametrize("command_of", [browser_command, python_command, go_command])
async def test_a_question_that_a_leaving_server_did_not_take_is_answered_by_the_next(
    data: Path,
    seeded: SeededData,
    tmp_path: Path,
    command_of: Callable[[int, SeededData, Path], list[str]],
) -> None:
    with running(data) as server:
        async with (
            open_client(server.ws + CHAT, seeded.token) as other,
            holding_proxy(server.port) as proxy,
        ):
            # It leaves as soon as this answer has ended.
            await other.send(chat_id=seeded.load_chat_id, question="bench n=6000 rate=20")
            running_answer = await other.chunk()
            command = await asyncio.to_thread(command_of, proxy.port, seeded, tmp_path)
            client = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            async with asyncio.timeout(60):
                await proxy.holds.wait()
                server.send_signal(signal.SIGTERM)
                await asyncio.to_thread(wait_until_leaving, server)
                proxy.released.set()
                await proxy.first_closed.wait()
                await other.send(type="stop", id=running_answer["data"]["id"])
                assert await asyncio.to_thread(server.wait) == 0
                await asyncio.to_thread(server.start)
                printed, _ = await client.communicate()
    assert client.returncode == 0
    assert "Megalo Chorio" in printed.decode()
    assert proxy.connections >= 2


def wait_until_leaving(server: Server) -> None:
    for _ in server.polls():
        if "takes no more connections" in server.log():
            return
    raise AssertionError(server.log())
