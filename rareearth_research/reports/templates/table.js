(function (id) {
  const box = document.getElementById(id);
  const body = box.querySelector("tbody");
  const rows = Array.from(body.rows);
  const search = box.querySelector("input");
  const menus = Array.from(box.querySelectorAll("select"));
  const count = box.querySelector(".rer-tools span");

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const keep =
        words.every((word) => text.includes(word)) &&
        menus.every((m) => !m.value || row.cells[m.dataset.column].textContent === m.value);
      row.hidden = !keep;
      shown += keep;
    }
    count.textContent = shown + " rows";
  }

  box.querySelectorAll("th").forEach((head, column) => {
    head.title = "sort";
    head.addEventListener("click", () => {
      const direction = head.dataset.order === "up" ? -1 : 1;
      box.querySelectorAll("th").forEach((other) => delete other.dataset.order);
      head.dataset.order = direction === 1 ? "up" : "down";
      const value = (row) => row.cells[column].textContent;
      rows.sort((a, b) => direction * value(a).localeCompare(value(b), "en", { numeric: true }));
      body.append(...rows);
    });
  });
  search.addEventListener("input", filter);
  menus.forEach((menu) => menu.addEventListener("change", filter));
})
