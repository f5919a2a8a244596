"""junit.xml: one testcase for each row of each phase, and for each check of the run as a whole: it has a failure or an
error exactly where the verdict does."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import assert_never

from junitparser import Attr, Error, Failure, IntAttr, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite
from lxml import etree

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.cause_views import CauseViews, find_contract_line, list_examples
from contracts_runner.reporting.digest import Digest, build_digest, render_quarantine
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.samples import render_values
from contracts_runner.reporting.text import flatten, make_visible, render_comparison, split_location
from contracts_runner.reporting.verdict import RunCheck, check_run, render_nature
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import Results
from contracts_runner.results.rows import (
    QUARANTINED,
    WARNING,
    CheckRow,
    PropertyRow,
    ScenarioRow,
    StepRow,
    WarehouseRow,
)

RUN = "run"
_IDS, _PLACES = 5, 5
# So many rows have the command that sends their request again, the examples of causes first.
_COMMANDS = 300


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a row that did not pass: the `lines` of its checks, its request (method and URL), since when and
    why it is so, its artifacts, and the folder that these are in."""

    views: CauseViews
    folder: str
    phase: Phase
    row: str
    lines: Iterable[str] = ()
    request: tuple[str, str] | None = None
    artifacts: Iterable[str | None] = ()

    def list_properties(self) -> list[tuple[str, str]]:
        """Return (name, text); a name may come twice."""
        found = [("url", self.request[1])] if self.request else []
        told = self.views.find_since(self.row), self.views.find_passed(self.row)
        found.append(("since", "; ".join(filter(None, told))))
        for cause in self.views.find(self.row):
            rows = f"{self.views.phrases.count(len(cause.row.ids), 'row')}: {self.views.list(cause.row.ids, _IDS)}"
            again = self.views.tell_again(self.phase, self.row)
            found += [("cause", f"{cause.row.title} ({rows})"), ("again", again)]
        return [(name, make_visible(text)) for name, text in dict.fromkeys(found) if text]

    def list_lines(self) -> list[str]:
        """Return what a view shows that knows no properties, the causes first."""
        phrases = self.views.phrases
        request = [f"{phrases('request')}: {' '.join(self.request)}"] if self.request else []
        labels = {"cause": phrases("cause"), "since": phrases("earlier runs"), "again": phrases("again")}
        told = [(name, f"{labels[name]}: {text}") for name, text in self.list_properties() if name in labels]
        causes = [line for name, line in told if name == "cause"]
        rest = [line for name, line in told if name != "cause"]
        # Of a property the lines have the commands already.
        sent = [] if self.phase is Phase.PROPERTIES else self.artifacts
        commands = islice(filter(None, map(self.views.find_command, sent)), 1)
        return [make_visible(line) for line in (*causes, *self.lines, *request, *commands, *rest)]

    def list_attachments(self) -> list[str]:
        """Return the artifacts as GitLab takes them, each once."""
        paths = (f"{self.folder}/{name.lstrip('/')}".lstrip("/") for name in dict.fromkeys(self.artifacts) if name)
        return [f"[[ATTACHMENT|{flatten(path)}]]" for path in paths]


class _Case(TestCase):
    """A testcase with the file and line that GitLab reads."""

    file, line = Attr(), IntAttr()

    def place(self, location: str | None) -> None:
        """Take the place in a contract file, which is file:line."""
        if found := split_location(location):
            self.file, self.line = found

    def tell(self, result: Failure | Error | Skipped | None, facts: _Facts) -> None:
        """Take the result with what is known of it; one that passed has nothing else."""
        if result is None:
            return
        if isinstance(result, Failure | Error):
            result.text = "\n".join(facts.list_lines())
        if told := facts.list_properties():
            properties = Properties()  # type: ignore[no-untyped-call]  # junitparser types only some methods
            for name, text in told:
                properties.add_property(Property(name, text))
            self.append(properties)  # type: ignore[no-untyped-call]  # likewise
        self.result = result
        if attachments := facts.list_attachments():
            self.system_out = "\n".join(attachments)


