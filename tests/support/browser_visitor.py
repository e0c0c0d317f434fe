"""A visitor of the playground in a real browser: asks, clicks and reads what the page shows."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

# Messages of the browser itself while the test keeps the server stopped.
SERVER_STOPPED = re.compile(
    r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection to .* failed"
)


def sign_in(page: Page, link: str) -> None:
    """By a login link, and the button on its page."""
    page.goto(link)
    page.locator("main button").click()
    page.wait_for_url(lambda url: "/login/" not in url)


class BrowserVisitor:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        page.on("pageerror", self._collect_error)
        page.on("console", self._collect_message)

    def _collect_error(self, error: Error) -> None:
        self.problems.append(str(error))

    def _collect_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not SERVER_STOPPED.search(message.text):
            self.problems.append(message.text)

    def visit(self, chat_id: str, session_id: str = "") -> None:
        query = f"?chat={chat_id}" + (f"&session={session_id}" if session_id else "")
        self.page.goto(f"{self.address}/{query}")
        expect(self.page.locator("#transcript > *").first).to_be_visible()

    def ask(self, question: str) -> None:
        self.page.get_by_label("Question", exact=True).fill(question)
        self.page.keyboard.press("Enter")

    @property
    def answer(self) -> Locator:
        return self.page.locator(".answer").last

    @property
    def prose(self) -> Locator:
        return self.answer.locator("> .prose")

    @property
    def outcome(self) -> Locator:
        return self.answer.locator(".outcome")

    @property
    def source(self) -> Locator:
        return self.page.get_by_role("complementary", name="Source")

    @property
    def conversations(self) -> Locator:
        return self.page.locator("#sessions li")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def wait_until_answered(self) -> None:
        expect(self.answer).to_have_attribute("aria-busy", "false")
