const button = document.querySelector("nav.bar button");
button.addEventListener("click", () => {
  const show = button.getAttribute("aria-pressed") !== "true";
  document.querySelectorAll("details.code").forEach((code) => { code.open = show; });
  button.setAttribute("aria-pressed", String(show));
  button.textContent = show ? "Hide all code" : "Show all code";
});
// Columns of words read better from the left; numbers stay on the right.
document.querySelectorAll("table").forEach((table) => {
  const number = /^[-+\u2212]?[\d.,\s]*\d(e[-+]?\d+)?\s*(%|bp|s)?$|^(nan|NaN|<NA>|NaT|\u2013|)$/;
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
// The tables that can be searched bring markup only; what makes them work is the page's own.
const searchable = /* table.js */;
document.querySelectorAll("div.rer-table[id]").forEach((box) => searchable(box.id));
