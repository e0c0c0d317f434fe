/** Light or dark colours. A classic script in the head, so that it runs before the first paint. */

document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "system";

document.addEventListener("change", ({ target }) => {
  if (target.name !== "theme") return;
  document.documentElement.dataset.theme = target.value;
  localStorage.setItem("theme", target.value);
});

document.addEventListener("DOMContentLoaded", () => {
  const chosen = document.querySelector(`[name=theme][value="${document.documentElement.dataset.theme}"]`);
  if (chosen) chosen.checked = true;
});
