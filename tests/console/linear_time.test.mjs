/** The playground's regular expressions and its Markdown parser take linear time on any text. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { parseBlocks } from "../../console/static/console/markdown/blocks.js";
import { highlight } from "../../console/static/console/markdown/highlight.js";
import { parseInline } from "../../console/static/console/markdown/inline.js";
import { isLinear } from "./cpu_time.mjs";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["console/static/console/", "console/static/console/markdown/", "accounts/static/accounts/"];
// A literal follows what an expression can follow, and has no slash inside but in classes.
const LITERAL = /(?<=[=(,:!&|?[]\s*|return )\/(?![*/])((?:\\.|\[(?:\\.|[^\]\n])*\]|[^\\/\n[])+)\/([a-z]*)/g;
const SIZE = 20_000;

/** The worst input of each regular expression: it makes it try again and again, and then fail. */
const WORST = {
  "^http": (n) => "http".repeat(n),
  " ?\\[ID:\\s?\\d{1,4}\\]": (n) => " [ID:1".repeat(n),
  "(?<=\\n)": (n) => "\n".repeat(n),
  "[^\\p{L}\\p{N}]": (n) => "-".repeat(n),
  "\\[ID:\\s?(\\d+)\\]": (n) => "[ID:" + "1".repeat(n),
  "(?<=[\\u3000-\\u9fff\\uff00-\\uffef])\\n(?=[\\u3000-\\u9fff\\uff00-\\uffef])": (n) => "中\n".repeat(n),
  "(?<=\\S)\\n(?!\\s|[-*+|#>]|\\d+[.)]\\s)": (n) => "a\n1".repeat(n),
  "[*_#`>|]": (n) => "*".repeat(n),
  "\\{(\\w+)\\}": (n) => "{a".repeat(n),
  "^ {0,3}(#{1,6})(?=[ \\t]|$)([^\\n]*)$": (n) => "# " + "#".repeat(n) + "\n",
  "^( {0,3})(`{3,}|~{3,})([^`]*)$": (n) => "`".repeat(n) + " ".repeat(n) + "`",
  "^ {0,3}([-*_])(?:[ \\t]*\\1){2,}[ \\t]*$": (n) => "- ".repeat(n) + "x",
  "^ {0,3}> ?": (n) => " ".repeat(n),
  "^( *)([-*+]|\\d{1,9}[.)])(?= |$)": (n) => " ".repeat(n) + "-x",
  "^:?-+:?$": (n) => "-".repeat(n) + "x",
  "^[ \\t|:-]*$": (n) => "-".repeat(n) + "x",
  "\\s": (n) => "a".repeat(n),
  "(^|[ \\t])#+$": (n) => " #".repeat(n) + "x",
  "\\d": (n) => "a".repeat(n),
  "\\S": (n) => " ".repeat(n),
  "^\\|": (n) => "|".repeat(n),
  "(?<!\\\\)\\|$": (n) => "|".repeat(n) + "x",
  "(?<!\\\\)\\|": (n) => "\\|".repeat(n),
  "[\\s\\\\]": (n) => "a".repeat(n),
  "[\\p{L}\\p{N}]": (n) => "-".repeat(n),
  "[\\\\`*_~[!<$\\n]|https?:\\/\\/": (n) => "http:/".repeat(n),
  "\\\\\\(([^\\n]{1,500}?)\\\\\\)|\\\\\\[([^]{1,2000}?)\\\\\\]|\\$\\$([^$]{1,2000})\\$\\$|\\$(?=\\S)([^$\\n]{1,300})(?<=\\S)\\$(?!\\d)":
    (n) => "\\[".repeat(n),
  "^\\[([ xX])\\] ": (n) => "[x]".repeat(n),
  "[\\\\/:*?\"<>|\\p{Cc}]": (n) => "/".repeat(n),
  "\\\\([!-/:-@[-`{-~])": (n) => "\\a".repeat(n),
  "\\[ID:\\s?(\\d{1,4})\\]": (n) => "[ID:1".repeat(n),
  "\\[(?:I(?:D(?::\\s?\\d*)?)?)?$": (n) => "[ID:" + "1".repeat(n) + "x",
  "\\(\\s{0,9}(?:<([^<>\\n]*)>|([^\\s()]*(?:\\([^\\s()]*\\)[^\\s()]*)*))(?:\\s{1,9}(?:\"[^\"\\n]*\"|'[^'\\n]*'))?\\s{0,9}\\)":
    (n) => "(" + "a(a)".repeat(n) + " ".repeat(n),
  "<(https?:\\/\\/[^\\s<>]+|mailto:[^\\s<>]+)>": (n) => "<http://" + "a".repeat(n) + "<",
  "<br\\s*\\/?>": (n) => "<br" + " ".repeat(n),
  "https?:\\/\\/[^\\s<>\"'`*\\u3000-\\u9fff\\uff00-\\uffef]{1,2000}": (n) => "http://" + "a".repeat(n),
  "[\\u3000-\\u9fff\\uff00-\\uffef]": (n) => "a".repeat(n),
  "([^\\s\\u3000-\\u9fff\\uff00-\\uffef]{1,20}|[^\\s]{1,2})\\s*$": (n) => "a ".repeat(n) + "中中",
  "^(https?:\\/\\/|mailto:)": (n) => "http:/".repeat(n),
  "^(\\s|$)": (n) => "a".repeat(n),
};

