/** What stands inside a paragraph: text in, a list of plain spans out. Knows nothing of pages. */

import { closingBracket, closingMarker, closingRun } from "./closing.js";

const SPECIAL = /[\\`*_~[!<\n]|https?:\/\//g;
const ESCAPED = /\\([!-/:-@[-`{-~])/y;
const CITATION = /\[ID:\s?(\d{1,4})\]/y;
const PARTIAL_CITATION = /\[(?:I(?:D(?::\s?\d*)?)?)?$/y;
const TARGET = /\(\s*(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const PARTIAL_TARGET = /\([^)\n]*$/y;
const ANGLE = /<(https?:\/\/[^\s<>]+|mailto:[^\s<>]+)>/y;
const BREAK_TAG = /<br\s*\/?>/iy;
// A bare address ends where Chinese text goes on without a space.
const ADDRESS = /https?:\/\/[^\s<>"'`*\u3000-\u9fff\uff00-\uffef]+/y;
// Chinese is written without spaces between words, so a wrapped line hides none.
const WIDE = /[\u3000-\u9fff\uff00-\uffef]/;
const LAST_WORD = /([^\s\u3000-\u9fff\uff00-\uffef]{1,20}|[^\s]{1,2})\s*$/;
const DEEPEST = 12;

/** `open`: the text is still being written; what it has begun is shown as if it were closed. */
export function parseInline(text, { open = false } = {}) {
  return new Reader(open ? text.replace(/(?<!\\)[*_~`]+$/, "") : text, open, 0).read();
}

/** The address if a page may link to it, otherwise null. */
export function safeAddress(text) {
  if (!/^(https?:\/\/|mailto:)/i.test(text)) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

class Reader {
  constructor(text, open, depth) {
    this.text = text;
    this.open = open;
    this.depth = depth;
    this.at = 0;
    this.spans = [];
    // Markers that are closed nowhere in the rest of the text: no need to look again.
    this.unclosed = new Set();
  }

  read() {
    while (this.at < this.text.length) {
      SPECIAL.lastIndex = this.at;
      const special = this.depth < DEEPEST ? SPECIAL.exec(this.text) : null;
      this.say(this.text.slice(this.at, special?.index ?? this.text.length));
      if (!special) break;
      this.at = special.index;
      if (!this.readSpan(this.text[this.at])) {
        this.say(special[0]);
        this.at += special[0].length;
      }
    }
    return this.spans;
  }

  readSpan(character) {
    switch (character) {
      case "\\": return this.readEscape();
      case "`": return this.readCode();
      case "*": case "_": case "~": return this.readEmphasis();
      case "[": return this.readCitation() || this.readLink();
      case "!": return this.readImage();
      case "<": return this.readAngle();
      case "\n": return this.readLineEnd();
      default: return this.readAddress();
    }
  }

  readEscape() {
    if (this.text[this.at + 1] === "\n") return this.add({ kind: "break" }, this.at + 2);
    const match = this.match(ESCAPED);
    return match ? this.add({ kind: "text", text: match[1] }, this.at + 2) : false;
  }

  /** Two spaces make it a line break; else it is where the text was wrapped, a space. */
  readLineEnd() {
    const next = this.at + 1;
    if (this.text.slice(Math.max(0, this.at - 2), this.at) === "  ") return this.add({ kind: "break" }, next);
    if (!(WIDE.test(this.text[this.at - 1] ?? "") && WIDE.test(this.text[next] ?? ""))) this.say(" ");
    this.at = next;
    return true;
  }

  readCode() {
    const marker = this.run();
    const from = this.at + marker.length;
    const end = this.closed(marker, () => closingRun(this.text, from, marker));
    if (end === null) return false;
    const inner = this.text.slice(from, end).replaceAll("\n", " ");
    const text = /^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner;
    return this.add({ kind: "code", text }, end + marker.length);
  }

  readEmphasis() {
    const run = this.run();
    const before = this.text[this.at - 1] ?? " ";
    for (let length = Math.min(run.length, 3); length > 0; length -= 1) {
      const marker = run.slice(0, length);
      const from = this.at + length;
      if (marker === "~" || marker === "~~~" || /^(\s|$)/.test(this.text.slice(from, from + 1))) continue;
      if (run[0] === "_" && /[\p{L}\p{N}]/u.test(before)) continue;
      const end = this.closed(marker, () => closingMarker(this.text, from, marker));
      if (end === null) continue;
      return this.add(emphasis(marker, this.inside(from, end)), end + length);
    }
    this.say(run);
    this.at += run.length;
    return true;
  }

  readCitation() {
    const match = this.match(CITATION);
    if (match) return this.cite(Number(match[1]), this.at + match[0].length);
    if (this.open && this.match(PARTIAL_CITATION)) {
      this.at = this.text.length;
      return true;
    }
    return false;
  }

  readLink() {
    const link = this.label(this.at);
    if (!link) return false;
    const children = this.inside(this.at + 1, link.labelEnd);
    const span = link.href ? { kind: "link", href: link.href, children } : { kind: "group", children };
    return this.add(span, link.end);
  }

  readImage() {
    if (this.text[this.at + 1] !== "[") return false;
    const image = this.label(this.at + 1);
    if (!image) return false;
    const alt = this.text.slice(this.at + 2, image.labelEnd);
    return this.add({ kind: "image", alt, href: image.href }, image.end);
  }

  readAngle() {
    const breakTag = this.match(BREAK_TAG);
    if (breakTag) return this.add({ kind: "break" }, this.at + breakTag[0].length);
    const match = this.match(ANGLE);
    return match ? this.addLink(match[1], this.at + match[0].length) : false;
  }

  readAddress() {
    const match = this.match(ADDRESS);
    if (!match) return false;
    let address = match[0].replace(/[.,;:!?\]}]+$/, "");
    if (!address.includes("(")) address = address.replace(/\)+[.,;:!?]*$/, "");
    return this.addLink(address, this.at + address.length);
  }

  /** Where the label that opens at `from` ends, and where its target leads. */
  label(from) {
    const labelEnd = closingBracket(this.text, from);
    if (labelEnd === null) return null;
    TARGET.lastIndex = PARTIAL_TARGET.lastIndex = labelEnd + 1;
    const target = TARGET.exec(this.text);
    if (target) return { labelEnd, href: safeAddress(target[1] ?? target[2]), end: TARGET.lastIndex };
    if (this.open && PARTIAL_TARGET.test(this.text)) return { labelEnd, href: null, end: this.text.length };
    return null;
  }

  /** Where `find` sees the marker closed; at the end of the text if that is still being written. */
  closed(marker, find) {
    if (this.unclosed.has(marker)) return null;
    const end = find();
    if (end !== null) return end;
    this.unclosed.add(marker);
    return this.open ? this.text.length : null;
  }

  inside(from, to) {
    return new Reader(this.text.slice(from, to), this.open && to === this.text.length, this.depth + 1).read();
  }

  run() {
    let end = this.at + 1;
    while (this.text[end] === this.text[this.at]) end += 1;
    return this.text.slice(this.at, end);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  addLink(address, end) {
    const href = safeAddress(address);
    return href ? this.add({ kind: "link", href, children: [{ kind: "text", text: address }] }, end) : false;
  }

  add(span, end) {
    if (span) this.spans.push(span);
    this.at = Math.min(end, this.text.length);
    return true;
  }

  /** The number of a source stays on one line with the end of the word before it. */
  cite(number, end) {
    const citation = { kind: "citation", number };
    const last = this.spans.at(-1);
    if (last?.kind === "together") {
      last.children.push(citation);
      return this.add(null, end);
    }
    const word = last?.kind === "text" ? LAST_WORD.exec(last.text) : null;
    if (!word) return this.add(citation, end);
    last.text = last.text.slice(0, word.index);
    return this.add({ kind: "together", children: [{ kind: "text", text: word[1] }, citation] }, end);
  }

  say(text) {
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
