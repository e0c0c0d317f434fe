/** `<button data-copy="id" data-copied="Copied">` copies the text of the element with that id. */

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await copy(source.textContent.trim(), source);
  say(button, button.dataset.copied);
});

async function copy(text, source) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS browsers have no clipboard object: select the text, and copy the selection.
  getSelection().selectAllChildren(source);
  document.execCommand("copy");
}

function say(button, word) {
  button.dataset.label ??= button.textContent;
  button.textContent = word;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (button.textContent = button.dataset.label), 2000);
}
