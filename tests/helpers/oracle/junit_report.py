"""junit.xml: its testcases and counts against the recount."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from contracts_runner.audit.foreign.markdown import build_table
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from helpers.oracle.markdown_report import SANDBOX_LINE
from helpers.oracle.row_facts import build_facts
from helpers.oracle.tables import compare_table, is_same

NAME = "junit.xml"
_WORDS = {"failure": "failed", "error": "errored"}
_COUNTED = {"tests": None, "failures": "failure", "errors": "error", "skipped": "skipped"}


@dataclass(slots=True)
class _Case:
    line: int
    attributes: dict[str, str]
    results: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The outcome that the testcase stands for; what is no outcome of ours stays what it is."""
        if not self.results:
            return "passed"
        tag, attributes = self.results[0]
        if len(self.results) > 1:
            return " ".join(tag for tag, _ in self.results)
        word = attributes.get("message", "").partition(":")[0]
        if tag == "skipped":
            return word if word in ("known", "fixed", "blocked", "skipped") else f"skipped: {word}"
        return _WORDS.get(tag, tag)

    @property
    def message(self) -> str:
        """The message without the outcome's word."""
        if not self.results:
            return ""
        tag, attributes = self.results[0]
        message = attributes.get("message", "")
        return message.partition(":")[2] if tag == "skipped" else message


@dataclass(slots=True)
class _Group:
    """`testsuites` or a `testsuite`."""

    line: int
    attributes: dict[str, str]
    cases: list[_Case] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


class _Reader:
    """Collects the groups, the whole document first. A document type is refused: it could hold anything."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, data: bytes) -> None:
        """Raises expat.ExpatError, LookupError for an unknown encoding, ValueError for one of many bytes."""
        self._parser.Parse(data, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if tag in ("testsuites", "testsuite"):
            self.groups.append(_Group(line, attributes))
        elif tag == "testcase" and self.groups:
            case = _Case(line, attributes)
            self.groups[0].cases.append(case)
            self.groups[-1].cases.append(case)
        elif tag in ("failure", "error", "skipped") and self.groups and self.groups[-1].cases:
            self.groups[-1].cases[-1].results.append((tag, attributes))
        elif tag == "property" and self.groups:
            self.groups[-1].properties[attributes.get("name", "")] = attributes.get("value", "")

    def _refuse(self, *_: object) -> None:
        raise expat.ExpatError("a document type is not allowed here")


def check_junit_report(data: bytes, recount: Recount) -> Iterator[Violation]:
    """Yield what the document says and the evidence does not give."""
    reader = _Reader()
    try:
        reader.read(data)
    except (expat.ExpatError, LookupError, ValueError) as error:
        yield Violation(figure="junit.xml", printed=str(error), recomputed="well-formed XML", file=NAME)
        return
    if not reader.groups or (len(reader.groups) == 1 and reader.groups[0].cases):
        yield Violation(figure="testsuites", printed=None, recomputed="a suite for each phase", file=NAME)
        return
    whole, suites = reader.groups[0], reader.groups[1:]
    yield from _check_simulated(whole, suites, recount)
    for group in reader.groups:
        yield from _check_counts(group)
    yield from _check_cases(whole.cases, recount)


def _check_simulated(whole: _Group, suites: Sequence[_Group], recount: Recount) -> Iterator[Violation]:
    is_simulated = recount.results["run"]["simulated"]
    if (whole.attributes.get("name") == SANDBOX_LINE) != is_simulated:
        yield _complain(
            "testsuites name", whole.attributes.get("name"), SANDBOX_LINE if is_simulated else None, whole.line
        )
    for suite in suites:
        printed = suite.properties.get("simulated", str(is_simulated).lower())
        if printed != str(is_simulated).lower():
            yield _complain(
                f"{suite.attributes.get('name')}: simulated", printed, str(is_simulated).lower(), suite.line
            )


def _check_counts(group: _Group) -> Iterator[Violation]:
    for attribute, tag in _COUNTED.items():
        counted = sum(tag is None or any(found == tag for found, _ in case.results) for case in group.cases)
        printed = group.attributes.get(attribute)
        if printed != str(counted):
            yield _complain(f"{group.attributes.get('name', 'all')}: {attribute}", printed, counted, group.line)


def _check_cases(cases: Sequence[_Case], recount: Recount) -> Iterator[Violation]:
    expected: dict[str, dict[str, Json]] = {
        f"{fact.contract} {fact.id} {fact.title}": {
            "Outcome": fact.outcome,
            "Message": "" if fact.outcome == "passed" else fact.note,
        }
        for fact in build_facts(recount).values()
    }
    for row in recount.results["properties"]:
        expected[f"properties.{row['operation']} {row['id']}"] = {"Outcome": row["outcome"]}
    for row in recount.results["warehouse"]["checks"]:
        name = f"warehouse.{row['table']} {row['id']} {row['check']}"
        message = "" if row["outcome"] == "passed" else row["message"]
        expected[name] = {"Outcome": row["outcome"], "Message": message}
    expected |= {f"run {name}": {"Outcome": outcome} for name, outcome in _expect_run(recount).items()}
    rows = [
        (case.line, [case.attributes.get("classname", ""), case.attributes.get("name", ""), case.outcome, case.message])
        for case in cases
    ]
    table = build_table(NAME, "", (1, ("Class", "Name", "Outcome", "Message")), rows)
    yield from compare_table(table, expected, what="testcase", key=("Class", "Name"))
    durations = {f"{row['id']} {row['title']}": row["duration_ms"] for row in recount.results["scenarios"]}
    for case in cases:
        duration, printed = durations.get(case.attributes.get("name", "")), case.attributes.get("time")
        if duration is not None and not _is_same_time(printed, duration):
            yield _complain(f"{case.attributes['name']}: time", printed, duration / 1000, case.line)


def _expect_run(recount: Recount) -> dict[str, str]:
    """Return the testcases of the run as a whole: name -> outcome."""
    results = recount.results
    load = results["warehouse"]["load"]
    closed = {name: record.closed for name, record in recount.tally.opened.items()}
    stated = {name: line.row["outcome"] for name, line in closed.items() if line}
    is_agreeing = all(row["outcome"] == stated.get(row["id"], row["outcome"]) for row in results["scenarios"])
    has_row = any(results["totals"][phase]["total"] for phase in Phase)
    is_whole = results["run"]["complete"] and not results["not_started"] and is_agreeing and has_row
    expected = {"completeness": "passed" if is_whole else "errored"}
    expected["leaks"] = "errored" if results.get("leaks") else "passed"
    if load:
        expected["load"] = load["outcome"]
    if results.get("faults"):
        expected["faults"] = "errored"
    if results["run"].get("strict"):
        expected["strict"] = "failed" if any(results["totals"][phase]["fixed"] for phase in Phase) else "passed"
    return expected


def _is_same_time(printed: str | None, duration_ms: float) -> bool:
    return printed is not None and (is_same(printed, duration_ms / 1000) or printed == str(duration_ms / 1000))


def _complain(figure: str, printed: Json, recomputed: Json, line: int) -> Violation:
    return Violation(figure=figure, printed=printed, recomputed=recomputed, file=NAME, line=line)
