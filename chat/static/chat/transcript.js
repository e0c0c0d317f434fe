/** Renders the answers of a transcript as Markdown, as inert as in the playground. */

import { h } from "../console/dom.js";
import { MarkdownView } from "../console/markdown/view.js";

for (const element of document.querySelectorAll(".text.markdown")) {
  const prose = h("div", { class: "prose" });
  new MarkdownView(prose).update(source(element), { open: false });
  for (const button of prose.querySelectorAll("[data-citation]")) link(button, element.dataset.message);
  element.replaceWith(prose);
}

/** The text as it was said: the page has replaced its citations by links. */
function source(element) {
  const copy = element.cloneNode(true);
  for (const cite of copy.querySelectorAll("a.cite")) cite.replaceWith(`[ID:${Number(cite.textContent) - 1}]`);
  return copy.textContent;
}

function link(button, message) {
  const number = Number(button.dataset.citation) + 1;
  const id = `source-${message}-${number}`;
  const found = document.getElementById(id);
  button.replaceWith(found ? h("a", { class: "cite", href: `#${id}` }, String(number)) : `[ID:${number - 1}]`);
}
