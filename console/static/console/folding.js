/** Long questions are folded: the first lines, and a button for the rest. */

import { h } from "./dom.js";
import { t } from "./translation.js";

const MAX_CHARS = 700;
const MAX_LINES = 10;

/** The paragraph of a question, with a button after it if it is long. */
export function folded(text) {
  const paragraph = h("p", {}, text);
  if (text.length <= MAX_CHARS && text.split("\n").length <= MAX_LINES) return [paragraph];
  const button = h("button", { type: "button", class: "button ghost fold", "aria-expanded": "false" }, t("show_all"));
  paragraph.classList.add("folded");
  button.addEventListener("click", () => {
    const isFolded = paragraph.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!isFolded));
    button.textContent = t(isFolded ? "show_all" : "show_less");
  });
  return [paragraph, button];
}
