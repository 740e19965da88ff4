// Comfort only: the page says all it has to say without it.
"use strict";
(() => {
  const scenarios = [...document.querySelectorAll("details.scenario")];

  // A link to a folded scenario opens it, even one that the filter hides.
  const follow = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.matches("details.scenario")) {
      target.hidden = false;
      target.closest(".step").hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();

  const tools = document.getElementById("tools");
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("submit", (event) => event.preventDefault());
  const field = document.getElementById("cherche");
  const found = document.getElementById("trouves");
  const filters = [...tools.querySelectorAll("[data-filter]")];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  // What a scenario says of itself; its exchange is left out, or every search would find it.
  const textOf = (s) => {
    if (!texts.has(s)) {
      const parts = [s.querySelector("summary"), s.querySelector(".purpose"), s.querySelector(".body > dl")];
      texts.set(s, plain(parts.filter(Boolean).map((p) => p.textContent).join(" ")));
    }
    return texts.get(s);
  };

  const apply = () => {
    const wanted = (name) => new Set(filters.filter((b) => b.dataset.filter === name && pressed(b)).map((b) => b.dataset.value));
    const [verdicts, levels] = [wanted("verdict"), wanted("level")];
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let count = 0;
    scenarios.forEach((s) => {
      const fits = (verdicts.size === 0 || verdicts.has(s.dataset.verdict))
        && (levels.size === 0 || levels.has(s.dataset.level))
        && words.every((word) => textOf(s).includes(word));
      s.hidden = !fits;
      count += fits ? 1 : 0;
    });
    document.querySelectorAll(".step").forEach((step) => {
      step.hidden = !step.querySelector("details.scenario:not([hidden])");
    });
    const s = count > 1 ? "s" : "";
    found.textContent = count === 0 ? "Aucun scénario trouvé" : `${count} scénario${s} sur ${scenarios.length}`;
  };

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
    apply();
  });
  field.addEventListener("input", apply);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    apply();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  apply();

  // Paper shows every scenario, whatever the filter.
  let hidden = [];
  addEventListener("beforeprint", () => {
    hidden = [...document.querySelectorAll(".step[hidden], details.scenario[hidden]")];
    hidden.forEach((element) => { element.hidden = false; });
  });
  addEventListener("afterprint", () => { hidden.forEach((element) => { element.hidden = true; }); });
})();
