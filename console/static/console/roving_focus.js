/**
 * One tab stop for a whole list: up and down go from row to row, left and right to the buttons of a
 * row, Home and End to its ends.
 */

export class RovingFocus {
  constructor(element, selector = "a, button, input") {
    this.element = element;
    this.selector = selector;
    element.addEventListener("keydown", (event) => this.handleKey(event));
    element.addEventListener("focusin", ({ target }) => this.adopt(target));
  }

  get rows() {
    return [...this.element.querySelectorAll("li")].map((row) => [...row.querySelectorAll(this.selector)]);
  }

  /** After the list was drawn anew: one stop, on `preferred` or the first row. */
  update(preferred) {
    for (const row of this.rows) for (const stop of row) stop.tabIndex = -1;
    const stop = preferred ?? this.rows[0]?.[0];
    if (stop) stop.tabIndex = 0;
  }

  adopt(target) {
    if (this.rows.flat().includes(target)) this.update(target);
  }

  handleKey(event) {
    if (event.target.matches("input") || event.altKey || event.ctrlKey || event.metaKey) return;
    const { rows } = this;
    const at = rows.findIndex((row) => row.includes(event.target));
    if (at < 0) return;
    const column = rows[at].indexOf(event.target);
    const next = {
      ArrowDown: () => rows[at + 1]?.[column],
      ArrowUp: () => rows[at - 1]?.[column],
      ArrowRight: () => rows[at][column + 1],
      ArrowLeft: () => rows[at][column - 1],
      Home: () => rows[0][column],
      End: () => rows.at(-1)[column],
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next()?.focus();
  }
}
