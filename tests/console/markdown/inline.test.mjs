import assert from "node:assert/strict";
import { test } from "node:test";

import { parseInline, safeUrl } from "../../../console/static/console/markdown/inline.js";

const text = (words) => ({ kind: "text", text: words });
const strong = (...children) => ({ kind: "strong", children });
const citation = (number) => ({ kind: "citation", number });
const em = (...children) => ({ kind: "em", children });

test("emphasis can be nested", () => {
  assert.deepEqual(parseInline("a **b *c*** _d_ ~~e~~"), [
    text("a "), strong(text("b "), em(text("c"))), text(" "), em(text("d")), text(" "),
    { kind: "del", children: [text("e")] },
  ]);
});

test("what only looks like emphasis stays text", () => {
  for (const words of ["2 * 3 * 4", "snake_case_word", "a ** b", "~home and ~work", "5 * 3"]) {
    assert.deepEqual(parseInline(words), [text(words)]);
  }
  assert.deepEqual(parseInline("\\*a\\*").map((span) => span.text).join(""), "*a*");
});

test("Chinese needs no spaces around emphasis and addresses", () => {
  assert.deepEqual(parseInline("这是**重点。**后文"), [text("这是"), strong(text("重点。")), text("后文")]);
  const [, link, after] = parseInline("见https://example.org/a。后文");
  assert.equal(link.href, "https://example.org/a");
  assert.deepEqual(after, text("。后文"));
});

test("code is taken as it is", () => {
  assert.deepEqual(parseInline("`` a `b` ** ``"), [{ kind: "code", text: "a `b` **" }]);
});

test("citations stay on one line with the word before them", () => {
  assert.deepEqual(parseInline("so it is [ID:0][ID: 12]."), [
    text("so it "), { kind: "nowrap", children: [text("is"), citation(0), citation(12)] }, text("."),
  ]);
  assert.deepEqual(parseInline("就是这样。[ID:0]"), [
    text("就是这"), { kind: "nowrap", children: [text("样。"), citation(0)] },
  ]);
  assert.deepEqual(parseInline("**so** [ID:0]").at(-1), citation(0));
});

test("only safe URLs become links", () => {
  const [link] = parseInline('[a **b**](https://example.org/x_(y) "title")');
  assert.equal(link.href, "https://example.org/x_(y)");
  assert.deepEqual(link.children, [text("a "), strong(text("b"))]);
  const bad = ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "//evil.example", "/path", "file:///x", "java\nscript:x"];
  for (const url of bad) {
    assert.equal(safeUrl(url), null, url);
    assert.ok(parseInline(`[x](${url})`).every(({ kind }) => kind !== "link"), url);
  }
  assert.equal(safeUrl("mailto:a@example.org"), "mailto:a@example.org");
});

test("images become links, with their alternative text", () => {
  assert.deepEqual(parseInline("![a cat](https://example.org/cat.png)"), [
    { kind: "image", alt: "a cat", href: "https://example.org/cat.png" },
  ]);
});

test("HTML tags stay text, except the line break that models put into tables", () => {
  assert.deepEqual(parseInline("<b>x</b><br>y"), [text("<b>x</b>"), { kind: "break" }, text("y")]);
});

test("a line end is a space, unless it is marked as a line break", () => {
  assert.deepEqual(parseInline("one\ntwo"), [text("one two")]);
  assert.deepEqual(parseInline("第一\n第二"), [text("第一第二")]);
  assert.deepEqual(parseInline("one  \ntwo\\\nthree"), [
    text("one  "), { kind: "break" }, text("two"), { kind: "break" }, text("three"),
  ]);
});

test("an unfinished text is shown as if it were finished", () => {
  const open = (words) => parseInline(words, { open: true });
  assert.deepEqual(open("a **bol"), [text("a "), strong(text("bol"))]);
  assert.deepEqual(open("a **"), [text("a ")]);
  assert.deepEqual(open("run `mak"), [text("run "), { kind: "code", text: "mak" }]);
  assert.deepEqual(open("see [the docs](https://exa"), [text("see "), { kind: "group", children: [text("the docs")] }]);
  for (const part of ["[", "[I", "[ID", "[ID:", "[ID:1"]) assert.deepEqual(open(`so${part}`), [text("so")]);
});

test("formulas are taken as they are written", () => {
  const formula = (words) => ({ kind: "formula", text: words });
  assert.deepEqual(parseInline("so $a_1 * b_2$ is"), [text("so "), formula("a_1 * b_2"), text(" is")]);
  assert.deepEqual(parseInline("\\(x_i\\) and \\[\\frac{1}{2}\\]"), [formula("x_i"), text(" and "), formula("\\frac{1}{2}")]);
  assert.deepEqual(parseInline("$$\na\n$$"), [formula("a")]);
});

test("prices are no formulas", () => {
  for (const words of ["$5 and $6", "from $5–$6", "$ 5 $", "US$5", "costs $5"]) {
    assert.deepEqual(parseInline(words), [text(words)]);
  }
});
