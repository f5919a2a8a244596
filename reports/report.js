// Filters, sorts and finds rows. Without it every row of the report is there to be read.
// What is chosen stands in the address: `#s-1.1` is a row, `#?show=failed&q=order&at=s-1.1` a choice with a row.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const tools = find("tools");
  const rows = Array.from(document.querySelectorAll(".row"));
  const groups = Array.from(document.querySelectorAll(".rows"), (group) => [group, Array.from(group.children)]);
  const folds = Array.from(document.querySelectorAll(".fold"));
  const phaseOf = new Map(rows.map((row) => [row, row.closest(".phase").dataset.phase]));
  const phases = Array.from(document.querySelectorAll(".phase"));
  const toggles = Array.from(tools.querySelectorAll("[data-filter]"));
  const causes = Array.from(document.querySelectorAll("button.cause"));
  const selects = ["phase", "contract", "tag", "order"].map(find).filter(Boolean);
  const search = find("search");
  const found = find("found");
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const texts = new Map();
  let at = "";

  const isPressed = (toggle) => toggle.getAttribute("aria-pressed") === "true";
  const press = (toggle, on) => toggle.setAttribute("aria-pressed", String(on));

  function textOf(row) {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  }

  const chosenCause = () => causes.filter(isPressed).map((button) => button.dataset.cause)[0] || "";
  const value = (id) => (find(id) ? find(id).value : "");

  const says = (row, selector, text) =>
    Array.from(row.querySelectorAll(selector)).some((element) => element.textContent === text);

  function buildFilter() {
    const words = toggles.filter(isPressed).map((toggle) => toggle.dataset.filter);
    const [phase, contract, tag] = ["phase", "contract", "tag"].map(value);
    const cause = chosenCause();
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isWanted = (row) =>
      (!words.length || words.includes(row.dataset.word)) &&
      (!cause || (row.dataset.cause || "").split(" ").includes(cause)) &&
      (!phase || phaseOf.get(row) === phase) &&
      (!contract || says(row, ".contract", contract)) &&
      (!tag || says(row, ".about i", tag)) &&
      terms.every((term) => textOf(row).includes(term));
    return [isWanted, Boolean(words.length || cause || phase || contract || tag || terms.length)];
  }

  function filter() {
    const [isWanted, isNarrowed] = buildFilter();
    const shown = new Set(rows.filter(isWanted));
    for (const row of rows) if (row.hidden === shown.has(row)) row.hidden = !shown.has(row);
    for (const fold of folds) {
      fold.hidden = !fold.querySelector(".row:not([hidden])");
      // Closed again afterwards, unless the reader had opened it.
      if (isNarrowed && !fold.open) fold.dataset.opened = "";
      if (isNarrowed || "opened" in fold.dataset) fold.open = isNarrowed;
      if (!isNarrowed) delete fold.dataset.opened;
    }
    for (const phase of phases) phase.hidden = isNarrowed && !phase.querySelector(".row:not([hidden])");
    found.textContent = found.dataset.text.replace("{shown}", shown.size).replace("{total}", rows.length);
  }

  const idOf = (row) => row.querySelector(".id").textContent;
  // Without a figure: last.
  const read = (row, selector) => {
    const element = row.querySelector(selector);
    const match = element && element.textContent.match(/[\d.]+/);
    return match ? Number(match[0]) : -1;
  };
  const figure = (selector) => (left, right) => read(right, selector) - read(left, selector);
  const comparisons = {
    id: (left, right) => collator.compare(idOf(left), idOf(right)),
    latency: figure(".num + .num"),
    duration: figure(".took"),
  };

  let sorted = "";
  function sort() {
    // To put thousands of rows in again takes seconds.
    if (value("order") === sorted) return;
    sorted = value("order");
    const compare = comparisons[sorted];
    for (const [group, children] of groups) group.replaceChildren(...(compare ? [...children].sort(compare) : children));
  }

  function writeAddress() {
    const state = new URLSearchParams();
    const words = toggles.filter(isPressed).map((toggle) => toggle.dataset.filter);
    if (words.length) state.set("show", words.join(" "));
    if (chosenCause()) state.set("cause", chosenCause());
    for (const select of selects) if (select.value) state.set(select.id, select.value);
    if (search.value) state.set("q", search.value);
    const isChosen = state.size > 0;
    if (isChosen && at) state.set("at", at);
    const fragment = isChosen ? `?${state}` : encodeURIComponent(at);
    history.replaceState(null, "", fragment ? `#${fragment}` : location.href.split("#")[0]);
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function readAddress() {
    const fragment = location.hash.slice(1);
    const isChosen = fragment.startsWith("?");
    const state = new URLSearchParams(isChosen ? fragment : "");
    if (isChosen) {
      const words = (state.get("show") || "").split(" ");
      for (const toggle of toggles) press(toggle, words.includes(toggle.dataset.filter));
      for (const button of causes) press(button, button.dataset.cause === state.get("cause"));
      for (const select of selects) select.value = state.get(select.id) || "";
      search.value = state.get("q") || "";
    }
    sort();
    filter();
    at = isChosen ? state.get("at") || "" : decode(fragment);
    const target = find(at);
    if (target && target.matches(".row")) {
      show(target);
      writeAddress();
    } else if (!isChosen) at = "";
  }

  function show(row) {
    row.hidden = false;
    for (let around = row.parentElement; around; around = around.parentElement) {
      around.hidden = false;
      if (around.matches("details")) around.open = true;
    }
    row.open = true;
    row.scrollIntoView();
    row.querySelector("summary").focus({ preventScroll: true });
  }

  function goTo(row) {
    at = row.id;
    show(row);
    writeAddress();
  }

  function goToFailure(step) {
    const broken = Array.from(document.querySelectorAll(".row:not([hidden])")).filter((row) =>
      ["failed", "errored"].includes(row.dataset.word)
    );
    if (!broken.length) return;
    const here = broken.indexOf(document.activeElement.closest(".row") || find(at));
    goTo(broken[here < 0 ? (step > 0 ? 0 : broken.length - 1) : (here + step + broken.length) % broken.length]);
  }

  function choose() {
    at = "";
    filter();
    writeAddress();
  }

  async function copy(button) {
    const source = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(source);
    }
  }

  for (const toggle of toggles) {
    toggle.addEventListener("click", () => {
      press(toggle, !isPressed(toggle));
      choose();
    });
  }
  for (const button of causes) {
    button.addEventListener("click", () => {
      const on = !isPressed(button);
      for (const other of causes) press(other, other === button && on);
      choose();
      if (on) find("rows").scrollIntoView();
    });
  }
  for (const select of selects) {
    select.addEventListener("change", () => {
      sort();
      choose();
    });
  }
  search.addEventListener("input", choose);
  find("open").addEventListener("click", () => {
    const shown = rows.filter((row) => !row.hidden);
    const isOpening = shown.some((row) => !row.open);
    for (const row of shown) row.open = isOpening;
    for (const fold of folds) fold.open = isOpening;
  });
  // What a check names in a body comes into sight with its row.
  document.addEventListener(
    "toggle",
    (event) => {
      for (const mark of event.target.open ? event.target.querySelectorAll("mark:first-of-type") : []) {
        const body = mark.closest("pre");
        body.scrollTop = mark.offsetTop - body.offsetTop - body.clientHeight / 3;
      }
    },
    true
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".about a");
    const button = event.target.closest("button.copy");
    if (link) {
      event.preventDefault();
      goTo(link.closest(".row"));
    } else if (button) copy(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (event.key === "n") goToFailure(1);
    else if (event.key === "p") goToFailure(-1);
  });
  window.addEventListener("hashchange", readAddress);
  window.addEventListener("beforeprint", () => {
    for (const row of rows) if (row.dataset.word !== "passed") row.open = !row.hidden;
  });
  // Gathered before the first search, while nobody waits.
  const gather = (deadline) => {
    while (deadline.timeRemaining() > 0 && texts.size < rows.length) textOf(rows[texts.size]);
    if (texts.size < rows.length) requestIdleCallback(gather);
  };
  if (window.requestIdleCallback) requestIdleCallback(gather);
  document.documentElement.classList.add("js");
  tools.hidden = false;
  readAddress();
})();
