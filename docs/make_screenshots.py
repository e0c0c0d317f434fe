"""Makes the README's screenshots from the demo documents: `python -m docs.make_screenshots`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, StorageState, expect

from tests.support.browser import DESKTOP, PHONE, chromium
from tests.support.browser_visitor import sign_in

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "docs" / "screenshots"
QUESTIONS = (
    "Who deciphered Linear B?",
    "Why does a moving bicycle stay up?",
)
CHINESE_QUESTION = "怎样用北斗七星找到北极星？"
Scheme = Literal["light", "dark"]


@contextmanager
def demo_server() -> Iterator[dict[str, str]]:
    """Runs quickstart with its defaults in a temporary folder, and gives what it printed."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "manage.py", "quickstart", "--json", "--port", "0"]
        environment = {**os.environ, "RAGWS_DATA_DIR": data, "DATABASE_URL": "", "REDIS_URL": ""}
        with subprocess.Popen(  # noqa: S603 - a constant command
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout  # noqa: S101 - stdout is a pipe
            try:
                yield json.loads(server.stdout.readline())
            finally:
                server.terminate()


class ScreenshotMaker:
    def __init__(self, browser: Browser, links: dict[str, str]) -> None:
        self.browser = browser
        self.links = links
        self.state = self._sign_in()

    def _sign_in(self) -> StorageState:
        with self.browser.new_context() as context:
            sign_in(context.new_page(), self.links["login_url"])
            return context.storage_state()

    @contextmanager
    def page(
        self, address: str, scheme: Scheme = "light", language: str = "en", phone: bool = False
    ) -> Iterator[Page]:
        with self.browser.new_context(
            storage_state=self.state,
            locale=language,
            color_scheme=scheme,
            viewport=PHONE if phone else DESKTOP,
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            reduced_motion="reduce",
        ) as context:
            page = context.new_page()
            page.goto(address)
            yield page

    def take_all(self) -> None:
        with self.page(self.links["url"]) as page:
            session_address = ask_questions(page, *QUESTIONS)
            save_screenshot(page, "playground-light")
            page.locator(".turn").last.locator(".citation").first.click()
            save_screenshot(page, "sources")
        with self.page(session_address, scheme="dark") as page:
            wait_until_answered(page)
            save_screenshot(page, "playground-dark")
        with self.page(self.links["url"], language="zh-CN", phone=True) as page:
            ask_questions(page, CHINESE_QUESTION)
            save_screenshot(page, "playground-phone")
        session_id = session_address.partition("session=")[2]
        with self.page(f"{self.links['admin_url']}chat/chatsession/{session_id}/change/") as page:
            page.locator(".sources > summary").first.click()
            save_screenshot(page, "admin-transcript")


def ask_questions(page: Page, *questions: str) -> str:
    """Asks one after the other in a new session, and returns the session's address."""
    # The page takes questions as soon as it has loaded the assistants.
    expect(page.locator("#transcript > *").first).to_be_visible()
    for number, question in enumerate(questions, start=1):
        page.locator("#question").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator('.answer[aria-busy="false"]')).to_have_count(number)
    wait_until_answered(page)
    return page.url


def wait_until_answered(page: Page) -> None:
    expect(page.locator("#sessions .current")).to_be_visible(visible=page.viewport_size == DESKTOP)
    expect(page.locator(".facts").last).to_be_visible()


def save_screenshot(page: Page, name: str) -> None:
    # Without the blinking caret, so that an unchanged page gives an unchanged file.
    page.screenshot(path=SCREENSHOTS / f"{name}.png", caret="hide", animations="disabled")


def main() -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    with demo_server() as links, chromium() as browser:
        ScreenshotMaker(browser, links).take_all()


if __name__ == "__main__":
    main()
