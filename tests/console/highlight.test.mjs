import assert from "node:assert/strict";
import { test } from "node:test";

import { citedSentences } from "../../console/static/console/highlight.js";

const marked = (passage, claim, language) =>
  citedSentences(passage, claim, language).filter(({ cited }) => cited).map(({ text }) => text.trim());

test("the sentence an answer repeats is found", () => {
  const passage = "Tilos is small. The capital of Tilos is Megalo Chorio. It has a harbour.";
  assert.deepEqual(marked(passage, "Megalo Chorio is the capital.", "en"), ["The capital of Tilos is Megalo Chorio."]);
});

test("in Chinese too", () => {
  assert.deepEqual(marked("岛上约有780人居住。首府是梅加洛霍里奥。", "首府是梅加洛霍里奥", "zh"), ["首府是梅加洛霍里奥。"]);
});

test("nothing in common, nothing marked", () => {
  assert.deepEqual(marked("One thing. Another.", "Completely different words", "en"), []);
});

test("no letter of the passage is lost", () => {
  const passage = "# Title\n\nOne.  Two.\n- three";
  assert.equal(citedSentences(passage, "Two", "en").map(({ text }) => text).join(""), passage);
});
