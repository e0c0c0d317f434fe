/** The playground page: connects the list of sessions, the transcript, the composer and the socket. */

import { Answer } from "./answer.js";
import { listChats, rateAnswer, readSession, readWholeSession, regenerate, switchBranch } from "./api.js";
import { Composer } from "./composer.js";
import { asMarkdown } from "./conversation_markdown.js";
import { Connection } from "./connection.js";
import { find, h } from "./dom.js";
import { Drawer } from "./drawer.js";
import { addMissing, isOtherBranch } from "./following.js";
import * as route from "./route.js";
import { saveAs } from "./save_file.js";
import { SessionList } from "./sessions.js";
import { ChatSocket } from "./socket.js";
import { SourcePanel } from "./sources.js";
import { t } from "./translation.js";
import { OtherTabs } from "./other_tabs.js";
import { Transcript } from "./transcript.js";
import { fitViewport } from "./viewport.js";

const page = JSON.parse(find("page").textContent);

class Playground {
  constructor() {
    this.connection = new Connection(`${location.origin.replace(/^http/, "ws")}${page.socket}`);
    this.socket = new ChatSocket(this.connection);
    this.otherTabs = new OtherTabs(() => this.renew());
    // Whether another answer or branch is being asked for: what is heard of it meanwhile is not from
    // elsewhere.
    this.changing = false;
    this.drawer = new Drawer();
    this.sources = new SourcePanel(find("sources"));
    this.transcript = new Transcript({
      element: find("transcript"), scroller: find("scroller"), latest: find("latest"),
      announcer: find("announcer"),
      actions: {
        ask: (question) => this.ask(question),
        askAnew: (question) => this.run(this.askAnew(question)),
        again: (view) => this.run(this.answerAgain(view)),
        rate: (answer, rating, comment) => this.rate(answer, rating, comment),
        edit: (turn, text) => this.edit(turn, text),
        switchTo: (turn, index) => this.run(this.switchTo(turn, index)),
      },
    });
    this.sessions = new SessionList(find("sessions"), {
      confirm: confirmDeletion,
      open: (id) => this.openSession(id),
      changed: () => this.otherTabs.tell(),
      deleted: (id) => id === this.sessionId && this.openSession(null),
      failed: (error) => this.showError(error),
    });
    this.composer = new Composer(find("composer"), {
      limits: page.limits,
      ask: (question) => this.ask(question),
      stop: () => this.stop(),
    });
  }

  async start() {
    this.listen();
    this.connection.connect();
    this.chats = await listChats();
    if (this.chats.length === 0) return this.showNoChats();
    const options = this.chats.map(({ id, name }) => h("option", { value: id }, name));
    find("chats").replaceChildren(...options);
    return this.openFromAddress({ replace: true });
  }

