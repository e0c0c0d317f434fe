/** The conversation on the page: turns one below the other, the newest in view while it grows. */

import { Answer } from "./answer.js";
import { h } from "./dom.js";
import { t } from "./text.js";
import { TurnView } from "./turn.js";

// As near to the end as this, the reader is taken to follow the text.
const NEAR_PX = 80;

export class Transcript {
  /** `retry(question)`: somebody wants the same asked again. */
  constructor({ element, scroller, latest, announcer, retry }) {
    Object.assign(this, { element, scroller, latest, announcer, retry });
    this.turns = [];
    this.following = true;
    scroller.addEventListener("scroll", () => this.noticeScroll(), { passive: true });
    element.addEventListener("drawn", () => this.keepUp());
    latest.addEventListener("click", () => this.toEnd());
  }

  get running() {
    return this.turns.map(({ answer }) => answer).find((answer) => !answer.ended);
  }

  clear() {
    this.turns = [];
    this.element.replaceChildren();
  }

  /** What an empty conversation says. */
  greet(chat) {
    this.clear();
    this.element.append(h("section", { class: "greeting" },
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h2", {}, chat.name),
      h("p", { class: "opener" }, chat.prompt?.opener || t("greeting")),
      chat.description ? h("p", {}, chat.description) : null));
  }

  /** The messages of a session. `live(id)` is the answer that is being followed already, if it is. */
  show(session, live) {
    this.clear();
    const questions = new Map(session.messages.filter(({ role }) => role === "user").map((message) => [message.id, message]));
    for (const message of session.messages) {
      if (message.role !== "assistant") continue;
      const { content: question, files } = questions.get(message.question_id) ?? { content: "" };
      this.add({ question, files }, live(message.id) ?? Answer.recorded(message, session.id));
    }
    this.toEnd();
  }

  add(question, answer) {
    if (this.turns.length === 0) this.element.replaceChildren();
    const turn = new TurnView(question, answer, this.retry);
    this.turns.push(turn);
    this.element.append(turn.element);
    this.toEnd();
    answer.addEventListener("end", () => this.announce(answer));
  }

  turnOf(element) {
    return this.turns.find((turn) => turn.element.contains(element));
  }

  /** Read aloud once, when it is there: not word by word. */
  announce(answer) {
    if (!this.turns.some((turn) => turn.answer === answer)) return;
    const said = answer.status === "complete" ? "" : `${answer.error?.message ?? t(`status_${answer.status}`)} `;
    this.announcer.textContent = said + answer.words.replace(/[*_#`>|]/g, "");
  }

  keepUp() {
    if (this.following) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.noticeScroll();
  }

  toEnd() {
    this.following = true;
    this.keepUp();
    this.latest.hidden = true;
  }

  noticeScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.latest.hidden = this.following;
  }
}
