/**
 * Renders Markdown as DOM nodes, which are built one by one: no string is ever read as HTML. When
 * a text grows, only its last two blocks are rendered again, so a long answer costs no more than a
 * short one.
 */

import { parseBlocks } from "./blocks.js";
import { copyButton, h } from "../dom.js";
import { highlight } from "./highlight.js";
import { parseInline } from "./inline.js";
import { t } from "../translation.js";

const TASK = /^\[([ xX])\] /;

/** Shows one growing text. Its last two blocks may still change: "2" becomes "2. item". */
export class MarkdownView {
  constructor(element) {
    this.element = element;
    this.text = "";
    this.parts = [];
  }

  update(text, { open }) {
    const settled = open && text.startsWith(this.text) ? this.parts.slice(0, -2) : [];
    const from = settled.reduce((length, part) => length + part.source.length + 1, 0);
    const blocks = parseBlocks(text.slice(from), { open });
    const levels = headingLevels(blocks, settled.findLast(({ level }) => level)?.level);
    const changed = blocks.map((block, index) => this.part({ ...block, shown: levels[index] }, settled.length + index, open && index === blocks.length - 1));
    this.parts = [...settled, ...changed];
    this.text = text;
    this.show(settled.length);
  }

  /** The rendered block; its node is the present one if the block has not changed. */
  part(block, index, open) {
    const before = this.parts[index];
    const same = before && before.source === block.source && before.kind === block.kind && before.level === block.shown && !before.open && !open;
    return { source: block.source, kind: block.kind, level: block.shown, open, node: same ? before.node : renderBlock(block, open) };
  }

  show(from) {
    this.parts.slice(from).forEach(({ node }, offset) => {
      const current = this.element.children[from + offset];
      if (current === node) return;
      if (current) current.replaceWith(node);
      else this.element.append(node);
    });
    while (this.element.children.length > this.parts.length) this.element.lastChild.remove();
  }
}

function renderBlock(block, open) {
  const inline = (text) => renderInline(parseInline(text, { open }));
  switch (block.kind) {
    case "heading": return h(`h${block.shown ?? Math.min(block.level + 2, 6)}`, { class: `level-${block.level}` }, ...inline(block.text));
    case "code": return renderCode(block);
    case "rule": return h("hr");
    case "quote": return h("blockquote", {}, ...renderBlocks(block.blocks, open));
    case "list": return renderList(block, open);
    case "table": return renderTable(block, inline);
    default: return h("p", {}, ...inline(block.text));
  }
}

/**
 * The levels at which headings are shown; undefined for other blocks. The page itself uses one and
 * two, and none is left out, so that screen readers tell the right outline.
 */
function headingLevels(blocks, above = 2) {
  return blocks.map(({ kind, level }) => {
    if (kind !== "heading") return undefined;
    above = Math.min(level + 2, above + 1, 6);
    return above;
  });
}

function renderBlocks(blocks, open) {
  return blocks.map((block, index) => renderBlock(block, open && index === blocks.length - 1));
}

function renderCode({ language, text }) {
  return h("figure", { class: "code" },
    h("figcaption", {}, h("span", {}, language || t("code")), copyButton(() => text)),
    h("pre", { tabindex: 0 }, h("code", {}, ...highlight(text, language).map(renderToken))),
  );
}

function renderToken({ kind, text }) {
  return kind ? h("span", { class: `code-${kind}` }, text) : text;
}

function renderList({ ordered, start, items }, open) {
  const attributes = ordered && start !== 1 ? { start } : {};
  const entries = items.map((blocks, index) => renderItem(blocks, open && index === items.length - 1));
  return h(ordered ? "ol" : "ul", attributes, ...entries);
}

function renderItem(blocks, open) {
  const [first, ...rest] = blocks;
  const task = first?.kind === "paragraph" ? TASK.exec(first.text) : null;
  if (task) {
    const box = h("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": t(task[1] === " " ? "task_open" : "task_done") });
    const item = renderItem([{ ...first, text: first.text.slice(task[0].length) }, ...rest], open);
    item.classList.add("task");
    item.prepend(box, " ");
    return item;
  }
  if (first?.kind !== "paragraph") return h("li", {}, ...renderBlocks(blocks, open));
  const words = renderInline(parseInline(first.text, { open: open && rest.length === 0 }));
  return h("li", {}, ...words, ...renderBlocks(rest, open));
}

function renderTable({ head, rows, aligns }, inline) {
  const row = (tag, cells) => h("tr", {}, ...head.map((_, column) =>
    h(tag, aligns[column] ? { class: aligns[column] } : {}, ...inline(cells[column] ?? ""))));
  return h("div", { class: "table", tabindex: 0 },
    h("table", {}, h("thead", {}, row("th", head)), h("tbody", {}, ...rows.map((cells) => row("td", cells)))),
  );
}

function renderInline(spans) {
  return spans.map(renderSpan);
}

function renderSpan(span) {
  switch (span.kind) {
    case "strong": case "em": case "del": return h(span.kind, {}, ...renderInline(span.children));
    case "code": return h("code", {}, span.text);
    // As it is written: a library that sets formulas would be larger than the whole page.
    case "formula": return h("code", { class: "formula" }, span.text);
    case "break": return h("br");
    case "link": return link(span.href, ...renderInline(span.children));
    case "group": return h("span", {}, ...renderInline(span.children));
    // Never fetched: the request would tell the image's server that this answer was read.
    case "image": return span.href ? link(span.href, span.alt || span.href) : h("span", {}, span.alt);
    case "nowrap": return h("span", { class: "nowrap" }, ...renderInline(span.children));
    case "citation": return citation(span.number);
    default: return document.createTextNode(span.text);
  }
}

function link(href, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

function citation(number) {
  const label = t("source_n", { n: number + 1 });
  return h("button", { type: "button", class: "citation", "data-citation": number, "aria-label": label }, String(number + 1));
}
