// Keeps the table of an upload up to date until all its documents are read.

const PAUSE_MS = 1500;
let isWatching = false;

export function watch() {
  if (isWatching || !document.querySelector("table[data-states]")) return;
  isWatching = true;
  setTimeout(update, PAUSE_MS);
}

async function update() {
  const table = document.querySelector("table[data-states]");
  const rows = [...table.querySelectorAll("tr[data-open]")].slice(0, 50);
  if (!rows.length) {
    isWatching = false;
    return;
  }
  const query = new URLSearchParams(rows.map((row) => ["id", row.dataset.id]));
  try {
    const response = await fetch(`${table.dataset.states}?${query}`);
    if (response.ok) show(rows, await response.json());
  } catch {
    // The server is restarted, or the network is away: it is asked again.
  }
  setTimeout(update, PAUSE_MS);
}

function show(rows, states) {
  for (const row of rows) {
    const state = states[row.dataset.id];
    if (!state?.open) delete row.dataset.open;
    if (!state) continue;
    const badge = row.querySelector(".badge");
    badge.className = `badge ${state.status}`;
    badge.textContent = state.label;
    row.querySelector(".note").textContent = state.note;
    row.querySelector(".count").textContent = state.chunks;
  }
}

watch();
