"""What is too wide, too narrow or cut on a page, measured in the browser."""

from __future__ import annotations

from playwright.sync_api import Page

# What scrolls by itself, such as code, may be wider than it shows; a cell of a list may be cut if
# its tooltip has the whole.
MEASURE = """() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push("the page is wider than its window");
  const name = (element) => element.tagName.toLowerCase() + (element.id && "#" + element.id)
    + "." + String(element.className.baseVal ?? element.className).trim().replaceAll(/\\s+/g, ".");
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const isShown = element.checkVisibility({ visibilityProperty: true });
    const isHidden = box.width <= 1 || box.height <= 1 || !isShown;
    if (isHidden || element.closest(".visually-hidden, .select2-hidden-accessible")) continue;
    let parent = element.parentElement;
    while (parent && !scrolls(parent)) parent = parent.parentElement;
    if (box.right > width + 1 && !parent) found.push(`${name(element)} leaves the window`);
    const isText = element.matches("select, textarea, input:is([type=text], [type=email])");
    if (isText && box.width < 60) found.push(`${name(element)} is ${box.width} px wide`);
    if (element.matches("#result_list td, #result_list th") && box.width < 32)
      found.push(`${name(element)} is ${box.width} px wide`);
    const isCut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    const isExplained = element.closest("[title]") || element.matches("option, select, input");
    if (isCut && !scrolls(element) && !isExplained)
      found.push(`${name(element)} is cut`);
  }
  return [...new Set(found)];
}"""


def misfits(page: Page) -> list[str]:
    # The tooltips follow the width when the browser has laid the page out.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    found: list[str] = page.evaluate(MEASURE)
    return found
