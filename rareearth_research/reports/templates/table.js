((box) => {
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const rows = Array.from(body ? body.rows : []);
  // The lowest row of the head that says something about a column names it, and sorts by it.
  const width = Math.max(0, ...rows.map((row) => row.cells.length));
  const levels = Array.from(table.tHead ? table.tHead.rows : []).reverse();
  const heads = Array.from({ length: width }, (_, column) => {
    const cells = levels.filter((row) => row.cells.length === width).map((row) => row.cells[column]);
    return cells.find((cell) => cell.textContent.trim()) || cells[0];
  });
  for (const row of rows) Array.from(row.cells).forEach((cell, index) => {
    const head = heads[index + width - row.cells.length];  // rows may share a cell on the left
    if (head) cell.dataset.label = head.textContent.trim();
  });
  const cut = rows.some((row) => Array.from(row.cells).every((cell) => cell.textContent === "..."));
  if (rows.length < 2 || cut) return;  // part of a table would be sorted and searched as if whole

  // Rows that share a cell get one each before they part.
  const part = () => rows.forEach((row, index) => {
    for (const cell of Array.from(row.cells)) {
      const shared = rows.slice(index + 1, index + cell.rowSpan);
      cell.rowSpan = 1;
      shared.forEach((other) => other.insertBefore(cell.cloneNode(true), other.cells[cell.cellIndex]));
    }
  });
  const value = (row, column) => row.cells[column].textContent.trim();
  const missing = (text) => text === "" || text === "–";
  const number = (text) => Number(text.replace(/[,%<\s]/g, "").replace("\u2212", "-"));

  function sort(head, column) {
    part();
    const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const direction = order === "ascending" ? 1 : -1;
    const known = rows.map((row) => value(row, column)).filter((text) => !missing(text));
    const numbers = known.every((text) => !Number.isNaN(number(text)));
    const compare = numbers ? (a, b) => number(a) - number(b)
      : (a, b) => a.localeCompare(b, "en", { numeric: true });
    rows.sort((one, other) => {
      const [a, b] = [value(one, column), value(other, column)];
      return missing(a) - missing(b) || direction * compare(a, b);
    });
    body.append(...rows);
  }

  if (heads[0]) heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "sort";
    if (!head.textContent.trim()) button.setAttribute("aria-label", "sort by row");
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  let tools = box.querySelector(".rer-tools");
  if (!tools) {
    if (rows.length < 8) return;
    tools = document.createElement("p");
    tools.className = "rer-tools";
    tools.innerHTML = "<input type=search placeholder=search aria-label='search the table'> <span></span>";
    box.before(tools);
  }
  const search = tools.querySelector("input");
  const menus = Array.from(tools.querySelectorAll("select"));
  const count = tools.querySelector("span");
  count.setAttribute("role", "status");

  function filter() {
    part();
    const plain = (text) => text.toLowerCase().replaceAll("\u2212", "-");
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = plain(row.textContent);
      const keep =
        words.every((word) => text.includes(word)) &&
        menus.every((m) => !m.value || row.cells[m.dataset.column].textContent === m.value);
      row.hidden = !keep;
      shown += keep;
    }
    count.textContent = shown === 1 ? "1 row" : shown + " rows";
  }
  search.addEventListener("input", filter);
  menus.forEach((menu) => menu.addEventListener("change", filter));
})
