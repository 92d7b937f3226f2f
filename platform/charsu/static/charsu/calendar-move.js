// Entries of calendars moved to another day or time: by drag in month and week, with a mouse or after a long press
// of a finger, and by the key v, which asks where to. Without this file each entry's page leads to the same form.
(() => {
  "use strict";
  const DAY = 86400000;
  const KEPT = "charsu-moved-entry";
  const STEP = 15;
  const LONG_PRESS = 450;
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
  async function save(entry, to, at) {
    const body = new URLSearchParams({ to, at, updated_at: entry.dataset.version });
    entry.classList.add("is-busy");
    try {
      const answer = await fetch(entry.dataset.moveUrl, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const told = await answer.json().catch(() => ({}));
      // Changed by somebody meanwhile: its form tells how it stands now, and asks once more.
      if (answer.status === 409) ask(entry, to, at);
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

  // A time of day as minutes, and back.
  function minutesOf(time) {
    const [hours, minutes] = time.split(":").map(Number);
    return hours * 60 + minutes;
  }
  function timeOf(minutes) {
    return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  }
  function inDigits(time) {
    const digits = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: false });
    return time.replace(/\d/g, (digit) => digits.format(Number(digit)));
  }
  // The time of day an entry gets that is moved up or down within the hours; empty where it stays as it is.
  function timeAt(cell, pageY) {
    const slots = cell.querySelector("[data-cal-minutes]");
    const had = dragged.entry.dataset.time;
    const box = slots && slots.getBoundingClientRect();
    const y = pageY - window.scrollY;
    if (!had || !box || !box.height || y < box.top || y > box.bottom) return "";
    const passed = (pageY - dragged.pageY) / box.height * Number(slots.dataset.calMinutes);
    const wanted = minutesOf(had) + Math.round(passed / STEP) * STEP;
    const found = timeOf(Math.min(Math.max(wanted, 0), 24 * 60 - STEP));
    return found === had ? "" : found;
  }

  function unmark() {
    document.querySelectorAll("[data-cal-drop].is-over").forEach((cell) => cell.classList.remove("is-over"));
  }
  function tell(time) {
    const shown = dragged.entry.querySelector("time");
    if (shown) shown.textContent = inDigits(time || dragged.entry.dataset.time || "");
  }
  function begin(entry, pageY) {
    dragged = { entry, from: cellOf(entry).dataset.calDrop, pageY };
    entry.classList.add("is-dragged");
  }
  function over(cell, pageY) {
    unmark();
    if (!cell) return;
    const at = timeAt(cell, pageY);
    tell(at);
    if (at || cell.dataset.calDrop !== dragged.from) cell.classList.add("is-over");
  }
  function drop(cell, pageY) {
    const { entry, from } = dragged;
    const at = timeAt(cell, pageY);
    // An entry of several days is taken by any of them, and its first one moves as far.
    const count = daysBetween(from, cell.dataset.calDrop);
    if (count === 0 && !at) return;
    const to = dayAfter(entry.dataset.first, count);
    if (entry.hasAttribute("data-repeats")) ask(entry, to, at);
    else save(entry, to, at);
  }
  function end() {
    if (dragged) {
      tell("");
      dragged.entry.classList.remove("is-dragged");
    }
    dragged = null;
    unmark();
  }

  document.addEventListener("dragstart", (event) => {
    const entry = closest(event, "[data-move-url]");
    if (!entry || !cellOf(entry)) return;
    begin(entry, event.pageY);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", entry.title);
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const cell = closest(event, "[data-cal-drop]");
    over(cell, event.pageY);
    if (!cell) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  document.addEventListener("drop", (event) => {
    const cell = dragged && closest(event, "[data-cal-drop]");
    if (!cell) return;
    event.preventDefault();
    drop(cell, event.pageY);
  });
  document.addEventListener("dragend", end);

  // With a finger: a long press takes the entry, and until it is let go the page does not scroll.
  let press = null;
  function release() {
    if (!press) return;
    clearTimeout(press.timer);
    press.entry.removeAttribute("draggable");
    press = null;
  }
  function cellUnder(touch) {
    const found = document.elementFromPoint(touch.clientX, touch.clientY);
    return found && found.closest("[data-cal-drop]");
  }
  document.addEventListener("touchstart", (event) => {
    const entry = closest(event, "[data-move-url]");
    release();
    if (!entry || !cellOf(entry) || event.touches.length > 1) return;
    const { clientX, clientY, pageY } = event.touches[0];
    entry.setAttribute("draggable", "false");
    press = { entry, clientX, clientY, timer: setTimeout(() => {
      begin(entry, pageY);
      if (navigator.vibrate) navigator.vibrate(15);
    }, LONG_PRESS) };
  }, { passive: true });
  document.addEventListener("touchmove", (event) => {
    if (!press) return;
    const touch = event.touches[0];
    if (dragged) {
      event.preventDefault();
      over(cellUnder(touch), touch.pageY);
    } else if (Math.hypot(touch.clientX - press.clientX, touch.clientY - press.clientY) > 10) release();
  }, { passive: false });
  document.addEventListener("touchend", (event) => {
    if (press && dragged) {
      // No click follows: the entry is not opened.
      event.preventDefault();
      const touch = event.changedTouches[0];
      const cell = cellUnder(touch);
      if (cell) drop(cell, touch.pageY);
      end();
    }
    release();
  }, { passive: false });
  document.addEventListener("touchcancel", () => { end(); release(); });
  // The menu a long press on a link brings up elsewhere.
  document.addEventListener("contextmenu", (event) => { if (press) event.preventDefault(); });

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
