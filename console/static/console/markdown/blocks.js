/** Parses Markdown's block syntax into a tree of plain objects. Pure: it knows no DOM. */

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)([^\n]*)$/;
const FENCE = /^( {0,3})(`{3,}|~{3,})([^`]*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?= |$)/;
const DELIMITER_CELL = /^:?-+:?$/;
const PARTIAL_DELIMITER_ROW = /^[ \t|:-]*$/;
const MAX_DEPTH = 12;

/**
 * The blocks of `text`. Their `source`s, joined by a newline, are the text again, so the parsing of
 * a growing text can go on from the start of any block.
 * `open`: the text is still being written, so its last line may be incomplete.
 */
export function parseBlocks(text, { open = false, depth = 0 } = {}) {
  const lines = text.split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const start = at;
    at = skipBlank(lines, at);
    if (at === lines.length) break;
    const { block, next } = readBlock(lines, at, { open, depth });
    at = skipBlank(lines, next);
    blocks.push({ ...block, source: lines.slice(start, at).join("\n") });
  }
  return blocks;
}

function readBlock(lines, at, context) {
  const readers = context.depth < MAX_DEPTH ? READERS : [readParagraph];
  for (const read of readers) {
    const found = read(lines, at, context);
    if (found) return found;
  }
}

const READERS = [readFence, readHeading, readRule, readQuote, readList, readTable, readParagraph];

function readFence(lines, at) {
  const opening = FENCE.exec(lines[at]);
  if (!opening) return null;
  const [, indent, fence, info] = opening;
  const [language] = info.trim().split(/\s/, 1);
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
  const margin = new RegExp(`^ {0,${indent.length}}`);
  let next = at + 1;
  while (next < lines.length && !closing.test(lines[next])) next += 1;
  const text = lines.slice(at + 1, next).map((line) => line.replace(margin, "")).join("\n");
  return { block: { kind: "code", language, text }, next: next + 1 };
}

function readHeading(lines, at) {
  const heading = HEADING.exec(lines[at]);
  if (!heading) return null;
  const text = heading[2].trim().replace(/(^|[ \t])#+$/, "").trimEnd();
  return { block: { kind: "heading", level: heading[1].length, text }, next: at + 1 };
}

function readRule(lines, at) {
  return RULE.test(lines[at]) ? { block: { kind: "rule" }, next: at + 1 } : null;
}

function readQuote(lines, at, { open, depth }) {
  if (!QUOTE.test(lines[at])) return null;
  let next = at + 1;
  while (next < lines.length && (QUOTE.test(lines[next]) || continues(lines, next))) next += 1;
  const text = lines.slice(at, next).map((line) => line.replace(QUOTE, "")).join("\n");
  return { block: { kind: "quote", blocks: parseBlocks(text, { open, depth: depth + 1 }) }, next };
}

function readList(lines, at, { open, depth }) {
  const first = readMarker(lines[at]);
  if (!first || RULE.test(lines[at])) return null;
  const items = [];
  let next = at;
  while (next < lines.length) {
    const current = readMarker(lines[next]);
    const sibling = current && current.ordered === first.ordered && !RULE.test(lines[next]);
    if (!sibling) break;
    const end = endOfItem(lines, next, current);
    const below = lines.slice(next + 1, end).map((line) => unindent(line, current.width));
    const text = [lines[next].slice(current.width), ...below].join("\n");
    items.push(parseBlocks(text, { open, depth: depth + 1 }));
    next = end;
  }
  return { block: { kind: "list", ordered: first.ordered, start: first.number, items }, next };
}

function readMarker(line) {
  const match = ITEM.exec(line);
  if (!match) return null;
  const [, indent, marker] = match;
  const ordered = /\d/.test(marker);
  return {
    indent: indent.length,
    width: indent.length + marker.length + 1,
    ordered,
    number: ordered ? Number.parseInt(marker, 10) : null,
  };
}

/** What is indented below a list item belongs to it; models often indent by two instead of three. */
function endOfItem(lines, at, current) {
  let next = at + 1;
  while (next < lines.length) {
    const content = skipBlank(lines, next);
    if (content === lines.length) return content;
    const indent = lines[content].search(/\S/);
    const child = readMarker(lines[content]);
    const own = indent >= current.width || (child && indent >= current.indent + 2);
    const lazy = content === next && continues(lines, content);
    if (!own && !lazy) return content;
    next = content + 1;
  }
  return next;
}

function unindent(line, width) {
  return line.slice(Math.min(width, Math.max(line.search(/\S/), 0)));
}

function readTable(lines, at, { open }) {
  if (!startsTable(lines, at) && !(open && mayBecomeTable(lines, at))) return null;
  let next = at + 2;
  while (next < lines.length && lines[next].includes("|")) next += 1;
  next = Math.min(next, lines.length);
  const aligns = cells(lines[at + 1] ?? "").map(alignment);
  const [head, , ...rows] = lines.slice(at, next).map(cells);
  return { block: { kind: "table", head, rows, aligns }, next };
}

function startsTable(lines, at) {
  const next = lines[at + 1];
  if (next === undefined || !lines[at].includes("|") || !next.includes("-")) return false;
  const rule = cells(next);
  return rule.every((cell) => DELIMITER_CELL.test(cell)) && cells(lines[at]).length === rule.length;
}

/** Whether this is the head of a table whose delimiter row is incomplete or has not arrived yet. */
function mayBecomeTable(lines, at) {
  if (!lines[at].trimStart().startsWith("|") || at < lines.length - 2) return false;
  return PARTIAL_DELIMITER_ROW.test(lines[at + 1] ?? "");
}

function cells(row) {
  const inner = row.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function alignment(cell) {
  const left = cell.startsWith(":");
  const right = cell.endsWith(":");
  if (left && right) return "center";
  return right ? "right" : "";
}

function readParagraph(lines, at, context) {
  let next = at + 1;
  while (next < lines.length && continues(lines, next, context)) next += 1;
  const text = lines.slice(at, next).map((line) => line.trimStart()).join("\n");
  return { block: { kind: "paragraph", text }, next };
}

/** Whether this line continues the paragraph before it. */
function continues(lines, at) {
  const line = lines[at];
  if (line.trim() === "" || startsTable(lines, at)) return false;
  return ![HEADING, FENCE, RULE, QUOTE, ITEM].some((start) => start.test(line));
}

function skipBlank(lines, at) {
  while (at < lines.length && lines[at].trim() === "") at += 1;
  return at;
}
