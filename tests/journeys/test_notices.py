"""Notices of the operator, in every tab and to everyone."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Scene
from tests.journeys.test_following import begin, follow
from tests.support.browser import DESKTOP
from tests.support.browser_visitor import BrowserVisitor, sign_in
from tests.support.server import Server


@pytest.fixture
def bob(browser: Browser, server: Server, scene: Scene) -> Iterator[BrowserVisitor]:
    """Somebody else, who has no dialog and so no conversation."""
    with browser.new_context(locale="en", viewport=DESKTOP) as context:
        visitor = BrowserVisitor(context.new_page(), server.http)
        sign_in(visitor.page, f"{server.http}/login/{scene.bobs_link}")
        yield visitor
        assert visitor.problems == []


def hear_notices(visitor: BrowserVisitor, address: str) -> None:
    """Opens the page; returns when the server says that it is sent notices."""
    with visitor.page.expect_websocket() as opened:
        visitor.page.goto(address)
    opened.value.wait_for_event("framereceived", lambda frame: '"notices"' in str(frame))


def send(page: Page, address: str, session: str, notice: str, action: str) -> None:
    """By the admin's action on the list of conversations."""
    page.goto(f"{address}/admin/chat/chatsession/")
    page.locator(f'.action-select[value="{UUID(session)}"]').check()
    page.get_by_label("Action:").select_option(action)
    page.get_by_label("Notice:").fill(notice)
    page.locator(".actions [name=index]").click()


def test_notices_appear_in_every_tab_that_they_are_for(
    alice: BrowserVisitor, bob: BrowserVisitor, scene: Scene
) -> None:
    session = begin(alice, scene.load, "bench n=3 for notices")
    other = BrowserVisitor(alice.page.context.new_page(), alice.address)
    admin = alice.page.context.new_page()
    hear_notices(bob, f"{bob.address}/")
    follow(other, scene.load, session)
    follow(alice, scene.load, session)

    send(admin, alice.address, session, "Your export is ready", "send_notice")
    expect(admin.locator(".messagelist")).to_contain_text("The notice was sent to 2 connections.")
    for visitor in (alice, other):
        expect(visitor.page.locator("#notice")).to_contain_text("Your export is ready")

    send(admin, alice.address, session, "Back in <b>five</b> minutes", "send_notice_to_everyone")
    expect(admin.locator(".messagelist")).to_contain_text("The notice was sent to 3 connections.")
    for visitor in (alice, other, bob):
        expect(visitor.page.locator("#notice p")).to_have_text("Back in <b>five</b> minutes")
    bob.button("Dismiss").click()
    expect(bob.page.locator("#notice")).to_be_empty()
    assert other.problems == []
