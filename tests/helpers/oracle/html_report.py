"""report.html: every figure of it against the recount."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from contracts_runner.audit.foreign.markdown import build_table
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from helpers.oracle.figures import check_fact, check_shared_tables
from helpers.oracle.html_page import Element, HtmlPage, RowElement, StepElement
from helpers.oracle.markdown_report import SANDBOX_LINE, render_time
from helpers.oracle.row_facts import RowFacts, build_facts
from helpers.oracle.tables import compare_table, squeeze
from helpers.oracle.verdict import check_headline, check_text, check_verdict, name_selected

NAME = "report.html"
_CUT = re.compile(r"… \(\d+ characters\)$")


def check_html_report(text: str, recount: Recount, endpoints: list[Row] | None) -> Iterator[Violation]:
    """Yield what the page prints and the evidence does not give. `endpoints` are the rows of results.json as they must
    be, None if they are not known."""
    page = HtmlPage(NAME)
    try:
        page.feed(text)
    except AssertionError as error:
        # How html.parser refuses a declaration that it cannot read; what stands before it was read.
        yield Violation(figure=NAME, printed=str(error), recomputed="HTML", file=NAME, line=page.getpos()[0])
    yield from _check_verdict(page, recount)
    yield from _check_facts(page, recount)
    yield from check_shared_tables(page.tables, recount, file=NAME)
    yield from _check_scenarios(page, recount)
    yield from _check_buttons(page, recount)
    yield from _check_warehouse_checks(page, recount)
    yield from _check_properties(page, recount)
    if endpoints is not None:
        yield from _check_endpoints(page, endpoints)
    yield from _check_provenance(page, recount)


def _check_verdict(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    headings = page.elements.get("h1", [])
    line = headings[0].line if headings else 1
    yield from check_headline(headings[0].text if headings else "", recount, file=NAME, line=line)
    yield from check_verdict([each.text for each in page.elements.get("clause", [])], recount, file=NAME, line=line)
    is_simulated = recount.results["run"]["simulated"]
    for element in page.elements.get("title", []):
        printed = element.text.removeprefix(f"{SANDBOX_LINE} · ") if is_simulated else element.text
        yield from check_text(printed, recount, file=NAME, line=element.line)
    banners = page.elements.get("sandbox", [])
    if any(banner.text == SANDBOX_LINE for banner in banners) != is_simulated:
        printed_banner = banners[0].text if banners else None
        expected = SANDBOX_LINE if is_simulated else None
        yield Violation(figure="banner", printed=printed_banner, recomputed=expected, file=NAME, line=line)


def _check_facts(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    results, run, totals = recount.results, recount.results["run"], recount.results["totals"]
    ending = "no: the run was interrupted" if run["interrupted"] else "no: the run did not finish"
    resumed = "; resumed at " + ", ".join(map(render_time, run["resumed_at"])) if run["resumed_at"] else ""
    expected = {
        "Started": render_time(run["started_at"]),
        "Finished": render_time(run["finished_at"]),
        "Complete": ("yes" if run["complete"] else ending) + resumed,
        "Requests sent": f"{totals['requests_sent']}, of them writes: {totals['writes_sent']}",
        "Selected": f"{results['selected']} {name_selected(results)}; {results['deselected']} were not",
    }
    facts = dict(
        zip((element.text for element in page.elements.get("dt", [])), page.elements.get("dd", []), strict=False)
    )
    for name, value in expected.items():
        element = facts.get(name)
        yield from check_fact(
            name, element.text if element else None, value, file=NAME, line=element.line if element else None
        )


def _check_scenarios(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    facts, rows = build_facts(recount), {row["id"]: row for row in recount.results["scenarios"]}
    header = (1, ("Test", "Outcome", "Status", "Latency"))
    printed = []
    for shown in _find_rows(page, "scenarios"):
        name = shown.name
        status, latency = ([number.text for number in shown.numbers] + ["", ""])[:2]
        badge = shown.badge.text if shown.badge else ""
        printed.append((shown.element.line, [name, badge, status, latency.removesuffix(" ms").replace("–", "")]))
        if name in rows:
            yield from _check_scenario(shown, facts[name], rows[name])
    expected = {
        fact.id: {"Outcome": fact.outcome, "Status": fact.answer, "Latency": fact.latency_ms} for fact in facts.values()
    }
    yield from compare_table(build_table(NAME, "", header, printed), expected, what="test", key=("Test",))


def _check_scenario(shown: RowElement, fact: RowFacts, row: Row) -> Iterator[Violation]:
    line, attributes = shown.element.line, shown.element.attributes
    yield from _check_colours(f"test {fact.id}", shown.element, shown.badge, fact.outcome)
    yield from check_fact(f"test {fact.id}: data-word", attributes.get("data-word"), fact.outcome, file=NAME, line=line)
    note = squeeze(_CUT.sub("", shown.note))
    if bool(note) != bool(squeeze(fact.note)) or not squeeze(" ".join(fact.note.split())).startswith(note):
        yield Violation(
            figure=f"test {fact.id}: reason", printed=shown.note, recomputed=fact.note, file=NAME, line=line
        )
    yield from _check_steps(shown, row)


def _check_steps(shown: RowElement, row: Row) -> Iterator[Violation]:
    if len(shown.steps) != len(row["steps"]):
        figure = f"test {row['id']}: steps"
        line = shown.element.line
        yield Violation(figure=figure, printed=len(shown.steps), recomputed=len(row["steps"]), file=NAME, line=line)
        return
    for element, step in zip(shown.steps, row["steps"], strict=True):
        yield from _check_step(element, step, f"test {row['id']} step {step['number']}")


def _check_step(shown: StepElement, step: Row, figure: str) -> Iterator[Violation]:
    line, badge = shown.element.line, shown.badge
    yield from check_fact(f"{figure}: outcome", badge.text if badge else None, step["outcome"], file=NAME, line=line)
    yield from _check_colours(figure, shown.element, badge, step["outcome"])
    text = shown.figures.text if shown.figures else ""
    answered = re.match(r"status (\d+), ([\d.]*) ms(?:, (\d+) bytes)?", text)
    response: Mapping[str, Json] = step["response"] or {}
    printed = answered.groups() if answered else (None, None, None)
    for name, said, key in zip(("status", "latency", "bytes"), printed, ("status", "latency_ms", "bytes"), strict=True):
        if response or said is not None:
            yield from check_fact(f"{figure}: {name}", said or "", response.get(key), file=NAME, line=line)
    outcomes = Counter(check["outcome"] for check in step["checks"])
    ranked = [check["outcome"] for check in step["checks"] if check["outcome"] not in ("passed", "skipped")]
    said_checks = [check.text for check in shown.checks]
    for word, texts in (("passed", [shown.held]), ("skipped", shown.unseen)):
        said = sum(int((re.match(rf"(\d+) checks? {word}", text) or ["", "0"])[1]) for text in texts)
        if said != outcomes[word]:
            yield Violation(figure=f"{figure}: checks", printed=said, recomputed=outcomes[word], file=NAME, line=line)
    if said_checks != ranked:
        at = next((check.line for check, due in zip(shown.checks, ranked, strict=False) if check.text != due), line)
        yield Violation(
            figure=f"{figure}: checks",
            printed=", ".join(said_checks),
            recomputed=", ".join(ranked),
            file=NAME,
            line=at,
        )


def _check_colours(figure: str, element: Element, badge: Element | None, outcome: str) -> Iterator[Violation]:
    """The colour says the outcome as loudly as the word."""
    for shown in (element, badge):
        colours = [word for word in shown.classes if word.startswith("o-")] if shown else []
        if shown and colours != [f"o-{outcome}"]:
            printed = " ".join(colours)
            yield Violation(
                figure=f"{figure}: colour", printed=printed, recomputed=f"o-{outcome}", file=NAME, line=shown.line
            )


def _check_buttons(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    totals = recount.results["totals"]
    for element in page.elements.get("button", []):
        word = element.attributes.get("data-filter")
        if word is not None:
            name = "warnings" if word == "warning" else word
            count = sum(totals[phase].get(name, 0) for phase in Phase)
            yield from check_fact(f"button {word}", element.text, f"{word} {count}", file=NAME, line=element.line)


def _check_warehouse_checks(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    rows = [
        (row.element.line, [row.name, row.place, row.badge.text if row.badge else ""])
        for row in _find_rows(page, "warehouse")
    ]
    expected = {
        f"{row['id']} {row['table']} · {row['check']}": {"Outcome": row["outcome"]}
        for row in recount.results["warehouse"]["checks"]
    }
    table = build_table(NAME, "", (1, ("Check", "Table", "Outcome")), rows)
    yield from compare_table(table, expected, what="warehouse check", key=("Check", "Table"))


def _check_properties(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    """Several defects of one operation's check are several rows of one name: rows are counted by all that they say."""
    due = Counter(
        f"{row['outcome']} {row['operation']} {row['check']} {row['examples']}" for row in recount.results["properties"]
    )
    lines: dict[str, int] = {}
    printed: Counter[str] = Counter()
    for row in _find_rows(page, "properties"):
        examples = row.numbers[0].text.partition(" ")[0] if row.numbers else ""
        name = f"{row.badge.text if row.badge else ''} {row.place} {row.name} {examples}"
        lines[name] = row.element.line
        printed[name] += 1
    for name in sorted(due.keys() | printed.keys()):
        if printed[name] != due[name]:
            yield Violation(
                figure=f"property rows '{name}'",
                printed=printed[name],
                recomputed=due[name],
                file=NAME,
                line=lines.get(name, 1),
            )


