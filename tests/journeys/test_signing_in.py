"""Signing in: by the one-time link that quickstart prints, or by the login page."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Scene
from tests.support.browser_visitor import sign_in
from tests.support.server import Server


def test_a_link_signs_in_once(browser: Browser, server: Server, scene: Scene) -> None:
    link = f"{server.http}/login/{scene.links.pop()}"
    with browser.new_context(locale="en") as context:
        page = context.new_page()
        sign_in(page, link)
        expect(page.get_by_text("Hi! What would you like to know?")).to_be_visible()
        expect(page.get_by_text("alice")).to_be_visible()

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        page.goto(link)
        page.goto(server.http)
        expect(page.get_by_label("Password")).to_be_visible()


def test_a_page_that_outlives_its_login(browser: Browser, server: Server, scene: Scene) -> None:
    with browser.new_context(locale="en") as context:
        page = context.new_page()
        sign_in(page, f"{server.http}/login/{scene.links.pop()}")
        expect(page.locator(".greeting")).to_be_visible()
        context.clear_cookies()
        context.set_offline(True)
        expect(page.get_by_text("Reconnecting…")).to_be_visible()
        context.set_offline(False)
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_label("Password")).to_be_visible()


def test_without_a_login_the_login_page_is_shown(browser: Browser, server: Server) -> None:
    with browser.new_context(locale="en") as context:
        page = context.new_page()
        page.goto(server.http)
        expect(page.get_by_label("Password")).to_be_visible()
