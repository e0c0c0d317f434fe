/** An answer as the page receives it: one growing text, and the offset from which to resume it. */

const ENDED = new Set(["complete", "stopped", "failed", "interrupted", "refused"]);

/** Dispatches "change" whenever something is added, and "end" once. */
export class Answer extends EventTarget {
  constructor(known = {}) {
    super();
    this.id = null;
    this.sessionId = null;
    this.ask = null;
    this.reference = {};
    this.usage = {};
    this.timing = {};
    this.rating = null;
    this.comment = "";
    // Questions to ask next.
    this.suggestions = [];
    this.status = "pending";
    Object.assign(this, known);
    this.stage = null;
    this.error = known.error ?? null;
    this.reset(known);
  }

  /** An assistant's message of a session, as REST returns it. */
  static recorded({ id, content, reasoning, status, reference, error, usage, timing, suggestions, rating, comment }, sessionId) {
    const known = { id, sessionId, status, reference, error, usage, timing, suggestions, rating, comment };
    // An answer that is still being written is read from its start, over the socket.
    return new Answer(status === "pending" ? known : { ...known, text: content, reasoning });
  }

  get ended() {
    return ENDED.has(this.status);
  }

  /** The text without its citation markers, to be copied or read aloud. */
  get textWithoutCitations() {
    return this.text.replace(/ ?\[ID:\s?\d{1,4}\]/g, "");
  }

  get requestId() {
    return this.ask?.request_id ?? null;
  }

  /** Adds the `data` of a frame: the new text, and the offset at its end. */
  add(data) {
    this.text += data.answer;
    this.reasoning += data.reasoning ?? "";
    this.id = data.id ?? this.id;
    this.sessionId = data.session_id ?? this.sessionId;
    if (data.answer) this.offset = data.offset;
    this.stage = data.stage ?? this.stage;
    if (data.reference?.chunks) this.reference = data.reference;
    this.emit("change");
  }

  reset({ text = "", reasoning = "" } = {}) {
    this.text = text;
    this.reasoning = reasoning;
    this.offset = 0;
  }

  end({ status = "complete", usage = {}, timing = {}, suggestions = [], error = this.error }) {
    if (this.ended) return;
    Object.assign(this, { status, usage, timing, suggestions, error });
    this.emit("change");
    this.emit("end");
  }

  emit(event) {
    this.dispatchEvent(new Event(event));
  }
}
