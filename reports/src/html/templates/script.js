// Comfort only: the page says all it has to say without it.
"use strict";
(() => {
  const scenarios = [...document.querySelectorAll("details.scenario")];
  const tools = document.getElementById("tools");

  // A link to a folded scenario opens it.
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (target && target.matches("details.scenario")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();

  // Paper cannot be unfolded: what is not as expected is printed whole.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = scenarios.filter((s) => !s.open && s.matches(".fail, .inconclusive, .remark"));
    folded.forEach((s) => { s.open = true; });
  });
  addEventListener("afterprint", () => {
    folded.forEach((s) => { s.open = false; });
  });

  if (!tools) return;
  tools.hidden = false;
  const filters = [...tools.querySelectorAll("[data-filter]")];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const on = !pressed(button);
    button.setAttribute("aria-pressed", String(on));
    if (button.hasAttribute("data-fold")) {
      scenarios.forEach((s) => { s.open = on; });
      button.textContent = on ? "tout replier" : "tout déplier";
      return;
    }
    const wanted = new Set(filters.filter(pressed).map((b) => b.dataset.filter));
    scenarios.forEach((s) => { s.hidden = wanted.size > 0 && !wanted.has(s.dataset.verdict); });
    document.querySelectorAll(".step").forEach((step) => {
      step.hidden = !step.querySelector("details.scenario:not([hidden])");
    });
  });
})();
