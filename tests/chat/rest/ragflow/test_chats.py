"""Chats as RAGFlow's programs make, list, change and delete them, in both shapes.

Many cases share a test, since each test has a database of its own to empty.
"""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from chat.models import ClientFields, Dialog
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from tests.support.http_requests import request
from tests.support.ragflow_api import NEW, OLD, RAGFlowAPI
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
NONE = "0" * 32


@pytest.fixture
async def old(world: World) -> RAGFlowAPI:
    await Dialog.objects.all().adelete()
    return RAGFlowAPI(world.alice, OLD)


@pytest.fixture
async def new(world: World) -> RAGFlowAPI:
    await Dialog.objects.all().adelete()
    return RAGFlowAPI(world.alice, NEW)


@pytest.fixture
async def dataset(world: World) -> str:
    await sync_to_async(ingest)(world.knowledge_base, "tea.md", b"Green tea wants 80 degrees.")
    return world.knowledge_base.pk.hex


async def make(api: RAGFlowAPI, count: int = 5) -> list[str]:
    made = [
        await api.data("POST", "chats", {"name": f"chat_{n}", "dataset_ids": []})
        for n in range(count)
    ]
    return [chat["id"] for chat in made]


class TestCredentials:
    async def test_up_to_0_24_the_status_is_200(self, world: World) -> None:
        missing = await request("GET", f"/{OLD}/api/v1/chats")
        assert missing.status == 200
        assert (missing.json()["code"], missing.json()["data"]) == (0, False)
        assert missing.json()["message"] == "`Authorization` can't be empty"
        headers = {"authorization": "Bearer invalid_key_123"}
        wrong = await request("GET", f"/{OLD}/api/v1/chats", headers)
        assert wrong.json()["code"] == 109

    async def test_since_0_25_it_is_401(self, world: World) -> None:
        for headers in [{}, {"authorization": "Bearer invalid_key_123"}]:
            reply = await request("GET", f"/{NEW}/api/v1/chats", headers)
            assert (reply.status, reply.json()["code"]) == (401, 401)
            assert reply.json()["message"] == "<Unauthorized '401: Unauthorized'>"

    async def test_the_setting_says_what_the_short_prefix_is(
        self, world: World, settings: Any
    ) -> None:
        api = RAGFlowAPI(world.alice, "ragflow")
        assert isinstance(await api.data("GET", "chats"), list)
        settings.RAGFLOW_RELEASE = "0.25"
        assert (await api.data("GET", "chats"))["total"] == 1

    async def test_it_is_at_the_root_if_that_is_set(self, world: World, settings: Any) -> None:
        headers = {"authorization": f"Bearer {world.alice.token}"}
        for is_set, status in ((False, 404), (True, 200)):
            settings.RAGFLOW_AT_ROOT = is_set
            reply = await request("GET", f"/api/v1/chats/{NONE}", headers)
            assert reply.status == status
        assert reply.json() == {"code": 102, "message": "The chat doesn't exist"}
        assert (await request("GET", "/api/v1/tokens", headers)).status == 403
        assert (await request("GET", "/v1/models", headers)).json()["object"] == "list"

    async def test_limits_are_told_and_no_page_elsewhere_is_let_in(self, world: World) -> None:
        headers = {
            "authorization": f"Bearer {world.alice.token}",
            "origin": "https://elsewhere.example.org",
        }
        for prefix in (OLD, NEW, "ragflow"):
            reply = await request("GET", f"/{prefix}/api/v1/chats", headers)
            assert reply.json()["code"] == 0
            assert "token-handshakes" in reply.headers["ratelimit"]
            assert reply.headers["cache-control"]
            assert not [name for name in reply.headers if name.startswith("access-control")]

    async def test_a_token_for_one_dialog_makes_and_deletes_none(self, world: World) -> None:
        restrictions = Restrictions(dialogs=(world.dialog.pk,))
        issued = await sync_to_async(issue_token)(
            world.alice.user, "one", restrictions=restrictions
        )
        headers = {"authorization": f"Bearer {issued.secret}", "content-type": "application/json"}
        for method, body in (("POST", {"name": "x"}), ("DELETE", {})):
            reply = await request(method, f"/{OLD}/api/v1/chats", headers, body)
            assert reply.json()["code"] == 108
        assert await Dialog.objects.acount() == 1


