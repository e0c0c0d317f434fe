"""A question, its growing answer, and the chunks that it cites."""

from __future__ import annotations

import asyncio

from playwright.sync_api import FilePayload, Route, expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor
from tests.support.seeded_data import QUESTION, STARTERS

PARTS = ("The capital is **Megalo", " Chorio**. [ID", ":0]\n\n1. One\n2. Two\n")


def test_an_answer_from_the_documents(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    alice.ask(QUESTION)
    alice.wait_until_answered()
    expect(alice.prose).to_contain_text("Megalo Chorio")

    chip = alice.prose.get_by_role("button", name="Source 1").first
    chip.press("Enter")
    expect(alice.source.get_by_role("heading", name="Source 1")).to_be_focused()
    expect(alice.source).to_contain_text("tilos.md")
    expect(alice.source.locator("mark").first).to_contain_text("Megalo Chorio")
    original = alice.source.get_by_role("link", name="tilos.md").get_attribute("href") or ""
    saved = alice.page.request.get(alice.page.evaluate(f"new URL({original!r}, location).href"))
    assert b"Megalo Chorio" in saved.body()
    assert saved.headers["content-disposition"] == 'attachment; filename="tilos.md"'
    alice.page.keyboard.press("Escape")
    expect(alice.source).to_be_hidden()
    expect(chip).to_be_focused()


def test_a_question_sent_before_the_assistants_have_loaded_is_asked(
    alice: BrowserVisitor, scene: Scene
) -> None:
    held: list[Route] = []
    alice.page.route("**/api/v1/chats", lambda route: held.append(route))
    with alice.page.expect_request("**/api/v1/chats"):
        alice.page.goto(f"{alice.address}/?chat={scene.helpdesk}")
    alice.ask(QUESTION)
    question = alice.page.get_by_label("Question", exact=True)
    expect(question).to_have_value(QUESTION)
    held.pop().continue_()
    alice.wait_until_answered()
    expect(alice.prose).to_contain_text("Megalo Chorio")
    expect(question).to_have_value("")


def test_a_starter_is_asked_by_keyboard(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    starters = alice.page.get_by_role("list", name="Questions to begin with")
    expect(starters.get_by_role("button")).to_have_text(STARTERS)
    starters.get_by_role("button").last.press("Enter")
    expect(alice.page.locator(".question p")).to_have_text(STARTERS[-1])
    alice.wait_until_answered()
    expect(alice.prose).to_contain_text("梅加洛霍里奥")
    expect(starters).to_have_count(0)


def test_a_suggestion_is_asked_by_keyboard(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    alice.ask(QUESTION)
    alice.wait_until_answered()
    suggestions = alice.page.get_by_role("list", name="What you could ask next")
    expect(suggestions.get_by_role("button")).to_have_text("介绍一下帝洛斯")
    alice.page.reload()
    suggestions.get_by_role("button").press("Enter")
    expect(alice.page.locator(".question p").last).to_have_text("介绍一下帝洛斯")
    alice.wait_until_answered()
    expect(alice.prose).to_contain_text("梅加洛霍里奥")
    expect(suggestions).to_have_count(0)


def test_an_answer_grows(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    gates = [asyncio.Event() for _ in PARTS]
    model.will_say(*(step for pair in zip(PARTS, gates, strict=True) for step in pair))
    alice.visit(scene.model)
    alice.ask(QUESTION)

    expect(alice.prose.locator("strong")).to_have_text("Megalo")
    expect(alice.answer).to_have_attribute("aria-busy", "true")
    model.open(gates[0])
    expect(alice.prose.locator("strong")).to_have_text("Megalo Chorio")
    assert "[ID" not in alice.prose.inner_text()
    model.open(gates[1])
    expect(alice.prose.get_by_role("listitem")).to_have_text(["One", "Two"])
    model.open(gates[2])
    alice.wait_until_answered()
    expect(alice.page.locator("#announcer")).to_contain_text("The capital is Megalo Chorio.")
    expect(alice.answer.locator(".facts")).to_contain_text("tokens")


def test_an_answer_can_be_stopped_and_tried_again(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.load)
    alice.ask("bench n=20000 rate=50")
    expect(alice.prose).to_contain_text("@")
    alice.button("Stop").click()
    expect(alice.outcome).to_contain_text("You stopped this answer.")

    alice.outcome.get_by_role("button", name="Try again").click()
    expect(alice.page.locator(".turn")).to_have_count(2)
    expect(alice.prose).to_contain_text("@")
    alice.page.keyboard.press("Escape")
    expect(alice.outcome).to_contain_text("You stopped this answer.")


def test_a_failed_answer_can_be_tried_again(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.load)
    alice.ask("hello?")
    expect(alice.outcome).to_contain_text("This engine only understands questions like")
    expect(alice.outcome.get_by_role("button", name="Try again")).to_be_visible()


def test_the_reasoning_is_folded(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    model.will_say({"reasoning_content": "Let me see."}, "Done.")
    alice.visit(scene.model)
    alice.ask("Why?")
    alice.wait_until_answered()
    thoughts = alice.answer.get_by_text("Let me see.")
    expect(thoughts).to_be_hidden()
    alice.answer.get_by_text("How the model thought").click()
    expect(thoughts).to_be_visible()


def test_shift_enter_starts_a_line_and_enter_sends(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    """While an input method composes a word, Enter only picks that word."""
    model.will_say("Two lines.")
    alice.visit(scene.model)
    question = alice.page.get_by_label("Question", exact=True)
    question.press_sequentially("one")
    question.press("Shift+Enter")
    question.press_sequentially("two")
    question.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(question).to_have_value("one\ntwo")
    question.press("Enter")
    expect(question).to_have_value("")
    expect(alice.page.locator(".question p")).to_have_text("one\ntwo")
    alice.wait_until_answered()


def test_a_file_with_the_question(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    model.will_say("It says so. [ID:0]")
    alice.visit(scene.model)
    file: FilePayload = {
        "name": "note.txt",
        "mimeType": "text/plain",
        "buffer": b"The code word is heron.",
    }
    broken: FilePayload = {
        "name": "photo.exe",
        "mimeType": "application/octet-stream",
        "buffer": b"\0\1\2",
    }
    alice.page.locator("#file-picker").set_input_files([file, broken])
    expect(alice.page.locator(".attachment.ready")).to_have_text(["note.txt"])
    failed = alice.page.locator(".attachment.failed")
    expect(failed.get_by_role("alert")).not_to_be_empty()
    failed.get_by_role("button", name="Remove “photo.exe”").click()
    alice.ask("What is the code word?")
    alice.wait_until_answered()
    alice.prose.get_by_role("button", name="Source 1").click()
    expect(alice.source).to_contain_text("The code word is heron.")
    alice.problems.clear()  # the browser notes the refused upload

    alice.page.reload()
    expect(alice.page.locator(".question .files")).to_contain_text("note.txt")
