// Lists of records by keyboard, and what is selected; every list works without this file.
(() => {
  "use strict";
  if (window.charsuList) return;
  window.charsuList = true;
  let last = null;

  function rows() {
    return [...document.querySelectorAll("[data-list] tr[data-row]")];
  }
  function current() {
    return document.querySelector("[data-list] tr[aria-current]");
  }
  function boxOf(row) {
    return row && row.querySelector('input[name="ids"]');
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const now = current();
    const at = now ? all.indexOf(now) + step : step > 0 ? 0 : all.length - 1;
    const next = all[Math.max(0, Math.min(all.length - 1, at))];
    if (now) {
      now.removeAttribute("aria-current");
      now.removeAttribute("tabindex");
    }
    next.setAttribute("aria-current", "true");
    next.setAttribute("tabindex", "-1");
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function open(tail) {
    const link = current() && current().querySelector(".is-main a");
    if (!link) return false;
    if (tail) location.assign(link.pathname + tail);
    else link.click();
    return true;
  }

  function select(isRange) {
    const row = current();
    const box = boxOf(row);
    if (!box) return;
    const all = rows();
    const from = all.indexOf(last);
    box.checked = isRange ? true : !box.checked;
    if (isRange && from >= 0) {
      const to = all.indexOf(row);
      all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => { boxOf(one).checked = true; });
    }
    last = row;
    tell();
  }

  // How many are selected, in the reader's digits.
  function tell() {
    const boxes = [...document.querySelectorAll('[data-list] input[name="ids"]')];
    const count = boxes.filter((box) => box.checked).length;
    const all = document.querySelector("[data-pick-all]");
    if (all) {
      all.checked = count > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
    const place = document.querySelector("[data-selected]");
    if (!place) return;
    const text = new Intl.NumberFormat(document.documentElement.lang).format(count);
    place.textContent = count ? place.dataset.selected.replace("#", text) : "";
  }

  const keys = {
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    Enter: () => open(""),
    e: () => open("/edit"),
    x: () => select(false),
    X: () => select(true),
    n: () => { const link = document.querySelector("[data-key-new]"); if (link) link.click(); },
    "?": () => { const help = document.querySelector("[data-keys]"); if (help && !help.open) help.showModal(); },
    Escape: () => { const row = current(); if (row) { row.removeAttribute("aria-current"); row.blur(); } },
  };

  // Persian keyboards give other letters for the same keys.
  const places = { KeyJ: "j", KeyK: "k", KeyE: "e", KeyX: "x", KeyN: "n" };
  function nameOf(event) {
    const letter = places[event.code];
    if (letter) return event.shiftKey && letter === "x" ? "X" : letter;
    return event.key === "؟" ? "?" : event.key;
  }

  function isBusy(target) {
    return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]");
  }

  document.addEventListener("keydown", (event) => {
    if (!document.querySelector("[data-keys]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isBusy(event.target) || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    const act = keys[name];
    if (!act) return;
    const isOnControl = event.target instanceof Element && event.target.closest("a, button, summary, label, input");
    if (isOnControl && (name === "Enter" || name.startsWith("Arrow"))) return;
    if (act() !== false) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    if (box.matches("[data-pick-all]")) rows().map(boxOf).forEach((one) => { if (one) one.checked = box.checked; });
    if (box.matches('[data-pick-all], [name="ids"]')) tell();
  });
  // Shift and a click select everything in between.
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== "ids") return;
    const row = box.closest("tr");
    const all = rows();
    const from = all.indexOf(last);
    if (event.shiftKey && from >= 0) {
      const to = all.indexOf(row);
      all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => { boxOf(one).checked = box.checked; });
      tell();
    }
    last = row;
  });
  document.addEventListener("htmx:after:swap", tell);
})();
