import assert from "node:assert/strict";
import { test } from "node:test";

import { asMarkdown } from "../../console/static/console/conversation_markdown.js";

const chunk = (name, place) => ({ document_name: name, document_metadata: { place } });
const MESSAGES = [
  { id: "q", role: "user", content: "Which\nisland?" },
  { id: "a", role: "assistant", question_id: "q", content: "**Tilos.** [ID:1]", reference: { chunks: [chunk("a.md", ""), chunk("b.md", "Guide › Islands")] } },
  { id: "b", role: "assistant", question_id: "q", content: "Again.", reference: {} },
  { id: "c", role: "assistant", question_id: "gone", content: "Old [ID:9]", reference: { chunks: [] } },
];

test("questions are headings, answers keep their Markdown, sources are counted from one", () => {
  assert.equal(asMarkdown("My trip", MESSAGES, "Sources"), [
    "# My trip", "## Which island?", "**Tilos.** [2]", "Sources:", "- [2] b.md, Guide › Islands", "Again.", "Old [10]",
  ].join("\n\n") + "\n");
});
