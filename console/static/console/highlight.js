/** Which sentences of a passage an answer rests on. Pure: text in, sentences out. */

const SURE = 0.6;
const PLAUSIBLE = 0.3;

/** The passage cut into sentences; those whose words the claim repeats are `cited`. */
export function citedSentences(passage, claim, language) {
  const claimed = words(claim, language);
  const sentences = cut(passage, language).map((text) => ({ text, share: share(words(text, language), claimed) }));
  const best = Math.max(0, ...sentences.map((sentence) => sentence.share));
  const enough = best >= SURE ? SURE : Math.max(PLAUSIBLE, best);
  return sentences.map((sentence) => ({ text: sentence.text, cited: sentence.share >= enough }));
}

function share(sentence, claimed) {
  if (sentence.size === 0) return 0;
  return [...sentence].filter((word) => claimed.has(word)).length / sentence.size;
}

function cut(text, language) {
  const lines = text.split(/(?<=\n)/);
  const sentences = new Intl.Segmenter(language, { granularity: "sentence" });
  return lines.flatMap((line) => [...sentences.segment(line)].map(({ segment }) => segment));
}

function words(text, language) {
  const segments = new Intl.Segmenter(language, { granularity: "word" }).segment(text.toLowerCase());
  return new Set([...segments].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment));
}
