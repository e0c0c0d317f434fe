"""Takes the README's pictures anew, from the demo library: `python -m docs.make_screenshots`."""

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

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
QUESTIONS = (
    "Who deciphered Linear B?",
    "Why does a moving bicycle stay up?",
)
CHINESE_QUESTION = "怎样用北斗七星找到北极星？"
Scheme = Literal["light", "dark"]


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """The server as a newcomer has it, in a folder of its own; what quickstart says about it."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "manage.py", "quickstart", "--json", "--port", "0"]
        environment = {**os.environ, "RAGWS_DATA_DIR": data, "DATABASE_URL": "", "REDIS_URL": ""}
        with subprocess.Popen(  # noqa: S603 - our own command, in our own words
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout  # noqa: S101 - a pipe was asked for
            try:
                yield json.loads(server.stdout.readline())
            finally:
                server.terminate()


class Photographer:
    def __init__(self, browser: Browser, links: dict[str, str]) -> None:
        self.browser = browser
        self.links = links
        self.state = self._sign_in()

    def _sign_in(self) -> StorageState:
        with self.browser.new_context() as context:
            context.new_page().goto(self.links["login_url"])
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
            conversation = converse(page, *QUESTIONS)
            take(page, "playground-light")
            page.locator(".turn").last.locator(".citation").first.click()
            take(page, "sources")
        with self.page(conversation, scheme="dark") as page:
            answered(page)
            take(page, "playground-dark")
        with self.page(self.links["url"], language="zh-CN", phone=True) as page:
            converse(page, CHINESE_QUESTION)
            take(page, "playground-phone")
        session = conversation.partition("session=")[2]
        with self.page(f"{self.links['admin_url']}chat/chatsession/{session}/change/") as page:
            page.locator(".sources > summary").first.click()
            take(page, "admin-transcript")


def converse(page: Page, *questions: str) -> str:
    """Answers the address of the conversation."""
    for number, question in enumerate(questions, start=1):
        page.locator("#question").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator('.answer[aria-busy="false"]')).to_have_count(number)
    answered(page)
    return page.url


def answered(page: Page) -> None:
    expect(page.locator("#sessions .current")).to_be_visible(visible=page.viewport_size == DESKTOP)
    expect(page.locator(".facts").last).to_be_visible()


def take(page: Page, name: str) -> None:
    # A caret that blinks makes every picture a new one.
    page.screenshot(path=PICTURES / f"{name}.png", caret="hide", animations="disabled")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with demo() as links, chromium() as browser:
        Photographer(browser, links).take_all()


if __name__ == "__main__":
    main()
