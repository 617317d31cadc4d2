const code = document.getElementById("toggle");
code.addEventListener("click", () => {
  const show = code.getAttribute("aria-pressed") !== "true";
  document.querySelectorAll("details.code").forEach((cell) => { cell.open = show; });
  code.setAttribute("aria-pressed", String(show));
  code.textContent = show ? "Hide all code" : "Show all code";
});
// Beside the text there is room for the contents; above it they would keep the finding waiting.
const contents = document.querySelector("nav.contents details");
if (contents) contents.open = matchMedia("(min-width: 96rem)").matches;
// Columns of words read better from the left; numbers stay on the right.
document.querySelectorAll("table").forEach((table) => {
  const number = /^[-+\u2212<]?[\d.,\s]*\d(e[-+]?\d+)?\s*(%|bp|s)?$|^(nan|NaN|<NA>|NaT|\u2013|)$/;
  const rows = [...table.querySelectorAll("tbody tr")];
  const width = Math.max(0, ...rows.map((row) => row.cells.length));
  const even = [...table.rows].filter((row) => row.cells.length === width);
  for (let column = 0; column < width; column += 1) {
    const cells = rows.filter((row) => row.cells.length === width).map((row) => row.cells[column].textContent.trim());
    if (cells.some((text) => !number.test(text))) {
      const long = Math.max(...cells.map((text) => text.length)) > 80;
      even.forEach((row) => row.cells[column].classList.add("words", ...(long ? ["long"] : [])));
    }
    if (cells.every((text) => text.length <= 12)) {
      even.forEach((row) => row.cells[column].classList.add("short"));
    }
  }
});
// Tables bring markup only; what sorts and searches them is the page's own.
document.querySelectorAll(".rer-table, .wide:not(.rer-table .wide)").forEach(/* table.js */);
// A table that is too wide breaks its headings; on a phone it gets smaller type, and if need be a
// block for each row. What is folded is measured when it opens.
const narrow = matchMedia("screen and (max-width: 48rem)");
const roles = { TABLE: "table", TBODY: "rowgroup", THEAD: "rowgroup", TR: "row", TD: "cell" };
function fit() {
  document.querySelectorAll(".wide > table, .rer-table table").forEach((table) => {
    table.classList.remove("broken", "tight", "close", "stacked");
    const wide = () => table.offsetWidth > table.parentElement.clientWidth;
    for (const way of ["broken", "tight", "close", ...narrow.matches ? ["stacked"] : []]) if (wide()) table.classList.add(way);
    if (!table.classList.contains("stacked")) return;
    for (const part of [table, ...table.querySelectorAll("thead, tbody, tr, th, td")]) {
      part.setAttribute("role", roles[part.tagName] || (part.closest("thead") ? "columnheader" : "rowheader"));
    }
  });
}
narrow.addEventListener("change", fit);
document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", fit));
fit();
