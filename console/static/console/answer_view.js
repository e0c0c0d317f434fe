/** One answer in the transcript: its text, what became of it, and what can be done with it. */

import { copyButton, h, icon, iconButton } from "./dom.js";
import { MarkdownView } from "./markdown/view.js";
import { questionButtons } from "./question_buttons.js";
import { Rating } from "./rating.js";
import { citedChunks } from "./sources.js";
import { t } from "./translation.js";

const STAGES = new Set(["retrieving", "thinking", "answering"]);
const PILLS = 4;

export class AnswerView {
  /** `actions` are the transcript's: `ask`, `askAnew`, `again` and `rate`. */
  constructor(question, answer, actions) {
    Object.assign(this, { question, answer, actions });
    this.build();
    this.draw();
    answer.addEventListener("change", () => this.drawSoon());
  }

  build() {
    this.stage = h("p", { class: "stage" });
    this.reasoningProse = h("div", { class: "prose" });
    this.reasoning = h("details", { class: "reasoning", hidden: true },
      h("summary", {}, icon("chevron"), h("span", {}, t("reasoning"))), this.reasoningProse);
    this.prose = h("div", { class: "prose" });
    this.outcome = h("div", { class: "outcome", hidden: true });
    this.pills = h("ul", { class: "pills", "aria-label": t("sources"), hidden: true });
    this.facts = h("span");
    this.rating = new Rating(this.answer, this.actions.rate);
    this.footer = h("footer", { class: "facts", hidden: true },
      copyButton(() => this.answer.textWithoutCitations),
      iconButton("retry", t("answer_again"), () => this.actions.again(this)),
      ...this.rating.buttons, this.facts);
    this.suggestions = h("div", { class: "suggestions", hidden: true });
    this.number = h("p", { class: "number-of", hidden: true });
    this.element = h("div", { class: "answer" }, this.number,
      this.reasoning, this.prose, this.stage, this.outcome, this.pills, this.footer, this.rating.form, this.suggestions);
    this.textView = new MarkdownView(this.prose);
    this.reasoningView = new MarkdownView(this.reasoningProse);
  }

  /** Of several answers to a question, it is the nth. */
  setNumber(n, total) {
    this.number.hidden = total < 2;
    this.number.textContent = t("answer_n", { n, total });
  }

  /** Draws at most once per animation frame, however fast the text arrives. */
  drawSoon() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  draw() {
    const { answer } = this;
    const open = !answer.ended;
    this.textView.update(answer.text, { open });
    this.drawReasoning(open);
    this.stage.hidden = !open || Boolean(answer.text);
    this.stage.replaceChildren(h("span", { class: "pulse" }), t(`stage_${STAGES.has(answer.stage) ? answer.stage : "waiting"}`));
    this.element.setAttribute("aria-busy", String(open));
    this.element.classList.toggle("writing", open);
    if (!open) this.drawEnd();
    this.element.dispatchEvent(new Event("drawn", { bubbles: true }));
  }

  drawReasoning(open) {
    this.reasoning.hidden = !this.answer.reasoning;
    if (this.answer.reasoning) this.reasoningView.update(this.answer.reasoning, { open });
  }

  drawEnd() {
    this.drawPills();
    this.drawOutcome();
    this.drawFacts();
    this.drawSuggestions();
    const known = this.answer.reference?.chunks ?? [];
    for (const chip of this.prose.querySelectorAll(".citation")) {
      chip.disabled = !known[chip.dataset.citation];
    }
  }

  drawPills() {
    const sources = citedChunks(this.answer);
    this.pills.hidden = sources.length === 0;
    const pills = sources.slice(0, PILLS).map(pill);
    const rest = sources.length - pills.length;
    if (rest > 0) {
      const next = sources[PILLS].number;
      pills.push(h("li", {}, h("button", { type: "button", class: "pill", "data-citation": next }, t("more", { n: rest }))));
    }
    this.pills.replaceChildren(...pills);
  }

  drawOutcome() {
    const { status, error } = this.answer;
    this.outcome.hidden = status === "complete";
    if (status === "complete") return;
    this.outcome.className = `outcome ${status}`;
    const sentence = status === "failed" || status === "refused" ? error?.message || t("status_failed") : t(`status_${status}`);
    this.outcome.replaceChildren(
      icon(status === "stopped" ? "stop" : "alert"),
      h("p", {}, sentence),
      ...this.remedies(error ?? undefined));
  }

  /** A button that may help: asking the same again does not, if the conversation is gone. */
  remedies({ code } = {}) {
    const button = (name, label, act) => h("button", { type: "button", class: "button small", on: { click: () => act(this.question) } }, icon(name), label);
    if (code === 401 || code === 403) return [];
    if (code !== 404) return [button("retry", t("try_again"), this.actions.ask)];
    return this.answer.ask?.session_id ? [button("plus", t("ask_anew"), this.actions.askAnew)] : [];
  }

  drawSuggestions() {
    const questions = questionButtons(this.answer.suggestions, t("suggestions"), this.actions.ask);
    this.suggestions.hidden = !questions;
    this.suggestions.replaceChildren(...(questions ? [questions] : []));
  }

  drawFacts() {
    const { text, timing, usage } = this.answer;
    this.footer.hidden = !text;
    const facts = [
      timing?.total_ms != null && duration(timing.total_ms),
      usage?.total_tokens && t("tokens", { n: usage.total_tokens }),
    ].filter(Boolean);
    this.facts.textContent = facts.join(" · ");
    this.rating.draw();
  }
}

function duration(ms) {
  return ms < 1000 ? t("milliseconds", { n: ms }) : t("seconds", { n: (ms / 1000).toFixed(1) });
}

function pill({ number, chunk }) {
  const place = chunk.document_metadata?.place ?? "";
  const heading = place.split(" › ").at(-1);
  return h("li", {}, h("button", { type: "button", class: "pill", "data-citation": number, title: place || chunk.document_name },
    h("span", { class: "number" }, String(number + 1)),
    h("span", { class: "name" }, chunk.document_name),
    heading ? h("span", { class: "where" }, heading) : null));
}
