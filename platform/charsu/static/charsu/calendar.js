// Keys of calendars (arrows from day to day, t today, n new, m w d a g the views) and of the "today" list.
(() => {
  "use strict";
  const views = { m: "month", w: "week", d: "day", a: "agenda", g: "team" };

  function days() {
    return [...document.querySelectorAll("[data-cal-day]")].filter((day) => day.offsetParent !== null);
  }
  function follow(selector) {
    const link = document.querySelector(selector);
    if (link) link.click();
    return Boolean(link);
  }

  // Beyond the first and the last day the next page begins; without a day in focus today is the first step.
  function move(by) {
    const all = days();
    const at = all.indexOf(document.activeElement);
    if (at < 0) {
      const first = all.find((day) => day.getAttribute("aria-current") === "date") || all[0];
      if (first) first.focus();
      return;
    }
    const wanted = all[at + by];
    if (wanted) wanted.focus();
    else follow(by < 0 ? "[data-cal-before]" : "[data-cal-after]");
  }

  function step(key) {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const isGrid = document.querySelector("table.c-cal:not(.c-team)") !== null;
    if (key === "ArrowUp" || key === "ArrowDown") return (key === "ArrowUp" ? -1 : 1) * (isGrid ? 7 : 1);
    if (key === "ArrowLeft" || key === "ArrowRight") return key === forward ? 1 : -1;
    return 0;
  }

  // The list of what to do: up and down, Enter opens, x marks as done.
  function walk(event) {
    const lines = [...document.querySelectorAll("[data-today] [data-due]")];
    const at = lines.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const wanted = lines[at < 0 ? 0 : at + (event.key === "ArrowDown" ? 1 : -1)];
      if (wanted) wanted.focus();
      return Boolean(wanted);
    }
    const button = event.key === "x" && at >= 0 && lines[at].closest("li").querySelector("[data-due-done]");
    if (button) button.click();
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("[data-today]") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (walk(event)) event.preventDefault();
      return;
    }
    if (!document.querySelector("[data-calendar]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target && target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
    const by = step(event.key);
    const isDone = by !== 0 ? (move(by), true)
      : event.key === "PageUp" ? follow("[data-cal-before]")
        : event.key === "PageDown" ? follow("[data-cal-after]")
          : event.key === "t" ? follow("[data-cal-today]")
            : event.key === "n" ? follow("[data-cal-new]")
              : views[event.key] !== undefined && follow(`[data-cal-view="${views[event.key]}"]`);
    if (isDone) event.preventDefault();
  });
})();
