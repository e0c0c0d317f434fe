/** Finds the sentences of a chunk that an answer is based on. Pure: text in, sentences out. */

// The share of a sentence's words that the claim has to repeat. If no sentence reaches the first,
// the best one counts if it reaches the second.
const CITED = 0.6;
const PROBABLY_CITED = 0.3;
// The share of its words that a further sentence has to explain of the claim: a neighbour that
// only has the same words explains nothing.
const NEW = 1 / 3;

/** The text of a chunk as sentences; those that the claim repeats, or is made of, are `cited`. */
export function citedSentences(chunkText, claim, language) {
  const sentences = splitSentences(chunkText, language).map((text) => ({ text, cited: false }));
  const rest = markRepeated(sentences, splitSentences(claim, language));
  if (rest) markExplaining(sentences, wordSet(rest, language), language);
  return sentences;
}

/** Marks the sentences that the claim has word for word; returns what else it has. */
function markRepeated(sentences, claimed) {
  const byLetters = new Map(sentences.map((sentence) => [lettersOf(sentence.text), sentence]));
  const rest = claimed.filter((text) => {
    const letters = lettersOf(text);
    const repeated = letters && byLetters.get(letters);
    if (repeated) repeated.cited = true;
    return letters && !repeated;
  });
  return rest.join(" ");
}

/** Marks the sentence that explains most of the words, then others that explain what is left. */
function markExplaining(sentences, claimed, language) {
  const known = sentences.map((sentence) => ({ sentence, words: wordSet(sentence.text, language) }));
  const shares = known.map(({ words }) => share(words, claimed));
  const best = Math.max(0, ...shares);
  const enough = best >= CITED ? CITED : Math.max(PROBABLY_CITED, best);
  const candidates = known.filter((_, at) => shares[at] >= enough)
    .map((candidate) => ({ ...candidate, count: count(candidate.words, claimed) }))
    .sort((one, other) => other.count - one.count);
  const left = new Set(claimed);
  for (const { sentence, words } of candidates) {
    if (share(words, left) < Math.min(NEW, enough)) continue;
    sentence.cited = true;
    words.forEach((word) => left.delete(word));
  }
}

function share(words, claimed) {
  return words.size === 0 ? 0 : count(words, claimed) / words.size;
}

function count(words, claimed) {
  return [...words].filter((word) => claimed.has(word)).length;
}

function lettersOf(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
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
