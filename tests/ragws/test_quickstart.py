"""`manage.py quickstart`, as scripts run it: in a process and a data folder of its own."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from accounts.models import APIToken, User
from chat.models import Dialog
from core.version import VERSION
from knowledge.models import Document, KnowledgeBase
from tests.support.server import ROOT, environment, running

KEYS = {
    "version",
    "url",
    "login_url",
    "admin_url",
    "admin_user",
    "admin_password",
    "chat_id",
    "handbook_chat_id",
    "token",
}
MODELS = (User, APIToken, Dialog, KnowledgeBase, Document)
EARLIER = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.models import User
from chat.models import Dialog
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
admin = User.objects.create_superuser("admin", password="-")
base = KnowledgeBase.objects.create(owner=admin, name="Demo library")
ingest(base, "README.md", b"Mine.")
dialog = Dialog.objects.create(owner=admin, name="Demo assistant", opener="My own words")
dialog.knowledge_bases.add(base)
"""
SEEDED = """
import django, json; django.setup()
from chat.models import Dialog
from knowledge.models import Chunk
bases = lambda dialog: [base.name for base in dialog.knowledge_bases.all()]
one, two = (Dialog.objects.get(name=name) for name in ("Demo assistant", "Handbook assistant"))
text = Chunk.objects.get(knowledge_base__name="Demo library", document__name="README.md").text
first = [one.pk.hex, one.opener, one.starters, bases(one)]
print(json.dumps([first, [two.pk.hex, bases(two)], text]))
"""


def run(data: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(data),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def quickstart(data: Path, *arguments: str) -> str:
    done = run(data, ["manage.py", "quickstart", "--no-serve", "--port", "0", *arguments])
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_json(data: Path) -> dict[str, Any]:
    [line] = quickstart(data, "--json").splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def fetch(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def counts(data: Path) -> list[int]:
    """Of each model's rows, and of the documents that are not ready."""
    sources = [*(model._meta.db_table for model in MODELS)]
    sources.append(f"{Document._meta.db_table} WHERE status <> 'ready'")
    with closing(sqlite3.connect(data / "ragws.sqlite3")) as connection:
        found = [connection.execute(f"SELECT count(*) FROM {source}") for source in sources]
        return [rows.fetchone()[0] for rows in found]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quickstart") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> dict[str, Any]:
    """The JSON printed by the first run."""
    return as_json(data)


def test_an_empty_folder_gets_all_that_is_needed(data: Path, first: dict[str, Any]) -> None:
    assert first.keys() >= KEYS
    assert all(first[key] for key in KEYS)
    assert first["admin_user"] == "admin"
    assert first["admin_url"] == f"{first['url']}admin/"
    assert first["login_url"].startswith(f"{first['url']}login/")
    assert re.fullmatch(r"[0-9a-f]{32}", first["chat_id"])
    assert re.fullmatch(r"ragflow-\w{38}", first["token"])
    assert len(first["made"]) == 6
    assert first["kept"] == []
    people, tokens, dialogs, bases, documents, unread = counts(data)
    assert (people, tokens, dialogs, bases, unread) == (1, 1, 2, 2, 0)
    assert documents >= 6


def test_a_second_run_keeps_everything(data: Path, first: dict[str, Any]) -> None:
    before = counts(data)
    again = as_json(data)
    for key in KEYS - {"version", "url", "login_url", "admin_url"}:
        assert again[key] == first[key]
    assert again["made"] == []
    assert len(again["kept"]) == 6
    assert again["login_url"].split("/login/")[1] != first["login_url"].split("/login/")[1]
    assert counts(data) == before


def test_what_an_earlier_version_seeded_stays(tmp_path: Path) -> None:
    """It had the handbook in the library, and one dialog, which its owner has changed."""
    data = tmp_path / "data"
    data.mkdir()
    assert run(data, ["-c", EARLIER]).returncode == 0
    first = as_json(data)
    dialog, handbook, documents = json.loads(run(data, ["-c", SEEDED]).stdout)
    assert dialog == [first["chat_id"], "My own words", [], ["Demo library"]]
    assert handbook == [first["handbook_chat_id"], ["Demo handbook"]]
    assert documents == "Mine."
    before = counts(data)
    assert as_json(data)["made"] == []
    assert counts(data) == before


def test_people_are_shown_how_to_get_in(data: Path, first: dict[str, Any]) -> None:
    printed = quickstart(data)
    for key in ("chat_id", "token", "admin_user", "admin_password"):
        assert first[key] in printed
    assert printed.startswith(f"ragws {VERSION}\n")
    assert "  kept  the API token" in printed
    assert "  made" not in printed
    for client in ("Python", "JavaScript", "wscat", "WeChat"):
        assert client in printed


def test_the_saved_secrets_are_readable_by_their_owner_only(
    data: Path, first: dict[str, Any]
) -> None:
    files = [
        path
        for path in data.rglob("*")
        if path.is_file()
        and (
            first["token"].encode() in path.read_bytes()
            or first["admin_password"].encode() in path.read_bytes()
        )
    ]
    assert [path.name for path in files] == ["quickstart.json"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_the_printed_token_works(data: Path, first: dict[str, Any]) -> None:
    """On a server that is started from the same folder."""
    with running(data) as server:
        chats = fetch(f"{server.http}/api/v1/chats", first["token"])
        made = {first["chat_id"], first["handbook_chat_id"]}
        assert {chat["id"] for chat in chats["data"]} == made


def test_a_changed_password_is_not_printed(data: Path, first: dict[str, Any]) -> None:
    change = "import django; django.setup(); from accounts.models import User; "
    change += "u = User.objects.get(); u.set_password('my own secret'); u.save()"
    assert run(data, ["-c", change]).returncode == 0
    again = as_json(data)
    assert again["admin_password"] == ""
    assert again["token"] == first["token"]
    assert "as you set it" in quickstart(data)


def test_a_revoked_token_is_replaced(data: Path, first: dict[str, Any]) -> None:
    revoke = "import django; django.setup(); from accounts.models import APIToken; "
    revoke += "from accounts.api_tokens.tokens import revoke_tokens; "
    revoke += "revoke_tokens(APIToken.objects.all())"
    assert run(data, ["-c", revoke]).returncode == 0
    again = as_json(data)
    assert again["token"] != first["token"]
    assert again["made"] == ["an API token"]
    assert as_json(data)["token"] == again["token"]


def test_the_saved_secrets_may_be_lost(data: Path, first: dict[str, Any]) -> None:
    (data / "quickstart.json").write_text("{ nonsense")
    again = as_json(data)
    assert again["admin_password"] == ""
    assert again["chat_id"] == first["chat_id"]
    assert again["token"]


def test_a_busy_port_is_a_sentence_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, ["manage.py", "quickstart", "--port", str(port)])
    assert done.returncode == 1
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert f"Port {port} on 127.0.0.1 is in use" in sentence
    assert not (tmp_path / "ragws.sqlite3").exists()