def render_junit(results: Results, record: RunRecord | None = None, phrases: Phrases = ENGLISH) -> str:
    """Return the XML text of results that were folded from `record`: a suite for each phase of the run, and one for the
    run as a whole; failed is `failure`, errored `error`, passed a bare testcase, everything else `skipped` with its
    outcome first. A testcase has the line of its contract; what did not pass has its request, its causes, and since
    when as properties, and its artifacts as attachments in the form of GitLab; the first ones have the command that
    sends their request. Characters that XML forbids are written as escapes. What programs read (names, outcomes) is
    the same in each language."""
    run = results.run
    document = JUnitXml(render_nature(run, phrases) or f"contracts: {make_visible(run.environment)}")
    exchanges = record.find_exchanges(_list_wanted(results)) if record else {}
    views = CauseViews(results, phrases, exchanges)
    for phase in Phase:
        if results.totals[phase].total or phase in (run.phases or ()):
            cases = _set_aside(results, phase, _iter_cases(results, phase, views), phrases)
            document.add_testsuite(_build_suite(results, phase, cases))
    document.add_testsuite(_build_suite(results, RUN, map(partial(_build_check, results), check_run(results, phrases))))
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types only some methods
    # Its own way to lay a document out reads it again by the slowest of parsers, and imports that.
    laid_out = etree.fromstring(document.tostring())  # type: ignore[no-untyped-call]  # likewise
    etree.indent(laid_out, "\t")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{etree.tostring(laid_out, encoding="unicode")}\n'


def _list_wanted(results: Results) -> set[str]:
    """Return the artifacts of which commands are made."""
    scenarios = (row.steps for row in results.scenarios if row.outcome.traits.is_broken)
    steps = (next((step for step in each if step.outcome.traits.is_broken), None) for each in scenarios)
    pages = (row.pages for row in results.warehouse.checks if row.outcome.traits.is_broken and row.pages)
    broken = chain((step.artifact for step in steps if step and step.artifact), (page.last for page in pages))
    return {*list_examples(results), *islice(broken, _COMMANDS)}


def _build_suite(results: Results, name: str, cases: Iterable[TestCase]) -> TestSuite:
    run = results.run
    suite = TestSuite(name)
    suite.timestamp = make_visible(run.started_at)
    suite.add_property("run", make_visible(run.id))
    suite.add_property("environment", make_visible(run.environment))
    suite.add_property("simulated", "true" if run.simulated else "false")
    suite.add_property("seed", str(run.seed))
    suite.add_testcases(list(cases))
    return suite


def _iter_cases(results: Results, phase: Phase, views: CauseViews) -> Iterator[TestCase]:
    folder = results.run.folder or ""
    match phase:
        case Phase.SCENARIOS:
            endpoints = {row.operation: row for row in results.endpoints}
            return (
                _build_case(row, build_digest(row, endpoints, views.phrases), views, folder)
                for row in results.scenarios
            )
        case Phase.PROPERTIES:
            return (_build_property(row, views, folder) for row in results.properties)
        case Phase.WAREHOUSE:
            return (_build_warehouse_check(row, views, folder) for row in results.warehouse.checks)
        case _:
            assert_never(phase)


def _set_aside(results: Results, phase: Phase, cases: Iterable[TestCase], phrases: Phrases) -> Iterator[TestCase]:
    """Yield the cases; what decides nothing, since it is broken as in the baseline or in quarantine, is neither failure
    nor error, and no pass."""
    rows = {row.id for row in results.baseline.rows if row.phase is phase} if results.baseline else set()
    for row, case in zip(results.list_rows(phase), cases, strict=True):
        if row.id in rows:
            [broken] = case.result
            case.result = Skipped(
                f"{row.outcome}: {phrases('as in the baseline')}: {broken.message or ''}", row.outcome.value
            )
        elif isinstance(row, ScenarioRow) and row.quarantine:
            note = next((result.message for result in case.result), None) or render_quarantine(row, phrases)
            case.result = Skipped(note if note.startswith(f"{row.outcome}") else f"{row.outcome}: {note}", QUARANTINED)
        yield case


