/** The list of sessions in the sidebar: open, rename, delete. */

import { deleteSessions, listSessions, renameSession } from "./api.js";
import { find, h, iconButton } from "./dom.js";
import { RovingFocus } from "./roving_focus.js";
import { t } from "./translation.js";

const PAGE_SIZE = 50;
const SEARCH_DELAY_MS = 250;
const DAY_MS = 86_400_000;

export class SessionList {
  /** Calls `open(id)` and `deleted(id)` with a session's id, `changed()` after a change that other
   * tabs do not know of, `failed(error)` if an action fails. */
  constructor(element, { confirm, open, changed, deleted, failed }) {
    Object.assign(this, { element, confirm, open, changed, deleted, failed });
    this.sessions = [];
    this.current = null;
    this.editing = false;
    this.names = new Map();
    this.focus = new RovingFocus(element);
    this.search = "";
    this.field = find("search");
    this.field.addEventListener("input", () => this.searchSoon());
    // New names, by id: a list that was requested before the change still has the old ones.
    this.renamed = new Map();
  }

  async load(chatId) {
    const isSame = chatId === this.chatId && this.search === this.loadedSearch;
    if (chatId !== this.chatId) this.search = this.field.value = "";
    this.chatId = chatId;
    const { search } = this;
    const sessions = await listSessions(chatId, 1, PAGE_SIZE, search);
    if (chatId !== this.chatId || search !== this.search) return;
    this.loadedSearch = search;
    if (isSame && this.page > 1 && sessions.length === PAGE_SIZE) this.sessions = [...sessions, ...this.olderThan(sessions)];
    else {
      this.page = 1;
      this.complete = sessions.length < PAGE_SIZE;
      this.sessions = sessions;
    }
    this.draw();
  }

  /** Those of older pages stay when the first is read again. */
  olderThan(newest) {
    const known = new Set(newest.map(({ id }) => id));
    const last = newest.at(-1).update_time;
    return this.sessions.filter(({ id, update_time: time }) => !known.has(id) && time <= last);
  }

  /** Searches when nothing has been typed for a moment. */
  searchSoon() {
    clearTimeout(this.searching);
    this.searching = setTimeout(this.guard(() => {
      this.search = this.field.value.trim();
      return this.load(this.chatId);
    }), SEARCH_DELAY_MS);
  }

  async loadMore() {
    const { chatId, search } = this;
    const more = await listSessions(chatId, this.page + 1, PAGE_SIZE, search);
    if (chatId !== this.chatId || search !== this.search) return;
    this.page += 1;
    this.complete = more.length < PAGE_SIZE;
    const known = new Set(this.sessions.map(({ id }) => id));
    this.sessions.push(...more.filter(({ id }) => !known.has(id)));
    this.draw();
  }

  select(id) {
    this.current = id;
    this.draw();
  }

  get newest() {
    return this.sessions[0]?.id ?? null;
  }

  /** Also of one that a search leaves out. */
  nameOf(id) {
    return this.names.get(id);
  }

  /** Draws the list, but not while a name is being edited: it is drawn when the editing ends. */
  draw() {
    if (this.editing) return;
    for (const session of this.sessions) {
      session.name = this.renamed.get(session.id) ?? session.name;
      this.names.set(session.id, session.name);
    }
    if (this.sessions.length === 0) {
      this.element.replaceChildren(h("p", { class: "hint" }, t(this.search ? "none_found" : "no_sessions")));
      return;
    }
    const groups = Map.groupBy(this.sessions, ({ update_time: time }) => age(time));
    const sections = [...groups].map(([name, sessions]) => h("section", {},
      h("p", { class: "group", id: `group-${name}` }, t(name)),
      h("ul", { "aria-labelledby": `group-${name}` }, ...sessions.map((session) => this.row(session)))));
    const more = h("button", { type: "button", class: "button ghost", on: { click: this.guard(() => this.loadMore()) } }, t("older"));
    const focused = this.focusedStop();
    this.element.replaceChildren(...sections, ...(this.complete ? [] : [more]));
    this.focus.update(this.element.querySelector("[aria-current]"));
    focused && this.focusOn(focused);
  }

  /** Which row and which of its parts has the focus, so that drawing the list anew keeps it. */
  focusedStop() {
    const row = document.activeElement?.closest("#sessions li");
    return row && { id: row.dataset.session, part: [...row.children].indexOf(document.activeElement) };
  }

  focusOn({ id, part }) {
    this.element.querySelector(`li[data-session="${id}"]`)?.children[part]?.focus();
  }

  row(session) {
    const current = session.id === this.current;
    const link = h("a", {
      href: `?chat=${this.chatId}&session=${session.id}`,
      "aria-current": current ? "page" : null,
      title: session.name,
      on: { click: (event) => this.handleClick(event, session.id) },
    }, session.name);
    const row = h("li", { class: current ? "current" : "", "data-session": session.id }, link,
      iconButton("pencil", t("rename_n", { name: session.name }), () => this.edit(row, session)),
      iconButton("trash", t("delete_n", { name: session.name }), this.guard(() => this.remove(session))));
    return row;
  }

  /** A plain click opens the session in this page; a click that opens a new tab is the browser's. */
  handleClick(event, id) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.open(id);
  }

  edit(row, session) {
    const input = h("input", { value: session.name, maxlength: 255, "aria-label": t("rename") });
    let finished = false;
    const finish = this.guard(async (save) => {
      if (finished) return;
      finished = true;
      this.editing = false;
      const name = input.value.trim();
      if (save && name && name !== session.name) await this.rename(session, name);
      this.draw();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.stopPropagation();
      finish(event.key === "Enter");
    });
    input.addEventListener("blur", () => finish(true));
    row.replaceChildren(input);
    input.select();
    this.editing = true;
  }

  async rename(session, name) {
    await renameSession(this.chatId, session.id, name);
    this.renamed.set(session.id, name);
    this.changed();
    this.draw();
    if (session.id === this.current) this.open(session.id);
  }

  async remove(session) {
    if (!(await this.confirm(session.name))) return;
    const at = this.sessions.findIndex(({ id }) => id === session.id);
    await deleteSessions(this.chatId, [session.id]);
    this.changed();
    this.sessions = this.sessions.filter(({ id }) => id !== session.id);
    this.draw();
    const isOpen = session.id === this.current;
    await this.deleted(session.id);
    // To the conversation that took its place, or the last one; the question's form has it else.
    const next = this.sessions[at] ?? this.sessions.at(-1);
    if (next) this.focusOn({ id: next.id, part: 0 });
    else if (!isOpen) find("new-session").focus();
  }

  /** The action, with its errors given to `failed`. */
  guard(action) {
    return (...values) => action(...values).catch((error) => {
      this.draw();
      this.failed(error);
    });
  }
}

function age(time) {
  const today = new Date().setHours(0, 0, 0, 0);
  if (time >= today) return "today";
  if (time >= today - DAY_MS) return "yesterday";
  return time >= today - 7 * DAY_MS ? "this_week" : "earlier";
}
