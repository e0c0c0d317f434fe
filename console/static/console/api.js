/** The page's REST calls. They return the envelope's `data`, or throw the server's message. */

const ROOT = JSON.parse(document.getElementById("page").textContent).api;

export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export function listChats() {
  return call("GET", "/chats");
}

export function listSessions(chatId, page = 1, pageSize = 50, search = "") {
  const query = new URLSearchParams({ page, page_size: pageSize, ...(search ? { search } : {}) });
  return call("GET", `/chats/${chatId}/sessions?${query}`);
}

export function readSession(chatId, sessionId, page = 1) {
  return call("GET", `/chats/${chatId}/sessions/${sessionId}?page=${page}`);
}

/** The session with all its messages, the oldest first. */
export async function readWholeSession(chatId, sessionId) {
  const session = await readSession(chatId, sessionId);
  const messages = [...session.messages];
  for (let page = 2; messages.length < session.total; page += 1) {
    const older = await readSession(chatId, sessionId, page);
    if (older.messages.length === 0) break;
    messages.unshift(...older.messages);
  }
  return { ...session, messages };
}

export function renameSession(chatId, sessionId, name) {
  return call("PUT", `/chats/${chatId}/sessions/${sessionId}`, JSON.stringify({ name }));
}

export function deleteSessions(chatId, ids) {
  return call("DELETE", `/chats/${chatId}/sessions`, JSON.stringify({ ids }));
}

/** The address of a document as it was uploaded, for a link. */
export function originalUrl(datasetId, documentId) {
  return `${ROOT}/datasets/${datasetId}/documents/${documentId}`;
}

/** Begins another answer to the same question; returns its `id`. */
export function regenerate(answerId) {
  return call("POST", `/answers/${answerId}/regenerate`, JSON.stringify({ events: true }));
}

/** Shows the branch with that question or answer. */
export function switchBranch(id) {
  return call("POST", `/answers/${id}/switch`);
}

export function rateAnswer(answerId, rating, comment) {
  return call("POST", `/answers/${answerId}/feedback`, JSON.stringify({ rating, comment }));
}

export async function uploadFile(file) {
  const form = new FormData();
  form.append("file", file);
  const [uploaded] = await call("POST", "/files", form);
  return uploaded;
}

async function call(method, path, body) {
  const headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  const response = await fetch(ROOT + path, { method, headers, body });
  const envelope = await response.json().catch(() => ({}));
  if (!response.ok || envelope.code !== 0) {
    throw new ApiError(envelope.code ?? response.status, envelope.message ?? response.statusText);
  }
  return envelope.data;
}
