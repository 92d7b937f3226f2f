// Entries of calendars moved to another day: by drag in month and week, and by the key v, which asks where to.
// Without this file each entry's page leads to the same form.
(() => {
  "use strict";
  const DAY = 86400000;
  const KEPT = "charsu-moved-entry";
  let dragged = null;

  function closest(event, selector) {
    return event.target instanceof Element ? event.target.closest(selector) : null;
  }
  function cellOf(entry) {
    return entry.closest("[data-cal-drop]");
  }
  // Days are counted in UTC, where each has 24 hours.
  function daysBetween(from, to) {
    return Math.round((Date.parse(to) - Date.parse(from)) / DAY);
  }
  function dayAfter(day, count) {
    return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
  }
  function here() {
    return window.location.pathname + window.location.search;
  }

  let timer = 0;
  function complain(text) {
    const toast = document.querySelector("[data-toast]");
    if (!toast) return;
    toast.textContent = text || toast.dataset.refused;
    toast.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => { toast.hidden = true; }, 7000);
  }

  // The entry stays where it is until the server has agreed; then the page is drawn anew.
  async function save(entry, to) {
    const body = new URLSearchParams({ to, updated_at: entry.dataset.version });
    entry.classList.add("is-busy");
    try {
      const answer = await fetch(entry.dataset.moveUrl, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const told = await answer.json().catch(() => ({}));
      // Changed by somebody meanwhile: its form tells how it stands now, and asks once more.
      if (answer.status === 409) ask(entry, to);
      if (!answer.ok) throw new Error(told.message || told.detail || "");
      sessionStorage.setItem(KEPT, entry.dataset.moveUrl);
      window.location.reload();
    } catch (refusal) {
      entry.classList.remove("is-busy");
      entry.focus();
      complain(refusal instanceof TypeError ? "" : refusal.message);
    }
  }

  // Where to? The form of the entry's own page, in a dialog.
  async function ask(entry, to, at) {
    const dialog = document.querySelector("[data-cal-move-dialog]");
    const query = new URLSearchParams({ next: here() });
    if (to) query.set("to", to);
    if (at) query.set("at", at);
    // Of what repeats: which of its days it is.
    if (entry.hasAttribute("data-repeats")) query.set("day", entry.dataset.first);
    const answer = await fetch(`${entry.dataset.moveUrl}?${query}`, {
      headers: { Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" }, credentials: "same-origin",
    }).catch(() => null);
    if (!dialog || !answer || !answer.ok) {
      complain("");
      return;
    }
    dialog.innerHTML = await answer.text();
    dialog.showModal();
    const day = dialog.querySelector("[name=to]");
    if (day) { day.focus(); day.select(); }
    dialog.addEventListener("close", () => entry.focus(), { once: true });
  }

  function unmark() {
    document.querySelectorAll("[data-cal-drop].is-over").forEach((cell) => cell.classList.remove("is-over"));
  }
  document.addEventListener("dragstart", (event) => {
    const entry = closest(event, "[data-move-url]");
    if (!entry || !cellOf(entry)) return;
    dragged = { entry, from: cellOf(entry).dataset.calDrop };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", entry.title);
    entry.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const cell = dragged && closest(event, "[data-cal-drop]");
    unmark();
    if (!cell) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    if (cell.dataset.calDrop !== dragged.from) cell.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const cell = dragged && closest(event, "[data-cal-drop]");
    if (!cell) return;
    event.preventDefault();
    const { entry, from } = dragged;
    // An entry of several days is taken by any of them, and its first one moves as far.
    const count = daysBetween(from, cell.dataset.calDrop);
    if (count === 0) return;
    const to = dayAfter(entry.dataset.first, count);
    if (entry.hasAttribute("data-repeats")) ask(entry, to);
    else save(entry, to);
  });
  document.addEventListener("dragend", () => {
    if (dragged) dragged.entry.classList.remove("is-dragged");
    dragged = null;
    unmark();
  });

  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyV" || event.ctrlKey || event.metaKey || event.altKey) return;
    const entry = closest(event, "[data-move-url]");
    if (!entry || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    ask(entry, "");
  });
  document.addEventListener("click", (event) => {
    const cancel = closest(event, "[data-cal-move-dialog] [data-cal-move-cancel]");
    if (!cancel) return;
    event.preventDefault();
    event.stopPropagation();
    cancel.closest("dialog").close();
  }, true);

  document.addEventListener("submit", (event) => {
    const form = closest(event, "[data-cal-move-dialog] [data-cal-move-form]");
    if (form) sessionStorage.setItem(KEPT, form.getAttribute("action"));
  });

  // After a move the entry keeps the focus, on its new day.
  function returnFocus() {
    const url = sessionStorage.getItem(KEPT);
    if (!url) return;
    sessionStorage.removeItem(KEPT);
    const entry = [...document.querySelectorAll("[data-move-url]")].find((one) => one.dataset.moveUrl === url);
    if (entry) entry.focus({ preventScroll: true });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", returnFocus);
  else returnFocus();
})();
