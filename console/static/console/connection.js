/** A WebSocket that reconnects: JSON frames, a heartbeat, retries with exponential backoff. */

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 15_000;
const HEARTBEAT_MS = 25_000;
const PONG_TIMEOUT_MS = 8_000;

/** Dispatches "open", "frame" (with `detail`) and "state": connecting, open, waiting or refused. */
export class Connection extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.state = "connecting";
    this.failures = 0;
    addEventListener("online", () => this.checkNow());
    addEventListener("offline", () => this.dropSocket());
    document.addEventListener("visibilitychange", () => document.hidden || this.checkNow());
  }

  connect() {
    clearTimeout(this.retry);
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => this.handleOpen();
    this.socket.onmessage = ({ data }) => this.handleFrame(JSON.parse(data));
    this.socket.onclose = () => this.handleClose();
  }

  /** Whether the frame was sent. If not, its sender repeats it on the next "open". */
  send(frame) {
    if (this.state !== "open") return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  handleOpen() {
    this.setState("open");
    this.scheduleHeartbeat();
    this.dispatchEvent(new Event("open"));
  }

  handleFrame(frame) {
    this.failures = 0;
    this.scheduleHeartbeat();
    if (frame.code === 401) this.setState("refused");
    if (frame.message !== "pong") this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  handleClose() {
    clearTimeout(this.heartbeat);
    if (this.state === "refused") return;
    this.setState("waiting");
    // Full jitter: after a restart of the server, clients must not reconnect all at once.
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), 100 + Math.random() * longest);
  }

  /** The page is visible again, or the network is back: don't wait for the timer. */
  checkNow() {
    if (this.state === "waiting") this.connect();
    else if (this.state === "open") this.ping();
  }

  scheduleHeartbeat() {
    clearTimeout(this.heartbeat);
    this.heartbeat = setTimeout(() => this.ping(), HEARTBEAT_MS);
  }

  ping() {
    clearTimeout(this.heartbeat);
    this.send({ type: "ping" });
    this.heartbeat = setTimeout(() => this.dropSocket(), PONG_TIMEOUT_MS);
  }

  /** Closes without waiting for the close event, which a dead network delays. */
  dropSocket() {
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.handleClose();
  }

  setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
