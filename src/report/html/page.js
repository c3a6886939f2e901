"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const root = document.documentElement;
root.dataset.script = "";

// The access table: the place and the name of a cell.

const map = one("#map");
const rows = map ? all("tbody tr:not(.endpoint)", map) : [];
const principals = map ? all("thead th", map).map((th) => th.textContent) : [];
const endpoints = rows.map((row) => row.parentElement.rows[0].textContent);
const place = (cell) => ({ row: rows.indexOf(cell.parentElement), column: cell.cellIndex - 1 });
const cellAt = (row, column) => rows[row]?.cells[column + 1];
const isShown = (column) => !map.tHead.rows[0].cells[column + 1].hidden;
const kindOf = (cell) => cell.classList[0];

function name({ row, column }) {
  return `${rows[row].cells[0].textContent} ${endpoints[row]} as ${principals[column]}`;
}

// Search and filter.

const search = one("#search");
const chips = all(".chip");

// All items that a search can find, each with its kind and text; built at the first search.
let index = null;

function found() {
  const item = (element, text) => ({ element, kind: element.dataset.kind, text: text.toLowerCase() });
  index ??= {
    items: all(".item").map((element) => item(element, element.textContent)),
    checks: all(".rule").flatMap((rule) => {
      const promise = one("summary", rule).textContent;
      return all(".check", rule).map((element) => item(element, `${promise} ${element.textContent}`));
    }),
    cells: rows.flatMap((row, number) => {
      const method = row.cells[0].textContent;
      return all("td[class]", row).map((element) => {
        const column = element.cellIndex - 1;
        const id = `access/${endpoints[number]}/${method}/${principals[column]}`;
        const text = `${id} ${method} ${element.textContent}`.toLowerCase();
        return { element, kind: kindOf(element), text, row, column };
      });
    }),
  };
  return index;
}

function filter() {
  const { items, checks, cells } = found();
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const kinds = new Set(chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.kind));
  const active = words.length > 0 || kinds.size > 0;
  const matches = ({ kind, text }) => (kinds.size === 0 || kinds.has(kind)) && words.every((word) => text.includes(word));

  for (const item of items) item.element.hidden = !matches(item);
  for (const check of checks) check.element.hidden = !matches(check);
  const checksShown = checks.filter(({ element }) => !element.hidden).length;

  // The access table keeps the rows and columns with a match; their other cells are dimmed.
  const cellsShown = cells.filter(matches);
  const rowsShown = new Set(cellsShown.map(({ row }) => row));
  const columnsShown = new Set(cellsShown.map(({ column }) => column));
  for (const cell of cells) cell.element.classList.remove("dim");
  if (active) {
    for (const cell of cells) cell.element.classList.add("dim");
    for (const cell of cellsShown) cell.element.classList.remove("dim");
  }
  for (const row of rows) row.hidden = active && !rowsShown.has(row);
  for (const row of map ? [map.tHead.rows[0], ...rows] : []) {
    principals.forEach((_, column) => { row.cells[column + 1].hidden = active && !columnsShown.has(column); });
  }

  // Empty parts are hidden. Parts with a match are opened, rules only if few checks match.
  const has = (element, selector) => all(selector, element).some((part) => !part.hidden);
  for (const rule of all(".rule")) {
    rule.hidden = active && !has(rule, ".check");
    rule.open = active && !rule.hidden && checksShown <= 40;
  }
  for (const area of all(".area")) {
    area.hidden = active && !has(area, ".check");
    area.open = active && !area.hidden;
  }
  for (const body of map?.tBodies ?? []) body.hidden = active && !has(body, "tr:not(.endpoint)");
  for (const section of all("main > section")) {
    section.hidden = active && !has(section, ".item, .check, #map tbody");
  }
  const shown = checksShown + cellsShown.length;
  one("#count").textContent = active ? `${shown.toLocaleString("en")} of ${(checks.length + cells.length).toLocaleString("en")} checks` : "";
  enter(rows.findIndex((row) => !row.hidden), principals.findIndex((_, column) => isShown(column)), false);
}

function clear() {
  if (search.value === "" && chips.every((chip) => chip.ariaPressed === "false")) return;
  search.value = "";
  chips.forEach((chip) => { chip.ariaPressed = "false"; });
  filter();
}

