// Runs the page of docs/clients.md, written to `file`: it logs in, asks, and reconnects as often as
// its connection is lost, each time in the middle of the answer.
import { pathToFileURL } from "node:url";
import { makeWx } from "./wx.mjs";

const [url, file, phone, question, times] = process.argv.slice(2);
let page;
let away = 0;
let sockets = 0;
// Pieces received on the current connection.
let pieces = 0;

// Called as WeChat does, without `this`.
const shim = makeWx(phone);
globalThis.wx = Object.fromEntries(Object.entries(shim).map(
  ([name, value]) => [name, typeof value === "function" ? value.bind(shim) : value],
));
const connectSocket = wx.connectSocket;
wx.connectSocket = (options) => {
  sockets += 1;
  pieces = 0;
  return connectSocket(options);
};

function suspend() {
  away += 1;
  wx.goToBackground();
  // Every second time only the network is lost.
  if (away % 2 === 1) {
    page.onHide();
    setTimeout(() => page.onShow(), 100);
  }
}

globalThis.Page = (definition) => {
  page = { ...definition, data: { ...definition.data } };
  page.setData = (changes) => {
    Object.assign(page.data, changes);
    pieces += changes.answer ? 1 : 0;
    if (pieces === 3 && away < Number(times)) {
      setTimeout(suspend, 0);
    }
  };
};

await import(pathToFileURL(file));
const end = page.end;
page.end = function () {
  end.call(this);
  console.log(JSON.stringify({
    answer: page.data.answer,
    errors: wx.toasts.map((toast) => toast.title),
    requests: wx.requests,
    sockets,
    url,
  }));
};
page.ask(question);
