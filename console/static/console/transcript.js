/** The turns of the open session, scrolled to the end while the newest answer grows. */

import { Answer } from "./answer.js";
import { h } from "./dom.js";
import { t } from "./translation.js";
import { questionButtons } from "./question_buttons.js";
import { TurnView } from "./turn.js";

// Scrolled as near to the end as this, the transcript goes on scrolling with the text.
const NEAR_END_PX = 80;

export class Transcript {
  /**
   * `actions` are what buttons do: `ask(question)` and `askAnew(question)`, which asks it in a new
   * conversation; `again(view)` answers a question once more; `rate(answer, rating, comment)`;
   * `edit(turn, text)` asks another version of its question; `switchTo(turn, index)` shows one.
   */
  constructor({ element, scroller, latest, announcer, actions }) {
    Object.assign(this, { element, scroller, latest, announcer, actions });
    this.turns = [];
    this.autoScroll = true;
    scroller.addEventListener("scroll", () => this.handleScroll(), { passive: true });
    element.addEventListener("drawn", () => this.followText());
    latest.addEventListener("click", () => this.scrollToEnd());
  }

  get running() {
    return this.views.map(({ answer }) => answer).find((answer) => !answer.ended);
  }

  get views() {
    return this.turns.flatMap(({ views }) => views);
  }

  clear() {
    this.turns = [];
    this.element.replaceChildren();
  }

  /** The greeting of a new session, with questions to begin with. */
  greet(chat) {
    this.clear();
    this.element.append(h("section", { class: "greeting" },
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h2", {}, chat.name),
      h("p", { class: "opener" }, chat.prompt?.opener || t("greeting")),
      chat.description ? h("p", {}, chat.description) : null,
      questionButtons(chat.starters ?? [], t("starters"), this.actions.ask)));
  }

  /**
   * The newest messages of a session. `live(id)` is the answer that is already being read, if any;
   * `readPage(number)` gives the session with older messages, page by page.
   */
  show(session, live, readPage) {
    this.clear();
    for (const [question, messages] of exchangesOf(session.messages)) {
      this.add(question, ...messages.map((message) => live(message.id) ?? Answer.recorded(message, session.id)));
    }
    if (session.total > session.messages.length) this.offerOlder(readPage, session.messages.length);
    this.scrollToEnd();
  }

  /** A button above the messages, as long as there are older ones: pages of `pageSize`. */
  offerOlder(readPage, pageSize) {
    const first = this.turns[0]?.element ?? null;
    const button = h("button", { type: "button", class: "button ghost older" }, t("older"));
    button.addEventListener("click", async () => {
      button.disabled = true;
      const older = await this.readOlder(readPage, pageSize);
      if (!button.isConnected) return;
      if (!older) {
        button.disabled = false;
        return;
      }
      button.remove();
      const { id, exchanges, isLast } = older;
      const turns = exchanges.map(([question, messages]) =>
        new TurnView(question, messages.map((message) => Answer.recorded(message, id)), this.actions));
      this.turns.unshift(...turns);
      this.element.prepend(...turns.map(({ element }) => element));
      if (!isLast) this.offerOlder(readPage, pageSize);
      first?.scrollIntoView();
    });
    this.element.prepend(button);
  }

  /**
   * What comes before the turns that are shown; null if it cannot be read. Pages begin at the newest
   * message, so what has been asked or edited since the session was opened has moved their limits.
   */
  async readOlder(readPage, pageSize) {
    for (let page = Math.floor(this.messageCount / pageSize) + 1; ; page += 1) {
      const session = await readPage(page);
      if (!session) return null;
      const exchanges = exchangesOf(session.messages);
      const shown = exchanges.findIndex(([, answers]) => answers.some(({ id, status }) => status === "pending" || this.viewOfAnswer(id)));
      if (shown >= 0) exchanges.splice(shown);
      const isLast = page * pageSize >= session.total;
      if (exchanges.length || isLast) return { id: session.id, exchanges, isLast };
    }
  }

  /** Of the questions and answers that are shown; a question that is on an older page is empty. */
  get messageCount() {
    return this.views.length + this.turns.filter(({ question: { question } }) => question).length;
  }

  add(question, ...answers) {
    this.element.querySelector(".greeting")?.remove();
    const turn = new TurnView(question, answers, this.actions);
    this.turns.push(turn);
    this.element.append(turn.element);
    this.scrollToEnd();
    answers.forEach((answer) => answer.addEventListener("end", () => this.announce(answer)));
  }

  /** Removes the turn and all that came after it. */
  cut(turn) {
    this.turns.splice(this.turns.indexOf(turn)).forEach(({ element }) => element.remove());
  }

  /** The turn whose question, or one of whose answers, has that id. */
  turnOf(id) {
    return this.turns.find(({ versions, views }) => versions.includes(id) || views.some(({ answer }) => answer.id === id));
  }

  /** Another answer to the question that `view` answers. */
  addAlternative(view, answer) {
    const turn = this.turns.find(({ views }) => views.includes(view));
    if (!turn) return;
    turn.add(answer);
    answer.addEventListener("end", () => this.announce(answer));
  }

  /** The view of the answer with this id, if it is shown. */
  viewOfAnswer(id) {
    return this.views.find(({ answer }) => answer.id === id);
  }

  viewOf(element) {
    return this.views.find((view) => view.element.contains(element));
  }

  /** Screen readers read the answer once, when it is complete, not word by word. */
  announce(answer) {
    if (!this.views.some((view) => view.answer === answer)) return;
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

/** The questions among the messages with their answers; a question may be on an older page. */
function exchangesOf(messages) {
  const questions = new Map(messages.filter(({ role }) => role === "user").map((message) => [message.id, message]));
  const answers = Map.groupBy(messages.filter(({ role }) => role === "assistant"), ({ id, question_id: of }) => of ?? id);
  return [...answers].map(([id, group]) => {
    const { content: question, files, versions } = questions.get(id) ?? { content: "" };
    return [{ question, files, id, versions }, group];
  });
}