def _build_case(scenario: ScenarioRow, digest: Digest, views: CauseViews, folder: str) -> TestCase:
    case = _Case(
        name=make_visible(f"{scenario.id} {scenario.title}"),
        classname=make_visible(scenario.contract),
        time=None if scenario.duration_ms is None else round(scenario.duration_ms / 1000, 6),
    )
    case.place(find_contract_line(scenario, None if scenario.outcome is Outcome.PASSED else digest.check.location))
    request, broken = digest.step.request, [step for step in scenario.steps if step.outcome is not Outcome.PASSED]
    facts = _Facts(
        views,
        folder,
        Phase.SCENARIOS,
        scenario.id,
        _iter_failing(scenario, views.phrases),
        (request.method, request.url) if request else None,
        [step.artifact for step in (digest.step, *broken)],
    )
    case.tell(_build_result(scenario.outcome, make_visible(digest.note)), facts)
    return case


def _build_property(row: PropertyRow, views: CauseViews, folder: str) -> TestCase:
    case = _Case(name=make_visible(row.id), classname=f"{Phase.PROPERTIES}.{make_visible(row.operation)}")
    steps, artifacts = (row.failure.steps, row.failure.artifacts) if row.failure else ((), ())
    request = (steps[-1].method, steps[-1].url) if steps else None
    facts = _Facts(views, folder, Phase.PROPERTIES, row.id, [step.curl for step in steps], request, artifacts[::-1])
    case.tell(_build_result(row.outcome, make_visible(row.reason)), facts)
    return case


def _build_warehouse_check(row: WarehouseRow, views: CauseViews, folder: str) -> TestCase:
    case = _Case(name=make_visible(f"{row.id} {row.check}"), classname=f"{Phase.WAREHOUSE}.{make_visible(row.place)}")
    case.place(row.location)
    message = make_visible(row.message)
    lines = [text for text in (render_values(row, views.phrases), row.location, row.sql) if text]
    pages = [row.pages.first, row.pages.last] if row.pages else []
    request = views.find_sent(row.pages.last) if row.pages else None
    facts = _Facts(views, folder, Phase.WAREHOUSE, row.id, lines, request, pages)
    case.tell(
        Skipped(f"warning: {row.outcome}: {message}", WARNING)
        if row.is_warning
        else _build_result(row.outcome, message),
        facts,
    )
    return case


def _build_check(results: Results, check: RunCheck) -> TestCase:
    case = TestCase(name=check.name, classname=RUN)
    result = _build_result(check.outcome, make_visible("; ".join(check.clauses)))
    if isinstance(result, Failure | Error):
        result.text = "\n".join(make_visible(line) for line in _iter_details(results, check.name))
    case.result = result or []
    return case


def _iter_details(results: Results, name: str) -> Iterator[str]:
    """Yield what the reports say below the clauses of a check of the run."""
    load = results.warehouse.load
    if name == "load" and load is not None:
        yield load.message
    elif name == "faults":
        yield from (f"{fault.where}: {fault.message}" for fault in results.faults or ())
    elif name == "leaks":
        yield from map(str, results.leaks or ())


def _build_result(outcome: Outcome, note: str) -> Failure | Error | Skipped | None:
    """Return the element of the outcome; None for a bare testcase."""
    match outcome:
        case Outcome.PASSED:
            return None
        case Outcome.FAILED:
            return Failure(note, outcome.value)
        case Outcome.ERRORED:
            return Error(note, outcome.value)
        case Outcome.KNOWN | Outcome.FIXED | Outcome.BLOCKED | Outcome.SKIPPED:
            return Skipped(f"{outcome}: {note}" if note else outcome.value, outcome.value)
        case _:
            assert_never(outcome)


def _iter_failing(scenario: ScenarioRow, phrases: Phrases) -> Iterator[str]:
    """Yield the lines of every check that did not pass."""
    for step in scenario.steps:
        for check in step.checks:
            if check.outcome is not Outcome.PASSED:
                yield from _render_check(step, check, phrases)


def _render_check(step: StepRow, check: CheckRow, phrases: Phrases) -> list[str]:
    places = [each.place for each in check.violations or () if each.place]
    told = "; ".join(dict.fromkeys(filter(None, [check.location, *places[:_PLACES]])))
    where = f" ({told})" if told else ""
    lines = [f"{step.name}: {check.check} {check.outcome}: {check.message}{where}"]
    comparison = render_comparison(check, phrases=phrases)
    return [*lines, f"  {comparison}"] if comparison else lines
