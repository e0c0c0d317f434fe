"""Long questions, code, tasks and formulas; the search in the list, and a saved conversation."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor

LONG = "\n".join(f"Line {number} of a long question." for number in range(40))
RICH = """```py
if x == 12:  # why
    return "no"
```

- [x] bought
- [ ] read

So $a_1 * b_2$ and \\(x_i\\), for $5 and $6.
"""


def test_a_long_question_is_folded(alice: BrowserVisitor, scene: Scene, model: Model) -> None:
    model.will_say("Yes.")
    alice.visit(scene.model)
    alice.ask(LONG)
    alice.wait_until_answered()
    question = alice.page.locator(".question p")
    folded = question.bounding_box()
    alice.button("Show all").press("Enter")
    whole = question.bounding_box()
    assert folded
    assert whole
    assert whole["height"] > 3 * folded["height"]
    expect(alice.button("Show less")).to_have_attribute("aria-expanded", "true")
    alice.button("Show less").click()
    assert question.bounding_box() == folded


def test_code_has_colours_tasks_have_boxes_formulas_stay_as_written(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    model.will_say(*(RICH[at : at + 5] for at in range(0, len(RICH), 5)))
    alice.visit(scene.model)
    alice.ask("Show me")
    alice.wait_until_answered()
    expect(alice.prose.locator("figcaption")).to_contain_text("py")
    for kind, texts in {
        "keyword": ["if", "return"],
        "number": ["12"],
        "comment": ["# why"],
        "string": ['"no"'],
    }.items():
        expect(alice.prose.locator(f".code-{kind}")).to_have_text(texts)
    expect(alice.prose.get_by_role("checkbox", name="Done")).to_be_checked()
    expect(alice.prose.get_by_role("checkbox", name="To do")).not_to_be_checked()
    expect(alice.prose.locator(".formula")).to_have_text(["a_1 * b_2", "x_i"])
    expect(alice.prose).to_contain_text("for $5 and $6.")


def test_conversations_are_searched_by_name(
    alice: BrowserVisitor, scene: Scene, model: Model
) -> None:
    for question in ("What are zebras?", "斑马是什么？"):
        model.will_say("Animals.")
        alice.visit(scene.model)
        alice.ask(question)
        alice.wait_until_answered()
    search = alice.page.get_by_role("searchbox", name="Search conversations")
    search.fill("ZEBRA")
    expect(alice.conversations).to_have_text(["What are zebras?"])
    expect(alice.page.locator("#title")).to_have_text("斑马是什么？")
    search.fill("nothing like it")
    expect(alice.page.get_by_text("No conversation of this name.")).to_be_visible()
    search.fill("")
    expect(alice.conversations.filter(has_text="斑马是什么？")).to_have_count(1)


def test_a_conversation_is_saved_as_markdown(
    alice: BrowserVisitor, scene: Scene, model: Model, tmp_path: Path
) -> None:
    model.will_say("It is **Megalo Chorio**. [ID:0]")
    alice.visit(scene.model)
    save = alice.button("Save as Markdown")
    expect(save).to_be_hidden()
    alice.ask("What is the capital of Tilos?")
    alice.wait_until_answered()
    with alice.page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "What is the capital of Tilos.md"
    download.value.save_as(tmp_path / "saved.md")
    saved = (tmp_path / "saved.md").read_text()
    assert saved.startswith(
        "# What is the capital of Tilos?\n\n## What is the capital of Tilos?\n\n"
        "It is **Megalo Chorio**. [1]\n\nSources:\n\n- [1] tilos.md, "
    )
