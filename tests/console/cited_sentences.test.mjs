import assert from "node:assert/strict";
import { test } from "node:test";

import { citedSentences } from "../../console/static/console/cited_sentences.js";

const marked = (chunkText, claim, language) =>
  citedSentences(chunkText, claim, language).filter(({ cited }) => cited).map(({ text }) => text.trim());

test("the sentence an answer repeats is found", () => {
  const chunkText = "Tilos is small. The capital of Tilos is Megalo Chorio. It has a harbour.";
  assert.deepEqual(marked(chunkText, "Megalo Chorio is the capital.", "en"), ["The capital of Tilos is Megalo Chorio."]);
});

test("the sentence is found in Chinese, too", () => {
  assert.deepEqual(marked("岛上约有780人居住。首府是梅加洛霍里奥。", "首府是梅加洛霍里奥", "zh"), ["首府是梅加洛霍里奥。"]);
});

test("no sentence is marked if none shares words with the claim", () => {
  assert.deepEqual(marked("One thing. Another.", "Completely different words", "en"), []);
});

test("no letter of the chunk is lost", () => {
  const chunkText = "# Title\n\nOne.  Two.\n- three";
  assert.equal(citedSentences(chunkText, "Two", "en").map(({ text }) => text).join(""), chunkText);
});
