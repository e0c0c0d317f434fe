/** Where that which a marker opens inside a paragraph is closed again: a position, or null. */

const LONGEST_LABEL = 1000;

/** Where a run of exactly these backticks begins. */
export function closingRun(text, from, marker) {
  for (let at = text.indexOf(marker, from); at >= 0; ) {
    let end = at;
    while (text[end] === "`") end += 1;
    if (end - at === marker.length) return at;
    at = text.indexOf(marker, end);
  }
  return null;
}

/** Where the marker stands right after a word, and not as a part of a longer one. */
export function closingMarker(text, from, marker) {
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

/** Where the bracket that opens at `from` is closed; brackets in it come in pairs. */
export function closingBracket(text, from) {
  let depth = 0;
  const last = Math.min(text.length, from + LONGEST_LABEL);
  for (let at = from; at < last; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") depth += 1;
    else if (text[at] === "]" && --depth === 0) return at;
  }
  return null;
}
