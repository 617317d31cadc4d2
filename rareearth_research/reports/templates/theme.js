// Light or dark: as the system has it, until the reader says otherwise; then so on every page.
const root = document.documentElement;
const theme = document.getElementById("theme");
const dark = () => (root.dataset.theme
  || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const told = () => theme.setAttribute("aria-pressed", String(dark()));
try { root.dataset.theme = localStorage.getItem("rareearth-theme") || ""; } catch { /* kept nowhere */ }
theme.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try { localStorage.setItem("rareearth-theme", root.dataset.theme); } catch { /* kept nowhere */ }
  told();
});
told();
