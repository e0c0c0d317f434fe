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

test("a neighbour with the same words is not marked", () => {
  const chunkText = "The capital of Tilos is an island town. The capital of the island of Tilos is Megalo Chorio. Tilos is the island.";
  const quoted = "The capital of the island of Tilos is Megalo Chorio.";
  assert.deepEqual(marked(chunkText, quoted, "en"), [quoted]);
  assert.deepEqual(marked(chunkText, "Megalo Chorio is the capital of the island of Tilos", "en"), [quoted]);
});

test("a neighbour with the same words is not marked in Chinese", () => {
  const chunkText = "帝洛斯岛的首府是梅加洛霍里奥。帝洛斯岛的首府很小。";
  assert.deepEqual(marked(chunkText, "帝洛斯岛的首府是梅加洛霍里奥。", "zh"), ["帝洛斯岛的首府是梅加洛霍里奥。"]);
});

test("all sentences that an answer repeats are marked, though they have most words in common", () => {
  const chunkText = "Green tea is steeped at 70 degrees. White tea is steeped at 80 degrees. Black tea is steeped at 95 degrees.";
  const claim = "Green tea is steeped at 70 degrees. Black tea is steeped at 95 degrees.";
  assert.deepEqual(marked(chunkText, claim, "en"), ["Green tea is steeped at 70 degrees.", "Black tea is steeped at 95 degrees."]);
});

test("a claim made of two sentences marks both", () => {
  const chunkText = "The harbour was built in 1890. A storm destroyed the mole two years later. Ferries call daily.";
  const claim = "Built in 1890, the harbour lost the mole, which a storm destroyed two years later";
  assert.equal(marked(chunkText, claim, "en").length, 2);
});
