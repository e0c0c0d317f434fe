/** A WebSocket that comes back by itself: JSON frames in and out, a heartbeat, patient retries. */

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 15_000;
const HEARTBEAT_MS = 25_000;
const SILENCE_MS = 8_000;

/** Says "open", "frame" (with `detail`) and "state"; `state` is connecting, open, waiting or refused. */
export class Connection extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.state = "connecting";
    this.failures = 0;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.socket.close());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  connect() {
    clearTimeout(this.retry);
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => this.opened();
    this.socket.onmessage = ({ data }) => this.received(JSON.parse(data));
    this.socket.onclose = () => this.lost();
  }

  /** Whether the frame went out. What did not is asked for again when the connection is back. */
  send(frame) {
    if (this.state !== "open") return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  opened() {
    this.becomes("open");
    this.beat();
    this.dispatchEvent(new Event("open"));
  }

  received(frame) {
    this.failures = 0;
    this.beat();
    if (frame.code === 401) this.becomes("refused");
    if (frame.message !== "pong") this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  lost() {
    clearTimeout(this.heart);
    if (this.state === "refused") return;
    this.becomes("waiting");
    // Full jitter: after a restart, everybody comes back at a moment of their own.
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), 100 + Math.random() * longest);
  }

  /** Somebody is looking, or the network is back: don't wait for the timer. */
  hurry() {
    if (this.state === "waiting") this.connect();
    else if (this.state === "open") this.ping();
  }

  beat() {
    clearTimeout(this.heart);
    this.heart = setTimeout(() => this.ping(), HEARTBEAT_MS);
  }

  ping() {
    clearTimeout(this.heart);
    this.send({ type: "ping" });
    this.heart = setTimeout(() => this.abandon(), SILENCE_MS);
  }

  /** A dead network answers no close either, so this does not wait for one. */
  abandon() {
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.lost();
  }

  becomes(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
