"""docs/ragflow.md, step by step: from a running RAGFlow to the page of a mini program."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.test_clients import node, report_of
from tests.support.fakes.mini_programs import APP_ID, SECRET, Platform
from tests.support.fakes.ragflow_server import CHAT, KEY
from tests.support.handbook import BlockKey, blocks
from tests.support.server import ROOT, Server, environment, running

GUIDE = ROOT / "docs/ragflow.md"
TEXT = "RAGFlow 是一个开源的检索增强生成引擎 🚀"
TIMEOUT_S = 120


@contextmanager
def ragflow(release: str) -> Iterator[str]:
    """A RAGFlow in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.support.fakes.ragflow_server", "--release", release]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def settings_of(shown: str, filled_in: Mapping[str, str]) -> dict[str, str]:
    """The lines of `.env` with what stands for an address or a secret filled in."""
    names = [line.partition("=")[0] for line in shown.splitlines()]
    assert names == list(filled_in)
    return dict(filled_in)


class Administrator:
    """Pastes the commands of the guide; each ends at its first error."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        data.mkdir()
        self._environment = environment(data, **settings)

    def paste(self, script: str) -> str:
        script = script.replace(".venv/bin/python", sys.executable)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.mark.parametrize("release", ["0.24.0"])
def test_the_guide_leads_to_a_mini_program(
    release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    steps = blocks(GUIDE)
    install, look = "2. Install ragws", "3. Look at RAGFlow from here"
    make, start = "4. Make dialogs of its chats", "5. Start it, and ask"
    data = tmp_path / "data"
    with ragflow(release) as address, Platform() as platform:
        shown = steps.pop(BlockKey(install, "ini"))
        filled_in = [address, KEY, APP_ID, SECRET]
        names = ("RAGFLOW_BASE_URL", "RAGFLOW_API_KEY", "WECHAT_APP_ID", "WECHAT_SECRET")
        settings = settings_of(shown, dict(zip(names, filled_in, strict=True)))
        settings["WECHAT_BASE_URL"] = platform.base_url
        administrator = Administrator(data, settings)

        # Installed are the tests' own packages.
        assert "requirements.lock" in steps.pop(BlockKey(install, "sh"))
        administrator.paste(steps.pop(BlockKey(install, "sh", 2)))
        looked = administrator.paste(steps.pop(BlockKey(look, "sh")))
        made = administrator.paste(steps.pop(BlockKey(make, "sh")))
        told = administrator.paste(steps.pop(BlockKey(make, "sh", 2)))
        token = administrator.paste(steps.pop(BlockKey(start, "sh", 2))).strip()
        assert "manage.py serve" in steps.pop(BlockKey(start, "sh"))

        assert f"{CHAT}  Handbook" in looked
        assert TEXT in looked
        assert TEXT in told
        assert token.startswith("ragflow-")
        # What is left shows no commands.
        assert not [key for key in steps if key.language]
        with running(data, **settings) as server:
            answer = ask_by_page(server, platform, chat_id_of(made), tmp_path)
    assert answer.startswith(TEXT)


def chat_id_of(made: str) -> str:
    found = re.search(r"\b[0-9a-f]{32}\b", made)
    assert found
    return found[0]


def ask_by_page(server: Server, platform: Platform, chat_id: str, folder: Path) -> str:
    """The page of docs/clients.md, in node."""
    text = (ROOT / "docs/clients.md").read_text()
    page = next(block for block in text.split("```js\n") if "getTicket" in block).split("```")[0]
    page = page.replace("wss://${HOST}", server.ws).replace("https://${HOST}", server.http)
    file = folder / "page.mjs"
    file.write_text(page.replace('CHAT_ID = "…"', f'CHAT_ID = "{chat_id}"'))
    phone = f"{platform.base_url}/phone?open_id=oAlice-with-her-phone"
    report = report_of([*node("login.mjs"), server.ws, str(file), phone, "What is it?", "0"])
    return str(report["answer"])