class TestMaking:
    async def test_old_refusals(self, old: RAGFlowAPI) -> None:
        await old.data("POST", "chats", {"name": "taken"})
        for body, code, message in [
            ({}, 102, "`name` is required."),
            ({"name": ""}, 102, "`name` is required."),
            ({"name": None}, 102, "`name` is required."),
            ({"name": "taken"}, 102, "Duplicated chat name in creating chat."),
            ({"name": "TAKEN"}, 102, "Duplicated chat name in creating chat."),
            ({"name": "x", "dataset_ids": [NONE]}, 102, f"You don't own the dataset {NONE}"),
            ({"name": "x", "dataset_ids": ["nonsense"]}, 102, "You don't own the dataset nonsense"),
            ({"name": "x", "dataset_ids": "nonsense"}, 102, "You don't own the dataset n"),
            ({"name": "x", "tenant_id": "y"}, 102, "`tenant_id` must not be provided."),
            (
                {"name": "x", "prompt": {"rerank_model": "best"}},
                *(102, "`rerank_model` best doesn't exist"),
            ),
            ({"name": "x", "prompt": {"prompt": "Hi."}}, 102, "Parameter 'knowledge' is not used"),
            (
                {"name": "x", "prompt": {"prompt": "Hi.", "variables": [{"key": "a"}]}},
                *(102, "Parameter 'a' is not used"),
            ),
            ("no object", 100, "AttributeError(\"'str' object has no attribute 'get'\")"),
        ]:
            assert await old.refusal("POST", "chats", body) == (code, message)
            assert await Dialog.objects.acount() == 1

    async def test_new_refusals(self, new: RAGFlowAPI) -> None:
        await new.data("POST", "chats", {"name": "taken"})
        for body, message in [
            ({"name": " "}, "`name` is required"),
            ({"name": "TAKEN"}, "duplicated chat name in creating chat"),
            ({"name": "x", "dataset_ids": "nonsense"}, "`dataset_ids` should be a list."),
            ({"name": "x", "rerank_id": "best"}, "`rerank_id` best doesn't exist"),
            ({"name": "x", "prompt_config": []}, "`prompt_config` should be an object."),
            ({"name": "x", "tenant_id": "y"}, "`tenant_id` must not be provided"),
        ]:
            assert await new.refusal("POST", "chats", body) == (102, message)

    async def test_a_dataset_without_text_is_refused(self, old: RAGFlowAPI, world: World) -> None:
        id = world.knowledge_base.pk.hex
        body = {"name": "x", "dataset_ids": [id]}
        _, message = await old.refusal("POST", "chats", body)
        assert message == f"The dataset {id} doesn't own parsed file"

    async def test_another_user_s_dataset_is_not_there(self, old: RAGFlowAPI, world: World) -> None:
        base = await KnowledgeBase.objects.acreate(owner=world.bob.user, name="Bob's")
        body = {"name": "x", "dataset_ids": [base.pk.hex]}
        _, message = await old.refusal("POST", "chats", body)
        assert message == f"You don't own the dataset {base.pk.hex}"

    async def test_old_defaults(self, old: RAGFlowAPI, dataset: str) -> None:
        chat = await old.data("POST", "chats", {"name": "Teas", "dataset_ids": [dataset]})
        llm, prompt = chat["llm"], chat["prompt"]
        assert (llm["temperature"], llm["top_p"], llm["max_tokens"]) == (0.1, 0.3, 512)
        assert (llm["presence_penalty"], llm["frequency_penalty"]) == (0.4, 0.7)
        assert (prompt["similarity_threshold"], prompt["keywords_similarity_weight"]) == (0.2, 0.7)
        assert (prompt["top_n"], prompt["rerank_model"], prompt["show_quote"]) == (6, "", True)
        assert prompt["variables"] == [{"key": "knowledge", "optional": False}]
        assert prompt["opener"] == "Hi! I'm your assistant. What can I do for you?"
        assert prompt["empty_response"].startswith("Sorry! No relevant content")
        assert (chat["dataset_ids"], chat["datasets"][0]["chunk_count"]) == ([dataset], 1)
        assert chat["create_date"].endswith("GMT")

    async def test_new_defaults(self, new: RAGFlowAPI) -> None:
        chat = await new.data("POST", "chats", {"name": "Teas"})
        assert (chat["llm_setting"], chat["rerank_id"], chat["top_n"]) == ({}, "", 6)
        assert (chat["similarity_threshold"], chat["vector_similarity_weight"]) == (0.1, 0.3)
        assert chat["prompt_config"]["parameters"] == [{"key": "knowledge", "optional": False}]
        assert chat["prompt_config"]["quote"] is True

    async def test_what_is_sent_comes_back(self, old: RAGFlowAPI) -> None:
        cases: list[tuple[str, dict[str, Any]]] = [
            ("llm", {"model_name": "glm-4", "temperature": 0}),
            ("llm", {"top_p": 1, "presence_penalty": 0, "frequency_penalty": 1}),
            ("llm", {"max_token": 1024}),
            ("prompt", {"similarity_threshold": 0}),
            ("prompt", {"similarity_threshold": 1, "top_n": 0, "variables": []}),
            ("prompt", {"opener": "", "empty_response": "中文测试", "show_quote": False}),
            ("prompt", {"prompt": "{knowledge}"}),
            ("prompt", {"prompt": "Hi.", "variables": []}),
        ]
        for part, sent in cases:
            body = {"name": f"Teas {sent}", part: sent, "avatar": "picture"}
            chat = await old.data("POST", "chats", body)
            [listed] = await old.data("GET", "chats", id=chat["id"])
            for shown in (chat, listed):
                assert {name: shown[part][name] for name in sent} == sent
                assert shown["avatar"] == "picture"

    async def test_a_weight_comes_back_as_the_rest_to_1(self, old: RAGFlowAPI) -> None:
        """As in RAGFlow, where its tests want it so."""
        for sent in (0, 1):
            body = {"name": f"Teas {sent}", "prompt": {"keywords_similarity_weight": sent}}
            shown = (await old.data("POST", "chats", body))["prompt"]
            assert shown["keywords_similarity_weight"] == 1 - sent

    async def test_new_fields_come_back(self, new: RAGFlowAPI) -> None:
        prompt = {"system": "You.", "parameters": [], "prologue": "Hm?", "quote": False}
        body = {
            "name": "Teas",
            "icon": "picture",
            "llm_id": "glm-4@ZHIPU-AI",
            "llm_setting": {"temperature": 0.7, "model_type": "chat"},
            "prompt_config": {**prompt, "tavily_api_key": "secret"},
            "top_n": 1000,
            "vector_similarity_weight": 1.0,
        }
        made = await new.data("POST", "chats", body)
        chat = await new.data("GET", f"chats/{made['id']}")
        assert chat == made
        assert {name: chat[name] for name in body if name != "prompt_config"} == {
            name: value for name, value in body.items() if name != "prompt_config"
        }
        assert {name: chat["prompt_config"][name] for name in prompt} == prompt
        dialog = await Dialog.objects.aget()
        assert (dialog.top_n, dialog.model_settings["model"]) == (50, "glm-4")
        assert "secret" not in str((await ClientFields.objects.aget()).fields)

    async def test_a_picture_may_not_be_too_large(self, old: RAGFlowAPI) -> None:
        code, message = await old.refusal("POST", "chats", {"name": "x", "avatar": "y" * 100_001})
        assert (code, "100000" in message) == (102, True)
        assert not await Dialog.objects.aexists()

    async def test_a_wrong_type_is_refused(self, old: RAGFlowAPI) -> None:
        fields: list[dict[str, Any]] = [
            {"name": 1},
            {"description": 1},
            {"prompt": {"opener": 1}},
            {"prompt": {"top_n": "a"}},
            {"prompt": {"similarity_threshold": 2}},
            {"prompt": {"keywords_similarity_weight": "a"}},
            {"prompt": {"variables": "a"}},
            {"prompt": {"prompt": "Hi.", "variables": [1]}},
            {"llm": {"temperature": "hot"}},
            {"llm": []},
            {"dataset_ids": [1]},
        ]
        for field in fields:
            code, message = await old.refusal("POST", "chats", {"name": "x", **field})
            assert (code, bool(message)) == (102, True)