one("#tools").hidden = false;
search.addEventListener("input", filter);
for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.ariaPressed = chip.ariaPressed === "true" ? "false" : "true";
    filter();
  });
}
document.addEventListener("keydown", (event) => {
  if (dialog.open) return;
  if (event.key === "/" && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.select();
    search.focus();
  } else if (event.key === "Escape") {
    clear();
  }
});

// Keyboard navigation in the access table: Tab reaches one cell, the arrow keys move from there.

const readout = one("#readout");
let current = null;

function enter(row, column, focus) {
  const cell = cellAt(row, column);
  if (!cell) return;
  current?.removeAttribute("tabindex");
  cell.tabIndex = 0;
  current = cell;
  if (focus) cell.focus();
}

function tell(cell) {
  readout.textContent = `${name(place(cell))}: ${kindOf(cell)} ${cell.textContent}`;
}

function go(event) {
  if (!event.target.matches?.("#map tbody td")) return;
  const down = rows.map((_, number) => number).filter((number) => !rows[number].hidden);
  const across = principals.map((_, number) => number).filter(isShown);
  const { row, column } = place(event.target);
  const [y, x] = [down.indexOf(row), across.indexOf(column)];
  const to = {
    ArrowLeft: [y, x - 1],
    ArrowRight: [y, x + 1],
    ArrowUp: [y - 1, x],
    ArrowDown: [y + 1, x],
    PageUp: [y - 10, x],
    PageDown: [y + 10, x],
    Home: [y, 0],
    End: [y, across.length - 1],
  }[event.key];
  const within = (number, list) => list[Math.min(Math.max(number, 0), list.length - 1)];
  if (to) {
    enter(within(to[0], down), within(to[1], across), true);
  } else if (event.key === "Enter" || event.key === " ") {
    show(event.target);
  } else {
    return;
  }
  event.preventDefault();
}

// The exchange of a cell, in a dialog.

const dialog = one("#exchange");
const exchanges = JSON.parse(one("#cells").textContent);

function make(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function show(cell) {
  const at = place(cell);
  const link = one("a", cell);
  const body = one("#exchange-body");
  one("#exchange-name").textContent = name(at);
  if (link) {
    const trouble = document.getElementById(link.getAttribute("href").slice(1));
    body.replaceChildren(one(".full", trouble).cloneNode(true));
  } else {
    const { request, because } = exchanges[at.row][at.column];
    const list = document.createElement("dl");
    const status = cell.textContent.replace(/^\D+/, "");
    list.append(make("dt", "Verdict"), make("dd", kindOf(cell)));
    if (because) list.append(make("dt", "Why"), make("dd", because));
    if (status) list.append(make("dt", "Status"), make("dd", status));
    if (request) {
      const sent = document.createElement("dd");
      sent.append(make("pre", request));
      list.append(make("dt", "Request as sent"), sent);
    }
    const full = document.createElement("div");
    full.className = "full";
    full.append(list);
    body.replaceChildren(full);
  }
  dialog.showModal();
  dialog.scrollTop = 0;
}

if (map) {
  all("td a", map).forEach((link) => { link.tabIndex = -1; });
  map.addEventListener("keydown", go);
  map.addEventListener("click", (event) => {
    const cell = event.target.closest("tbody td[class]");
    if (!cell || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { row, column } = place(cell);
    enter(row, column, true);
    show(cell);
  });
  for (const kind of ["focusin", "pointerover"]) {
    map.addEventListener(kind, (event) => {
      const cell = event.target.closest("tbody td[class]");
      if (cell) tell(cell);
    });
  }
  map.setAttribute("role", "grid");
  one(".scroller").tabIndex = -1;
  enter(0, 0, false);
}
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("a[href^='#']")) dialog.close();
});

// A link to a check opens the parts around it.

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.closest("[hidden]")) clear();
  for (let element = target; element; element = element.parentElement) {
    if (element.tagName === "DETAILS") element.open = true;
  }
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
if (location.hash) reveal();

// Light or dark.

for (const button of all("button.copy")) button.hidden = false;
document.addEventListener("click", async ({ target }) => {
  if (!target.matches("button.copy")) return;
  await navigator.clipboard.writeText(target.dataset.copy);
  target.textContent = "Copied";
});

one("#theme").addEventListener("click", () => {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});
