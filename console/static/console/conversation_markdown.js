/** Writes a conversation as Markdown. Pure. */

/** `title` heads it, `sourcesTitle` the list of sources of each answer. */
export function asMarkdown(title, messages, sourcesTitle) {
  const questions = new Map(messages.filter(({ role }) => role === "user").map((message) => [message.id, message]));
  const parts = [`# ${oneLine(title)}`];
  let shown = null;
  for (const answer of messages.filter(({ role }) => role === "assistant")) {
    const question = questions.get(answer.question_id);
    // Other answers to the same question follow each other.
    if (question && question !== shown) parts.push(`## ${oneLine(question.content)}`);
    shown = question;
    parts.push(cited(answer.content).trim(), sourceList(answer, sourcesTitle));
  }
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** The page counts sources from 1. */
function cited(text) {
  return text.replace(/\[ID:\s?(\d{1,4})\]/g, (_, number) => `[${Number(number) + 1}]`);
}

function sourceList({ content, reference }, title) {
  const chunks = reference?.chunks ?? [];
  const numbers = [...content.matchAll(/\[ID:\s?(\d{1,4})\]/g)].map(([, number]) => Number(number));
  const entries = [...new Set(numbers)].filter((number) => chunks[number]).sort((a, b) => a - b).map((number) => {
    const { document_name: name, document_metadata: metadata } = chunks[number];
    return `- [${number + 1}] ${[name, metadata?.place].filter(Boolean).map(oneLine).join(", ")}`;
  });
  return entries.length ? `${title}:\n\n${entries.join("\n")}` : "";
}

function oneLine(text) {
  return text.split(/\s/).filter(Boolean).join(" ");
}
