"""Every figure that somebody changes in a written report is named by `contracts audit`, with its place.

The forger hashes everything again, so that only recomputing can tell. In results.json and in the block of figures the
violation names the figure, in the text around it the line; which figure that line holds, the oracle of the renderers
says, and is held to it here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.rendering import Tool
from contracts_runner.audit.run_audit import audit_archive, audit_folder
from contracts_runner.audit.violation import Violation
from helpers.audited_run import build_counting_tool, build_remembering_tool, share_run
from helpers.forger import Forger
from helpers.oracle.reports import check_reports
from helpers.rendering import REPORTS


@dataclass(frozen=True)
class Forgery:
    """What is forged, and the violation that names it: its figure, its place (a pattern), and both values."""

    forge: Callable[[Forger], object]
    figure: str
    where: str
    printed: Any = ...
    recomputed: Any = ...


def results(edit: Callable[[Any], object], figure: str, path: str, *values: Any) -> Forgery:
    return Forgery(lambda run: run.edit(edit), figure, re.escape(f"results.json: {path}"), *values)


def text(name: str, pattern: str, by: str, figure: str, *values: Any) -> Forgery:
    return Forgery(lambda run: run.replace(name, pattern, by), figure, rf"{re.escape(name)}:\d+", *values)


def scenario(document: Any, number: int) -> Any:
    return document["scenarios"][number]


RESULTS = {
    "the count of a cause": results(lambda d: d["causes"][0].update(count=99), "causes count", "$.causes", 105),
    "an id of a cause": results(
        lambda d: d["causes"][0]["ids"].append("9.9"), "causes ids 9.9", "$.causes", True, False
    ),
    "a word of a cause": results(
        lambda d: d["causes"][0].update(title="all is well"), "title", "$.causes[0].title", "all is well"
    ),
    "a cause that is left out": results(lambda d: d["causes"].pop(), "causes count", "$.causes"),
    "an outcome": results(
        lambda d: scenario(d, 1).update(outcome="passed"),
        "scenarios 1.2 outcome",
        "$.scenarios[1].outcome",
        "passed",
        "failed",
    ),
    "a total of outcomes": results(
        lambda d: d["totals"]["scenarios"].update(failed=0),
        "totals scenarios failed",
        "$.totals.scenarios.failed",
        0,
        1,
    ),
    "a total": results(
        lambda d: d["totals"]["properties"].update(total=33),
        "totals properties total",
        "$.totals.properties.total",
        33,
        15,
    ),
    "writes sent": results(
        lambda d: d["totals"].update(writes_sent=0), "totals writes_sent", "$.totals.writes_sent", 0, 2
    ),
    "requests sent": results(
        lambda d: d["totals"].update(requests_sent=7), "totals requests_sent", "$.totals.requests_sent", 7, 26
    ),
    "a percentile": results(
        lambda d: d["latency"][0].update(p90=0.1), "latency listThings p90", "$.latency[0].p90", 0.1
    ),
    "a count of latencies": results(
        lambda d: d["latency"][0].update(count=33), "latency listThings count", "$.latency[0].count", 33
    ),
    "a scenario that is left out": results(
        lambda d: d["scenarios"].pop(4), "scenarios 1.5", "$.scenarios", None, "errored"
    ),
    "a scenario that stands twice": results(
        lambda d: d["scenarios"].append(scenario(d, 0)), "scenarios 1.1", "$.scenarios[10]", "passed"
    ),
    "a scenario that was never run": results(
        lambda d: d["scenarios"].append({**scenario(d, 0), "id": "9.9"}),
        "scenarios 9.9",
        "$.scenarios[10]",
        "passed",
        None,
    ),
    "a status": results(
        lambda d: scenario(d, 2)["steps"][0]["response"].update(status=200),
        "scenarios 1.3 steps 1 response status",
        "$.scenarios[2].steps[0].response.status",
        200,
        404,
    ),
    "the latency of a step": results(
        lambda d: scenario(d, 2)["steps"][0]["response"].update(latency_ms=0.1),
        "scenarios 1.3 steps 1 response latency_ms",
        "$.scenarios[2].steps[0].response.latency_ms",
        0.1,
    ),
    "a check": results(
        lambda d: scenario(d, 1)["steps"][0]["checks"][0].update(outcome="known"),
        "scenarios 1.2 steps 1 checks 1 outcome",
        "$.scenarios[1].steps[0].checks[0].outcome",
        "known",
    ),
    "the state of an endpoint": results(
        lambda d: d["endpoints"][3].update(state="missing"),
        "endpoints removeThing state",
        "$.endpoints[3].state",
        "missing",
        "reachable",
    ),
    "a snapshot": results(
        lambda d: d["warehouse"]["snapshots"]["after"].update(things=2000),
        "warehouse snapshots after things",
        "$.warehouse.snapshots.after.things",
        2000,
        2,
    ),
    "a snapshot around a scenario": results(
        lambda d: d["warehouse"]["scenarios"][0]["snapshots"]["after"].update(things=9),
        "warehouse scenarios 1.1 snapshots after things",
        "$.warehouse.scenarios[0].snapshots.after.things",
        9,
        0,
    ),
    "a warehouse check": results(
        lambda d: d["warehouse"]["checks"][1].update(outcome="passed"),
        "warehouse checks things W.2 outcome",
        "$.warehouse.checks[1].outcome",
        "passed",
        "failed",
    ),
    "a property": results(
        lambda d: next(row for row in d["properties"] if row["outcome"] == "failed").update(outcome="passed"),
        "outcome",
        "$.properties[",
        "passed",
        "failed",
    ),
    "where it was run": results(
        lambda d: d["run"].update(simulated=True), "run simulated", "$.run.simulated", True, False
    ),
    "when it ended": results(
        lambda d: d["run"].update(finished_at="2025-11-09T15:14:41.000Z"), "run finished_at", "$.run.finished_at"
    ),
    "whether it ended": results(
        lambda d: d["run"].update(complete=False), "run complete", "$.run.complete", False, True
    ),
    "a title": results(
        lambda d: scenario(d, 1).update(title="Fine"), "scenarios 1.2 title", "$.scenarios[1].title", "Fine"
    ),
    "a reason": results(
        lambda d: scenario(d, 1).update(reason=""), "scenarios 1.2 reason", "$.scenarios[1].reason", ""
    ),
    "what nobody counted": results(
        lambda d: d["totals"].update(artifacts=33), "totals artifacts", "$.totals.artifacts", 33
    ),
    "the order of the rows": results(
        lambda d: d["scenarios"].reverse(),
        "scenarios order",
        "$.scenarios",
        "1.9, 1.8, 1.7[2], 1.7[cup], 1.6, 1.5, 1.4, 1.3, 1.2, 1.1",
        "1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7[cup], 1.7[2], 1.8, 1.9",
    ),
    "how many were left out": results(lambda d: d.update(deselected=5), "deselected", "$.deselected", 5, 0),
}

MARKDOWN = {
    "rows around a scenario": text(
        "report.md", r"^\| things around 1\.1 \| 0 \| 0", "| things around 1.1 | 0 | 4", "Rows after", "4", 0
    ),
    "a total": text("report.md", r"^\| Scenarios \| 4 \| 1", "| Scenarios | 5 | 0", "totals Scenarios: failed", "0", 1),
    "the sum": text("report.md", r"^(\| Scenarios .*)\| 10 \|$", r"\1| 33 |", "totals Scenarios: total", "33", 10),
    "an outcome": text(
        "report.md", r"^(\| 1\.2 .*?)\| failed \|", r"\1| passed |", "test 1.2: Outcome", "passed", "failed"
    ),
    "a status": text("report.md", r"^(\| 1\.3 .*?)\| 404 \|", r"\1| 200 |", "test 1.3: Status", "200", "404"),
    "a latency": text(
        "report.md", r"^(\| 1\.3 .*?\| 404 \|) [\d.]+ \|", r"\1 900.1 |", "test 1.3: Latency (ms)", "900.1"
    ),
    "an artifact": text("report.md", r"1\.2/1-read\.json \|", "1.1/2-read.json |", "test 1.2: Artifact"),
    "an endpoint": text("report.md", r"GET /things/9 \|", "GET /things/1 |", "test 1.3: Endpoint", "GET /things/1"),
    "a row that is left out": text("report.md", r"^\| 1\.5 \| DELETE .*?\n", "", "test row", None, "1.5"),
    "a row that was never run": text(
        "report.md", r"^(\| )1\.2( \| GET.*?\n)", r"\g<0>\g<1>9.9\2", "test row", "9.9", None
    ),
    "the verdict": text(
        "report.md",
        r"^# Contract run: failed: 1 failed",
        "# Contract run: failed: 0 failed",
        "verdict: scenarios failed",
    ),
    "an omission in the verdict": text("report.md", r"1 errored, ", "", "verdict: scenarios errored", None, 1),
    "a kind verdict": text(
        "report.md", r"run: .*?$", "run: failed: 10 of 10 scenarios passed", "verdict: scenarios passed", "10", 4
    ),
    "kind first words": text("report.md", r"run: failed: ", "run: passed: ", "verdict", "passed", "failed"),
    "the end": text("report.md", r"Complete \| yes", "Complete | no: the run did not finish", "run: Complete"),
    "the environment": text(
        "report.md", r"Environment \| here", "Environment | prod", "run: Environment", "prod", "here"
    ),
    "writes sent": text("report.md", r"^- Writes sent: 2", "- Writes sent: 0", "writes_sent", "0", 2),
    "requests sent": text("report.md", r"^Requests sent: 26", "Requests sent: 33", "requests_sent", "33", 26),
    "a percentile": text("report.md", r"^(\| listThings \| 3 \|) [\d.]+", r"\1 0.0", "latency listThings: Min", "0.0"),
    "rows that nobody counted": text(
        "report.md", r"^\| things \| 0 \| 2 \| 2", "| things | 0 | 7 | 7", "rows of things: Rows after", "7", 2
    ),
    "a warehouse check": text(
        "report.md", r"row_count \| failed", "row_count | passed", "warehouse check W.2 things: Outcome", "passed"
    ),
    "a finding": text("report.md", r"(- \*\*1\.2 .*?): failed", r"\1: known", "finding 1.2 A broken promise: Outcome"),
    "a sandbox": text("report.md", r"\A", "sandbox run: says nothing about production\n\n", "first line"),
    "prose": text("report.md", r"actual чашка", "actual тарелка", "text"),
    "protocol": text("report.md", r"artifact: 12", "artifact: 33", "artifacts", "33", 12),
}

HTML = {
    "a tick": text(
        "report.html",
        r'(id="s-1\.2".*?<span class="badge )o-failed( strong">)failed',
        r"\1o-passed\2passed",
        "test 1.2: Outcome",
        "passed",
        "failed",
    ),
    "a colour": text("report.html", r'row o-failed(" id="s-1\.2")', r"row o-passed\1", "test 1.2: colour"),
    "a filter": text("report.html", r'data-word="failed"', 'data-word="passed"', "test 1.2: data-word"),
    "a status": text("report.html", r'(id="s-1\.3".*?num">)404', r"\g<1>200", "test 1.3: Status", "200", "404"),
    "a latency": text("report.html", r'(id="s-1\.1".*?num">)[\d.]+ ms', r"\g<1>900.1 ms", "test 1.1: Latency", "900.1"),
    "the figures of a step": text(
        "report.html",
        r'(id="s-1\.3".*?figures">\s*status )404, ',
        r"\g<1>200, ",
        "test 1.3 step 1: status",
        "200",
        404,
    ),
    "the outcome of a step": text(
        "report.html",
        r'o-failed">failed</span>(<span class="figures)',
        r'o-failed">passed</span>\1',
        "test 1.2 step 1: outcome",
    ),
    "a check": text(
        "report.html",
        r'<span class="badge o-failed">failed</span>( <b>)',
        r'<span class="badge o-failed">passed</span>\1',
        "test 1.2 step 1: checks",
    ),
    "a total": text("report.html", r'(Scenarios</th><td class="num">)4', r"\g<1>9", "totals Scenarios: passed", "9", 4),
    "the verdict": text("report.html", r"<h1>failed", "<h1>passed", "verdict", "passed", "failed"),
    "a clause": text(
        "report.html", r'<p class="clause">1 failed', '<p class="clause">0 failed', "verdict: scenarios failed"
    ),
    "the title": text(
        "report.html", r"<title>failed: 1 failed", "<title>failed: 0 failed", "verdict: scenarios failed"
    ),
    "writes sent": text("report.html", r"writes: 2", "writes: 0", "Requests sent"),
    "a button": text("report.html", r">failed \d+</button>", ">failed 0</button>", "button failed"),
    "a percentile": text(
        "report.html",
        r'(<code>listThings</code></th><td class="num">3</td><td class="num">)[\d.]+',
        r"\g<1>0.0",
        "latency listThings: Min",
        "0.0",
    ),
    "the state of an endpoint": text(
        "report.html",
        r'(<span class="badge o-\w+">)\w+(</span></td><th scope="row"><code>removeThing)',
        r"\1denied\2",
        "endpoint removeThing: State",
        "denied",
    ),
    "rows that nobody counted": text(
        "report.html",
        r'(<code>things</code></th><td class="num">0</td><td class="num">)2',
        r"\g<1>9",
        "rows of things: Rows after",
        "9",
        2,
    ),
    "a warehouse check": text(
        "report.html",
        r'o-failed strong">failed</span>(<span class="id">W\.2)',
        r'o-failed strong">passed</span>\1',
        "warehouse check W.2 things · row_count: Outcome",
    ),
    "a scenario that is left out": text(
        "report.html",
        r'<details class="row o-failed" id="s-1\.2".*?(?=<details class="row)',
        "",
        "test row",
        None,
        "1.2",
    ),
    "a hidden sentence": text("report.html", r"<footer>", "<p>All tests passed.</p>\n<footer>", "text"),
    "the run": text(
        "report.html", r"Ledger lines</th><td>\d+", "Ledger lines</th><td>33", "provenance: Ledger lines", "33"
    ),
}

TABLES = {
    "rows around a scenario": text(
        "clickhouse.csv", r"^things,0,0,", "things,0,7,", "row things 1.1: rows_after", "7", 0
    ),
    "a testcase that is left out": text(
        "junit.xml",
        r'<testcase name="1\.5.*?</testcase>\s*',
        "",
        "testcase row",
        None,
        "things 1.5 Something stays behind",
    ),
    "a failure that is left out": text(
        "junit.xml",
        r"<failure message=.*?</failure>",
        "",
        "testcase things 1.2 A broken promise: Outcome",
        "passed",
        "failed",
    ),
    "an error that is a failure": text(
        "junit.xml",
        r"<error( message=.*?)</error>",
        r"<failure\1</failure>",
        "testcase things 1.5 Something stays behind: Outcome",
    ),
    "a word": text(
        "junit.xml", r'message="known: ', 'message="skipped: ', "testcase things 1.3 A known deviation: Outcome"
    ),
    "a count": text("junit.xml", r'failures="6"', 'failures="0"', "failures", "0", 6),
    "a duration": text("junit.xml", r'(classname="things" time=")[\d.]+', r"\g<1>9.5", "time", "9.5"),
    "a sandbox": text("junit.xml", r'"simulated" value="false"', '"simulated" value="true"', "scenarios: simulated"),
    "an outcome": text("matrix.csv", r"^(1\.2,.*?),failed,", r"\1,passed,", "row 1.2: outcome", "passed", "failed"),
    "a status": text("matrix.csv", r"^(1\.3,.*?),404,", r"\1,200,", "row 1.3: status", "200", 404),
    "a row that is left out": text("matrix.csv", r"^1\.5,.*?\n", "", "row row", None, "1.5"),
    "what was expected": text("matrix.csv", r"404,documented", "200,documented", "text"),
    "an outcome of a check": text("checks.csv", r",failed,", ",passed,", "outcome", "passed", "failed"),
    "a check that is left out": text("checks.csv", r"^scenarios,1\.2,.*?\n", "", "id"),
    "a verdict": text("summary.md", r"^# failed: ", "# passed: ", "text"),
    "a number of causes": text("summary.md", r"^## Causes: \d+", "## Causes: 1", "text"),
    "whom a cause concerns": text("summary.md", r"; \d+ rows?: ", "; 9 rows: ", "text"),
    "what a cause expected": text("summary.md", r"; expected ", "; did not expect ", "text"),
    "rows": text("clickhouse.csv", r"^things,0,2,2", "things,0,2000,2000", "row things: rows_after", "2000", 2),
}
NUMBERS = re.compile(r"(?<![\w.#-])\d+(?:\.\d+)?(?![\w.-])")
WORDS = re.compile(r"\b(?:passed|failed|errored|known|fixed|blocked|skipped)\b")
FORGERIES = {
    f"{kind}: {name}": forgery
    for kind, forgeries in (("results", RESULTS), ("md", MARKDOWN), ("html", HTML), ("table", TABLES))
    for name, forgery in forgeries.items()
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return share_run(tmp_path_factory)


@pytest.fixture(scope="module")
def tool() -> Tool:
    return build_remembering_tool()


def test_a_run_that_nobody_touched_holds(run: Path, tool: Tool) -> None:
    found = audit_folder(run, tool)

    assert found.violations == ()
    assert (found.exit_code, found.notes) == (1, ())


def test_its_archive_holds(run: Path, tool: Tool) -> None:
    found = audit_archive(run.with_name("out.zip"), tool)

    assert found.violations == ()


@pytest.mark.parametrize("name", [f"results: {name}" for name in RESULTS])
def test_a_forged_figure_of_the_results_is_named_with_its_place(
    run: Path, tool: Tool, tmp_path: Path, name: str
) -> None:
    forged = forge(run, tmp_path, FORGERIES[name])

    found = audit_folder(forged.folder, tool).violations

    assert any(_is_named(violation, FORGERIES[name]) for violation in found), [each.as_json() for each in found]
    assert {violation.file for violation in found} == {"results.json"}


@pytest.mark.parametrize("name", [name for name in FORGERIES if not name.startswith("results")])
def test_a_forged_line_of_a_report_is_named_with_both_texts(run: Path, tool: Tool, tmp_path: Path, name: str) -> None:
    forged = forge(run, tmp_path, FORGERIES[name])

    first, *others = audit_folder(forged.folder, tool).violations

    before, after = (folder.joinpath(first.file).read_bytes().decode() for folder in (run, forged.folder))
    assert first.figure == "text"
    assert {violation.file for violation in others} <= {first.file}
    assert first.line == _find_changed_line(before, after)
    assert first.printed != first.recomputed
    assert first.printed.strip("…") in after
    assert first.recomputed.strip("…") in before


@pytest.mark.parametrize(
    "name",
    [name for name, forgery in FORGERIES.items() if not name.startswith("results") and forgery.figure != "text"],
)
def test_the_oracle_of_the_renderers_names_a_forged_figure(run: Path, tmp_path: Path, name: str) -> None:
    forged = forge(run, tmp_path, FORGERIES[name])
    lines = [json.loads(line) for line in forged.read("ledger.jsonl").splitlines()]

    found = list(check_reports(lines, {each: forged.read(each).encode() for each in REPORTS}))

    named = [violation for violation in found if _is_named(violation, FORGERIES[name])]
    assert named, [each.as_json() for each in found]
    (file,) = {violation.file for violation in found}
    before, after = (run / file).read_bytes().decode(), forged.read(file)
    # An element of a page begins some lines above its words. Where lines were added or removed, no place is the only
    # one.
    if before.count("\n") == after.count("\n"):
        changed = _find_changed_line(before, after)
        assert min(abs(each.line - changed) for each in named) <= 8 * file.endswith(("html", "xml"))


def forge(run: Path, folder: Path, forgery: Forgery) -> Forger:
    forged = Forger(run, folder)
    forgery.forge(forged)
    forged.sign()
    return forged


BEGINNINGS = {"report.md": "<!-- results ", "report.html": '<script type="application/json" id="results">'}
BLOCKS: dict[str, tuple[str, str, str, Any, Any]] = {
    "a total": (r'("scenarios":\{[^}]*"failed":)1', r"\g<1>0", "totals scenarios failed", 0, 1),
    "writes sent": (r'"writes_sent":2', '"writes_sent":0', "totals writes_sent", 0, 2),
    "the run": (r'"complete":true', '"complete":false', "run complete", False, True),
    "an outcome": (r'("id":"1\.2","outcome":)"failed"', r'\1"passed"', "scenarios 1.2 outcome", "passed", "failed"),
    "a status": (r'"status":404', '"status":200', "scenarios 1.3 steps 1 response status", 200, 404),
    "checks": (
        r'("checks":\{"passed":4,"failed":)1',
        r"\g<1>0",
        "scenarios 1.2 steps 1 checks failed",
        0,
        1,
    ),
    "rows": (r'"after":\{"things":2', '"after":{"things":7', "warehouse snapshots after things", 7, 2),
    "a warehouse check": (
        r'("check":"row_count","outcome":)"failed"',
        r'\1"passed"',
        "warehouse checks things W.2 outcome",
        "passed",
        "failed",
    ),
    "an endpoint": (r'"state":"reachable"', '"state":"missing"', "endpoints listThings state", "missing", "reachable"),
    "a figure more": (r'"ledger":\{', '"ledger":{"pages":1,', "ledger pages", 1, None),
    "a block that cannot be read": (r'\{"run":', '{"run" ', "figures", ..., "those of the ledger"),
}


@pytest.mark.parametrize("has_templates", [True, False])
@pytest.mark.parametrize("file", BEGINNINGS)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_forged_figure_of_a_block_is_named_whatever_templates_are_at_hand(
    run: Path, tool: Tool, tmp_path: Path, name: str, file: str, has_templates: bool
) -> None:
    pattern, by, figure, printed, recomputed = BLOCKS[name]
    forged = Forger(run, tmp_path)
    text = forged.read(file)
    at = text.index(BEGINNINGS[file])
    after = re.sub(pattern, by, text[at:], count=1)
    assert after != text[at:]
    forged.write(file, text[:at] + after)
    forged.sign()

    found = audit_folder(forged.folder, tool if has_templates else build_counting_tool()).violations

    (violation,) = found
    assert (violation.figure, violation.where) == (figure, f"{file}:{text.count(chr(10), 0, at) + 1}")
    assert printed in (..., violation.printed)
    assert violation.recomputed == recomputed


def test_a_second_block_is_compared_too(run: Path, tmp_path: Path) -> None:
    forged = Forger(run, tmp_path)
    forged.write("report.md", f'{forged.read("report.md")}<!-- results {{"selected": 33}} -->\n')
    forged.sign()

    found = audit_folder(forged.folder, build_counting_tool()).violations

    assert (33, 10) in [(each.printed, each.recomputed) for each in found if each.figure == "selected"]


def _is_named(violation: Violation, forgery: Forgery) -> bool:
    return (
        forgery.figure in violation.figure
        and re.match(forgery.where, violation.where) is not None
        and forgery.printed in (..., violation.printed)
        and forgery.recomputed in (..., violation.recomputed)
    )


def _find_changed_line(before: str, after: str) -> int:
    """Return the first line that differs."""
    pairs = zip_longest(before.split("\n"), after.split("\n"))
    return next(number for number, (one, other) in enumerate(pairs, start=1) if one != other)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("report.md", 8),
        ("matrix.csv", 8),
        ("checks.csv", 8),
        ("clickhouse.csv", 8),
        ("junit.xml", 8),
        ("report.html", 64),
    ],
)
def test_no_number_and_no_outcome_of_a_report_can_be_changed(
    run: Path, tool: Tool, tmp_path: Path, name: str, step: int
) -> None:
    forged = Forger(run, tmp_path)
    original = forged.read(name)
    matches = [*list(NUMBERS.finditer(original))[::step], *list(WORDS.finditer(original))[::step]]
    survivors = []
    for match in matches:
        word = match.group()
        by = f"{float(word) + 1:g}" if word[0].isdigit() else "passed" if word != "passed" else "failed"
        forged.write(name, f"{original[: match.start()]}{by}{original[match.end() :]}")
        line = original.count("\n", 0, match.start()) + 1
        places = {(each.file, each.line) for each in audit_folder(forged.folder, tool).violations if each.line}
        if places != {(name, line)}:
            survivors.append((line, word))

    assert survivors == []
