/** Questions and answers over a connection: what is unfinished is taken up again when it is back. */

import { Answer } from "./answer.js";

export class ChatSocket {
  constructor(connection) {
    this.connection = connection;
    this.following = new Set();
    connection.addEventListener("open", () => this.following.forEach((answer) => this.attach(answer)));
    connection.addEventListener("frame", ({ detail }) => this.received(detail));
  }

  /** The answer begins at once, empty, and grows whenever the server says something. */
  ask(question) {
    const ask = { type: "chat", events: true, request_id: randomId(), ...question };
    return this.follow(new Answer({ ask, sessionId: question.session_id ?? null }));
  }

  follow(answer) {
    this.following.add(answer);
    this.attach(answer);
    return answer;
  }

  stop(answer) {
    const name = answer.id ? { id: answer.id } : { request_id: answer.requestId };
    this.connection.send({ type: "stop", ...name });
  }

  /** The live answer of this id, if it is followed here. */
  find(id) {
    return [...this.following].find((answer) => id && answer.id === id);
  }

  /** The id of a request is the same each time, so asking again never makes a second answer. */
  attach(answer) {
    answer.attaching = true;
    const { id, offset, reasoning } = answer;
    const reasoningOffset = new TextEncoder().encode(reasoning).length;
    this.connection.send(id ? { type: "resume", id, offset, reasoning_offset: reasoningOffset, events: true } : answer.ask);
  }

  received(frame) {
    const known = frame.data === true ? frame : frame.data;
    const answer = this.followed(known);
    if (!answer) return;
    if (frame.data === true) this.ended(answer, frame);
    else if (frame.code === 0) this.grown(answer, frame.data);
    else this.failed(answer, frame);
  }

  followed({ request_id: requestId, id }) {
    const asked = [...this.following].find((answer) => requestId && answer.requestId === requestId);
    return asked ?? this.find(id);
  }

  grown(answer, data) {
    answer.attaching = false;
    if (data.status && data.status !== "pending") this.ended(answer, data);
    else answer.add(data);
  }

  /** A refused question is over; one that failed on the way still gets its completion frame. */
  failed(answer, { code, message, data }) {
    const refused = answer.attaching && (code < 500 || !(answer.id ?? data.id) && code !== 503);
    answer.id ??= data.id ?? null;
    answer.sessionId ??= data.session_id ?? null;
    answer.error = { code, message };
    if (!refused) return;
    if (code === 409 && answer.id && answer.offset > 0) this.readAgain(answer);
    else this.ended(answer, { status: "refused" });
  }

  /** The server kept less than was shown here. */
  readAgain(answer) {
    answer.error = null;
    answer.startOver();
    this.attach(answer);
  }

  ended(answer, outcome) {
    this.following.delete(answer);
    answer.end(outcome);
  }
}

/** `crypto.randomUUID` is kept from pages that come over plain HTTP. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
