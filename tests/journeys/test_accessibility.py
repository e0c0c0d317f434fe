"""WCAG 2.2 AA on every page, both languages, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests.journeys.conftest import Model, Scene
from tests.support.axe import COLOURS, EVERYTHING, prepare, require_axe, violations
from tests.support.browser import PHONE
from tests.support.browser_visitor import BrowserVisitor
from tests.support.seeded_data import QUESTION
from tests.support.server import Server

WIDE: ViewportSize = {"width": 1280, "height": 900}
# The other theme has other colours, and is the same page for the rest.
THEMES: list[tuple[Literal["light", "dark"], dict[str, object]]] = [
    ("light", EVERYTHING),
    ("dark", COLOURS),
]
LANGUAGES = ["en", "zh-CN"]
RICH = """It is so. [ID:0]

## A heading

| a | b |
|-|-|
| 1 | [a link](https://example.com) |

- [x] done
- [ ] open

```python
def f(x):  # a comment
    return "text", 1
```"""
# The first row of a list; the pages that hang on a row; and those that all models share.
ROW = "#result_list tbody tr:first-child a[href*='/change/']"
TOOLS = ".object-tools a[href^='/admin/']:not(.historylink)"
SHARED = ".historylink, a.deletelink"
LINKS = "links => links.map(link => new URL(link.href).pathname)"
STRANGERS = ["/login/", "/admin/login/", "/login/" + "x" * 43, "/nothing"]


@pytest.fixture(params=LANGUAGES)
def page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, cookies: StorageState
) -> Iterator[Page]:
    require_axe()
    language = str(request.param)
    with browser.new_context(
        storage_state=cookies, locale=language, viewport=WIDE, base_url=server.http, bypass_csp=True
    ) as context:
        yield context.new_page()


def failures(page: Page, viewports: tuple[ViewportSize, ...] = (WIDE, PHONE)) -> list[str]:
    """Looks at the page that is open in all widths and themes, without loading it again."""
    prepare(page)
    found = []
    for viewport in viewports:
        page.set_viewport_size(viewport)
        for theme, rules in THEMES:
            page.emulate_media(color_scheme=theme)
            where = f"{page.url} {viewport['width']} {theme}: "
            found += [where + line for line in violations(page, rules)]
    page.set_viewport_size(WIDE)
    return found


def failures_of(page: Page, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        page.goto(address)
        found += failures(page)
    return found


def linked(page: Page, selector: str) -> list[str]:
    addresses: list[str] = page.locator(selector).evaluate_all(LINKS)
    return list(dict.fromkeys(addresses))


def admin_pages(page: Page) -> list[str]:
    """The index, the list of each model, its forms, and the pages that these lead to."""
    page.goto("/admin/")
    models = linked(page, "#content-main .module th a")
    pages = ["/admin/", "/admin/chat/", *models, *linked(page, "#content-main .addlink")]
    for model in models:
        page.goto(model)
        rows = linked(page, ROW)
        assert rows, f"{model} has no row to look at"
        page.goto(rows[0])
        pages += [rows[0], *linked(page, TOOLS)]
    return [*dict.fromkeys(pages), *linked(page, SHARED), "/admin/password_change/"]


def test_every_page_of_the_admin_is_accessible(page: Page, scene: Scene, model: Model) -> None:
    talk(page, scene, model)
    assert failures_of(page, admin_pages(page)) == []


def test_every_page_for_strangers_is_accessible(page: Page, scene: Scene) -> None:
    page.context.clear_cookies()
    assert failures_of(page, [*STRANGERS, f"/login/{scene.links[-1]}"]) == []


def test_the_playground_is_accessible(page: Page, scene: Scene, model: Model) -> None:
    page.goto(f"/?chat={scene.helpdesk}")
    expect(page.locator("#transcript > *").first).to_be_visible()
    found = failures(page)
    visitor = talk(page, scene, model)
    found += failures(page)
    edit(page, "?")
    visitor.prose.locator("button").first.click()
    expect(page.locator("aside")).to_be_visible()
    found += failures(page)
    page.set_viewport_size(PHONE)
    page.reload()
    page.locator("#open-sidebar").click()
    expect(page.locator("#new-session")).to_be_visible()
    found += failures(page, (PHONE,))
    assert found == []


def talk(page: Page, scene: Scene, model: Model) -> BrowserVisitor:
    """A conversation with all that an answer can show, to an edited question."""
    model.will_say("So it is.")
    visitor = BrowserVisitor(page, "")
    visitor.visit(scene.model)
    page.locator("#question").fill(QUESTION)
    page.keyboard.press("Enter")
    visitor.wait_until_answered()
    model.will_say(RICH)
    edit(page, f"{QUESTION} Please.")
    page.keyboard.press("Enter")
    expect(page.locator(".versions")).to_be_visible()
    visitor.wait_until_answered()
    return visitor


def edit(page: Page, question: str) -> None:
    page.locator(".question-tools button").first.click()
    page.locator(".question textarea").fill(question)
