"""Dialogs and sessions over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import ChatSession, Dialog, Message
from tests.support.rest_client import (
    NO_IDS,
    client_of,
    data_of,
    make_exchange,
    make_session,
    refusal_of,
)
from tests.support.world import World

pytestmark = pytest.mark.database

CHATS = "/api/v1/chats"


@pytest.fixture
def alice(world: World) -> Client:
    return client_of(world.alice)


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


@pytest.fixture
def sessions(world: World) -> str:
    return f"{CHATS}/{world.dialog.pk.hex}/sessions"


@pytest.fixture
def session(world: World) -> ChatSession:
    return make_session(world.dialog)


@pytest.fixture
def bobs_session(world: World) -> ChatSession:
    dialog = Dialog.objects.create(owner=world.bob.user, name="Theirs")
    return make_session(dialog, "Theirs")


class TestDialogs:
    def test_the_key_of_a_model_server_is_in_no_response(self, alice: Client, world: World) -> None:
        world.dialog.set_model_key("sekret-4711-of-alice")
        world.dialog.save()
        for path in (CHATS, f"{CHATS}/{world.dialog.pk.hex}", f"{CHATS}?model_settings=1"):
            shown = alice.get(path).content.decode()
            assert "sekret" not in shown
            assert world.dialog.encrypted_model_key not in shown

    def test_dialogs_are_listed_with_their_configuration(self, alice: Client, world: World) -> None:
        [dialog] = data_of(alice.get(CHATS))
        assert dialog["id"] == world.dialog.pk.hex
        assert (dialog["name"], dialog["engine"]) == ("Helpdesk", "extractive")
        assert dialog["datasets"] == [{"id": world.knowledge_base.pk.hex, "name": "Handbook"}]
        assert dialog["prompt"]["opener"]
        assert dialog["prompt"]["empty_response"]
        assert dialog["update_time"] >= dialog["create_time"] > 1_700_000_000_000

    def test_the_starters_of_a_dialog_can_be_changed(self, alice: Client, world: World) -> None:
        changed = put(alice, f"{CHATS}/{world.dialog.pk.hex}", {"starters": [" Who? ", "谁？"]})
        assert data_of(changed)["starters"] == ["Who?", "谁？"]
        [dialog] = data_of(alice.get(CHATS))
        assert dialog["starters"] == ["Who?", "谁？"]

    @pytest.mark.parametrize(
        "starters",
        [
            *(None, "Who?", {}, [1], [None], [""], [" "], ["a\0"], ["\ud800"], ["?" * 201]),
            ["Who?"] * 2,
            [f"Who is {n}?" for n in range(7)],
        ],
    )
    def test_a_wrong_starter_is_refused_by_the_name_of_the_field(
        self, alice: Client, world: World, starters: object
    ) -> None:
        refused = put(alice, f"{CHATS}/{world.dialog.pk.hex}", {"starters": starters})
        assert "starters" in refusal_of(refused, 400)
        assert data_of(alice.get(CHATS))[0]["starters"] == []

    def test_starters_are_changed_by_the_owner_alone(self, bob: Client, world: World) -> None:
        address = f"{CHATS}/{world.dialog.pk.hex}"
        refusal_of(put(bob, address, {"starters": ["Who?"]}), 404)
        refusal_of(put(Client(), address, {"starters": ["Who?"]}), 401)
        world.dialog.refresh_from_db()
        assert world.dialog.starters == []

    def test_dialogs_of_other_users_are_not_listed(self, bob: Client, world: World) -> None:
        assert data_of(bob.get(CHATS)) == []
        refusal_of(Client().get(CHATS), 401)
        refusal_of(client_of(world.charlie).get(CHATS), 401)


class TestSessions:
    def test_sessions_are_searched_by_their_names(
        self, alice: Client, world: World, sessions: str
    ) -> None:
        for name in ("Ferries to Tilos", "Hotels", "去帝洛斯的渡轮", "100 % of it"):
            make_session(world.dialog, name)
        for search, names in {
            "ferries": ["Ferries to Tilos"],
            "渡轮": ["去帝洛斯的渡轮"],
            "%": ["100 % of it"],
            "_": [],
            "\0": ["100 % of it", "去帝洛斯的渡轮", "Hotels", "Ferries to Tilos"],
        }.items():
            found = data_of(alice.get(sessions, {"search": search}))
            assert [each["name"] for each in found] == names

    def test_sessions_are_listed_newest_first(
        self, alice: Client, world: World, sessions: str
    ) -> None:
        old, new = make_session(world.dialog, "Old"), make_session(world.dialog, "New")
        shown = data_of(alice.get(sessions))
        assert [row["id"] for row in shown] == [new.pk.hex, old.pk.hex]
        assert {row["chat_id"] for row in shown} == {world.dialog.pk.hex}
        assert set(shown[0]) == {"id", "chat_id", "name", "create_time", "update_time"}

    def test_sessions_of_another_user_s_dialog_are_not_found(
        self, bob: Client, sessions: str, session: ChatSession, bobs_session: ChatSession
    ) -> None:
        unknown = refusal_of(bob.get(f"{CHATS}/{'0' * 32}/sessions"), 404)
        assert refusal_of(bob.get(sessions), 404) == unknown
        refusal_of(Client().get(sessions), 401)
        own = f"{CHATS}/{bobs_session.dialog_id.hex}/sessions"
        assert [row["name"] for row in data_of(bob.get(own))] == ["Theirs"]

    def test_sessions_come_in_pages(self, alice: Client, world: World, sessions: str) -> None:
        for number in range(5):
            make_session(world.dialog, str(number))
        pages = [
            [row["name"] for row in data_of(alice.get(f"{sessions}?page={page}&page_size=2"))]
            for page in (1, 2, 3, 4)
        ]
        assert pages == [["4", "3"], ["2", "1"], ["0"], []]

    @pytest.mark.parametrize("query", ["page", "page_size"])
    @pytest.mark.parametrize("value", ["0", "-1", "1.5", "two", "²", "", "9" * 5000])
    def test_a_page_must_be_a_number(
        self, alice: Client, sessions: str, query: str, value: str
    ) -> None:
        assert f"`{query}`" in refusal_of(alice.get(sessions, {query: value}), 400)

    def test_the_size_of_a_page_is_limited(
        self, alice: Client, world: World, sessions: str
    ) -> None:
        ChatSession.objects.bulk_create(
            ChatSession(dialog=world.dialog, user=world.alice.user, name="One of many")
            for _ in range(101)
        )
        assert len(data_of(alice.get(sessions))) == 30
        assert len(data_of(alice.get(sessions, {"page_size": "1000"}))) == 100


class TestPages:
    def test_the_messages_of_a_session_come_in_pages_from_the_newest(
        self, alice: Client, sessions: str, session: ChatSession
    ) -> None:
        for number in range(5):
            make_exchange(session, f"Q{number}", f"A{number}")

        def page(number: int, size: int = 4) -> list[str]:
            query = {"page": number, "page_size": size}
            shown = data_of(alice.get(f"{sessions}/{session.pk.hex}", query))
            assert shown["total"] == 10
            return [message["content"] for message in shown["messages"]]

        assert page(1) == ["Q3", "A3", "Q4", "A4"]
        assert page(2) == ["Q1", "A1", "Q2", "A2"]
        assert page(3) == ["Q0", "A0"]
        assert page(4) == []

    def test_a_client_that_knows_of_no_pages_gets_the_newest_messages(
        self, alice: Client, sessions: str, session: ChatSession
    ) -> None:
        now = timezone.now()
        Message.objects.bulk_create(
            Message(
                session=session,
                role="user",
                content=f"Q{number}",
                created_at=now + timedelta(seconds=number),
            )
            for number in range(600)
        )
        address = f"{sessions}/{session.pk.hex}"
        shown = [message["content"] for message in data_of(alice.get(address))["messages"]]
        assert shown == [f"Q{number}" for number in range(400, 600)]
        most = data_of(alice.get(address, {"page_size": "999999"}))
        assert (len(most["messages"]), most["total"]) == (500, 600)

    def test_dialogs_come_in_pages(self, alice: Client, world: World) -> None:
        for name in "abc":
            Dialog.objects.create(owner=world.alice.user, name=name)
        names = [
            [row["name"] for row in data_of(alice.get(CHATS, {"page": page, "page_size": 2}))]
            for page in (1, 2, 3)
        ]
        assert sorted(names[0] + names[1]) == ["Helpdesk", "a", "b", "c"]
        assert [len(page) for page in names] == [2, 2, 0]

    @pytest.mark.parametrize("query", ["page", "page_size"])
    @pytest.mark.parametrize("value", ["0", "-1", "two", "9" * 5000])
    def test_every_list_says_what_is_wrong_with_a_page(
        self,
        world: World,
        sessions: str,
        session: ChatSession,
        query: str,
        value: str,
    ) -> None:
        jwt = Client(headers={"authorization": world.alice.jwt()})
        for address in (CHATS, f"{sessions}/{session.pk.hex}", "/api/v1/tokens", "/api/v1/files"):
            assert f"`{query}`" in refusal_of(jwt.get(address, {query: value}), 400)

    def test_so_many_sessions_are_deleted_at_once(self, alice: Client, sessions: str) -> None:
        body = {"ids": ["0" * 32] * 1001}
        said = refusal_of(alice.delete(sessions, body, content_type="application/json"), 400)
        assert said == "`ids` may have at most 1000 entries"


class TestOneSession:
    def test_a_session_is_shown_with_its_messages(
        self, alice: Client, sessions: str, session: ChatSession
    ) -> None:
        reference = {"total": 0, "chunks": [], "doc_aggs": []}
        answer = make_exchange(
            session,
            "When?",
            "At noon.",
            reference=reference,
            usage={"total_tokens": 9},
            first_token_ms=12,
            total_ms=34,
        )
        shown = data_of(alice.get(f"{sessions}/{session.pk.hex}"))
        asked, said = shown["messages"]
        assert (shown["id"], shown["name"]) == (session.pk.hex, "Ferries")
        assert (asked["role"], asked["content"], asked["files"]) == ("user", "When?", [])
        assert (said["role"], said["content"]) == ("assistant", "At noon.")
        assert said["id"] == answer.pk.hex
        assert said["question_id"] == asked["id"]
        assert said["status"] == "complete"
        assert said["error"] is None
        assert said["reference"] == reference
        assert said["usage"] == {"total_tokens": 9}
        assert said["timing"] == {"first_token_ms": 12, "total_ms": 34}

    def test_a_session_of_another_user_is_not_found(
        self, bob: Client, sessions: str, session: ChatSession, bobs_session: ChatSession
    ) -> None:
        refusal_of(bob.get(f"{sessions}/{session.pk.hex}"), 404)
        refusal_of(Client().get(f"{sessions}/{session.pk.hex}"), 401)
        own = f"{CHATS}/{bobs_session.dialog_id.hex}/sessions"
        unknown = refusal_of(bob.get(f"{own}/{'0' * 32}"), 404)
        assert refusal_of(bob.get(f"{own}/{session.pk.hex}"), 404) == unknown

    @pytest.mark.parametrize("id", NO_IDS)
    def test_unknown_and_malformed_ids_are_not_found(
        self, alice: Client, sessions: str, session: ChatSession, id: str
    ) -> None:
        assert refusal_of(alice.get(f"{sessions}/{id}"), 404) == "There is no such session"
        address = f"{CHATS}/{id}/sessions/{session.pk.hex}"
        assert refusal_of(alice.get(address), 404) == "There is no such dialog"

    def test_a_session_is_found_in_its_own_dialog_only(
        self, alice: Client, world: World, session: ChatSession
    ) -> None:
        other = Dialog.objects.create(owner=world.alice.user, name="Other")
        refusal_of(alice.get(f"{CHATS}/{other.pk.hex}/sessions/{session.pk.hex}"), 404)

    def test_an_abandoned_answer_is_interrupted(
        self, alice: Client, sessions: str, session: ChatSession
    ) -> None:
        long_ago = timezone.now() - timedelta(minutes=1)
        status = Message.Status.PENDING
        make_exchange(session, "When?", "At n", status=status, written_at=long_ago)
        said = data_of(alice.get(f"{sessions}/{session.pk.hex}"))["messages"][1]
        assert (said["content"], said["status"]) == ("At n", "interrupted")
        assert said["error"]["code"] == 503


class TestRenaming:
    def test_a_session_is_renamed(self, alice: Client, sessions: str, session: ChatSession) -> None:
        shown = data_of(put(alice, f"{sessions}/{session.pk.hex}", {"name": " 渡轮 "}))
        assert (shown["id"], shown["name"]) == (session.pk.hex, "渡轮")
        session.refresh_from_db()
        assert session.name == "渡轮"

    def test_a_session_of_another_user_is_not_renamed(
        self, bob: Client, sessions: str, session: ChatSession, bobs_session: ChatSession
    ) -> None:
        own = f"{CHATS}/{bobs_session.dialog_id.hex}/sessions"
        for address in (sessions, own):
            refusal_of(put(bob, f"{address}/{session.pk.hex}", {"name": "Mine"}), 404)
        refusal_of(put(Client(), f"{sessions}/{session.pk.hex}", {"name": "Mine"}), 401)
        session.refresh_from_db()
        assert session.name == "Ferries"

    @pytest.mark.parametrize(
        "body", [{}, [], {"name": ""}, {"name": " "}, {"name": 1}, {"name": "x" * 256}]
    )
    def test_a_name_must_be_a_text(
        self, alice: Client, sessions: str, session: ChatSession, body: Any
    ) -> None:
        assert "`name`" in refusal_of(put(alice, f"{sessions}/{session.pk.hex}", body), 400)

    @pytest.mark.parametrize("name", ["half \ud83d", "a\0b"])
    def test_a_name_must_be_storable(
        self, alice: Client, sessions: str, session: ChatSession, name: str
    ) -> None:
        response = put(alice, f"{sessions}/{session.pk.hex}", {"name": name})
        assert "`name`" in refusal_of(response, 400)


class TestDeleting:
    def test_sessions_are_deleted_with_their_messages(
        self, alice: Client, world: World, sessions: str
    ) -> None:
        kept, one, two = (make_session(world.dialog, name) for name in ("kept", "one", "two"))
        make_exchange(one, "When?", "At noon.")
        assert data_of(delete(alice, sessions, [one.pk.hex, two.pk.hex, one.pk.hex])) is None
        assert ChatSession.objects.get() == kept
        assert not Message.objects.exists()

    def test_a_list_with_a_foreign_id_deletes_nothing(
        self, bob: Client, sessions: str, session: ChatSession, bobs_session: ChatSession
    ) -> None:
        """The caller's own sessions in the list stay as well."""
        own = f"{CHATS}/{bobs_session.dialog_id.hex}/sessions"
        mixed = [bobs_session.pk.hex, session.pk.hex]
        unknown = refusal_of(delete(bob, own, ["0" * 32]), 404)
        assert refusal_of(delete(bob, own, mixed), 404) == unknown
        refusal_of(delete(bob, sessions, [session.pk.hex]), 404)
        refusal_of(delete(Client(), sessions, [session.pk.hex]), 401)
        assert ChatSession.objects.count() == 2

    @pytest.mark.parametrize("ids", ["0" * 32, [1], {}])
    def test_ids_must_be_a_list_of_strings(self, alice: Client, sessions: str, ids: Any) -> None:
        assert "`ids`" in refusal_of(delete(alice, sessions, ids), 400)

    @pytest.mark.parametrize("id", [*NO_IDS, "\ud83d", ""])
    def test_unknown_and_malformed_ids_are_not_found(
        self, alice: Client, sessions: str, id: str
    ) -> None:
        assert refusal_of(delete(alice, sessions, [id]), 404) == "There is no such session"


def put(client: Client, address: str, body: Any) -> Any:
    return client.put(address, body, content_type="application/json")


def delete(client: Client, address: str, ids: Any) -> Any:
    return client.delete(address, {"ids": ids}, content_type="application/json")
