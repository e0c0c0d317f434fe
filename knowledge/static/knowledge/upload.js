// Sends more files than one request takes in several, one after the other.

import { watch } from "./states.js";

const form = document.querySelector("form[data-most-files]");
const input = form.elements.documents;
const progress = form.querySelector(".progress");

form.addEventListener("submit", async (event) => {
  const batches = divided([...input.files]);
  if (batches.length < 2) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await sendAll(batches);
    form.reset();
  } catch {
    progress.textContent = form.dataset.failed;
  }
  button.disabled = false;
});

function divided(files) {
  const batches = [];
  let bytes = Infinity;
  for (const file of files) {
    bytes += file.size;
    if (bytes > Number(form.dataset.mostBytes) || batches.at(-1).length >= Number(form.dataset.mostFiles)) {
      batches.push([]);
      bytes = file.size;
    }
    batches.at(-1).push(file);
  }
  return batches;
}

async function sendAll(batches) {
  const all = batches.flat().length;
  let sent = 0;
  for (const batch of batches) {
    progress.textContent = form.dataset.sending.replace("{sent}", sent).replace("{all}", all);
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    for (const file of batch) body.append("documents", file);
    const response = await fetch(location.href, { method: "POST", body });
    if (!response.ok) throw new Error(response.statusText);
    add(new DOMParser().parseFromString(await response.text(), "text/html"));
    sent += batch.length;
  }
  progress.textContent = "";
}

function add(page) {
  const table = page.querySelector("table[data-states]");
  const shown = document.querySelector("table[data-states]");
  if (shown) shown.tBodies[0].append(...table.tBodies[0].rows);
  else form.before(table);
  watch();
}
