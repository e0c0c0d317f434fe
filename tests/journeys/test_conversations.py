"""The list of conversations: continue an old one, rename it, delete it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Scene
from tests.support.browser_visitor import BrowserVisitor
from tests.support.server import ROOT, Server, environment

LONG_SESSION = """
import django, sys; django.setup()
from datetime import timedelta
from django.utils import timezone
from chat.models import ChatSession, Dialog, Message
dialog = Dialog.objects.get(pk=sys.argv[1])
session = ChatSession.objects.create(dialog=dialog, user=dialog.owner, name="Long")
for number in range(130):
    at = timezone.now() + timedelta(seconds=number - 200)
    asked = Message.objects.create(
        session=session, role="user", content=f"Question {number}?", created_at=at
    )
    Message.objects.create(
        session=session, role="assistant", content=f"Answer {number}.", question=asked,
        created_at=at + timedelta(microseconds=1),
    )
print(session.pk.hex)
"""


def begin(alice: BrowserVisitor, scene: Scene, question: str) -> str:
    """Asks in a new conversation; returns its id, read from the page's address."""
    alice.visit(scene.load)
    alice.ask(question)
    alice.wait_until_answered()
    expect(alice.page).to_have_url(re.compile("session=[0-9a-f]{32}"))
    return alice.page.url.partition("session=")[2]


def test_an_old_conversation_can_be_continued(alice: BrowserVisitor, scene: Scene) -> None:
    session = begin(alice, scene, "bench n=3")
    current = alice.page.locator('[aria-current="page"]')
    expect(current).to_have_text("bench n=3")

    alice.button("New conversation").click()
    expect(alice.page.locator(".turn")).to_have_count(0)
    alice.page.go_back()
    expect(alice.prose).to_have_text(re.compile("the quick brown"))
    alice.ask("bench n=2")
    alice.wait_until_answered()
    assert session in alice.page.url
    alice.page.reload()
    expect(alice.page.locator(".turn")).to_have_count(2)


def test_an_answer_goes_on_while_another_conversation_is_open(
    alice: BrowserVisitor, scene: Scene
) -> None:
    alice.visit(scene.load)
    alice.ask("bench n=20000 rate=60")
    expect(alice.prose).to_contain_text("@")
    running = alice.page.url
    alice.button("New conversation").click()
    expect(alice.button("Send")).to_be_visible()

    alice.page.goto(running)
    expect(alice.prose).to_contain_text("@")
    alice.button("Stop").click()
    expect(alice.outcome).to_contain_text("You stopped this answer.")


def test_a_name_being_typed_survives_a_reload_of_the_list(
    alice: BrowserVisitor, scene: Scene
) -> None:
    begin(alice, scene, "bench n=4")
    row = alice.conversations.first
    row.hover()
    row.get_by_role("button", name="Rename").click()
    row.get_by_role("textbox").fill("Typed meanwhile")
    with alice.page.expect_response(lambda response: "/sessions?" in response.url):
        alice.ask("bench n=2")
    expect(alice.conversations.first).to_have_text("Typed meanwhile")
    alice.wait_until_answered()
    expect(alice.conversations.first).to_have_text("Typed meanwhile")


def test_a_conversation_can_be_renamed(alice: BrowserVisitor, scene: Scene) -> None:
    begin(alice, scene, "bench n=4")
    row = alice.conversations.first
    row.hover()
    row.get_by_role("button", name="Rename").click()
    row.get_by_role("textbox").fill("A better name")
    alice.page.keyboard.press("Enter")
    expect(alice.conversations.first).to_have_text("A better name")
    expect(alice.page.get_by_role("heading", name="A better name")).to_be_visible()
    alice.page.reload()
    expect(alice.conversations.first).to_have_text("A better name")


def test_a_conversation_can_be_deleted(alice: BrowserVisitor, scene: Scene) -> None:
    session = begin(alice, scene, "bench n=5")
    row = alice.page.locator("#sessions li.current")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    alice.button("Cancel").click()
    expect(row).to_be_visible()
    row.hover()
    row.get_by_role("button", name="Delete").click()
    expect(alice.page.get_by_role("dialog")).to_contain_text("bench n=5")
    alice.button("Delete").click()
    expect(alice.page.locator(f'a[href*="{session}"]')).to_have_count(0)
    expect(alice.page.locator(".greeting")).to_be_visible()

    alice.visit(scene.load, session)
    expect(alice.page.get_by_role("alert").first).not_to_be_empty()
    alice.problems.clear()  # the browser notes the 404


@pytest.fixture
def long_session(scene: Scene, server: Server) -> str:
    """The id of a conversation of 130 questions, with more messages than are read at once."""
    command = [sys.executable, "-c", LONG_SESSION, scene.helpdesk]
    made = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(server.data),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return made.stdout.strip()


def show_older(alice: BrowserVisitor) -> None:
    alice.page.locator("#transcript").get_by_role("button", name="Show older ones").click()


def test_older_messages_of_a_long_conversation_are_shown_page_by_page(
    alice: BrowserVisitor, scene: Scene, long_session: str
) -> None:
    alice.visit(scene.helpdesk, long_session)
    turns = alice.page.locator(".turn")
    expect(turns).to_have_count(100)
    expect(turns.first).to_contain_text("Question 30?")
    show_older(alice)
    expect(turns).to_have_count(130)
    expect(turns.first).to_contain_text("Question 0?")
    expect(turns.first).to_contain_text("Answer 0.")
    expect(turns.last).to_contain_text("Answer 129.")
    expect(alice.page.locator("#transcript .older")).to_have_count(0)


def test_older_messages_are_shown_once_and_all_of_them_after_something_was_asked(
    alice: BrowserVisitor, scene: Scene, long_session: str
) -> None:
    alice.visit(scene.helpdesk, long_session)
    turns = alice.page.locator(".turn")
    expect(turns).to_have_count(100)
    alice.ask("Where is Tilos?")
    alice.wait_until_answered()
    expect(turns).to_have_count(101)
    show_older(alice)
    expect(turns).to_have_count(131)
    expect(alice.page.locator("#transcript .older")).to_have_count(0)

    alice.page.reload()
    expect(turns).to_have_count(100)
    # Of 131 questions, the first 41 are left with the edited one.
    edited = turns.filter(has_text="Question 40?")
    edited.get_by_role("button", name="Edit the question").click()
    field = alice.page.get_by_role("textbox", name="Edit the question")
    field.fill("How do I get there?")
    field.press("Enter")
    alice.wait_until_answered()
    expect(turns.last).to_contain_text("How do I get there?")
    show_older(alice)
    expect(turns).to_have_count(41)
    expect(turns.first).to_contain_text("Question 0?")
    expect(turns.nth(39)).to_contain_text("Question 39?")
    expect(alice.page.locator("#transcript .older")).to_have_count(0)
