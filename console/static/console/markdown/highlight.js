/** Cuts code into coloured tokens: comments, strings, numbers, keywords. Pure: it knows no DOM. */

// Longer code is shown in one colour: it is drawn anew with each piece that arrives.
const MAX_CHARS = 20_000;
const COMMENTS = {
  hash: "#[^\\n]*",
  slash: "\\/\\/[^\\n]*|\\/\\*[^*]*(?:\\*(?!\\/)[^*]*)*(?:\\*\\/|$)",
  dash: "--[^\\n]*",
};
const STYLES = new Map([
  ...["py", "python", "sh", "bash", "zsh", "shell", "console", "yaml", "yml", "toml", "ini", "conf", "env",
    "ruby", "rb", "r", "perl", "make", "makefile", "dockerfile", "nginx"].map((name) => [name, "hash"]),
  ...["js", "javascript", "jsx", "ts", "typescript", "tsx", "java", "kotlin", "swift", "c", "cpp", "c++", "h",
    "cs", "csharp", "go", "rust", "rs", "php", "css", "scss", "dart", "json", "json5"].map((name) => [name, "slash"]),
  ...["sql", "lua", "haskell"].map((name) => [name, "dash"]),
]);
// Strings end with their line, if they are not closed.
const STRINGS = "\"(?:[^\"\\\\\\n]|\\\\.)*\"?|'(?:[^'\\\\\\n]|\\\\.)*'?|`(?:[^`\\\\]|\\\\[^])*`?";
const NUMBERS_AND_WORDS = "\\d[\\w.]*|[\\p{L}_$][\\p{L}\\p{N}_$]*";
const KEYWORDS = new Set(("and as assert async await begin break by case catch class const continue create def default delete do done "
  + "elif else end enum esac except export extends false fi finally fn for from func function go group if implements import "
  + "in inner insert int interface into is join key lambda let limit match mod mut new nil none not null of on or order pass "
  + "primary private protected pub public raise return select self set static struct super switch table then this throw "
  + "true try type undefined union update use using values var void when where while with yield").split(" "));

/** The text as a list of `{ kind, text }`; `kind` is null where it has no colour of its own. */
export function highlight(text, language) {
  const style = STYLES.get(language.toLowerCase());
  if (!style || text.length > MAX_CHARS) return [{ kind: null, text }];
  const token = new RegExp(`(${COMMENTS[style]})|(${STRINGS})|${NUMBERS_AND_WORDS}`, "gu");
  const tokens = [];
  let from = 0;
  for (const found of text.matchAll(token)) {
    const kind = kindOf(found);
    if (!kind) continue;
    if (found.index > from) tokens.push({ kind: null, text: text.slice(from, found.index) });
    tokens.push({ kind, text: found[0] });
    from = found.index + found[0].length;
  }
  if (from < text.length) tokens.push({ kind: null, text: text.slice(from) });
  return tokens;
}

function kindOf([word, comment, string]) {
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (word[0] >= "0" && word[0] <= "9") return "number";
  return KEYWORDS.has(word.toLowerCase()) ? "keyword" : null;
}
