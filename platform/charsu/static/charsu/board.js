// Boards: cards moved by drag and by keys. Without this file each card has a page that asks where to.
(() => {
  "use strict";
  if (window.charsuBoard) return;
  window.charsuBoard = true;
  const root = document.documentElement;
  let moving = null;

  function board() {
    return document.querySelector("[data-board]");
  }
  function columns() {
    return [...document.querySelectorAll("[data-column]")];
  }
  function cardsOf(column) {
    return [...column.querySelectorAll("[data-card]")];
  }
  function listOf(column) {
    return column.querySelector("[data-cards]");
  }
  function canMove(card) {
    return card && card.closest("[data-can-move]") !== null;
  }

  function tell(text) {
    const place = document.querySelector("[data-board-status]");
    if (place) place.textContent = text;
  }
  let timer = 0;
  function complain(text) {
    const toast = document.querySelector("[data-toast]");
    if (!toast) return;
    toast.textContent = text || board().dataset.refused;
    toast.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => { toast.hidden = true; }, 7000);
  }

  function put(totals) {
    const figures = new Intl.NumberFormat(root.lang);
    totals.forEach((item) => {
      const column = columns().find((one) => one.dataset.column === item.value);
      if (!column) return;
      column.querySelector("[data-count]").textContent = figures.format(item.count);
      column.querySelector("[data-total]").textContent = item.total;
      column.querySelector("[data-weighted]").textContent = item.weighted;
    });
  }

  // Ask the server; what it refuses goes back to where it was.
  async function save(card, column, back) {
    const body = new URLSearchParams();
    document.querySelectorAll("[data-board-query]").forEach((one) => body.append(one.name, one.value));
    body.set("value", column.dataset.column);
    card.classList.add("is-busy");
    try {
      const answer = await fetch(`${board().dataset.board}/${card.dataset.card}/move`, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(told.message || told.detail || "");
      put(told.columns || []);
      const title = column.querySelector("h2 bdi").textContent;
      tell(board().dataset.moved.replace("#", title));
    } catch (refusal) {
      back();
      complain(refusal.message);
    } finally {
      card.classList.remove("is-busy");
    }
  }

  function moveTo(card, column) {
    const from = card.parentElement;
    const next = card.nextElementSibling;
    if (!canMove(card) || !column || from === listOf(column)) return;
    listOf(column).prepend(card);
    card.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    save(card, column, () => { from.insertBefore(card, next); card.focus(); });
  }

  function start() {
    if (!window.Sortable || !board()) return;
    document.querySelectorAll("[data-cards][data-can-move]").forEach((list) => {
      if (list.dataset.sortable) return;
      list.dataset.sortable = "1";
      window.Sortable.create(list, {
        group: "board", draggable: "[data-card]", animation: 140, ghostClass: "is-ghost", delay: 120,
        delayOnTouchOnly: true, filter: "[data-move]", preventOnFilter: false,
        onEnd(event) {
          if (event.from === event.to) return;
          const card = event.item;
          const place = event.from.children[event.oldIndex] || null;
          save(card, event.to.closest("[data-column]"), () => event.from.insertBefore(card, place));
        },
      });
    });
    const first = document.querySelector("[data-card]");
    if (first && !document.querySelector('[data-card][tabindex="0"]')) first.tabIndex = 0;
  }

  // Where to? The columns as buttons of a dialog.
  function ask(card) {
    const dialog = document.querySelector("[data-move-dialog]");
    const form = dialog && dialog.querySelector("[data-move-choices]");
    if (!form || !canMove(card)) return;
    moving = card;
    form.replaceChildren(...columns().map((column) => {
      const button = document.createElement("button");
      button.className = "btn btn-quiet";
      button.value = column.dataset.column;
      button.textContent = column.querySelector("h2 bdi").textContent;
      button.disabled = column.contains(card);
      return button;
    }));
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      const chosen = columns().find((column) => column.dataset.column === dialog.returnValue);
      if (chosen && moving) moveTo(moving, chosen);
      else if (moving) moving.focus();
      moving = null;
    }, { once: true });
  }

  function focus(card) {
    if (!card) return;
    document.querySelectorAll('[data-card][tabindex="0"]').forEach((one) => { one.tabIndex = -1; });
    card.tabIndex = 0;
    card.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // The column `step` further in reading direction of the arrow keys: right is back in Persian.
  function beside(card, key) {
    const all = columns();
    const forward = (key === "ArrowRight") === (root.dir !== "rtl");
    return all[all.indexOf(card.closest("[data-column]")) + (forward ? 1 : -1)];
  }

  function go(card, key) {
    const column = beside(card, key);
    if (!column) return;
    const at = cardsOf(card.closest("[data-column]")).indexOf(card);
    const there = cardsOf(column);
    focus(there[Math.min(at, there.length - 1)]);
  }

  function onCard(event, card) {
    const mine = cardsOf(card.closest("[data-column]"));
    const at = mine.indexOf(card);
    if (event.key === "ArrowDown") focus(mine[at + 1]);
    else if (event.key === "ArrowUp") focus(mine[at - 1]);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (event.shiftKey) moveTo(card, beside(card, event.key));
      else go(card, event.key);
    } else if (event.key === "Enter" && event.target === card) card.querySelector("a").click();
    else if (event.code === "KeyM") ask(card);
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (!board() || event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    const card = event.target.closest("[data-card]");
    if (card && onCard(event, card)) { event.preventDefault(); return; }
    if (event.key === "?" || event.key === "؟") {
      const help = document.querySelector("[data-keys]");
      if (help) help.showModal();
    } else if (event.code === "KeyN") {
      const link = document.querySelector("[data-key-new]");
      if (link) link.click();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-move]") : null;
    if (!link || !board() || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    ask(link.closest("[data-card]"));
  }, true);
  document.addEventListener("htmx:after:swap", start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
