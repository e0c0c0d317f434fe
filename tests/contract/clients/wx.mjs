// WeChat's socket, login and request API for mini programs, as strict as on a phone.
import WebSocket from "ws";

const MOST_SOCKETS = 5;
const OPTIONS = new Set([
  "url", "header", "protocols", "tcpNoDelay", "perMessageDeflate", "timeout",
  "forceCellularNetwork", "success", "fail", "complete",
]);

// Callbacks run later, never before the call that takes them has returned.
function later(callback, ...values) {
  if (callback) {
    setTimeout(callback, 0, ...values);
  }
}

function fault(options) {
  const unknown = Object.keys(options).filter((name) => !OPTIONS.has(name));
  if (unknown.length > 0) {
    return `unknown option ${unknown[0]}`;
  }
  if (!/^wss?:\/\//.test(options.url ?? "")) {
    return "invalid url";
  }
  if (options.protocols !== undefined && !Array.isArray(options.protocols)) {
    return "parameter.protocols should be Array";
  }
  const names = Object.keys(options.header ?? {}).map((name) => name.toLowerCase());
  return names.includes("referer") ? "header Referer is not allowed" : null;
}

// WeChat parses a JSON response into an object and passes others as text.
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

class SocketTask {
  #socket;
  #listeners = { open: [], message: [], error: [], close: [] };
  #closed = false;

  constructor(options, forget) {
    this.#socket = new WebSocket(options.url, options.protocols ?? [], {
      headers: options.header,
      perMessageDeflate: options.perMessageDeflate ?? false,
    });
    this.#socket.on("open", () => this.#tell("open", { header: {} }));
    this.#socket.on("message", (data, binary) => {
      this.#tell("message", { data: binary ? data : data.toString() });
    });
    this.#socket.on("error", (error) => this.#tell("error", { errMsg: error.message }));
    this.#socket.on("close", (code, reason) => {
      forget(this);
      later(() => this.#end(code, reason.toString()));
    });
  }

  #tell(event, value) {
    for (const listener of this.#listeners[event]) {
      listener(value);
    }
  }

  #end(code, reason) {
    if (!this.#closed) {
      this.#closed = true;
      this.#tell("close", { code, reason });
    }
  }

  onOpen(listener) { this.#listeners.open.push(listener); }
  onMessage(listener) { this.#listeners.message.push(listener); }
  onError(listener) { this.#listeners.error.push(listener); }
  onClose(listener) { this.#listeners.close.push(listener); }

  send({ data, success, fail, complete }) {
    if (typeof data !== "string" && !(data instanceof ArrayBuffer)) {
      throw new TypeError("parameter.data should be String or ArrayBuffer");
    }
    if (this.#socket.readyState !== WebSocket.OPEN) {
      later(fail, { errMsg: "sendSocketMessage:fail SocketTask.readyState is not OPEN" });
    } else {
      this.#socket.send(data);
      later(success, { errMsg: "sendSocketMessage:ok" });
    }
    later(complete, {});
  }

  close({ code = 1000, reason = "", success } = {}) {
    this.#socket.close(code, reason);
    later(success, { errMsg: "closeSocket:ok" });
  }

  // The phone drops the connection: the server sees a cut, the page a normal close.
  interrupt() {
    later(() => this.#end(1000, "interrupted"));
    this.#socket.terminate();
  }
}

// `phone` is the address of the fake platform that issues codes, with the user's id.
export function makeWx(phone) {
  const tasks = new Set();
  return {
    toasts: [],
    requests: [],
    login({ success, fail, complete }) {
      fetch(phone)
        .then((response) => response.json())
        .then(({ code }) => later(success, { code, errMsg: "login:ok" }))
        .catch((error) => later(fail, { errMsg: `login:fail ${error.message}` }))
        .finally(() => later(complete, {}));
    },
    request({ url, method = "GET", data, header = {}, success, fail, complete }) {
      const body = method === "GET" ? undefined : JSON.stringify(data);
      fetch(url, { method, headers: { "content-type": "application/json", ...header }, body })
        .then(async (response) => {
          this.requests.push([new URL(url).pathname, response.status]);
          const text = await response.text();
          later(success, { statusCode: response.status, data: parsed(text), header: {} });
        })
        .catch((error) => later(fail, { errMsg: `request:fail ${error.message}` }))
        .finally(() => later(complete, {}));
    },
    connectSocket(options) {
      const complaint = tasks.size >= MOST_SOCKETS ? "exceed max socket count" : fault(options);
      if (complaint) {
        later(options.fail, { errMsg: `connectSocket:fail ${complaint}` });
        later(options.complete, {});
        return undefined;
      }
      const task = new SocketTask(options, (ended) => tasks.delete(ended));
      tasks.add(task);
      later(options.success, { errMsg: "connectSocket:ok" });
      later(options.complete, {});
      return task;
    },
    showToast({ title, icon }) {
      this.toasts.push({ title, icon });
    },
    // For the test: sends the mini program to the background.
    goToBackground() {
      for (const task of [...tasks]) {
        task.interrupt();
      }
    },
  };
}
