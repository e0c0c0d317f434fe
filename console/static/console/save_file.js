/** Saves a text as a file of the visitor's. */

import { h } from "./dom.js";

export function saveAs(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  const link = h("a", { href: url, download: `${name.replace(/[\\/:*?"<>|\p{Cc}]/gu, " ").trim().slice(0, 80)}.md` });
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
