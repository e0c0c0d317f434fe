"""Uploading documents in the admin."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser_visitor import BrowserVisitor


def notes(count: int) -> list[FilePayload]:
    return [
        {"name": f"笔记 {at}.txt", "mimeType": "text/plain", "buffer": b"Tea is hot. %d" % at}
        for at in range(count)
    ]


def choose_notes(visitor: BrowserVisitor, count: int) -> Page:
    """The upload page of a new knowledge base, with so many files chosen."""
    page = visitor.page
    page.goto(f"{visitor.address}/admin/knowledge/knowledgebase/add/")
    page.get_by_label("Name").fill(f"{count} notes")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Files").set_input_files(notes(count))
    return page


def test_more_files_than_a_request_takes_are_sent_in_several(alice: BrowserVisitor) -> None:
    page = choose_notes(alice, 130)
    page.get_by_role("button", name="Upload").click()
    rows = page.locator(".uploaded tbody tr")
    expect(rows).to_have_count(130)
    expect(page.get_by_role("link", name="笔记 129.txt")).to_be_visible()
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()


def test_what_breaks_off_is_said(alice: BrowserVisitor) -> None:
    page = choose_notes(alice, 101)
    page.route("**/upload/", lambda route: route.abort())
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_contain_text("Sending broke off.")
    alice.problems.clear()  # the browser notes the request that failed