class TestLists:
    async def test_old_pages(self, old: RAGFlowAPI) -> None:
        await make(old)
        for query, count in [
            ({}, 5),
            ({"page_size": "2"}, 2),
            ({"page": "0", "page_size": "2"}, 2),
            ({"page": "2", "page_size": "2"}, 2),
            ({"page": "3", "page_size": "2"}, 1),
            ({"page": "9"}, 0),
            ({"page_size": "0"}, 0),
            ({"page_size": "6"}, 5),
            ({"name": ""}, 5),
            ({"name": "chat_1"}, 1),
            ({"id": ""}, 5),
            ({"a": "b"}, 5),
        ]:
            assert len(await old.data("GET", "chats", **query)) == count

    async def test_new_pages(self, new: RAGFlowAPI) -> None:
        await make(new)
        for query, count, total in [
            ({}, 5, 5),
            ({"page_size": "2"}, 5, 5),
            ({"page": "0", "page_size": "2"}, 5, 5),
            ({"page": "3", "page_size": "2"}, 1, 5),
            ({"keywords": "CHAT_1"}, 1, 1),
            ({"keywords": "unknown"}, 0, 0),
            ({"id": "unknown"}, 0, 0),
            ({"name": "chat_1"}, 1, 1),
        ]:
            found = await new.data("GET", "chats", **query)
            assert (len(found["chats"]), found["total"]) == (count, total)

    async def test_one_that_is_not_there(self, old: RAGFlowAPI) -> None:
        await make(old, 1)
        for query in [{"id": NONE}, {"id": "unknown"}, {"name": "unknown"}]:
            refusal = await old.refusal("GET", "chats", **query)
            assert refusal == (102, "The chat doesn't exist")

    async def test_orders(self, old: RAGFlowAPI) -> None:
        ids = await make(old, 3)
        for order in ["", "create_time", "update_time", "name", "unknown"]:
            for query, is_descending in [
                ({}, True),
                ({"desc": "True"}, True),
                ({"desc": "False"}, False),
                ({"desc": "x"}, True),
            ]:
                found = [
                    chat["id"] for chat in await old.data("GET", "chats", orderby=order, **query)
                ]
                assert found == (ids[::-1] if is_descending else ids)

    async def test_a_page_that_is_no_number(self, old: RAGFlowAPI) -> None:
        message = "ValueError(\"invalid literal for int() with base 10: 'a'\")"
        assert await old.refusal("GET", "chats", page="a") == (100, message)

    async def test_others_have_their_own(self, old: RAGFlowAPI, world: World) -> None:
        [id] = await make(old, 1)
        bob = RAGFlowAPI(world.bob)
        assert await bob.data("GET", "chats") == []
        assert await bob.refusal("GET", f"chats/{id}") == (102, "The chat doesn't exist")
        bob = RAGFlowAPI(world.bob, NEW)
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert await bob.refusal(method, f"chats/{id}", {}) == (109, "No authorization.")


