/** Finds closing delimiters of Markdown's inline syntax: their position in the text, or null. */

const MAX_LABEL_LENGTH = 1000;

/** Where the runs of backticks begin, by their length: each text is searched once for all of them. */
export function backtickRuns(text) {
  const runs = new Map();
  for (let at = text.indexOf("`"); at >= 0; ) {
    let end = at;
    while (text[end] === "`") end += 1;
    if (!runs.has(end - at)) runs.set(end - at, { starts: [], next: 0 });
    runs.get(end - at).starts.push(at);
    at = text.indexOf("`", end);
  }
  return runs;
}

/** Of code: a run of exactly as many backticks. `from` never goes back: runs before it are passed. */
export function closingBackticks(runs, from, length) {
  const run = runs.get(length);
  if (!run) return null;
  while (run.starts[run.next] < from) run.next += 1;
  return run.starts[run.next] ?? null;
}

/** The text without the characters of `marks` at its end. */
export function withoutTrailing(text, marks) {
  let end = text.length;
  while (end > 0 && marks.includes(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** Of emphasis: the marker right after a word, and not as a part of a longer marker. */
export function closingEmphasis(text, from, marker) {
  for (let at = text.indexOf(marker, from); at >= 0; ) {
    let end = at;
    while (text[end] === marker[0]) end += 1;
    const fits = marker.length > 1 || end - at !== 2;
    const flanked = !/[\s\\]/.test(text[at - 1]) && at > from;
    const inWord = marker[0] === "_" && /[\p{L}\p{N}]/u.test(text[end] ?? "");
    if (fits && flanked && !inWord) return end - marker.length;
    at = text.indexOf(marker, end);
  }
  return null;
}

/** Of a link's label that opens at `from`; brackets inside it come in pairs. */
export function closingBracket(text, from) {
  let depth = 0;
  const last = Math.min(text.length, from + MAX_LABEL_LENGTH);
  for (let at = from; at < last; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") depth += 1;
    else if (text[at] === "]" && --depth === 0) return at;
  }
  return null;
}
