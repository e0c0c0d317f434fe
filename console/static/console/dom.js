/** Functions that build DOM elements. Text becomes text nodes, never HTML. */

import { t } from "./translation.js";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An icon from the SVG symbols in the page. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function iconButton(name, label, click, attributes = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click }, ...attributes }, icon(name));
}

/**
 * A button that copies what `text()` returns when it is pressed. Hidden where the browser offers no
 * clipboard: it does so only for pages that come over HTTPS or from its own machine.
 */
export function copyButton(text) {
  const button = iconButton("copy", t("copy"), async () => {
    await navigator.clipboard.writeText(text());
    button.replaceChildren(icon("check"));
    button.setAttribute("aria-label", t("copied"));
    setTimeout(() => {
      button.replaceChildren(icon("copy"));
      button.setAttribute("aria-label", t("copy"));
    }, 1600);
  }, { hidden: !navigator.clipboard });
  return button;
}

export function find(id) {
  return document.getElementById(id);
}
