/** Parses Markdown's inline syntax into a list of plain spans. Pure: it knows no DOM. */

import { backtickRuns, closingBackticks, closingBracket, closingEmphasis, withoutTrailing } from "./delimiters.js";

const SPECIAL = /[\\`*_~[!<$\n]|https?:\/\//g;
const ESCAPED = /\\([!-/:-@[-`{-~])/y;
// Dollars are no marks of a formula beside a space or before a digit: "$5 and $6".
const FORMULA = /\\\(([^\n]{1,500}?)\\\)|\\\[([^]{1,2000}?)\\\]|\$\$([^$]{1,2000})\$\$|\$(?=\S)([^$\n]{1,300})(?<=\S)\$(?!\d)/y;
const CITATION = /\[ID:\s?(\d{1,4})\]/y;
const PARTIAL_CITATION = /\[(?:I(?:D(?::\s?\d*)?)?)?$/y;
// The white space is limited: without that, the time would grow with the cube of its length.
const DESTINATION = /\(\s{0,9}(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s{1,9}(?:"[^"\n]*"|'[^'\n]*'))?\s{0,9}\)/y;
const AUTOLINK = /<(https?:\/\/[^\s<>]+|mailto:[^\s<>]+)>/y;
const BREAK_TAG = /<br\s*\/?>/iy;
// A bare URL ends where Chinese text follows without a space.
const BARE_URL = /https?:\/\/[^\s<>"'`*\u3000-\u9fff\uff00-\uffef]{1,2000}/y;
// Chinese is written without spaces between words, so a line break between two characters is none.
const WIDE = /[\u3000-\u9fff\uff00-\uffef]/;
const LAST_WORD = /([^\s\u3000-\u9fff\uff00-\uffef]{1,20}|[^\s]{1,2})\s*$/;
const MAX_DEPTH = 12;

/** `open`: the text is still being written; what has begun is shown as if it were closed. */
export function parseInline(text, { open = false } = {}) {
  return new InlineParser(open ? withoutOpenMarkers(text) : text, open, 0).read();
}

/** Markers at the end may belong to what follows; a backslash makes the first of them text. */
function withoutOpenMarkers(text) {
  const rest = withoutTrailing(text, "*_~`");
  return rest.endsWith("\\") ? text.slice(0, rest.length + 1) : rest;
}

/** The URL if a page may link to it, otherwise null. */
export function safeUrl(text) {
  if (!/^(https?:\/\/|mailto:)/i.test(text)) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

class InlineParser {
  constructor(text, open, depth) {
    this.text = text;
    this.open = open;
    this.depth = depth;
    this.at = 0;
    this.spans = [];
    // Markers that the rest of the text does not close: no need to search for their end again.
    this.unclosed = new Set();
    this.runs = null;
    this.lastClosed = null;
  }

  read() {
    while (this.at < this.text.length) {
      SPECIAL.lastIndex = this.at;
      const special = this.depth < MAX_DEPTH ? SPECIAL.exec(this.text) : null;
      this.addText(this.text.slice(this.at, special?.index ?? this.text.length));
      if (!special) break;
      this.at = special.index;
      if (!this.readSpan(this.text[this.at])) {
        this.addText(special[0]);
        this.at += special[0].length;
      }
    }
    return this.spans;
  }

  readSpan(character) {
    switch (character) {
      case "\\": return this.readFormula() || this.readEscape();
      case "$": return this.readFormula();
      case "`": return this.readCode();
      case "*": case "_": case "~": return this.readEmphasis();
      case "[": return this.readCitation() || this.readLink();
      case "!": return this.readImage();
      case "<": return this.readAutolink();
      case "\n": return this.readLineEnd();
      default: return this.readBareUrl();
    }
  }

  readFormula() {
    const match = this.match(FORMULA);
    if (!match) return false;
    const [whole, ...parts] = match;
    return this.add({ kind: "formula", text: parts.find((part) => part !== undefined).trim() }, this.at + whole.length);
  }

  readEscape() {
    if (this.text[this.at + 1] === "\n") return this.add({ kind: "break" }, this.at + 2);
    const match = this.match(ESCAPED);
    return match ? this.add({ kind: "text", text: match[1] }, this.at + 2) : false;
  }

  /** A line end after two spaces is a line break, any other a space. */
  readLineEnd() {
    const next = this.at + 1;
    if (this.text.slice(Math.max(0, this.at - 2), this.at) === "  ") return this.add({ kind: "break" }, next);
    if (!(WIDE.test(this.text[this.at - 1] ?? "") && WIDE.test(this.text[next] ?? ""))) this.addText(" ");
    this.at = next;
    return true;
  }

  readCode() {
    const marker = this.markerRun();
    const from = this.at + marker.length;
    this.runs ??= backtickRuns(this.text);
    const end = this.findEnd(marker, () => closingBackticks(this.runs, from, marker.length));
    if (end === null) {
      this.addText(marker);
      this.at = from;
      return true;
    }
    const inner = this.text.slice(from, end).replaceAll("\n", " ");
    const padded = inner.startsWith(" ") && inner.endsWith(" ") && inner.trim() !== "";
    const text = padded ? inner.slice(1, -1) : inner;
    return this.add({ kind: "code", text }, end + marker.length);
  }

  readEmphasis() {
    const run = this.markerRun();
    const before = this.text[this.at - 1] ?? " ";
    for (let length = Math.min(run.length, 3); length > 0; length -= 1) {
      const marker = run.slice(0, length);
      const from = this.at + length;
      if (marker === "~" || marker === "~~~" || /^(\s|$)/.test(this.text.slice(from, from + 1))) continue;
      if (run[0] === "_" && /[\p{L}\p{N}]/u.test(before)) continue;
      const end = this.findEnd(marker, () => closingEmphasis(this.text, from, marker));
      if (end === null) continue;
      return this.add(emphasis(marker, this.parse(from, end)), end + length);
    }
    this.addText(run);
    this.at += run.length;
    return true;
  }

  readCitation() {
    const match = this.match(CITATION);
    if (match) return this.addCitation(Number(match[1]), this.at + match[0].length);
    if (this.open && this.match(PARTIAL_CITATION)) {
      this.at = this.text.length;
      return true;
    }
    return false;
  }

  readLink() {
    const link = this.readLabel(this.at);
    if (!link) return false;
    const children = this.parse(this.at + 1, link.labelEnd);
    const span = link.href ? { kind: "link", href: link.href, children } : { kind: "group", children };
    return this.add(span, link.end);
  }

  readImage() {
    if (this.text[this.at + 1] !== "[") return false;
    const image = this.readLabel(this.at + 1);
    if (!image) return false;
    const alt = this.text.slice(this.at + 2, image.labelEnd);
    return this.add({ kind: "image", alt, href: image.href }, image.end);
  }

  readAutolink() {
    const breakTag = this.match(BREAK_TAG);
    if (breakTag) return this.add({ kind: "break" }, this.at + breakTag[0].length);
    const match = this.match(AUTOLINK);
    return match ? this.addLink(match[1], this.at + match[0].length) : false;
  }

  readBareUrl() {
    const match = this.match(BARE_URL);
    if (!match) return false;
    let url = withoutTrailing(match[0], ".,;:!?]}");
    if (!url.includes("(")) url = withoutTrailing(url, ").,;:!?");
    return this.addLink(url, this.at + url.length);
  }

  /** Of the label that opens at `from`: where it ends, its link, and where that ends. */
  readLabel(from) {
    const labelEnd = closingBracket(this.text, from);
    if (labelEnd === null) return null;
    DESTINATION.lastIndex = labelEnd + 1;
    const destination = DESTINATION.exec(this.text);
    if (destination) return { labelEnd, href: safeUrl(destination[1] ?? destination[2]), end: DESTINATION.lastIndex };
    if (this.open && this.isPartialDestination(labelEnd + 1)) return { labelEnd, href: null, end: this.text.length };
    return null;
  }

  isPartialDestination(at) {
    this.lastClosed ??= Math.max(this.text.lastIndexOf(")"), this.text.lastIndexOf("\n"));
    return this.text[at] === "(" && at > this.lastClosed;
  }

  /** The position that `find` returns; the end of the text if that is still being written. */
  findEnd(marker, find) {
    if (this.unclosed.has(marker)) return null;
    const end = find();
    if (end !== null) return end;
    this.unclosed.add(marker);
    return this.open ? this.text.length : null;
  }

  parse(from, to) {
    return new InlineParser(this.text.slice(from, to), this.open && to === this.text.length, this.depth + 1).read();
  }

  markerRun() {
    let end = this.at + 1;
    while (this.text[end] === this.text[this.at]) end += 1;
    return this.text.slice(this.at, end);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  addLink(url, end) {
    const href = safeUrl(url);
    return href ? this.add({ kind: "link", href, children: [{ kind: "text", text: url }] }, end) : false;
  }

  add(span, end) {
    if (span) this.spans.push(span);
    this.at = Math.min(end, this.text.length);
    return true;
  }

  /** Keeps the number of a source on one line with the word before it. */
  addCitation(number, end) {
    const citation = { kind: "citation", number };
    const last = this.spans.at(-1);
    if (last?.kind === "nowrap") {
      last.children.push(citation);
      return this.add(null, end);
    }
    const word = last?.kind === "text" ? LAST_WORD.exec(last.text) : null;
    if (!word) return this.add(citation, end);
    last.text = last.text.slice(0, word.index);
    return this.add({ kind: "nowrap", children: [{ kind: "text", text: word[1] }, citation] }, end);
  }

  addText(text) {
    const last = this.spans.at(-1);
    if (last?.kind === "text") last.text += text;
    else if (text) this.spans.push({ kind: "text", text });
  }
}

function emphasis(marker, children) {
  if (marker === "~~") return { kind: "del", children };
  if (marker.length === 3) return { kind: "strong", children: [{ kind: "em", children }] };
  return { kind: marker.length === 2 ? "strong" : "em", children };
}
