/** Questions and answers over a connection: unfinished answers are resumed after a reconnect, the
 * session that is followed is followed again, and notices are asked for. */

import { Answer } from "./answer.js";
import { t } from "./translation.js";

/** Dispatches "question" (its `detail` is the answer to it) for what is asked elsewhere in the session
 * that is followed, "branch" (its `detail` is the id of the session) when that shows another one, and
 * "notice" (its `detail` is a text of the operator). */
export class ChatSocket extends EventTarget {
  constructor(connection) {
    super();
    this.connection = connection;
    this.unfinished = new Set();
    this.followed = null;
    connection.addEventListener("open", () => this.handleOpen());
    connection.addEventListener("frame", ({ detail }) => this.handleFrame(detail));
    connection.addEventListener("state", () => this.isRefused && this.unfinished.forEach((answer) => this.giveUp(answer)));
  }

  /** Returns the answer at once; it is empty, and grows as frames arrive. */
  ask(question) {
    const ask = { type: "chat", events: true, request_id: randomId(), ...question };
    return this.read(new Answer({ ask, sessionId: question.session_id ?? null }));
  }

  /** Reads the answer until it ends, across reconnects. */
  read(answer) {
    this.unfinished.add(answer);
    if (this.isRefused) queueMicrotask(() => this.giveUp(answer));
    else this.request(answer);
    return answer;
  }

  get isRefused() {
    return this.connection.state === "refused";
  }

  /** Nothing more arrives for a visitor who is signed out. */
  giveUp(answer) {
    this.handleEnd(answer, { status: "refused", error: { code: 401, message: t("signed_out") } });
  }

  handleOpen() {
    this.connection.send({ type: "notices" });
    if (this.followed) this.connection.send({ type: "follow", session_id: this.followed });
    this.unfinished.forEach((answer) => this.request(answer));
  }

  /** Follows this session, and no longer the one before. */
  follow(sessionId) {
    if (sessionId === this.followed) return;
    if (this.followed) this.connection.send({ type: "unfollow", session_id: this.followed });
    this.followed = sessionId;
    if (sessionId) this.connection.send({ type: "follow", session_id: sessionId });
  }

  stop(answer) {
    const name = answer.id ? { id: answer.id } : { request_id: answer.requestId };
    this.connection.send({ type: "stop", ...name });
  }

  /** The unfinished answer of this id, if it is being read here. */
  find(id) {
    return [...this.unfinished].find((answer) => id && answer.id === id);
  }

  /**
   * Asks the question, or resumes the answer from its offset. The `request_id` is the same each
   * time, so asking again never makes a second answer.
   */
  request(answer) {
    answer.awaitsReply = true;
    const { id, offset, reasoning } = answer;
    const reasoningOffset = new TextEncoder().encode(reasoning).length;
    this.connection.send(id ? { type: "resume", id, offset, reasoning_offset: reasoningOffset, events: true } : answer.ask);
  }

  handleFrame(frame) {
    const known = frame.data === true ? frame : frame.data;
    if (known?.event) return this.handleEvent(known);
    const answer = this.answerOf(known);
    if (!answer) return;
    if (frame.data === true) this.handleEnd(answer, frame);
    else if (frame.code === 0) this.handleData(answer, frame.data);
    else this.handleError(answer, frame);
  }

  /** The frames of an answer that was asked for elsewhere follow its question. */
  handleEvent({ event, notice, id, session_id: sessionId }) {
    if (event === "notice") this.emit("notice", notice);
    if (event === "branch") this.emit("branch", sessionId);
    if (event !== "question") return;
    const answer = this.find(id) ?? new Answer({ id, sessionId });
    this.unfinished.add(answer);
    this.emit("question", answer);
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  answerOf({ request_id: requestId, id }) {
    const asked = [...this.unfinished].find((answer) => requestId && answer.requestId === requestId);
    return asked ?? this.find(id);
  }

  handleData(answer, data) {
    answer.awaitsReply = false;
    if (data.status && data.status !== "pending") this.handleEnd(answer, data);
    else answer.add(data);
  }

  /** A refused question is over; an answer that fails later still gets its completion frame. */
  handleError(answer, { code, message, data }) {
    // The server restarts and has not taken it: on the next connection it is asked again, and what
    // runs here is resumed.
    if (data.taken === false) return this.connection.dropSocket();
    const refused = answer.awaitsReply && (code < 500 || !(answer.id ?? data.id) && code !== 503);
    answer.id ??= data.id ?? null;
    answer.sessionId ??= data.session_id ?? null;
    answer.error = { code, message };
    if (!refused) return;
    if (code === 409 && answer.id && answer.offset > 0) this.restart(answer);
    else this.handleEnd(answer, { status: "refused" });
  }

  /** Reads the answer from its start: the server has stored less of it than was shown here. */
  restart(answer) {
    answer.error = null;
    answer.reset();
    this.request(answer);
  }

  handleEnd(answer, outcome) {
    this.unfinished.delete(answer);
    answer.end(outcome);
  }
}

/** Browsers offer `crypto.randomUUID` only to pages that come over HTTPS. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
