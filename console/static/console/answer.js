/** An answer is one growing text; an offset into it is all that is needed to go on reading. */

const ENDED = new Set(["complete", "stopped", "failed", "interrupted", "refused"]);

/** Says "change" whenever something was added, and "end" once. */
export class Answer extends EventTarget {
  constructor(known = {}) {
    super();
    this.id = null;
    this.sessionId = null;
    this.ask = null;
    this.reference = {};
    this.usage = {};
    this.timing = {};
    this.status = "pending";
    Object.assign(this, known);
    this.stage = null;
    this.error = known.error ?? null;
    this.startOver(known);
  }

  /** From the record of a session, as REST tells it. */
  static recorded({ id, content, reasoning, status, reference, error, usage, timing }, sessionId) {
    const known = { id, sessionId, status, reference, error, usage, timing };
    // One that is still being written is read from its start, over the socket.
    return new Answer(status === "pending" ? known : { ...known, text: content, reasoning });
  }

  get ended() {
    return ENDED.has(this.status);
  }

  /** The text as somebody would say it, without the numbers of its sources. */
  get words() {
    return this.text.replace(/ ?\[ID:\s?\d{1,4}\]/g, "");
  }

  get requestId() {
    return this.ask?.request_id ?? null;
  }

  /** A chunk: what is new, and how far the answer has come with it. */
  add(data) {
    this.text += data.answer;
    this.reasoning += data.reasoning ?? "";
    this.id = data.id ?? this.id;
    this.sessionId = data.session_id ?? this.sessionId;
    if (data.answer) this.offset = data.offset;
    this.stage = data.stage ?? this.stage;
    if (data.reference?.chunks) this.reference = data.reference;
    this.tell("change");
  }

  startOver({ text = "", reasoning = "" } = {}) {
    this.text = text;
    this.reasoning = reasoning;
    this.offset = 0;
  }

  end({ status = "complete", usage = {}, timing = {}, error = this.error }) {
    if (this.ended) return;
    Object.assign(this, { status, usage, timing, error });
    this.tell("change");
    this.tell("end");
  }

  tell(event) {
    this.dispatchEvent(new Event(event));
  }
}
