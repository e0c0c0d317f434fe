"""How the admin shows a conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Person, User
from chat.models import Attachment, ChatSession, Message
from tests.support.transcripts import SESSIONS, chunk, read, say
from tests.support.world import World

pytestmark = pytest.mark.database


def test_a_conversation_is_readable(admin: Client, session: ChatSession) -> None:
    answer = say(
        session,
        "How long does tea steep?",
        "Three minutes [ID:1].",
        reasoning="They ask about tea.",
        reference={"total": 2, "chunks": [chunk("a.md", "Coffee."), chunk("b.md", "Tea steeps.")]},
        usage={"prompt_tokens": 120, "completion_tokens": 34, "total_tokens": 154},
        first_token_ms=180,
        total_ms=950,
    )
    page = read(admin, session)
    for text in (
        "How long does tea steep?",
        "They ask about tea.",
        "Tea steeps.",
        "Guide › Tea",
        "51 %",
        "1 source<",
        "1 passage found, not cited",
        "first words after 180 ms",
        "120 + 34 tokens",
        "complete",
    ):
        assert text in page
    assert f'Three minutes <a class="cite" href="#source-{answer.pk.hex}-2">2</a>.' in page
    assert f'id="source-{answer.pk.hex}-2"' in page


def test_a_transcript_leads_to_the_mini_program_user(world: World, admin: Client) -> None:
    person = Person.objects.create(platform="wechat")
    addresses = {}
    for end_user in (person.end_user, f"alipay-{person.pk.hex}", f"wechat-{'0' * 32}", "wechat-x"):
        session = ChatSession.objects.create(
            dialog=world.dialog, user=world.alice.user, name="tea", end_user=end_user
        )
        addresses[end_user] = "/admin/accounts/person/" in read(admin, session).partition("<h1>")[2]
    assert [end_user for end_user, is_link in addresses.items() if is_link] == [person.end_user]


def test_html_in_a_conversation_is_escaped(admin: Client, session: ChatSession) -> None:
    evil = "<script>alert(1)</script>"
    say(
        session,
        evil,
        evil,
        reasoning=evil,
        error=evil,
        error_code=502,
        status=Message.Status.FAILED,
        reference={"chunks": [chunk(evil, evil, document_metadata={"place": evil})]},
    )
    page = read(admin, session)
    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7
    assert "Tea &lt;b&gt;&amp; more&lt;/b&gt;" in page


@pytest.mark.parametrize("citation", ["[ID:7]", "[ID:" + "9" * 5000 + "]", "[ID:x]"])
def test_a_citation_without_a_source_stays_text(
    admin: Client, session: ChatSession, citation: str
) -> None:
    say(session, "Tea?", f"Yes {citation}.", reference={"chunks": [chunk("a.md", "Tea.")]})
    assert f"Yes {citation}." in read(admin, session)


@pytest.mark.parametrize(
    "reference", [{}, {"chunks": []}, {"chunks": [{}]}, {"chunks": [{"similarity": None}]}]
)
def test_sources_may_lack_fields(
    admin: Client, session: ChatSession, reference: dict[str, Any]
) -> None:
    say(session, "Tea?", "Yes.", reference=reference)
    read(admin, session)


def test_unfinished_and_failed_answers_show_their_status(
    admin: Client, session: ChatSession
) -> None:
    say(session, "One?", "Half of", status=Message.Status.INTERRUPTED)
    failed = {"error_code": 504, "error": "The model's server fell silent"}
    say(session, "Two?", "", status=Message.Status.FAILED, **failed)
    say(session, "Three?", "", status=Message.Status.PENDING)
    page = read(admin, session)
    for text in ("interrupted", "failed", "pending", "504", "The model&#x27;s server fell silent"):
        assert text in page


def test_a_long_conversation_has_pages_and_few_queries(
    admin: Client,
    session: ChatSession,
    world: World,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    file = Attachment.objects.create(owner=world.alice.user, name="tea.txt", size=5, passages=[])
    for number in range(45):
        answer = say(session, f"Question {number:02}?", "Yes.")
        assert answer.question is not None
        answer.question.attachments.add(file)
    with django_assert_max_num_queries(13):
        first = read(admin, session)
    assert first.count("tea.txt") == 20
    assert "Question 19?" in first
    assert "Question 20?" not in first
    assert "Question 44?" in read(admin, session, page="3")
    assert "Question 44?" in read(admin, session, page="99")
    assert "Question 00?" in read(admin, session, page="x")


def test_a_conversation_cannot_be_edited(admin: Client, session: ChatSession) -> None:
    assert admin.get(SESSIONS + "add/").status_code == 403
    page = read(admin, session)
    assert "_save" not in page
    assert "Delete this conversation" in page


def test_an_unknown_conversation_is_not_found(admin: Client, session: ChatSession) -> None:
    for id in ("nonsense", "0" * 32):
        assert admin.get(f"{SESSIONS}{id}/change/").status_code == 404


def test_a_conversation_is_for_admins_with_permission_only(
    world: World, session: ChatSession
) -> None:
    browser = Client()
    address = f"{SESSIONS}{session.pk}/change/"
    assert "/admin/login/" in browser.get(address).headers["Location"]
    browser.force_login(world.bob.user)
    assert "/admin/login/" in browser.get(address).headers["Location"]
    User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
    assert browser.get(address).status_code == 403
