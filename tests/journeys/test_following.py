"""Two tabs and two devices on the same conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser import DESKTOP
from tests.support.browser_visitor import BrowserVisitor
from tests.support.server import Server


@pytest.fixture
def phone(browser: Browser, server: Server, cookies: StorageState) -> Iterator[BrowserVisitor]:
    """Alice's second device."""
    with browser.new_context(storage_state=cookies, locale="en", viewport=DESKTOP) as context:
        visitor = BrowserVisitor(context.new_page(), server.http)
        yield visitor
        assert visitor.problems == []


def follow(visitor: BrowserVisitor, chat_id: str, session_id: str) -> None:
    """Opens the session; returns when the server says that it is followed."""
    with visitor.page.expect_websocket() as opened:
        visitor.page.goto(f"{visitor.address}/?chat={chat_id}&session={session_id}")
    opened.value.wait_for_event(
        "framereceived", lambda frame: '"following"' in str(frame) and session_id in str(frame)
    )
    expect(visitor.page.locator(".turn").first).to_be_visible()


def begin(alice: BrowserVisitor, chat_id: str, question: str) -> str:
    alice.visit(chat_id)
    alice.ask(question)
    alice.wait_until_answered()
    alice.page.wait_for_url("**session=*")
    return alice.page.url.partition("session=")[2]


def test_another_device_shows_questions_and_answers_as_they_come(
    alice: BrowserVisitor, phone: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say("At first.")
    session = begin(alice, scene.model, "What was first?")
    follow(phone, scene.model, session)
    gate = asyncio.Event()
    model.will_say("Half of it", gate, " and the rest.")
    alice.ask("What came then?")
    expect(phone.prose).to_have_text("Half of it")
    expect(phone.page.locator(".turn")).to_have_count(2)
    expect(phone.page.locator(".turn").last).to_contain_text("What came then?")
    expect(phone.button("Stop")).to_be_visible()
    model.open(gate)
    phone.wait_until_answered()
    expect(phone.prose).to_have_text("Half of it and the rest.")

    model.will_say("In other words.")
    phone.answer.get_by_role("button", name="Answer again").click()
    expect(alice.prose).to_have_text("In other words.")
    expect(alice.page.locator(".turn")).to_have_count(2)
    expect(phone.page.locator(".turn").last.locator(".answer")).to_have_count(2)
    expect(alice.page.locator(".turn").last.locator(".answer")).to_have_count(2)


def test_the_list_of_conversations_is_the_same_in_every_tab(
    alice: BrowserVisitor, scene: Scene
) -> None:
    alice.visit(scene.load)
    other = BrowserVisitor(alice.page.context.new_page(), alice.address)
    session = begin(other, scene.load, "bench n=3 in another tab")
    link = alice.page.locator(f'#sessions a[href*="{session}"]')
    expect(link).to_have_text("bench n=3 in another tab")
    row = other.page.locator("#sessions li.current")
    row.hover()
    row.get_by_role("button", name="Rename").click()
    row.get_by_role("textbox").fill("Renamed there")
    other.page.keyboard.press("Enter")
    expect(link).to_have_text("Renamed there")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    other.button("Delete").click()
    expect(link).to_have_count(0)
    assert other.problems == []
