"""The list of conversations in the admin: filters, links and search."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.api_tokens.tokens import issue_token
from chat.models import ChatSession, Message
from tests.support.transcripts import SESSIONS, read, say
from tests.support.world import World

pytestmark = pytest.mark.database


def listed(browser: Client, **query: str) -> set[str]:
    page = browser.get(SESSIONS, query)
    assert page.status_code == 200
    return {row.name for row in page.context["cl"].result_list}


def test_conversations_are_filtered_by_status_and_by_unanswered_questions(
    world: World, admin: Client
) -> None:
    named = {
        name: ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name=name)
        for name in ("whole", "failed", "regained", "empty")
    }
    say(named["whole"], "Tea?", "Yes.")
    say(named["failed"], "Tea?", "", status=Message.Status.FAILED)
    first = say(named["regained"], "Tea?", "", status=Message.Status.FAILED)
    Message.objects.create(
        session=named["regained"], role="assistant", question=first.question, content="Yes."
    )
    assert listed(admin, answer="failed") == {"failed"}
    assert listed(admin, answer="complete") == {"whole", "regained"}
    assert listed(admin, answer="unanswered") == {"failed"}


def test_people_lead_to_their_conversations_and_back(world: World, admin: Client) -> None:
    alice, bob = world.alice.user, world.bob.user
    ChatSession.objects.create(dialog=world.dialog, user=bob, name="bobs")
    session = ChatSession.objects.create(
        dialog=world.dialog, user=alice, name="visitors", end_user="v & 1"
    )
    ChatSession.objects.create(dialog=world.dialog, user=alice, name="alices")
    assert listed(admin, user=alice.pk.hex) == {"visitors", "alices"}
    assert listed(admin, end_user="v & 1") == {"visitors"}
    assert listed(admin, user="nonsense") == set()

    page = read(admin, session)
    assert f"{SESSIONS}?end_user=v%20%26%201" in page
    assert f"{SESSIONS}?user={alice.pk.hex}" in page
    users = f"/admin/accounts/user/{alice.pk}/change/"
    assert users in page
    assert f"{SESSIONS}?user={alice.pk.hex}" in admin.get(users).content.decode()


def test_the_list_shows_the_status_of_conversations(
    admin: Client, session: ChatSession, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        say(session, "Tea?", "Yes.", status=Message.Status.STOPPED)
    # The first search indexes what these tests have made without the index.
    admin.get(SESSIONS, {"q": "tea"})
    with django_assert_max_num_queries(13):
        page = admin.get(SESSIONS, {"q": "tea"}).content.decode()
    assert '<td class="field-questions">3</td>' in page
    assert "stopped" in page


class TestSearch:
    """In what was asked and answered, and by which token."""

    @pytest.fixture
    def sessions(self, world: World) -> dict[str, ChatSession]:
        sessions = {
            name: ChatSession.objects.create(dialog=world.dialog, user=user, name=name)
            for name, user in (("one", world.alice.user), ("two", world.bob.user))
        }
        say(sessions["one"], "How is oolong rolled?", "By hand, in cloth.")
        say(sessions["two"], "绿茶怎么做？", "用蒸汽杀青。")
        return sessions

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("oolong", ["one"]),
            ("OOLONG cloth", ["one"]),
            ("oolong steam", []),
            ('"by hand"', ["one"]),
            ('"hand by"', []),
            ("蒸汽", ["two"]),
            ("绿茶 杀青", ["two"]),
            ("bob", ["two"]),
            ("' \" %", []),
            ("", ["one", "two"]),
        ],
    )
    def test_what_was_said_is_found_in_every_language(
        self, admin: Client, sessions: dict[str, ChatSession], text: str, found: list[str]
    ) -> None:
        page = admin.get(SESSIONS, {"q": text})
        assert sorted(row.name for row in page.context["cl"].result_list) == found

    def test_a_token_leads_to_what_was_asked_with_it(
        self, admin: Client, world: World, sessions: dict[str, ChatSession]
    ) -> None:
        token = issue_token(world.alice.user, "Phone").token
        sessions["one"].messages.filter(role="user").update(token=token)
        address = f"{SESSIONS}?token={token.pk.hex}"
        shown = admin.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
        assert f'href="{address}"' in shown
        for query, found in ((token.pk.hex, ["one"]), ("nonsense", [])):
            page = admin.get(SESSIONS, {"token": query})
            assert [row.name for row in page.context["cl"].result_list] == found
