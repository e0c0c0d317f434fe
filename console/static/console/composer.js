/** The form for a question: its text and files are given to `ask({question, files})`. */

import { uploadFile } from "./api.js";
import { find, h, icon, iconButton } from "./dom.js";
import { t } from "./translation.js";

export class Composer {
  constructor(form, { limits, ask, stop }) {
    Object.assign(this, { form, limits, ask, stop });
    this.files = [];
    this.busy = false;
    // How many things are being loaded before a question can be asked, and whether one waits.
    this.holds = 0;
    this.submitted = false;
    this.input = find("question");
    this.list = find("attachments");
    this.counter = find("counter");
    this.button = find("send");
    this.picker = find("file-picker");
    this.listen();
    this.draw();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.busy) this.stop();
      else this.submit();
    });
    this.input.addEventListener("keydown", (event) => this.handleKey(event));
    this.input.addEventListener("input", () => {
      this.submitted = false;
      this.draw();
    });
    this.input.addEventListener("paste", ({ clipboardData }) => this.attach(clipboardData.files));
    find("attach").addEventListener("click", () => this.picker.click());
    this.picker.addEventListener("change", () => {
      this.attach(this.picker.files);
      this.picker.value = "";
    });
    // On the whole page: a file dropped beside the form would replace the page.
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      this.attach(event.dataTransfer.files);
    });
  }

  /** While an input method is composing, Enter picks a candidate; Safari shows it by code 229 only. */
  handleKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.busy) this.submit();
  }

  submit() {
    const question = this.input.value.trim();
    if (!question || !this.ready || this.left < 0) return;
    if (this.holds > 0) {
      this.submitted = true;
      return;
    }
    const files = this.files.filter(({ id }) => id);
    this.input.value = "";
    this.submitted = false;
    this.files = [];
    this.draw();
    this.ask({ question, files });
  }

  /** Until the promise is settled, a question that is submitted waits, and stays in the form. */
  async holdUntil(promise) {
    this.holds += 1;
    try {
      return await promise;
    } catch (error) {
      this.submitted = false;
      throw error;
    } finally {
      this.holds -= 1;
      if (this.holds === 0 && this.submitted && !this.busy) this.submit();
    }
  }

  /** How many characters more a question may have; the server counts those of astral planes once. */
  get left() {
    return this.limits.question_chars - [...this.input.value.trim()].length;
  }

  get ready() {
    return !this.files.some(({ state }) => state === "uploading");
  }

  setBusy(busy) {
    this.busy = busy;
    this.draw();
  }

  setEnabled(enabled) {
    this.submitted &&= enabled;
    this.form.inert = !enabled;
  }

  /** Not while something is being typed elsewhere: the rest of it would land here. */
  focus() {
    if (document.activeElement?.matches("input:not([type=radio]), textarea")) return;
    // On a phone, that would open the on-screen keyboard.
    if (matchMedia("(hover: hover)").matches) this.input.focus();
  }

  attach(files) {
    for (const file of [...files].slice(0, this.limits.files - this.files.length)) this.upload(file);
  }

  async upload(file) {
    const entry = { name: file.name, state: "uploading" };
    this.files.push(entry);
    this.draw();
    try {
      if (file.size > this.limits.file_bytes) throw new Error(t("file_too_large"));
      Object.assign(entry, await uploadFile(file), { state: "ready" });
    } catch (error) {
      Object.assign(entry, { state: "failed", problem: error.message });
    }
    this.draw();
  }

  draw() {
    this.drawCounter();
    this.list.hidden = this.files.length === 0;
    this.list.replaceChildren(...this.files.map((file) => this.chip(file)));
    this.button.replaceChildren(icon(this.busy ? "stop" : "send"));
    this.button.setAttribute("aria-label", this.busy ? t("stop") : t("send"));
    this.button.title = this.busy ? t("stop_title") : t("send");
    this.button.classList.toggle("stop", this.busy);
    this.button.disabled = !this.busy && (!this.input.value.trim() || !this.ready || this.left < 0);
  }

  /** Shown when a question comes near the limit. */
  drawCounter() {
    const { left } = this;
    const limit = this.limits.question_chars;
    this.counter.hidden = left > limit / 5;
    this.counter.classList.toggle("over", left < 0);
    this.counter.textContent = left < 0 ? t("chars_over", { n: number(-left), limit: number(limit) }) : t("chars_left", { n: number(left) });
    this.input.setAttribute("aria-invalid", String(left < 0));
  }

  chip(file) {
    const note = { uploading: t("uploading"), failed: file.problem }[file.state];
    const isNamed = note?.includes(file.name);
    return h("li", { class: `attachment ${file.state}` }, icon(file.state === "failed" ? "alert" : "file"),
      isNamed ? null : h("span", { class: "name" }, file.name),
      note ? h("span", { class: "note", role: file.state === "failed" ? "alert" : "status" }, note) : null,
      iconButton("close", t("remove_n", { name: file.name }), () => {
        this.files = this.files.filter((other) => other !== file);
        this.draw();
      }));
  }
}

function number(value) {
  return value.toLocaleString(document.documentElement.lang);
}
