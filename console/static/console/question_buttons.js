/** Questions as buttons: the starters of a dialog, and what may be asked after an answer. */

import { h } from "./dom.js";

/** A list that calls `ask({question, files})` when one is pressed; null if there are none. */
export function questionButtons(questions, label, ask) {
  if (questions.length === 0) return null;
  const button = (question) => h("button", {
    type: "button", class: "button ask", on: { click: () => ask({ question, files: [] }) },
  }, question);
  return h("ul", { class: "questions", "aria-label": label }, ...questions.map((question) => h("li", {}, button(question))));
}
