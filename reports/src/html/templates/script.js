// Comfort only: the page says all it has to say without it.
"use strict";
(() => {
  const scenarios = [...document.querySelectorAll("details.scenario")];

  const tools = document.getElementById("tools");
  const field = document.getElementById("cherche");
  const found = document.getElementById("trouves");
  const filters = tools ? [...tools.querySelectorAll("[data-filter]")] : [];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  // What a scenario says of itself, without what every one says: labels, nominal facts, its exchange.
  const OWN = "summary, .purpose, .body > dl > dd:not(:has(> .facts)), .facts .changed";
  const textOf = (s) => {
    if (!texts.has(s)) {
      const parts = [...s.querySelectorAll(OWN)].filter((p) => !p.closest(".exchange"));
      texts.set(s, plain(parts.map((p) => p.textContent).join(" ")));
    }
    return texts.get(s);
  };

  // Steps that the filter unfolded, to be folded again when it ends.
  const steps = [...document.querySelectorAll(".step")];
  const unfolded = new Set();
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
    const filtering = count < scenarios.length;
    steps.forEach((step) => {
      step.hidden = !step.querySelector("details.scenario:not([hidden])");
      if (filtering && !step.open && !step.hidden) {
        step.open = true;
        unfolded.add(step);
      } else if (!filtering && unfolded.delete(step)) {
        step.open = false;
      }
    });
    const s = count > 1 ? "s" : "";
    found.textContent = count === 0 ? "Aucun scénario trouvé" : `${count} scénario${s} sur ${scenarios.length}`;
    tools.querySelector("[data-reset]").hidden = !filtering;
  };
  const reset = () => {
    filters.forEach((b) => { b.setAttribute("aria-pressed", "false"); });
    field.value = "";
    apply();
  };

  // A link to a folded scenario opens it, even one that the filter hides; a link to a step that it
  // hides leaves the filter.
  const follow = (hash) => {
    let id = "";
    try { id = decodeURIComponent(hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    const step = target && target.closest(".step");
    if (target && target.matches("details.interpretation")) {
      target.open = true;
      target.scrollIntoView();
    }
    if (!step) return;
    if (target.matches("details.scenario")) {
      target.hidden = false;
      step.hidden = false;
      target.open = true;
    } else if (step.hidden) {
      reset();
    }
    step.open = true;
    unfolded.delete(step);
    target.scrollIntoView();
  };
  addEventListener("hashchange", () => follow(location.hash));
  // The same link once more changes no hash.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) follow(link.hash);
  });
  if (tools) {
    tools.hidden = false;
    apply();
    // What is gone to stays clear of the filters where they stick.
    const clear = () => {
      const height = getComputedStyle(tools).position === "sticky" ? tools.offsetHeight : 0;
      document.documentElement.style.setProperty("--tools", `${height}px`);
    };
    new ResizeObserver(clear).observe(tools);
    clear();
  }
  follow(location.hash);
  if (!tools) return;

  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-reset")) {
      reset();
      // The button is gone; its focus goes to where the next filter begins.
      field.focus();
      return;
    }
    const on = !pressed(button);
    button.setAttribute("aria-pressed", String(on));
    if (button.hasAttribute("data-fold")) {
      [...steps, ...scenarios].forEach((s) => { s.open = on; });
      unfolded.clear();
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

  // Paper shows every scenario, whatever the filter.
  let hidden = [];
  let folded = [];
  addEventListener("beforeprint", () => {
    // The style opens them for paper too, where the browser knows how.
    folded = [...document.querySelectorAll("details:is(.step, .list, .interpretation):not([open])")];
    folded.forEach((element) => { element.open = true; });
    hidden = [...document.querySelectorAll(".step[hidden], details.scenario[hidden]")];
    hidden.forEach((element) => { element.hidden = false; });
  });
  addEventListener("afterprint", () => {
    hidden.forEach((element) => { element.hidden = true; });
    folded.forEach((element) => { element.open = false; });
  });
})();
