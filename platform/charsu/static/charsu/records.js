// What forms of records gain when scripts run: pickers, lists that grow, a question before changes are lost.
(() => {
  "use strict";
  const pause = 180;
  let waiting = null;

  function closest(event, selector) {
    return event.target instanceof Element ? event.target.closest(selector) : null;
  }

  // Pickers: a text, a list that drops down, the id of what was chosen behind it.
  function parts(picker) {
    return {
      id: picker.querySelector("[data-picker-id]"),
      text: picker.querySelector("[data-picker-text]"),
      list: picker.querySelector("[data-picker-list]"),
    };
  }
  function close(picker) {
    const { text, list } = parts(picker);
    list.hidden = true;
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }
  async function open(picker) {
    const { text, list } = parts(picker);
    if (!picker.dataset.picker) return;
    const wanted = text.value.trim();
    const address = new URL(picker.dataset.picker, window.location.href);
    address.searchParams.set("q", wanted);
    // What may be picked can depend on what another input of the form holds.
    const by = picker.closest("form").elements.namedItem(picker.dataset.pickerBy || "");
    if (by) address.searchParams.set("by", by.value);
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || text.value.trim() !== wanted || document.activeElement !== text) return;
    list.innerHTML = await answer.text();
    list.querySelectorAll("[role=option]").forEach((line, at) => { line.id = `${list.id}-${at}`; });
    list.hidden = false;
    text.setAttribute("aria-expanded", "true");
  }
  function choose(picker, line) {
    const { id, text } = parts(picker);
    id.value = line.dataset.pick;
    text.value = line.textContent.trim();
    picker.querySelectorAll("input[type=radio]").forEach((one) => { one.checked = false; });
    close(picker);
    text.focus();
    id.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function mark(picker, step) {
    const { text, list } = parts(picker);
    const lines = [...list.querySelectorAll("[role=option]")];
    if (!lines.length) return;
    const now = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    const next = (now + step + lines.length + (now < 0 && step < 0 ? 1 : 0)) % lines.length;
    lines.forEach((line, at) => line.setAttribute("aria-selected", at === next ? "true" : "false"));
    lines[next].scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", lines[next].id);
  }
  document.addEventListener("input", (event) => {
    const text = closest(event, "[data-picker-text]");
    if (!text) return;
    const picker = text.closest("[data-picker]");
    parts(picker).id.value = "";
    picker.querySelectorAll("input[type=radio]").forEach((one) => { one.checked = false; });
    clearTimeout(waiting);
    waiting = setTimeout(() => open(picker), pause);
  });
  document.addEventListener("focusin", (event) => {
    document.querySelectorAll("[data-picker]").forEach((picker) => { if (!picker.contains(event.target)) close(picker); });
    const text = closest(event, "[data-picker-text]");
    if (text && !text.value) open(text.closest("[data-picker]"));
  });
  document.addEventListener("mousedown", (event) => {
    const line = closest(event, "[data-pick]");
    if (!line) return;
    event.preventDefault();
    choose(line.closest("[data-picker]"), line);
  });
  document.addEventListener("keydown", (event) => {
    const text = closest(event, "[data-picker-text]");
    if (!text) return;
    const picker = text.closest("[data-picker]");
    const { list } = parts(picker);
    if (event.key === "ArrowDown" && list.hidden) open(picker);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(picker, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape" && !list.hidden) close(picker);
    else if (event.key === "Enter" && !list.hidden) {
      const line = list.querySelector('[aria-selected="true"]');
      if (!line) return;
      choose(picker, line);
    } else return;
    event.preventDefault();
  });

  // Lists: a line more, a line less; the last line stays and is emptied.
  function renumber(line, number) {
    line.dataset.number = number;
    line.querySelectorAll("[name]").forEach((input) => { input.name = input.name.replace(/\.\d+\./, `.${number}.`); });
  }
  function clear(line) {
    line.querySelectorAll("input").forEach((input) => { input.value = ""; });
  }
  document.addEventListener("click", (event) => {
    const button = closest(event, "[data-list-add], [data-list-remove]");
    if (!button) return;
    const list = button.closest("[data-list]");
    const lines = [...list.querySelectorAll("[data-list-line]")];
    if (button.matches("[data-list-remove]")) {
      const line = button.closest("[data-list-line]");
      if (lines.length > 1) line.remove();
      else clear(line);
      list.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (lines.length < Number(list.dataset.most)) {
      const last = lines[lines.length - 1];
      const line = last.cloneNode(true);
      clear(line);
      if (last.dataset.number) renumber(line, Math.max(...lines.map((one) => Number(one.dataset.number))) + 1);
      last.after(line);
      line.querySelector("input").focus();
    }
  });

  // Changes that are not saved: asked about before the page is left.
  function unsaved() {
    return document.querySelector("form[data-guard][data-dirty]:not([data-sent])");
  }
  document.addEventListener("input", (event) => {
    const form = closest(event, "form[data-guard]");
    if (form) form.dataset.dirty = "";
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-guard]")) event.target.dataset.sent = "";
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const form = unsaved();
    const link = closest(event, "a[href]");
    if (!form || !link || link.target === "_blank" || link.getAttribute("href").startsWith("#") || event.ctrlKey || event.metaKey) return;
    if (window.confirm(form.dataset.guard)) form.dataset.sent = "";
    else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // A form whose parts depend on a kind shows those of the chosen one.
  function showKind(form) {
    const kind = form.querySelector("[data-kind]").value;
    form.querySelectorAll("[data-for]").forEach((part) => { part.hidden = !part.dataset.for.split(" ").includes(kind); });
  }
  document.addEventListener("change", (event) => {
    const form = closest(event, "form[data-kinds]");
    if (form) showKind(form);
  });

  function show() {
    document.querySelectorAll("form[data-kinds]").forEach(showKind);
    document.querySelectorAll("[data-list-add][hidden], [data-list-remove][hidden]").forEach((button) => { button.hidden = false; });
    document.querySelectorAll("[data-picker-text]:not([role])").forEach((text) => {
      text.setAttribute("role", "combobox");
      // Above a list the chosen id says all; the text is for those without scripts.
      if ("pickerQuick" in text.dataset) text.removeAttribute("name");
      text.setAttribute("aria-autocomplete", "list");
      text.setAttribute("aria-expanded", "false");
      text.setAttribute("aria-controls", `${text.id}-list`);
    });
  }
  document.addEventListener("htmx:after:swap", show);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
  else show();
})();
