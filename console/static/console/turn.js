/** One question in the transcript with its answers: side by side, if there are several. */

import { AnswerView } from "./answer_view.js";
import { h } from "./dom.js";
import { QuestionView } from "./question_view.js";

export class TurnView {
  /**
   * Of `versions`, the ids of all versions of the question, those that are not known yet are null: of
   * a question that was just asked. `actions` are the transcript's: what the buttons do.
   */
  constructor({ question, files = [], id = null, versions = [id] }, answers, actions) {
    this.question = { question, files };
    this.questionId = id;
    this.knownVersions = versions;
    this.actions = actions;
    this.views = [];
    this.answers = h("div", { class: "answers" });
    this.questionView = new QuestionView(this.question, { index: versions.indexOf(id), total: versions.length }, {
      edit: (text) => actions.edit(this, text),
      show: (index) => actions.switchTo(this, index),
    });
    this.element = h("article", { class: "turn" }, this.questionView.element, this.answers);
    answers.forEach((answer) => this.add(answer));
  }

  /** By which the server knows the question: its own id, or that of an answer to it. */
  get id() {
    return this.questionId ?? this.views.map(({ answer }) => answer.id).find(Boolean) ?? null;
  }

  get versions() {
    return this.knownVersions.map((id) => id ?? this.id);
  }

  add(answer) {
    const view = new AnswerView(this.question, answer, this.actions);
    this.views.push(view);
    this.answers.append(view.element);
    this.answers.classList.toggle("several", this.views.length > 1);
    this.views.forEach((each, index) => each.setNumber(index + 1, this.views.length));
    if (this.views.length > 1) view.element.scrollIntoView({ block: "nearest", inline: "end" });
  }
}