def _find_rows(page: HtmlPage, phase: str) -> list[RowElement]:
    return [row for row in page.rows if row.element.attributes.get("id", "").startswith(f"{phase[0]}-")]


def _check_endpoints(page: HtmlPage, endpoints: list[Row]) -> Iterator[Violation]:
    expected = {
        row["operation"]: {
            "State": row["state"].replace("_", " "),
            "Statuses seen": ", ".join(map(str, row["statuses"])) or "none",
        }
        for row in endpoints
    }
    found = [table for table in page.tables if table.header[:2] == ("State", "Operation")]
    if expected and not found:
        yield Violation(figure="endpoints table", printed=None, recomputed="a table of that name", file=NAME)
    for table in found:
        yield from compare_table(table, expected, what="endpoint", key=("Operation",))


def _check_provenance(page: HtmlPage, recount: Recount) -> Iterator[Violation]:
    run = recount.results["run"]
    expected = {
        "Run": run["id"],
        "Seed": run["seed"],
        "Git commit": run["git_commit"],
        "SHA-256 of the specs": run["spec_sha256"],
        "Ledger lines": recount.results["ledger"]["lines"],
    }
    rows = {row[1][0]: (row[0], row[1][1]) for row in page.plain_rows if len(row[1]) == 2}
    for name, value in expected.items():
        line, printed = rows.get(name, (None, None))
        stated = "not recorded" if value is None else str(value)
        yield from check_fact(f"provenance: {name}", printed, stated, file=NAME, line=line)
