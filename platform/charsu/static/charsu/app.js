// What pages gain when scripts run; every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const yearSeconds = 31536000;

  function closest(event, selector) {
    return event.target instanceof Element ? event.target.closest(selector) : null;
  }

  // Menus: one open at a time; a click elsewhere or Escape closes them.
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (menu === except) return;
      // Who is inside by keys stands on what opened the menu again, not at the top of the page.
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.removeAttribute("open");
    });
  }
  document.addEventListener("click", (event) => closeMenus(closest(event, "details[data-menu]")));

  // Side navigation on phones: the link to #menu opens it; Escape or a choice closes it.
  function sideIsOpen() {
    return location.hash === "#menu";
  }
  function closeSide() {
    if (sideIsOpen()) location.hash = "main";
  }
  document.addEventListener("click", (event) => {
    if (sideIsOpen() && closest(event, "[data-side] nav a")) closeSide();
  });

  // Theme: painted at once, kept in the cookie that the server reads.
  document.addEventListener("click", (event) => {
    const button = closest(event, "button[data-set-theme]");
    if (!button) return;
    event.preventDefault();
    const theme = button.dataset.setTheme;
    document.cookie = `charsu_theme=${theme}; path=/; max-age=${yearSeconds}; samesite=lax`;
    if (theme === "auto") root.removeAttribute("data-bs-theme");
    else root.setAttribute("data-bs-theme", theme);
    document.querySelectorAll("button[data-set-theme]").forEach((other) => {
      if (other.dataset.setTheme === theme) other.setAttribute("aria-pressed", "true");
      else other.removeAttribute("aria-pressed");
    });
    const sprite = document.querySelector("details[data-menu][open] summary use");
    const chosen = button.querySelector("use");
    if (sprite && chosen) sprite.setAttribute("href", chosen.getAttribute("href"));
    closeMenus(null);
  });

  // Questions before a form that can not be taken back.
  function ask(text) {
    const dialog = document.querySelector("[data-confirm-dialog]");
    if (!dialog) return Promise.resolve(window.confirm(text));
    dialog.querySelector("[data-confirm-text]").textContent = text;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset || !form.dataset.confirm || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(form.dataset.confirm).then((isSure) => {
        if (!isSure) return;
        form.dataset.confirmed = "1";
        form.requestSubmit(submitter);
      });
    },
    true,
  );
  document.addEventListener("htmx:confirm", (event) => {
    const question = event.detail && event.detail.ctx && event.detail.ctx.confirm;
    if (!question) return;
    event.preventDefault();
    ask(question).then((isSure) => (isSure ? event.detail.issueRequest() : event.detail.dropRequest()));
  });

  // Copy a value to the clipboard and say so.
  document.addEventListener("click", (event) => {
    const button = closest(event, "button[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    navigator.clipboard.writeText(source.value || source.textContent.trim()).then(() => {
      const label = button.querySelector("span");
      const before = label.textContent;
      label.textContent = button.dataset.copied;
      setTimeout(() => { label.textContent = before; }, 2000);
    });
  });

  // Amounts are grouped by thousands as soon as the field is left.
  const latin = { "٫": ".", "٬": ",", "،": "," };
  function toLatin(text) {
    return text.replace(/[۰-۹]/g, (d) => d.charCodeAt(0) - 0x6f0)
      .replace(/[٠-٩]/g, (d) => d.charCodeAt(0) - 0x660)
      .replace(/[٫٬،]/g, (mark) => latin[mark]);
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.dataset.money === undefined) return;
    const plain = toLatin(input.value).replace(/[,\s\u200c]/g, "");
    if (!/^\d+(\.\d+)?$/.test(plain)) return;
    const [whole, part] = plain.split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
    input.value = root.lang === "fa"
      ? grouped.replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]).replace(/,/g, "٬").replace(/\./g, "٫")
      : grouped;
  });

  // Keys: `/` goes to the search box, Escape closes what is open.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus(null);
      closeSide();
    }
    const isTyping = closest(event, "input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  function refresh() {
    document.querySelectorAll("button[data-copy][hidden]").forEach((button) => { button.hidden = !navigator.clipboard; });
    const broken = document.querySelector('[aria-invalid="true"]');
    if (broken) broken.focus();
  }
  document.addEventListener("htmx:after:swap", refresh);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", refresh);
  else refresh();
})();
