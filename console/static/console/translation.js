/** Translation: the texts in the user's language, which the template delivers as JSON. */

const texts = JSON.parse(document.getElementById("texts").textContent);

export function t(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
