"""The lines of the documents that are there to be pasted, run against real servers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support.requirements import require
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server

ROOT = Path(settings.BASE_DIR)
THEIR_QUESTION = "What can you tell me?"
ADDRESS = "http://127.0.0.1:8000"


def blocks(page: str, language: str = "bash") -> list[str]:
    text = (ROOT / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(script: str) -> str:
    require("curl", shutil.which("curl"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
        text=True,
    )
    return done.stdout


def frames_in(stream: str) -> list[Any]:
    return [json.loads(line[5:]) for line in stream.splitlines() if line.startswith("data:")]


def text_in(frames: list[Any]) -> str:
    return "".join(frame["data"]["answer"] for frame in frames if frame["data"] is not True)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme(server: Server, seeded: SeededData, page: str) -> None:
    [script] = [block for block in blocks(page) if "/v1/conversation/completion" in block]
    script = script.replace(ADDRESS, server.http).replace("ragflow-…", seeded.token)
    body = json.dumps({"chat_id": seeded.chat_id, "question": QUESTION})
    frames = frames_in(run(re.sub(r"-d '.*'", f"-d '{body}'", script)))
    assert "Megalo Chorio" in text_in(frames)
    assert frames[-1]["status"] == "complete"


def test_the_page_about_http(server: Server, seeded: SeededData) -> None:
    """All its lines, one after the other in one shell."""
    first, *others = blocks("docs/http.md")
    values = f"URL={server.http} TOKEN={seeded.token} CHAT={seeded.chat_id}\n"
    assert first.count("=") == values.count("=")
    script = "echo =====\n".join(others).replace(THEIR_QUESTION, QUESTION)
    streamed, whole, rest, polled, rated = run(values + script).split("=====\n")
    text = text_in(frames_in(streamed))
    assert "Megalo Chorio" in text
    assert json.loads(whole)["data"]["answer"] == text
    assert text_in(frames_in(rest)) == text.encode()[3:].decode()
    assert json.loads(polled)["data"]["answer"] == text
    assert json.loads(rated)["data"]["rating"] == "up"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_on_ragflow(server: Server, seeded: SeededData, page: str) -> None:
    [script] = [block for block in blocks(page) if "/ragflow/api/v1/chats" in block]
    script = script.replace(ADDRESS, server.http).replace("ragflow-…", seeded.token)
    assert seeded.chat_id in [chat["id"] for chat in json.loads(run(script))["data"]]


@pytest.mark.parametrize("page", ["docs/http.md", "docs/ragflow-api.md"])
def test_the_program_with_ragflow_s_client(server: Server, seeded: SeededData, page: str) -> None:
    require("ragflow-sdk", find_spec("ragflow_sdk"))
    [program] = blocks(page, "python")
    program = program.replace(ADDRESS, server.http).replace("ragflow-…", seeded.token)
    program = program.replace('["…"]', f'["{seeded.kb_id}"]')
    done = subprocess.run(
        [sys.executable, "-c", re.sub(r'ask\("[^"]*"', f'ask("{QUESTION}"', program)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
        text=True,
    )
    assert "Megalo Chorio" in done.stdout


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_on_openai(server: Server, seeded: SeededData, page: str) -> None:
    [script] = [block for block in blocks(page) if "/v1/chat/completions" in block]
    script = script.replace(ADDRESS, server.http).replace("ragflow-…", seeded.token)
    script = script.replace('"model": "…"', f'"model": "{seeded.chat_id}"')
    assert "Megalo Chorio" in content_in(run(script.replace('"…"', f'"{QUESTION}"')))


def content_in(stream: str) -> str:
    events = [line[6:] for line in stream.splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    return "".join(delta.get("content", "") for delta in deltas)


def test_the_page_about_openai(server: Server, seeded: SeededData) -> None:
    first, models, completion = blocks("docs/openai.md")
    values = f"URL={server.http} TOKEN={seeded.token} CHAT={seeded.chat_id}\n"
    assert first.count("=") == values.count("=")
    listed = json.loads(run(values + models))
    assert seeded.chat_id in [model["chat_id"] for model in listed["data"]]
    assert "Megalo Chorio" in content_in(run(values + completion.replace(THEIR_QUESTION, QUESTION)))


def test_the_program_on_the_page_about_openai(server: Server, seeded: SeededData) -> None:
    require("openai", find_spec("openai"))
    [program] = blocks("docs/openai.md", "python")
    values = f"URL, TOKEN, CHAT = {(server.http, seeded.token, seeded.chat_id)!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", values + program.replace(THEIR_QUESTION, QUESTION)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
        text=True,
    )
    assert "Megalo Chorio" in done.stdout
