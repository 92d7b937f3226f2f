// The palette of Ctrl-K: search, pages seen last, actions. Without this file its button leads to /search.
(() => {
  "use strict";
  const keep = 12;
  const shown = 5;

  function palette() {
    return document.querySelector("dialog[data-palette]");
  }
  function input(dialog) {
    return dialog.querySelector("input[name=q]");
  }
  function options(dialog) {
    return [...dialog.querySelectorAll("[role=option]")].filter((line) => line.offsetParent !== null);
  }

  // Pages seen last stay in this tab and for this person: titles may tell what others should not read.
  function store(dialog) {
    return `charsu-recent-${dialog.dataset.person}`;
  }
  function recent(dialog) {
    try {
      return JSON.parse(sessionStorage.getItem(store(dialog))) || [];
    } catch {
      return [];
    }
  }
  function remember() {
    const dialog = palette();
    const heading = document.querySelector("main h1");
    if (!dialog || !heading || location.pathname === "/search") return;
    const page = { path: location.pathname, title: heading.textContent.trim().slice(0, 100) };
    const others = recent(dialog).filter((one) => one.path !== page.path);
    try {
      sessionStorage.setItem(store(dialog), JSON.stringify([page, ...others].slice(0, keep)));
    } catch {
      // A browser that keeps nothing has no pages seen last.
    }
  }
  function showRecent(dialog) {
    const box = dialog.querySelector("[data-palette-recent]");
    const pages = recent(dialog).filter((one) => one.path !== location.pathname).slice(0, shown);
    box.hidden = pages.length === 0 || input(dialog).value.trim() !== "";
    box.querySelector("ul").replaceChildren(...pages.map((page) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const title = document.createElement("bdi");
      item.setAttribute("role", "presentation");
      link.setAttribute("role", "option");
      link.href = page.path;
      title.className = "c-palette-text";
      title.textContent = page.title;
      link.append(title);
      item.append(link);
      return item;
    }));
  }

  function choose(dialog, at) {
    const lines = options(dialog);
    const next = lines.length ? lines[(at + lines.length) % lines.length] : null;
    dialog.querySelectorAll("[aria-selected=true]").forEach((line) => line.setAttribute("aria-selected", "false"));
    if (!next) return;
    lines.forEach((line, index) => { line.id = line.id || `palette-line-${index}-${Date.now()}`; });
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
    input(dialog).setAttribute("aria-activedescendant", next.id);
  }
  function chosen(dialog) {
    return options(dialog).findIndex((line) => line.getAttribute("aria-selected") === "true");
  }

  function open() {
    const dialog = palette();
    if (!dialog || dialog.open) return;
    const field = input(dialog);
    field.value = "";
    showRecent(dialog);
    dialog.showModal();
    field.focus();
    field.dispatchEvent(new Event("palette", { bubbles: true }));
  }
  function close() {
    const dialog = palette();
    if (dialog && dialog.open) dialog.close();
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-palette-open]") && !event.ctrlKey && !event.metaKey && palette()) {
      event.preventDefault();
      event.stopPropagation();
      open();
    } else if (target.closest("[data-palette-close]") || target === palette()) {
      close();
    } else if (target.closest("dialog[data-palette] [role=option]")) {
      close();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const isShortcut = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === "KeyK";
    if (isShortcut && palette()) {
      event.preventDefault();
      if (palette().open) close();
      else open();
      return;
    }
    const dialog = palette();
    if (!dialog || !dialog.open || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(dialog, chosen(dialog) + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && event.target === input(dialog)) {
      const line = options(dialog)[chosen(dialog)];
      if (!line) return;
      event.preventDefault();
      line.click();
    }
  });

  document.addEventListener("input", (event) => {
    const dialog = palette();
    if (dialog && event.target === input(dialog)) showRecent(dialog);
  });
  document.addEventListener("htmx:after:swap", () => {
    const dialog = palette();
    if (dialog && dialog.open) choose(dialog, 0);
    else remember();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", remember);
  else remember();
})();
