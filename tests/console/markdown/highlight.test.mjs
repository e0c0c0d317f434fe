import assert from "node:assert/strict";
import { test } from "node:test";

import { highlight } from "../../../console/static/console/markdown/highlight.js";

const kinds = (text, language) => highlight(text, language).filter(({ kind }) => kind).map(({ kind, text: token }) => [kind, token]);

test("comments, strings, numbers and keywords have colours", () => {
  assert.deepEqual(kinds("if x == 12: # why\n  return 'no'", "py"), [
    ["keyword", "if"], ["number", "12"], ["comment", "# why"], ["keyword", "return"], ["string", "'no'"],
  ]);
  assert.deepEqual(kinds("const a = `b ${c}`; // d\n/* e\nf */", "JS"), [
    ["keyword", "const"], ["string", "`b ${c}`"], ["comment", "// d"], ["comment", "/* e\nf */"],
  ]);
  assert.deepEqual(kinds("SELECT 'a' -- b", "sql"), [["keyword", "SELECT"], ["string", "'a'"], ["comment", "-- b"]]);
});

test("a mark inside a string begins no comment, and a word in a word is none", () => {
  assert.deepEqual(kinds('"# no" # yes', "sh"), [["string", '"# no"'], ["comment", "# yes"]]);
  assert.deepEqual(kinds("iffy in1", "py"), []);
});

test("no character is lost", () => {
  for (const code of ["", "'open", "/* open", "a\n\n\tb", "中文 = 1", "`", "\\"]) {
    for (const language of ["py", "js", "sql", "", "unknown"]) {
      assert.equal(highlight(code, language).map(({ text }) => text).join(""), code);
    }
  }
});

test("unknown languages and very long code stay plain", () => {
  assert.deepEqual(kinds("if 1", ""), []);
  assert.deepEqual(kinds("1 ".repeat(20_000), "py"), []);
});
