/** Gives what is cut in a list of the admin a tooltip with the whole text. */

const list = document.getElementById("result_list");
if (list) new ResizeObserver(() => list.querySelectorAll("tbody :is(td, th)").forEach(explain)).observe(list);

function explain(cell) {
  const isCut = [cell, ...cell.children].some(
    (element) => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1,
  );
  if (isCut) cell.title = cell.textContent.trim();
  else cell.removeAttribute("title");
}