class TestChanges:
    async def test_what_is_left_out_stays(self, old: RAGFlowAPI, dataset: str) -> None:
        body = {"name": "Teas", "dataset_ids": [dataset], "prompt": {"show_quote": False}}
        id = (await old.data("POST", "chats", body))["id"]
        assert await old.data("PUT", f"chats/{id}", {"prompt": {"opener": "Tea?"}}) is None
        [chat] = await old.data("GET", "chats", id=id)
        assert (chat["name"], chat["dataset_ids"]) == ("Teas", [dataset])
        assert (chat["prompt"]["opener"], chat["prompt"]["show_quote"]) == ("Tea?", False)
        await old.data("PUT", f"chats/{id}", {"name": "Oolong", "dataset_ids": []})
        [chat] = await old.data("GET", "chats", id=id)
        assert (chat["name"], chat["dataset_ids"]) == ("Oolong", [])

    async def test_old_refusals(self, old: RAGFlowAPI) -> None:
        id, _ = await make(old, 2)
        for body, message in [
            ({"name": ""}, "`name` cannot be empty."),
            ({"name": "CHAT_1"}, "Duplicated chat name in updating chat."),
            ({"dataset_ids": ["nonsense"]}, "You don't own the dataset nonsense"),
        ]:
            assert await old.refusal("PUT", f"chats/{id}", body) == (102, message)
            _, message = await old.refusal("PUT", "chats/nonsense", body)
            assert message == "You do not own the chat"

    async def test_new_ones_show_the_chat(self, new: RAGFlowAPI) -> None:
        [id] = await make(new, 1)
        for method in ("PUT", "PATCH"):
            assert (await new.data(method, f"chats/{id}", {"name": method}))["name"] == method
        assert await new.data("DELETE", f"chats/{id}") is True
        assert await new.refusal("GET", f"chats/{id}") == (109, "No authorization.")


