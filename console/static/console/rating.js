/** Whether an answer was good or bad, and why: two buttons, and a form that opens when one is pressed. */

import { h, iconButton } from "./dom.js";
import { t } from "./translation.js";

const MAX_COMMENT_CHARS = 2000;

export class Rating {
  /** `rate(answer, rating, comment)` saves it; it returns whether that went well. */
  constructor(answer, rate) {
    Object.assign(this, { answer, rate });
    this.up = iconButton("up", t("rate_up"), () => this.press("up"));
    this.down = iconButton("down-thumb", t("rate_down"), () => this.press("down"));
    this.comment = h("textarea", { rows: 2, maxlength: MAX_COMMENT_CHARS, "aria-label": t("comment"), placeholder: t("comment") });
    this.form = h("form", { class: "rating", hidden: true, on: { submit: (event) => this.submit(event) } },
      this.comment, h("button", { class: "button small" }, t("save")),
      h("button", { type: "button", class: "button small", on: { click: () => this.close() } }, t("close")));
    this.saved = h("span", { class: "saved", role: "status" });
    this.buttons = [this.up, this.down, this.saved];
    this.draw();
  }

  draw() {
    for (const [button, rating] of [[this.up, "up"], [this.down, "down"]]) {
      button.setAttribute("aria-pressed", String(this.answer.rating === rating));
    }
  }

  /** A second press takes the rating back. */
  async press(pressed) {
    const rating = this.answer.rating === pressed ? null : pressed;
    if (!await this.save(rating, rating ? this.answer.comment : "")) return;
    this.form.hidden = !rating;
    if (!rating) return;
    this.comment.value = this.answer.comment;
    this.comment.focus();
  }

  async submit(event) {
    event.preventDefault();
    if (await this.save(this.answer.rating, this.comment.value.trim())) this.close();
  }

  close() {
    this.form.hidden = true;
    (this.answer.rating === "down" ? this.down : this.up).focus();
  }

  async save(rating, comment) {
    if (!await this.rate(this.answer, rating, comment)) return false;
    Object.assign(this.answer, { rating, comment });
    this.saved.textContent = rating ? t("rating_saved") : t("rating_removed");
    this.draw();
    return true;
  }
}
