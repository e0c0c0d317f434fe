/** The turns of the open session, scrolled to the end while the newest answer grows. */

import { Answer } from "./answer.js";
import { h } from "./dom.js";
import { t } from "./translation.js";
import { TurnView } from "./turn.js";

// Scrolled as near to the end as this, the transcript goes on scrolling with the text.
const NEAR_END_PX = 80;

export class Transcript {
  /** Calls `retry(question)` when "Try again" is pressed. */
  constructor({ element, scroller, latest, announcer, retry }) {
    Object.assign(this, { element, scroller, latest, announcer, retry });
    this.turns = [];
    this.autoScroll = true;
    scroller.addEventListener("scroll", () => this.handleScroll(), { passive: true });
    element.addEventListener("drawn", () => this.followText());
    latest.addEventListener("click", () => this.scrollToEnd());
  }

  get running() {
    return this.turns.map(({ answer }) => answer).find((answer) => !answer.ended);
  }

  clear() {
    this.turns = [];
    this.element.replaceChildren();
  }

  /** The greeting of a new session. */
  greet(chat) {
    this.clear();
    this.element.append(h("section", { class: "greeting" },
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h2", {}, chat.name),
      h("p", { class: "opener" }, chat.prompt?.opener || t("greeting")),
      chat.description ? h("p", {}, chat.description) : null));
  }

  /** The messages of a session. `live(id)` is the answer that is already being read, if any. */
  show(session, live) {
    this.clear();
    const questions = new Map(session.messages.filter(({ role }) => role === "user").map((message) => [message.id, message]));
    for (const message of session.messages) {
      if (message.role !== "assistant") continue;
      const { content: question, files } = questions.get(message.question_id) ?? { content: "" };
      this.add({ question, files }, live(message.id) ?? Answer.recorded(message, session.id));
    }
    this.scrollToEnd();
  }

  add(question, answer) {
    if (this.turns.length === 0) this.element.replaceChildren();
    const turn = new TurnView(question, answer, this.retry);
    this.turns.push(turn);
    this.element.append(turn.element);
    this.scrollToEnd();
    answer.addEventListener("end", () => this.announce(answer));
  }

  turnOf(element) {
    return this.turns.find((turn) => turn.element.contains(element));
  }

  /** Screen readers read the answer once, when it is complete, not word by word. */
  announce(answer) {
    if (!this.turns.some((turn) => turn.answer === answer)) return;
    const said = answer.status === "complete" ? "" : `${answer.error?.message ?? t(`status_${answer.status}`)} `;
    this.announcer.textContent = said + answer.textWithoutCitations.replace(/[*_#`>|]/g, "");
  }

  followText() {
    if (this.autoScroll) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.handleScroll();
  }

  scrollToEnd() {
    this.autoScroll = true;
    this.followText();
    this.latest.hidden = true;
  }

  handleScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.autoScroll = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.latest.hidden = this.autoScroll;
  }
}