  listen() {
    find("chats").addEventListener("change", ({ target }) => this.run(this.openChat(target.value)));
    find("new-session").addEventListener("click", () => this.openSession(null));
    find("export").addEventListener("click", () => this.run(this.export()));
    this.connection.addEventListener("state", () => this.showConnection());
    this.connection.addEventListener("open", () => this.run(this.catchUp()));
    this.socket.addEventListener("question", ({ detail }) => this.run(this.showFollowed(detail)));
    this.socket.addEventListener("branch", ({ detail }) => detail === this.sessionId && this.run(this.catchUp()));
    this.socket.addEventListener("notice", ({ detail }) => this.notify(detail));
    addEventListener("popstate", () => this.run(this.openFromAddress({ replace: true })));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.handleEscape(event));
    document.addEventListener("click", ({ target }) => {
      const opener = target.closest?.("[data-citation]");
      if (opener) this.openSource(opener);
    });
  }

  /** Opens the chat and session in the page's address, else the chat that was open last. */
  async openFromAddress(options) {
    const { chatId, sessionId } = route.read();
    const known = (id) => this.chats.find((chat) => chat.id === id);
    const chat = known(chatId) ?? known(localStorage.getItem("chat")) ?? this.chats[0];
    await this.openChat(chat.id, chat.id === chatId ? sessionId : null, options);
    if (chatId && chat.id !== chatId) this.notify(t("no_such_chat", { name: chat.name }));
  }

  async openChat(id, sessionId = null, options = {}) {
    this.chat = this.chats.find((chat) => chat.id === id);
    localStorage.setItem("chat", id);
    find("chats").value = id;
    await Promise.all([this.sessions.load(id), this.showSession(sessionId, options)]);
    this.follow();
    this.showTitle();
  }

  openSession(id) {
    this.drawer.close();
    return this.run(this.showSession(id));
  }

  /** A question that is asked meanwhile waits: it belongs to the session being opened. */
  showSession(id, options = {}) {
    return this.composer.holdUntil(this.loadSession(id, options));
  }

  async loadSession(id, options) {
    const { chat } = this;
    this.sessionId = id;
    this.sources.close();
    // Before it is read, so that nothing is asked unnoticed in between.
    this.follow();
    const session = id ? await this.readSession(chat, id) : null;
    const asked = session?.id ?? null;
    if (this.chat !== chat || this.sessionId !== asked) return;
    route.go({ chatId: chat.id, sessionId: asked }, options);
    this.sessions.select(asked);
    if (session) this.showMessages(session);
    else this.transcript.greet(chat);
    this.resumeRunning();
    this.showTitle();
    this.composer.focus();
  }

  showMessages(session) {
    const { chat } = this;
    const older = (page) => this.readSession(chat, session.id, page).catch((error) => this.showError(error));
    this.transcript.show(session, (id) => this.socket.find(id), older);
  }

  /** The session; null, which opens a new one, if it was deleted. */
  async readSession(chat, id, page = 1) {
    try {
      return await readSession(chat.id, id, page);
    } catch (error) {
      if (error.code !== 404) throw error;
      this.showError(error);
      if (this.sessionId === id) this.sessionId = null;
      return null;
    }
  }

  /** Goes on reading an answer that another page, or an earlier visit, has asked for. */
  resumeRunning() {
    const { running } = this.transcript;
    if (running) this.refreshAtEnd(this.socket.find(running.id) ?? this.socket.read(running));
    this.composer.setBusy(Boolean(running));
  }

  /** The open session; without one, the newest, so that the list shows what is asked elsewhere. */
  follow() {
    this.socket.follow(this.sessionId ?? this.sessions.newest);
  }

  /** An answer that was asked for elsewhere. */
  async showFollowed(answer) {
    if (answer.sessionId === this.sessionId) await this.catchUp();
    await this.refresh();
  }

  /** Shows what was asked elsewhere since the session was read. */
  async catchUp() {
    const { chat, sessionId } = this;
    const isBusy = () => this.transcript.running || this.changing || !this.transcript.turns.length;
    if (!sessionId || isBusy()) return;
    const session = await readSession(chat.id, sessionId);
    if (this.chat !== chat || this.sessionId !== sessionId || isBusy()) return;
    if (isOtherBranch(this.transcript, session)) this.showMessages(session);
    else addMissing(this.transcript, session, (id) => this.socket.find(id));
    this.resumeRunning();
  }

  /** `edit`: the id of the question that it is another version of. Returns the answer. */
  ask({ question, files, edit, versions }) {
    if (this.transcript.running) return null;
    const answer = this.socket.ask({
      chat_id: this.chat.id,
      question,
      ...(this.sessionId ? { session_id: this.sessionId } : {}),
      ...(edit ? { edit } : {}),
      ...(files.length ? { files: files.map(({ id }) => id) } : {}),
    });
    this.transcript.add({ question, files, versions }, answer);
    this.refreshAtEnd(answer);
    this.composer.setBusy(true);
    if (!this.sessionId) this.adoptSession(answer, this.chat);
    return answer;
  }

  /** Another version of a question: what came after it is replaced by a new branch. */
  edit(turn, text) {
    if (this.transcript.running) return this.notify(t("busy"));
    const { id: edit, versions, question: { files } } = turn;
    this.transcript.cut(turn);
    const answer = this.ask({ question: text, files, edit, versions: [...versions, null] });
    this.composer.focus();
    if (edit) answer.addEventListener("end", () => answer.status === "refused" && this.run(this.editAgain(edit, text, answer)));
  }

  /** The server has refused the version: the old branch is shown, and what was typed stays. */
  async editAgain(id, text, { sessionId, error }) {
    if (this.sessionId !== sessionId) return;
    await this.showSession(sessionId);
    this.showError(error);
    this.transcript.turnOf(id)?.questionView.openForm(text);
  }

  /** Shows the branch with the version of a question that has that index. */
  async switchTo(turn, index) {
    if (this.transcript.running) return this.notify(t("busy"));
    const { sessionId } = this;
    const { versions, questionView: { index: from } } = turn;
    this.changing = true;
    try {
      await switchBranch(versions[index]);
      if (this.sessionId === sessionId) await this.showSession(sessionId);
    } finally {
      this.changing = false;
    }
    const shown = this.transcript.turnOf(versions[index]);
    shown?.questionView.focusVersions(from);
    find("announcer").textContent = shown ? `${t("version_n", { n: index + 1, total: versions.length })}: ${shown.question.question}` : "";
  }

  /** Asks a question again whose conversation is gone. */
  async askAnew(question) {
    await this.showSession(null);
    this.ask(question);
  }

  /** Another answer to the same question, beside those that there are. */
  async answerAgain(view) {
    if (this.transcript.running) return;
    const { chat, sessionId } = this;
    this.changing = true;
    const { id } = await regenerate(view.answer.id).finally(() => (this.changing = false));
    if (this.chat !== chat || this.sessionId !== sessionId) return;
    const answer = this.socket.find(id) ?? this.socket.read(new Answer({ id, sessionId }));
    this.transcript.addAlternative(view, answer);
    this.refreshAtEnd(answer);
    this.composer.setBusy(true);
  }

  /** Whether it was saved; if not, the page says why. */
  async rate(answer, rating, comment) {
    try {
      await rateAnswer(answer.id, rating, comment);
      return true;
    } catch (error) {
      this.showError(error);
      return false;
    }
  }

  /** The first frame of a first question names the session that the server made for it. */
  adoptSession(answer, chat) {
    const onChange = () => {
      if (!answer.sessionId) return;
      answer.removeEventListener("change", onChange);
      if (this.transcript.running === answer) {
        this.sessionId = answer.sessionId;
        route.go({ chatId: chat.id, sessionId: this.sessionId }, { replace: true });
        this.follow();
      }
      this.otherTabs.tell();
      if (this.chat === chat) this.run(this.refresh());
    };
    answer.addEventListener("change", onChange);
  }

  refreshAtEnd(answer) {
    answer.addEventListener("end", () => {
      this.composer.setBusy(Boolean(this.transcript.running));
      this.run(this.refresh());
    });
  }

  /** As `refresh`, but in the background: a visitor who did nothing is not told that it failed. */
  renew() {
    if (this.chat) this.refresh().catch(() => {});
  }

  async refresh() {
    await this.sessions.load(this.chat.id);
    this.sessions.select(this.sessionId);
    this.showTitle();
  }

  stop() {
    const { running } = this.transcript;
    if (running) this.socket.stop(running);
  }

  /** Escape closes the open panel; if there is none, it stops the answer. */
  handleEscape(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (this.sources.isOpen) this.sources.close();
    else if (this.drawer.isOpen) this.drawer.close();
    else this.stop();
  }

  openSource(opener) {
    const number = Number(opener.dataset.citation);
    const view = this.transcript.viewOf(opener);
    if (view.answer.reference?.chunks?.[number]) this.sources.open(view, number, opener);
  }

  async export() {
    const session = await readWholeSession(this.chat.id, this.sessionId);
    saveAs(session.name, asMarkdown(session.name, session.messages, t("sources")));
  }

  showTitle() {
    find("export").hidden = !this.sessionId;
    const name = this.sessions.nameOf(this.sessionId) ?? t("new_conversation");
    find("title").textContent = name;
    find("title").title = name;
    find("subtitle").textContent = this.chat.name;
    document.title = `${name} · ${this.chat.name}`;
  }

  /** Shown only while waiting to reconnect: the first attempt usually succeeds unnoticed. */
  showConnection() {
    const { state } = this.connection;
    find("connection").hidden = state === "open" || state === "connecting";
    find("connection").textContent = state === "waiting" ? t("reconnecting") : "";
    if (state === "refused") this.askToSignIn();
  }

  showNoChats() {
    this.composer.setEnabled(false);
    find("transcript").replaceChildren(h("section", { class: "greeting" },
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h2", {}, t("no_chats")),
      h("p", {}, t("no_chats_hint")),
      page.new_chat ? h("a", { class: "button primary", href: page.new_chat }, t("create_chat")) : null));
  }

  /** Shows the error if the action fails. */
  run(promise) {
    return promise.catch((error) => this.showError(error));
  }

  showError(error) {
    if (error.code === 401) this.askToSignIn();
    else this.notify(error.code ? error.message : t("unreachable"));
  }

  askToSignIn() {
    const back = encodeURIComponent(location.pathname + location.search);
    this.notify(t("signed_out"), h("a", { class: "button small", href: page.login + back }, t("sign_in")));
  }

  notify(sentence, action) {
    const dismiss = h("button", { type: "button", class: "button small", on: { click: () => find("notice").replaceChildren() } }, t("dismiss"));
    find("notice").replaceChildren(h("p", {}, sentence), action ?? dismiss);
  }
}

function confirmDeletion(name) {
  const dialog = find("confirm");
  find("confirm-name").textContent = name;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  });
}

fitViewport();
const playground = new Playground();
playground.run(playground.composer.holdUntil(playground.start()));
