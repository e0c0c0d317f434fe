"""axe-core, which tests put into a page to hold it against WCAG 2.2 AA."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.support.requirements import require

AXE = Path(__file__).parent.parent / "contract/clients/node_modules/axe-core/axe.min.js"
# Serious or critical, of WCAG 2.2 AA; one line for each element that fails.
CHECK = """async ([which, exclude]) => {
  const options = { ...which, resultTypes: ["violations"], preload: false };
  const found = await axe.run({ exclude }, options);
  return found.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) =>
      [id, target, any.map(({ message }) => message).join(" ")].join(": ")));
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING: dict[str, object] = {"runOnly": {"type": "tag", "values": TAGS}}
# What depends on the theme, and on the width. No colour depends on the language.
_COLOURS = ["color-contrast", "link-in-text-block"]
_SIZES = ["target-size", "scrollable-region-focusable"]
COLOURS: dict[str, object] = {"runOnly": {"type": "rule", "values": _COLOURS}}
SIZES: dict[str, object] = {"runOnly": {"type": "rule", "values": _SIZES}}
SIZES_AND_CONTRAST: dict[str, object] = {
    "runOnly": {"type": "rule", "values": [*_SIZES, "color-contrast"]}
}
ALL_BUT_COLOURS: dict[str, object] = {
    **EVERYTHING,
    "rules": {rule: {"enabled": False} for rule in _COLOURS},
}
# Colours in the middle of a transition are not the ones that people read.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"


def require_axe() -> None:
    require("npm's `axe-core`", AXE.exists())


def prepare(page: Page) -> None:
    """The page's context has to bypass its CSP, which lets nothing in."""
    page.add_style_tag(content=STILL)
    page.add_script_tag(content=AXE.read_text())


def violations(page: Page, rules: dict[str, object], exclude: str = "") -> list[str]:
    """`exclude`: a part of the page that is on others, too."""
    found: list[str] = page.evaluate(CHECK, [rules, [exclude] if exclude else []])
    return found
