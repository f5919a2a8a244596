// Filters, sorts and finds rows. Without it every row of the report is there to be read.
// What is chosen stands in the address: `#s-1.1` is a row, `#?show=failed&q=order&at=s-1.1` a choice with a row.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const only = find("only");
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
  // The row that a key has opened.
  let opened = null;

  const isPressed = (toggle) => toggle.getAttribute("aria-pressed") === "true";
  const press = (toggle, on) => toggle.setAttribute("aria-pressed", String(on));

  function pressCause(chosen) {
    for (const button of causes) {
      const on = button.dataset.cause === chosen;
      press(button, on);
      button.dataset.off ||= button.textContent;
      button.textContent = on ? only.dataset.on : button.dataset.off;
      if (on) only.querySelector("b").textContent = button.closest("li").querySelector("strong").textContent;
    }
    if (only) only.hidden = !chosenCause();
  }

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
    const text = shown.size ? found.dataset.text : found.dataset.none;
    found.textContent = text.replace("{shown}", shown.size).replace("{total}", rows.length);
    nameOpen();
  }

  const isOpening = () => rows.some((row) => !row.hidden && !row.open);
  const nameOpen = () => (find("open").textContent = find("open").dataset[isOpening() ? "open" : "close"]);

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

  // Also by the id of a row of another phase.
  const findRow = (anchor) => {
    const target = find(anchor) || rows.find((row) => row.id.slice(1) === anchor.slice(1));
    return target && target.matches(".row") ? target : null;
  };

  function clear() {
    for (const toggle of toggles) press(toggle, false);
    for (const select of selects) if (select.id !== "order") select.value = "";
    search.value = "";
    pressCause("");
    filter();
  }

  function readAddress() {
    const fragment = location.hash.slice(1);
    const isChosen = fragment.startsWith("?");
    const state = new URLSearchParams(isChosen ? fragment : "");
    if (isChosen) {
      const words = (state.get("show") || "").split(" ");
      for (const toggle of toggles) press(toggle, words.includes(toggle.dataset.filter));
      pressCause(state.get("cause"));
      for (const select of selects) select.value = state.get(select.id) || "";
      search.value = state.get("q") || "";
    }
    sort();
    filter();
    at = isChosen ? state.get("at") || "" : decode(fragment);
    const target = findRow(at);
    if (target) {
      at = target.id;
      if (target.hidden) clear();
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
    if (opened && opened !== row) opened.open = false;
    opened = row.open ? null : row;
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
      button.textContent = tools.dataset.done;
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
      pressCause(on ? button.dataset.cause : "");
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
    const on = isOpening();
    for (const row of rows) if (!row.hidden) row.open = on;
    for (const fold of folds) fold.open = on;
  });
  const showAll = () => {
    pressCause("");
    choose();
  };
  if (only) only.querySelector("button").addEventListener("click", showAll);
  let naming = 0;
  // What a check names in a body comes into sight with its row.
  document.addEventListener(
    "toggle",
    (event) => {
      for (const mark of event.target.open ? event.target.querySelectorAll("mark:first-of-type") : []) {
        const body = mark.closest("pre");
        body.scrollTop = mark.offsetTop - body.offsetTop - body.clientHeight / 3;
      }
      // Once for all rows that were opened together.
      cancelAnimationFrame(naming);
      naming = requestAnimationFrame(nameOpen);
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
    if (event.key === "Escape" && chosenCause() && !event.target.value) showAll();
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (event.key === "n") goToFailure(1);
    else if (event.key === "p") goToFailure(-1);
  });
  window.addEventListener("hashchange", readAddress);
  // What broke is printed whole, all else as a line; afterwards the page is as it was.
  let before = [];
  window.addEventListener("beforeprint", () => {
    before = rows.map((row) => row.open);
    for (const row of rows) row.open = row.matches(".o-failed, .o-errored") && !row.hidden;
  });
  window.addEventListener("afterprint", () => rows.forEach((row, number) => (row.open = before[number])));
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
