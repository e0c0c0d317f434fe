/** The panel with the chunks that an answer cites; on a phone, a sheet over the transcript. */

import { originalUrl } from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { citedSentences } from "./cited_sentences.js";
import { t } from "./translation.js";

/** The chunks that the text cites, in the order of citation. */
export function citedChunks({ text, reference }) {
  const chunks = reference?.chunks ?? [];
  const numbers = [...text.matchAll(/\[ID:\s?(\d+)\]/g)].map(([, number]) => Number(number));
  return [...new Set(numbers)].filter((number) => chunks[number]).map((number) => ({ number, chunk: chunks[number] }));
}

export class SourcePanel {
  constructor(element) {
    this.element = element;
    this.opener = null;
    element.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") this.step(-1);
      if (key === "ArrowRight") this.step(1);
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** `opener` is the button that was pressed; it gets the focus back. */
  open(view, number, opener) {
    this.opener?.removeAttribute("aria-expanded");
    this.opener = opener;
    this.view = view;
    opener.setAttribute("aria-expanded", "true");
    this.show(number);
    this.element.hidden = false;
    document.body.classList.add("with-sources");
    this.element.querySelector("h2").focus();
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidden = true;
    document.body.classList.remove("with-sources");
    this.opener.removeAttribute("aria-expanded");
    if (this.opener.isConnected) this.opener.focus();
  }

  step(by) {
    const sources = citedChunks(this.view.answer);
    const next = sources[sources.findIndex(({ number }) => number === this.number) + by];
    if (!next) return;
    this.show(next.number);
    this.element.querySelector("h2").focus();
  }

  show(number) {
    this.number = number;
    const chunk = this.view.answer.reference.chunks[number];
    this.element.replaceChildren(this.head(number), this.place(chunk), this.chunkText(chunk, this.claim(number)));
    this.element.scrollTop = 0;
    this.element.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  }

  head(number) {
    const sources = citedChunks(this.view.answer);
    const at = sources.findIndex((source) => source.number === number);
    return h("header", {},
      h("h2", { tabindex: -1 }, t("source_n", { n: number + 1 })),
      iconButton("back", t("previous_source"), () => this.step(-1), { disabled: at <= 0 }),
      iconButton("forward", t("next_source"), () => this.step(1), { disabled: at < 0 || at === sources.length - 1 }),
      iconButton("close", t("close"), () => this.close()));
  }

  place(chunk) {
    const place = chunk.document_metadata?.place;
    const match = chunk.similarity == null ? null : Math.round(chunk.similarity * 100);
    return h("div", { class: "place" },
      icon("file"),
      h("div", {},
        documentName(chunk, place),
        place ? h("p", { class: "where" }, place) : null),
      match === null ? null : h("span", { class: "match", title: t("match_title") }, t("match", { n: match })));
  }

  chunkText(chunk, claim) {
    const sentences = citedSentences(unwrapped(chunk.content), claim, document.documentElement.lang);
    const nodes = sentences.map(({ text, cited: isCited }) => (isCited ? h("mark", {}, text) : text));
    return h("blockquote", { class: "chunk", tabindex: 0 }, ...nodes);
  }

  /** The words of the answer before the citation of this source; the question if it cites none. */
  claim(number) {
    const chip = this.opener.matches(".citation") && Number(this.opener.dataset.citation) === number
      ? this.opener
      : this.view.prose.querySelector(`.citation[data-citation="${number}"]`);
    return chip ? textBefore(chip) : this.view.question.question;
  }
}

/** A link to the original, at its page if it is a PDF; files sent with a question have no document,
 * and what a remote RAGFlow found has none here. */
function documentName(chunk, place) {
  if (!chunk.dataset_id || chunk.document_metadata?.elsewhere) return h("p", { class: "document" }, chunk.document_name);
  const page = place?.startsWith("page ") ? Number.parseInt(place.slice("page ".length), 10) : 0;
  const href = originalUrl(chunk.dataset_id, chunk.document_id) + (page ? `#page=${page}` : "");
  const link = h("a", { href, target: "_blank", rel: "noopener", title: t("open_document") }, chunk.document_name);
  return h("p", { class: "document" }, link);
}

/** Joins lines that were wrapped to fit the document's page, but not those of lists, tables or code. */
function unwrapped(text) {
  if (text.includes("```")) return text;
  return text
    .replace(/(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])/g, "")
    .replace(/(?<=\S)\n(?!\s|[-*+|#>]|\d+[.)]\s)/g, " ");
}

function textBefore(chip) {
  const before = document.createRange();
  before.setStart(chip.closest("p, li, td, th, blockquote, h3, h4, h5, h6"), 0);
  before.setEndBefore(chip);
  const words = before.cloneContents();
  words.querySelectorAll(".citation").forEach((other) => other.replaceWith("\0"));
  return words.textContent.split("\0").findLast((text) => text.trim()) ?? "";
}
