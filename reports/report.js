// Filters and sorts the matrix. Without it every row of the report is there to be read.
"use strict";
(() => {
  const rows = document.getElementById("rows");
  if (!rows) return;
  const inOrder = Array.from(rows.children);
  const scenarios = inOrder.filter((element) => element.matches(".scenario"));
  const headings = inOrder.filter((element) => !element.matches(".scenario"));
  const tools = document.getElementById("tools");
  const search = document.getElementById("search");
  const tag = document.getElementById("tag");
  const order = document.getElementById("order");
  const toggles = Array.from(tools.querySelectorAll("button[data-outcome]"));
  const found = document.getElementById("found");
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const words = new Map(
    scenarios.map((scenario) => {
      const parts = Array.from(scenario.querySelectorAll("[data-text]"), (element) => element.textContent);
      return [scenario, parts.join(" ").replace(/\s+/g, " ").toLowerCase()];
    })
  );

  function isWanted(scenario) {
    const pressed = toggles.filter((toggle) => toggle.getAttribute("aria-pressed") === "true");
    const outcomes = pressed.map((toggle) => toggle.dataset.outcome);
    if (outcomes.length && !outcomes.includes(scenario.dataset.outcome)) return false;
    if (tag.value && !JSON.parse(scenario.dataset.tags).includes(tag.value)) return false;
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return terms.every((term) => words.get(scenario).includes(term));
  }

  function filter() {
    let shown = 0;
    for (const scenario of scenarios) {
      scenario.hidden = !isWanted(scenario);
      if (!scenario.hidden) shown += 1;
    }
    for (const heading of headings) {
      const own = scenarios.filter((scenario) => scenario.dataset.contract === heading.dataset.contract);
      heading.hidden = order.value !== "contract" || own.every((scenario) => scenario.hidden);
    }
    found.textContent = `${shown} of ${scenarios.length} scenarios shown`;
  }

  const figure = (name) => (left, right) => {
    // Without a figure: last.
    const [a, b] = [left, right].map((row) => (row.dataset[name] === "" ? -1 : Number(row.dataset[name])));
    return b - a;
  };
  const comparisons = {
    id: (left, right) => collator.compare(left.dataset.id, right.dataset.id),
    outcome: (left, right) => Number(left.dataset.rank) - Number(right.dataset.rank),
    latency: figure("latency"),
    duration: figure("duration"),
  };

  function sort() {
    const compare = comparisons[order.value];
    rows.replaceChildren(...(compare ? [...headings, ...[...scenarios].sort(compare)] : inOrder));
    filter();
  }

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches(".scenario")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  }

  for (const toggle of toggles) {
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-pressed", String(toggle.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  search.addEventListener("input", filter);
  tag.addEventListener("change", filter);
  order.addEventListener("change", sort);
  document.getElementById("open").addEventListener("click", () => {
    const shown = scenarios.filter((scenario) => !scenario.hidden);
    const isOpening = shown.some((scenario) => !scenario.open);
    for (const scenario of shown) scenario.open = isOpening;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      event.preventDefault();
      search.focus();
    }
  });
  window.addEventListener("hashchange", openTarget);
  window.addEventListener("beforeprint", () => {
    for (const scenario of scenarios) scenario.open = !scenario.hidden;
  });
  tools.hidden = false;
  filter();
  openTarget();
})();
