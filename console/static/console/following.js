/** Adds to a transcript what was asked elsewhere in the session that it shows. */

import { Answer } from "./answer.js";

/** `session` as REST returns it; `live(id)` is the answer that is being read already, if any. */
export function addMissing(transcript, session, live) {
  const { messages } = session;
  const isMissing = ({ role, id }) => role === "assistant" && !transcript.viewOfAnswer(id);
  for (const message of messages.filter(isMissing)) {
    const { question_id: of } = message;
    const answer = live(message.id) ?? Answer.recorded(message, session.id);
    const others = messages.filter(({ role, question_id: id }) => role === "assistant" && of && id === of);
    const view = others.map(({ id }) => transcript.viewOfAnswer(id)).find(Boolean);
    if (view) transcript.addAlternative(view, answer);
    else transcript.add(questionOf(messages, of), answer);
  }
}

/** Whether the session shows another branch than the transcript does. */
export function isOtherBranch(transcript, { messages }) {
  const ids = new Set(messages.map(({ id }) => id));
  const shown = transcript.views.map(({ answer }) => answer.id).filter(Boolean);
  return shown.length > 0 && !ids.has(shown.at(-1));
}

function questionOf(messages, id) {
  const { content: question, files, versions } = messages.find((message) => message.id === id) ?? { content: "" };
  return { question, files, id, versions };
}
