/** The open dialog and session, kept in the query string of the page's address. */

export function read() {
  const query = new URLSearchParams(location.search);
  return { chatId: query.get("chat"), sessionId: query.get("session") };
}

export function go({ chatId, sessionId }, { replace = false } = {}) {
  const query = new URLSearchParams({ chat: chatId });
  if (sessionId) query.set("session", sessionId);
  const address = `?${query}`;
  if (address === location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}
