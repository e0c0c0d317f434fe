"""WCAG 2.2 AA on every page, in both languages, wide and narrow, its colours light and dark; and
nothing is cut, too narrow to use, or wider than its window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests.journeys.conftest import Model, Scene
from tests.support.axe import (
    ALL_BUT_COLOURS,
    COLOURS,
    EVERYTHING,
    SIZES,
    SIZES_AND_CONTRAST,
    prepare,
    require_axe,
    violations,
)
from tests.support.browser import PHONE
from tests.support.browser_visitor import BrowserVisitor
from tests.support.layout import misfits
from tests.support.seeded_data import LONG_NAME, QUESTION
from tests.support.server import Server

WIDE: ViewportSize = {"width": 1280, "height": 900}


class Variant(NamedTuple):
    viewport: ViewportSize
    theme: Literal["light", "dark"]
    rules: dict[str, object]


# By language. Only what depends on a theme, a width or a language is checked again for it.
VARIANTS = {
    "en": (
        Variant(WIDE, "light", EVERYTHING),
        Variant(WIDE, "dark", COLOURS),
        Variant(PHONE, "light", SIZES_AND_CONTRAST),
        Variant(PHONE, "dark", COLOURS),
    ),
    "zh-CN": (Variant(WIDE, "light", ALL_BUT_COLOURS), Variant(PHONE, "light", SIZES)),
}
# It is the same on every page that has it, and is checked on one of them.
SIDEBAR, CHECKED_WITH_SIDEBAR = "#nav-sidebar", "/admin/password_change/"
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
# What a page of the admin leads to: lists, forms, and the pages that hang on a row.
LINKED = (
    "#content-main .module:not(#changelist) th a",
    "#content-main .addlink",
    ".object-tools a[href^='/admin/']",
)
# Django's own pages, which are the same for all models.
SHARED = ("history/", "delete/")
LINKS = "links => links.map(link => new URL(link.href).pathname)"
STRANGERS = ["/login/", "/admin/login/", "/login/" + "x" * 43, "/nothing"]


@pytest.fixture(params=VARIANTS)
def page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, cookies: StorageState
) -> Iterator[Page]:
    require_axe()
    language = str(request.param)
    with browser.new_context(
        storage_state=cookies, locale=language, viewport=WIDE, base_url=server.http, bypass_csp=True
    ) as context:
        yield context.new_page()


def failures(page: Page, only: ViewportSize | None = None) -> list[str]:
    """Looks at the page that is open in all widths and themes, without loading it again."""
    prepare(page)
    is_known = page.locator(SIDEBAR).count() and not page.url.endswith(CHECKED_WITH_SIDEBAR)
    exclude = SIDEBAR if is_known else ""
    found = []
    for viewport, theme, rules in VARIANTS[page.evaluate("navigator.language")]:
        if only and viewport != only:
            continue
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=theme)
        lines = violations(page, rules, exclude)
        if theme == "light":
            lines += misfits(page)
        found += [f"{page.url} {viewport['width']} {theme}: {line}" for line in lines]
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
    return addresses


def rows(page: Page) -> list[str]:
    """The first of a list with a long name, or else the first."""
    row = page.locator("#result_list tbody tr")
    long = row.filter(has_text=LONG_NAME[:20])
    chosen = long if long.count() else row
    return chosen.first.locator("th a").evaluate_all(LINKS) if row.count() else []


def new_pages(page: Page, seen: list[str]) -> list[str]:
    """What the page that is open leads to; of the pages that all models share, those of one."""
    known = {part for part in SHARED for address in seen if address.endswith(part)}
    found = [address for selector in LINKED for address in linked(page, selector)] + rows(page)
    found += linked(page, "a.deletelink")
    return [
        address
        for address in dict.fromkeys(found)
        if address.startswith("/admin/")
        and address not in seen
        and not any(address.endswith(part) for part in known)
    ]


def test_every_page_of_the_admin_is_accessible(page: Page, scene: Scene, model: Model) -> None:
    talk(page, scene, model)
    addresses = ["/admin/", "/admin/chat/", CHECKED_WITH_SIDEBAR]
    found = []
    # It grows while it is walked through.
    for address in addresses:
        found += failures_of(page, [address])
        addresses += new_pages(page, addresses)
    assert not found, "\n".join(found)
    lists = [
        address for address in addresses if address.count("/") == 4 and "password" not in address
    ]
    assert len([address for address in addresses if address.endswith("/change/")]) == len(lists)


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
    found += failures(page, PHONE)
    assert not found, "\n".join(found)


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
