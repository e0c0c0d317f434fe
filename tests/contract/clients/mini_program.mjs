// Runs the page as WeChat would; `--suspend` sends it to the background once.
import { makeWx } from "./wx.mjs";

const [url, token, chatId, question, mode] = process.argv.slice(2);
let page;

globalThis.wx = makeWx();
globalThis.getApp = () => ({
  url, token, chatId, question,
  done: (finished) => finished.onUnload(),
  left: (event) => console.log(JSON.stringify({
    answers: [page.data.answer],
    sessions: [page.sessionId],
    errors: wx.toasts.map((toast) => [0, toast.title]),
    closed: [event.code, event.reason],
    reconnects: page.data.reconnects,
    success: page.success === true,
  })),
});
globalThis.Page = (definition) => {
  page = { ...definition, data: { ...definition.data } };
  page.setData = (changes) => {
    Object.assign(page.data, changes);
    if (mode === "--suspend" && page.data.answer && page.data.reconnects === 0) {
      wx.goToBackground();
    }
  };
};

await import("./page.mjs");
page.onLoad();
