/** A question in the transcript: its text and files, its versions, and the form in which it is edited. */

import { h, icon, iconButton } from "./dom.js";
import { folded } from "./folding.js";
import { t } from "./translation.js";

export class QuestionView {
  /**
   * It is the version with that index, from 0, of so many. Calls `edit(text)`, and `show(index)` for
   * another version.
   */
  constructor({ question, files }, { index, total }, { edit, show }) {
    Object.assign(this, { question, files, index, total, edit, show });
    this.pencil = iconButton("pencil", t("edit_question"), () => this.openForm(question));
    this.text = h("div", { class: "asked" }, ...folded(question));
    this.tools = h("div", { class: "question-tools" }, this.pencil, total > 1 ? this.versions() : null);
    const names = files.map(({ name }) => h("li", {}, icon("file"), h("span", {}, name)));
    this.element = h("div", { class: "question" },
      h("h2", { class: "visually-hidden" }, t("you_asked")),
      names.length ? h("ul", { class: "files" }, ...names) : null,
      this.text, this.tools);
  }

  versions() {
    const { index, total } = this;
    this.previous = iconButton("back", t("previous_version"), () => this.show(index - 1), { disabled: index === 0 });
    this.next = iconButton("forward", t("next_version"), () => this.show(index + 1), { disabled: index === total - 1 });
    return h("div", { class: "versions", role: "group", "aria-label": t("version_n", { n: index + 1, total }) },
      this.previous, h("span", { "aria-hidden": "true" }, `${index + 1}/${total}`), this.next);
  }

  /** To the button that was pressed to come here from the version with that index, or the other one. */
  focusVersions(from) {
    const [first, second] = from < this.index ? [this.next, this.previous] : [this.previous, this.next];
    (first?.disabled ? second : first)?.focus();
  }

  openForm(text) {
    this.form?.remove();
    const input = h("textarea", { rows: Math.min(8, text.split("\n").length + 1), "aria-label": t("edit_question") });
    input.value = text;
    input.addEventListener("keydown", (event) => this.handleKey(event));
    this.form = h("form", { on: { submit: (event) => this.submit(event) } }, input,
      h("button", { class: "button small primary" }, t("ask")),
      h("button", { type: "button", class: "button small", on: { click: () => this.closeForm() } }, t("cancel")));
    this.text.hidden = this.tools.hidden = true;
    this.element.append(this.form);
    input.focus();
  }

  closeForm() {
    this.form.remove();
    this.text.hidden = this.tools.hidden = false;
    this.pencil.focus();
  }

  /** As in the form for a new question; Escape keeps the question as it is. */
  handleKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.closeForm();
    } else if (event.key === "Enter" && !event.shiftKey) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.form.querySelector("textarea").value.trim();
    if (text === this.question) this.closeForm();
    else if (text) this.edit(text);
  }
}