class TestDeletion:
    @pytest.mark.parametrize("body", [None, {}, {"ids": None}, {"ids": []}])
    async def test_no_ids_are_all_or_none(
        self, old: RAGFlowAPI, world: World, body: object
    ) -> None:
        await make(old, 2)
        assert await RAGFlowAPI(world.alice, NEW).data("DELETE", "chats", body) == {}
        assert await Dialog.objects.acount() == 2
        await old.data("DELETE", "chats", body)
        assert not await Dialog.objects.aexists()

    async def test_all_have_to_be_said_since_0_25(self, new: RAGFlowAPI) -> None:
        await make(new, 2)
        body = {"ids": None, "delete_all": True}
        assert await new.data("DELETE", "chats", body) == {"success_count": 2}

    @pytest.mark.parametrize("place", [0, 1, 3])
    async def test_unknown_ids_are_told(self, old: RAGFlowAPI, place: int) -> None:
        ids = await make(old, 3)
        ids.insert(place, "invalid_id")
        answer = await old("DELETE", "chats", {"ids": ids})
        assert answer == {
            "code": 0,
            "message": "Partially deleted 3 chats with 1 errors",
            "data": {"success_count": 3, "errors": ["Assistant(invalid_id) not found."]},
        }
        code, message = await old.refusal("DELETE", "chats", {"ids": ids})
        assert code == 102
        assert "Assistant(invalid_id) not found." in message

    async def test_ids_that_are_there_twice_are_told(self, new: RAGFlowAPI) -> None:
        [id] = await make(new, 1)
        data = await new.data("DELETE", "chats", {"ids": [id, id]})
        assert data == {"success_count": 1, "errors": [f"Duplicate chat ids: {id}"]}

    async def test_ids_of_another_type_delete_nothing(self, old: RAGFlowAPI) -> None:
        await make(old, 1)
        for ids in ["all", [1], {"a": 1}]:
            code, _ = await old.refusal("DELETE", "chats", {"ids": ids})
            assert (code, await Dialog.objects.acount()) == (102, 1)

    async def test_others_ids_delete_nothing(self, old: RAGFlowAPI, world: World) -> None:
        [id] = await make(old, 1)
        bob = RAGFlowAPI(world.bob)
        _, message = await bob.refusal("DELETE", "chats", {"ids": [id]})
        assert message == f"Assistant({id}) not found."
        await bob.data("DELETE", "chats")
        assert await Dialog.objects.acount() == 1
