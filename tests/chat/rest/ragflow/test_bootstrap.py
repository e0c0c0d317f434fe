"""Accounts as RAGFlow's own tests make them, keys, health, version, files and related questions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.checks import run_checks
from django.test import Client

from accounts.models import APIToken, User
from chat.models import Attachment
from chat.rest.ragflow.system import health
from knowledge.ingestion import ingest
from tests.support.http_requests import Reply, request
from tests.support.ragflow_api import NEW, OLD, RAGFlowAPI
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# As RAGFlow's programs send it: encrypted, and in several lines.
PASSWORD = (
    "ctAse\nGvejiaSWWZ88T/m4FQVOpQyUvP+x7sXtdv3feqZACiQleuewkUi35E16wSd5C5QcnkkcV9cYc8TKPTRZ=="
)
NEWCOMER = {"email": "qa@example.org", "nickname": "qa", "password": PASSWORD}


async def send(method: str, path: str, body: object = None, login: str = "") -> Reply:
    headers = {"content-type": "application/json"}
    if login:
        headers["authorization"] = login
    return await request(method, f"/ragflow/v1/{path}", headers, body)


async def told(method: str, path: str, body: object = None, login: str = "") -> tuple[int, str]:
    answer = (await send(method, path, body, login)).json()
    return answer["code"], answer["message"]


@pytest.fixture
def bootstrap(settings: Any) -> None:
    settings.RAGFLOW_BOOTSTRAP = True


async def test_without_the_setting_there_is_nothing(world: World) -> None:
    login = await sync_to_async(world.alice.jwt)()
    for method, path in (
        ("POST", "user/register"),
        ("POST", "user/login"),
        ("GET", "user/tenant_info"),
        ("POST", "user/set_tenant_info"),
        ("GET", "llm/my_llms"),
        ("POST", "llm/set_api_key"),
    ):
        assert await told(method, path, NEWCOMER, login) == (100, "<NotFound '404: Not Found'>")
    assert await User.objects.acount() == 3


async def test_an_account_is_made_and_gets_a_key(bootstrap: None) -> None:
    begun = await send("POST", "user/login", NEWCOMER)
    assert begun.json()["message"] == "Email: qa@example.org is not registered!"
    registered = await send("POST", "user/register", NEWCOMER)
    assert registered.json()["code"] == 0
    assert registered.headers["authorization"]
    again = await told("POST", "user/register", {**NEWCOMER, "email": "QA@example.org"})
    assert again == (103, "Email: QA@example.org has already registered!")

    wrong = await told("POST", "user/login", {**NEWCOMER, "password": "x" + PASSWORD})
    assert wrong == (109, "Email and password do not match!")
    login = (await send("POST", "user/login", NEWCOMER)).headers["authorization"]
    tenant = (await send("GET", "user/tenant_info", login=login)).json()["data"]
    user = await User.objects.aget(email="qa@example.org")
    assert (tenant["tenant_id"], user.is_staff, user.is_superuser) == (user.pk.hex, False, False)
    assert "ragws" in (await send("GET", "llm/my_llms", login=login)).json()["data"]
    key = {"llm_factory": "ZHIPU-AI", "api_key": "secret"}
    for path, body in (("llm/set_api_key", key), ("user/set_tenant_info", {"llm_id": "glm-4"})):
        assert (await told("POST", path, body, login))[0] == 0

    token = (await send("POST", "system/new_token", login=login)).json()["data"]["token"]
    headers = {"authorization": f"Bearer {token}"}
    chats = await request("GET", "/ragflow/api/v1/chats", headers)
    assert chats.json()["data"] == []


async def test_what_no_account_is_made_of(bootstrap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for change, code in (
        ({"email": "nonsense"}, 103),
        ({"email": None}, 101),
        ({"email": f"{'x' * 150}@example.org"}, 101),
        ({"password": "123"}, 101),
        ({"password": 1}, 101),
        ({"nickname": ""}, 101),
        ({"nickname": "q\na"}, 101),
        ({"password": "\0" * 20}, 101),
    ):
        assert (await told("POST", "user/register", {**NEWCOMER, **change}))[0] == code
    monkeypatch.setattr("chat.rest.ragflow.bootstrap.MAX_USERS", 0)
    assert (await told("POST", "user/register", NEWCOMER))[0] == 103
    assert not await User.objects.aexists()


def test_wrong_passwords_are_counted(bootstrap: None, world: World, settings: Any) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 2
    body = {"email": "alice@example.org", "password": "wrong"}
    path = "/ragflow-0.24/v1/user/login"
    answers = [Client().post(path, body, "application/json") for _ in range(3)]
    assert answers[0].json()["message"] == "Email and password do not match!"
    assert answers[-1].status_code == 429


def test_a_server_for_others_is_warned_of_it(settings: Any) -> None:
    def found() -> list[str | None]:
        return [one.id for one in run_checks(include_deployment_checks=True)]

    assert "ragws.W003" not in found()
    settings.RAGFLOW_BOOTSTRAP = True
    assert "ragws.W003" in found()


class TestKeys:
    async def test_they_are_made_listed_and_revoked(self, world: World) -> None:
        login = await sync_to_async(world.alice.jwt)()
        made = (await send("POST", "system/new_token", login=login)).json()["data"]
        assert made["tenant_id"] == world.alice.user.pk.hex
        listed = (await send("GET", "system/token_list", login=login)).json()["data"]
        assert len(listed) == 2
        assert made["token"] not in json.dumps(listed)
        bobs = await sync_to_async(world.bob.jwt)()
        await send("DELETE", f"system/token/{made['token']}", login=bobs)
        revoked = APIToken.objects.exclude(revoked_at=None)
        assert not await revoked.aexists()
        await send("DELETE", f"system/token/{made['token']}", login=login)
        assert (await revoked.aget()).hint == listed[0]["token"]

    async def test_a_key_makes_no_keys(self, world: World) -> None:
        for method, path in (("POST", "new_token"), ("GET", "token_list")):
            refusal = await told(method, f"system/{path}", login=f"Bearer {world.alice.token}")
            assert refusal[0] == 108


async def test_the_version_says_whose_shape_it_is(world: World) -> None:
    for prefix, version in ((OLD, "v0.24.0"), (NEW, "v0.25.0")):
        told_version = await RAGFlowAPI(world.alice, prefix).data("GET", "system/version")
        assert told_version.startswith(f"{version} (ragws ")


async def test_health_needs_no_key(db: None) -> None:
    for path in ("/ragflow/v1/system/healthz", "/ragflow-0.25/api/v1/system/healthz"):
        reply = await request("GET", path)
        assert reply.json()["status"] in ("ok", "nok")
        assert (reply.status == 200) == (reply.json()["status"] == "ok")
        assert {"db", "redis", "doc_engine", "storage"} <= set(reply.json())


def test_what_health_is_made_of() -> None:
    well = {"database": "ok", "migrations": "ok", "process": "ok"}
    assert health(well)[0] == 200
    for name, part in (("database", "db"), ("migrations", "db"), ("redis", "redis")):
        status, body = health({**well, name: "away"})
        assert (status, body["status"], body[part]) == (500, "nok", "nok")
    assert health({**well, "process": "stopping"})[0] == 500


class TestFiles:
    async def test_one_is_uploaded_and_asked_about(self, world: World) -> None:
        api = RAGFlowAPI(world.alice)
        told_of = await self._upload(world.alice.token, "tea.md")
        body = told_of.json()["data"]
        assert (body["name"], body["extension"], body["size"]) == ("tea.md", "md", 27)
        assert body["created_by"] == world.alice.user.pk.hex
        path = f"chats/{world.dialog.pk.hex}/completions"
        question = {"question": "How hot should green tea be?", "stream": False, "files": [body]}
        assert "80 degrees" in (await api.data("POST", path, question))["answer"]
        bobs = await RAGFlowAPI(world.bob).data("POST", "chats", {"name": "Bob's"})
        path = f"chats/{bobs['id']}/completions"
        code, _ = await RAGFlowAPI(world.bob).refusal("POST", path, question)
        assert code == 102

    async def test_what_is_no_file(self, world: World) -> None:
        headers = {
            "authorization": f"Bearer {world.alice.token}",
            "content-type": "multipart/form-data; boundary=x",
        }
        path = "/ragflow/v1/document/upload_info"
        reply = await request("POST", path, headers)
        assert (reply.json()["code"], reply.json()["message"]) == (101, "No file part!")
        query = {"url": "http://127.0.0.1/secret"}
        assert (await request("POST", path, headers, None, query)).json()["code"] == 101
        assert (await self._upload(world.alice.token, "tea.pdf")).json()["code"] == 102
        assert (await self._upload("nonsense", "tea.md")).json()["code"] == 109
        assert not await Attachment.objects.aexists()

    async def _upload(self, token: str, name: str) -> Reply:
        disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        content = f"--x\r\n{disposition}\r\n\r\nGreen tea wants 80 degrees.\r\n--x--\r\n"
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "multipart/form-data; boundary=x",
        }
        return await request("POST", "/ragflow/v1/document/upload_info", headers, content.encode())


class TestRelatedQuestions:
    async def test_they_are_what_the_documents_answer(self, world: World) -> None:
        text = b"# Brewing green tea\n\nGreen tea is brewed with water of 80 degrees.\n\n"
        text += b"# Storing green tea\n\nGreen tea is stored in a dark tin, away from light.\n"
        await sync_to_async(ingest)(world.knowledge_base, "tea.md", text)
        body = {"question": "What about coffee?", "industry": "drinks"}
        for path in ("sessions/related_questions", "chat/recommendation"):
            found = await RAGFlowAPI(world.alice).data("POST", path, body)
            assert any("green tea" in question for question in found)
            assert await RAGFlowAPI(world.bob).data("POST", path, body) == []

    async def test_a_question_is_needed(self, world: World) -> None:
        api, path = RAGFlowAPI(world.alice), "sessions/related_questions"
        for body in ({}, {"question": ""}, {"question": 1}):
            code, message = await api.refusal("POST", path, body)
            assert (code, message) == (101, "required argument are missing: question; ")
        assert (await api.refusal("POST", path, {"question": "x" * 16_001}))[0] == 102

    async def test_a_wrong_key_has_a_code_of_its_own(self, world: World) -> None:
        path, headers = "sessions/related_questions", {"authorization": "Bearer nonsense"}
        reply = await request("POST", f"/{OLD}/api/v1/{path}", headers, {"question": "Hm?"})
        assert (reply.json()["code"], "key is invalid" in reply.json()["message"]) == (102, True)
