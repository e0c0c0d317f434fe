"""`check_ragflow` and `import_ragflow`, with a RAGFlow on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any
from uuid import uuid1

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command

from chat.engines import registry
from chat.models import Dialog
from tests.support.fakes.ragflow_releases import RELEASES
from tests.support.fakes.ragflow_server import CHAT, RAGFlowServer
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def release() -> str:
    return "0.27.0"


@pytest.fixture
async def remote(
    release: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RAGFlowServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("chat.engines.ragflow.conversation.RETRY_S", 0.01)
    async with RAGFlowServer(release) as server:
        site = {"BASE_URL": server.base_url, "API_KEY": server.key}
        settings.ENGINES = {**settings.ENGINES, "ragflow": settings.ENGINES["ragflow"] | site}
        registry.get_engine.cache_clear()
        yield server
    registry.get_engine.cache_clear()


@sync_to_async
def run(*arguments: str) -> str:
    stdout = StringIO()
    call_command(*arguments, stdout=stdout)
    return stdout.getvalue()


@sync_to_async
def dialogs() -> list[Dialog]:
    return list(Dialog.objects.filter(engine="ragflow"))


LOOKS = {
    **dict.fromkeys(("0.22.1", "0.24.0"), "0.24 or older"),
    **dict.fromkeys(("0.25.2", "0.25.6", "0.26.0", "0.27.0"), "0.25 or newer"),
    "1.0.0": "1.0 or newer",
}


@pytest.mark.parametrize(("release", "looks_like"), LOOKS.items())
async def test_a_release_is_told_by_what_it_says(remote: RAGFlowServer, looks_like: str) -> None:
    assert set(LOOKS) == set(RELEASES)
    said = await run("check_ragflow", "--ask", "What is RAGFlow?")

    assert f"looks like {looks_like}" in said
    assert (f"v{remote.release.name}" in said) is remote.release.has_new_shape
    assert f"{CHAT}  Handbook" in said
    is_cumulative = remote.release.is_cumulative
    assert ("the whole text so far" in said) is is_cumulative
    assert ("once more at the end" in said) is (remote.release.repeats or is_cumulative)
    assert "2 sources" in said
    assert "RAGFlow 是一个开源的" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--key", "ragflow-wrong"], "did not accept our key"),
        (["--url", "http://127.0.0.1:9", "--key", "x"], "cannot be reached"),
        (["--url", "ftp://x", "--key", "x"], "must be an address"),
        (["--url", "http://example.org"], "Give RAGFlow's API key"),
        (["--ask", "Hi", "--chat", "Nothing"], "no chat 'Nothing'"),
    ],
)
async def test_what_is_wrong_is_said(
    remote: RAGFlowServer, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        await run("check_ragflow", *arguments)


@pytest.mark.parametrize("release", ["0.24.0", "0.27.0", "1.0.0"])
async def test_dialogs_are_made_and_made_again(remote: RAGFlowServer, world: World) -> None:
    for number in range(130):
        chat = uuid1().hex
        remote.chats[chat] = {"id": chat, "name": f"Chat {number}", "description": ""}

    first = await run("import_ragflow", "--user", "alice")
    remote.chats[CHAT]["name"] = "Handbook, renamed"
    again = await run("import_ragflow", "--user", "alice", "--json")

    assert first.count("created") == 131
    assert {row["done"] for row in json.loads(again)} == {"updated"}
    made = await dialogs()
    assert len(made) == 131
    (handbook,) = [dialog for dialog in made if dialog.model_settings["chat_id"] == CHAT]
    assert handbook.name == "Handbook, renamed"
    # The site's address and key stay in the settings.
    assert handbook.model_settings == {"chat_id": CHAT}
    assert not handbook.encrypted_model_key


async def test_one_chat_of_another_ragflow_gets_its_key(
    remote: RAGFlowServer, world: World, settings: Any
) -> None:
    site = {"BASE_URL": "", "API_KEY": "", "PRIVATE_NETWORKS": ["127.0.0.0/8"]}
    settings.ENGINES = {**settings.ENGINES, "ragflow": settings.ENGINES["ragflow"] | site}
    where = ("--url", remote.base_url, "--key", remote.key, "--user", "alice")
    await run("import_ragflow", *where, "--chat", "Handbook", "--for-mini-programs")

    (made,) = await dialogs()
    assert made.model_settings == {"base_url": remote.base_url, "chat_id": CHAT}
    assert made.model_options()["api_key"] == remote.key
    assert made.for_mini_programs


async def test_a_chat_with_the_name_of_another_dialog_is_not_made(
    remote: RAGFlowServer, world: World
) -> None:
    await Dialog.objects.acreate(owner=world.alice.user, name="HANDBOOK", engine="extractive")
    with pytest.raises(CommandError, match="There is a dialog “Handbook” of this owner already"):
        await run("import_ragflow", "--user", "alice")
    assert not await dialogs()


async def test_nothing_is_made_if_it_is_only_to_be_said(
    remote: RAGFlowServer, world: World
) -> None:
    said = await run("import_ragflow", "--user", "alice", "--dry-run")

    assert said.startswith("created  -")
    assert not await dialogs()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--user", "nobody"], "no user 'nobody'"),
        (["--user", "alice", "--chat", "Nothing"], "no chat 'Nothing'"),
        (["--user", "alice", "--key", "ragflow-wrong"], "did not accept our key"),
    ],
)
async def test_what_cannot_be_imported_is_named(
    remote: RAGFlowServer, world: World, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        await run("import_ragflow", *arguments)
    assert not await dialogs()


async def test_a_private_address_has_to_be_allowed_first(
    remote: RAGFlowServer, world: World, settings: Any
) -> None:
    site = {"BASE_URL": "", "API_KEY": ""}
    settings.ENGINES = {**settings.ENGINES, "ragflow": settings.ENGINES["ragflow"] | site}

    with pytest.raises(CommandError, match="RAGFLOW_PRIVATE_NETWORKS"):
        await run(
            "import_ragflow", f"--url={remote.base_url}", f"--key={remote.key}", "--user=alice"
        )
    assert not await dialogs()
