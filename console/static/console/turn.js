/** One question in the transcript with its answers: side by side, if there are several. */

import { AnswerView } from "./answer_view.js";
import { h, icon } from "./dom.js";
import { folded } from "./folding.js";
import { t } from "./translation.js";

export class TurnView {
  /** `actions` are the transcript's: what the buttons of an answer do. */
  constructor({ question, files = [] }, answers, actions) {
    this.question = { question, files };
    this.actions = actions;
    this.views = [];
    this.answers = h("div", { class: "answers" });
    this.element = h("article", { class: "turn" }, this.buildQuestion(), this.answers);
    answers.forEach((answer) => this.add(answer));
  }

  add(answer) {
    const view = new AnswerView(this.question, answer, this.actions);
    this.views.push(view);
    this.answers.append(view.element);
    this.answers.classList.toggle("several", this.views.length > 1);
    this.views.forEach((each, index) => each.setNumber(index + 1, this.views.length));
    if (this.views.length > 1) view.element.scrollIntoView({ block: "nearest", inline: "end" });
  }

  buildQuestion() {
    const { question, files } = this.question;
    const names = files.map(({ name }) => h("li", {}, icon("file"), h("span", {}, name)));
    return h("div", { class: "question" },
      h("h2", { class: "visually-hidden" }, t("you_asked")),
      names.length ? h("ul", { class: "files" }, ...names) : null,
      ...folded(question));
  }
}
