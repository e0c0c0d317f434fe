import assert from "node:assert/strict";
import { test } from "node:test";

import { parseBlocks } from "../../../console/static/console/markdown/blocks.js";

const withoutSources = (value) => {
  if (Array.isArray(value)) return value.map(withoutSources);
  if (value === null || typeof value !== "object") return value;
  const { source, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, withoutSources(inner)]));
};
const blocks = (text, options) => withoutSources(parseBlocks(text, options));
const paragraph = (text) => ({ kind: "paragraph", text });

test("headings, rules and paragraphs", () => {
  assert.deepEqual(blocks("# One #\nwords\nmore\n\n---\n###### Six"), [
    { kind: "heading", level: 1, text: "One" },
    paragraph("words\nmore"),
    { kind: "rule" },
    { kind: "heading", level: 6, text: "Six" },
  ]);
});

test("code is taken as it is", () => {
  assert.deepEqual(blocks("```py\n# no heading\n\n  - no list\n```\nafter"), [
    { kind: "code", language: "py", text: "# no heading\n\n  - no list" },
    paragraph("after"),
  ]);
});

test("code that is still being written runs to the end", () => {
  assert.deepEqual(blocks("~~~\na\n```\nb"), [{ kind: "code", language: "", text: "a\n```\nb" }]);
});

test("lists in lists, also if they are indented by two where three are due", () => {
  const inner = { kind: "list", ordered: false, start: null, items: [[paragraph("b")], [paragraph("c")]] };
  const outer = { kind: "list", ordered: true, start: 3, items: [[paragraph("a"), inner], [paragraph("d")]] };
  assert.deepEqual(blocks("3. a\n  - b\n  - c\n4. d"), [outer]);
  assert.deepEqual(blocks("3. a\n   - b\n   - c\n\n4. d"), [outer]);
});

test("a list item may hold code", () => {
  const [list] = blocks("1. Run:\n\n   ```sh\n   make run\n   ```\n2. Done");
  assert.deepEqual(list.items[0][1], { kind: "code", language: "sh", text: "make run" });
  assert.equal(list.items.length, 2);
});

test("quotes hold blocks of their own", () => {
  assert.deepEqual(blocks("> # Said\n> words\nthat go on"), [
    { kind: "quote", blocks: [{ kind: "heading", level: 1, text: "Said" }, paragraph("words\nthat go on")] },
  ]);
});

test("tables know how their columns are set", () => {
  assert.deepEqual(blocks("| a | b \\| c |\n|:--|:-:|\n| 1 | 2 |\n\nafter")[0], {
    kind: "table", head: ["a", "b | c"], rows: [["1", "2"]], aligns: ["", "center"],
  });
});

test("the head of a table is shown before its second line has come", () => {
  assert.equal(blocks("| a | b |", { open: true })[0].kind, "table");
  assert.equal(blocks("| a | b |\n|--", { open: true })[0].kind, "table");
  assert.equal(blocks("| a | b |")[0].kind, "paragraph");
});

test("the sources, joined, are the text", () => {
  const text = "\n# a\n\n\n- b\n\n  c\n\nd\n```\ne\n\n";
  assert.equal(parseBlocks(text).map(({ source }) => source).join("\n"), text);
});

test("depth is limited, and time with it", () => {
  for (const bit of ["> ", "- ", "1. ", "| ", "#", "`", "  - x\n"]) {
    const started = performance.now();
    parseBlocks(bit.repeat(5000));
    assert.ok(performance.now() - started < 2000, bit);
  }
});
