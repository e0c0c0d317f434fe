"""The server is killed in mid-answer and restarted: the page reconnects by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Scene
from tests.support.browser import DESKTOP
from tests.support.browser_visitor import BrowserVisitor, sign_in
from tests.support.server import Server, running

RETRY_MS = 40_000


@pytest.fixture
def own_server(data: Path, scene: Scene) -> Iterator[Server]:
    with running(data) as server:
        yield server


@pytest.fixture
def alice(browser: Browser, own_server: Server, scene: Scene) -> Iterator[BrowserVisitor]:
    """Alice on a server of this test, whose copy of the links is unused."""
    with browser.new_context(locale="en", viewport=DESKTOP) as context:
        visitor = BrowserVisitor(context.new_page(), own_server.http)
        sign_in(visitor.page, f"{own_server.http}/login/{scene.links[0]}")
        yield visitor
        assert visitor.problems == []


def test_the_page_resumes_after_the_server_is_killed(
    alice: BrowserVisitor, own_server: Server, scene: Scene
) -> None:
    alice.visit(scene.load)
    alice.ask("bench n=20000 rate=50")
    expect(alice.prose).to_have_text(re.compile(r"(@\d+ ){100}"))
    shown = alice.prose.inner_text()
    own_server.kill()
    expect(alice.page.get_by_text("Reconnecting…")).to_be_visible()
    expect(alice.prose).to_contain_text(shown)

    own_server.start()
    expect(alice.outcome).to_contain_text("Interrupted", timeout=RETRY_MS)
    expect(alice.page.get_by_text("Reconnecting…")).to_be_hidden()
    kept = alice.prose.inner_text().strip()
    assert kept.startswith("@")
    assert kept in shown or shown in kept

    alice.page.reload()
    expect(alice.outcome).to_contain_text("Interrupted")
    expect(alice.prose).to_contain_text(kept)
    alice.outcome.get_by_role("button", name="Try again").click()
    expect(alice.page.locator(".question p")).to_have_text(["bench n=20000 rate=50"] * 2)
    expect(alice.prose).to_contain_text("@")
    alice.page.keyboard.press("Escape")
    expect(alice.outcome).to_contain_text("You stopped this answer.")


def test_a_question_asked_while_the_server_is_away(
    alice: BrowserVisitor, own_server: Server, scene: Scene
) -> None:
    alice.visit(scene.load)
    # The kill would cut requests that are still loading.
    alice.page.wait_for_load_state("networkidle")
    own_server.kill()
    expect(alice.page.get_by_text("Reconnecting…")).to_be_visible()
    alice.ask("bench n=3")
    expect(alice.answer).to_contain_text("Asking…")
    own_server.start()
    expect(alice.prose).to_contain_text("the quick brown", timeout=RETRY_MS)
    expect(alice.page.locator(".turn")).to_have_count(1)