function literals() {
  const found = new Map();
  for (const folder of FOLDERS) {
    for (const name of readdirSync(new URL(folder, ROOT)).filter((file) => file.endsWith(".js"))) {
      const script = readFileSync(new URL(folder + name, ROOT), "utf8").replace(/^\s*(\/?\*|\/\/).*$/gm, "");
      for (const [, source, flags] of script.matchAll(LITERAL)) found.set(source, flags);
    }
  }
  return found;
}

test("the worst input of each regular expression is known, and doubling it doubles the time", () => {
  const found = literals();
  assert.deepEqual([...found.keys()].filter((source) => !(source in WORST)), []);
  assert.deepEqual(Object.keys(WORST).filter((source) => !found.has(source)), []);
  for (const [source, flags] of found) {
    const pattern = new RegExp(source, flags);
    const work = (text) => (pattern.global ? text.replace(pattern, "") : pattern.exec(text));
    assert.ok(isLinear(work, WORST[source](SIZE), WORST[source](2 * SIZE)), source);
  }
});

const PARTS = [
  ..."[]()*_`~<>!\\\n#|-", "[[]", "*a ", "**a", "_a ", "~~a ", "`a``b", "![", "[a](", "[a](b)", "[](  ", "[](a ",
  "[](<", "http://", "http://]", "http://).", "***a*b**", "- ", "> ", "  - ", "1. a\n\n", "- a\n\n", "> a\n", "|-",
  "a|b\n", "|:-|", "``` ", "```\n", "~~~\n", "$a", "$a ", "$$", "\\(", "\\[a", "[ID:1]", "a[ID:1] ", "\n\n\n", "   ", "# ", "# #", "`a ", "\"", "<br ",
];

test("doubling a text doubles the time it takes to parse it", () => {
  for (const open of [false, true]) {
    for (const parse of [parseInline, parseBlocks]) {
      for (const part of PARTS) {
        const [small, large] = [4000, 8000].map((count) => `${part.repeat(count)}x\n)`);
        const label = `${parse.name} ${JSON.stringify(part)} ${open ? "open" : ""}`;
        assert.ok(isLinear((text) => parse(text, { open }), small, large), label);
      }
    }
  }
});

test("doubling code doubles the time it takes to colour it", () => {
  for (const part of ["/*", "/* *", "'\\", "\"a", "`", "// ", "#", "a1", "1.", "--", "$"]) {
    for (const language of ["js", "py", "sql"]) {
      const [small, large] = [4000, 8000].map((count) => part.repeat(count));
      assert.ok(isLinear((text) => highlight(text, language), small, large), `${language} ${part}`);
    }
  }
});

test("runs of backticks of all lengths are parsed in linear time", () => {
  const runs = (count) => Array.from({ length: count }, (_, length) => "`".repeat(length + 1)).join("a");
  assert.ok(isLinear(parseInline, runs(400), runs(566)), "the lengths add up to double");
});
