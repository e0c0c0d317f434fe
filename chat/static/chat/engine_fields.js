// On the page of a dialog: shows the model settings of the chosen engine. A field that has a value
// is always shown, so that nothing is refused, or saved, that is not seen.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const engine = document.getElementById("id_engine");
  const fields = document.querySelectorAll("[data-engines]");
  if (!engine) return;

  const update = () => {
    for (const field of fields) {
      const isUsed = field.dataset.engines.split(" ").includes(engine.value);
      const row = field.closest(".form-row");
      if (row) row.hidden = !isUsed && field.value === "" && !row.classList.contains("errors");
    }
  };
  engine.addEventListener("change", update);
  update();
});
