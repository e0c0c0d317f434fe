/** The page's words, in the reader's language: the template delivers them as JSON. */

const words = JSON.parse(document.getElementById("texts").textContent);

export function t(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
