/** Finds the sentences of a chunk that an answer is based on. Pure: text in, sentences out. */

// The share of a sentence's words that the claim has to repeat. If no sentence reaches the first,
// the best one counts if it reaches the second.
const CITED = 0.6;
const PROBABLY_CITED = 0.3;

/** The text of a chunk as sentences; those whose words the claim repeats are `cited`. */
export function citedSentences(chunkText, claim, language) {
  const claimed = wordSet(claim, language);
  const sentences = splitSentences(chunkText, language)
    .map((text) => ({ text, share: share(wordSet(text, language), claimed) }));
  const best = Math.max(0, ...sentences.map((sentence) => sentence.share));
  const enough = best >= CITED ? CITED : Math.max(PROBABLY_CITED, best);
  return sentences.map((sentence) => ({ text: sentence.text, cited: sentence.share >= enough }));
}

function share(sentence, claimed) {
  if (sentence.size === 0) return 0;
  return [...sentence].filter((word) => claimed.has(word)).length / sentence.size;
}

function splitSentences(text, language) {
  const lines = text.split(/(?<=\n)/);
  const sentences = new Intl.Segmenter(language, { granularity: "sentence" });
  return lines.flatMap((line) => [...sentences.segment(line)].map(({ segment }) => segment));
}

function wordSet(text, language) {
  const segments = new Intl.Segmenter(language, { granularity: "word" }).segment(text.toLowerCase());
  return new Set([...segments].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment));
}
