"""Languages, light and dark themes, and a phone's screen."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, StorageState, expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser import PHONE
from tests.support.browser_visitor import BrowserVisitor
from tests.support.seeded_data import QUESTION
from tests.support.server import Server

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
LUMINANCE = f"{BACKGROUND}.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def is_dark(page: Page) -> bool:
    return int(page.evaluate(LUMINANCE)) < 384


def test_the_language_can_be_switched(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    model.will_say("好的。")
    alice.visit(scene.model)
    alice.button("简体中文").click()
    expect(alice.page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(alice.button("新会话")).to_be_visible()
    alice.page.get_by_label("问题", exact=True).fill("你好")
    alice.page.keyboard.press("Enter")
    alice.wait_until_answered()
    expect(alice.answer.get_by_role("button", name="复制")).to_be_visible()
    alice.button("English").click()
    expect(alice.button("New conversation")).to_be_visible()


def test_the_theme_can_be_switched_and_is_remembered(alice: BrowserVisitor, scene: Scene) -> None:
    alice.page.emulate_media(color_scheme="light")
    alice.visit(scene.load)
    assert not is_dark(alice.page)
    alice.page.get_by_role("radio", name="Dark").check(force=True)
    assert is_dark(alice.page)
    alice.page.reload()
    assert is_dark(alice.page)
    alice.page.get_by_role("radio", name="As the system").check(force=True)
    assert not is_dark(alice.page)
    alice.page.emulate_media(color_scheme="dark")
    assert is_dark(alice.page)


def test_the_page_fits_a_phone(
    browser: Browser, server: Server, cookies: StorageState, scene: Scene, model: Model
) -> None:
    table = "| a | b | c | d | e |\n|-|-|-|-|-|\n" + "| " + "word " * 9 + "|" * 5
    model.will_say(f"It is so. [ID:0]\n\n{table}\n\n```\n{'long ' * 60}\n```")
    with browser.new_context(
        storage_state=cookies, locale="en", viewport=PHONE, has_touch=True, is_mobile=True
    ) as context:
        alice = BrowserVisitor(context.new_page(), server.http)
        alice.visit(scene.model)
        alice.ask(QUESTION)
        alice.wait_until_answered()
        assert alice.page.evaluate(OVERFLOW) == 0

        expect(alice.button("New conversation")).to_be_hidden()
        alice.button("Conversations").tap()
        expect(alice.button("New conversation")).to_be_visible()
        alice.page.keyboard.press("Escape")
        expect(alice.button("Conversations")).to_be_focused()

        alice.prose.get_by_role("button", name="Source 1").tap()
        expect(alice.source).to_be_visible()
        box = alice.source.bounding_box()
        assert box
        assert box["width"] == PHONE["width"]
        assert box["height"] <= 0.75 * PHONE["height"]
        assert alice.page.evaluate(OVERFLOW) == 0
        alice.source.get_by_role("button", name="Close").tap()
        expect(alice.source).to_be_hidden()
        assert alice.problems == []
