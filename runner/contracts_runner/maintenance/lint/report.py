"""What `contracts check` found, as text, JSON and GitHub annotations."""

import dataclasses
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, Severity
from contracts_runner.maintenance.printing import Level, render_annotation
from contracts_runner.model.nouns import count_noun

# What differs in two messages of one kind: names, paths, numbers, values.
_VARYING = re.compile(r"#/\S*|'[^']*'|\"[^\"]*\"|\$\S*|\S*\[\S*|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The problems in the order of files and lines, and how much was looked at. `root` is the project's folder,
    `contracts` are the names of the contract files."""

    root: Path
    operations: int
    scenarios: int
    problems: tuple[Problem, ...]
    contracts: frozenset[str] = frozenset()

    def is_ok(self, *, is_strict: bool) -> bool:
        """True without errors; strictly, without warnings of what is used too."""
        return not any(
            problem.severity is Severity.ERROR or (is_strict and not problem.is_aside) for problem in self.problems
        )

    def replace_files(self, names: Collection[str], found: "CheckReport") -> "CheckReport":
        """Return the report with what was found now in files with these names."""
        others = (problem for problem in self.problems if problem.location.path not in names)
        return dataclasses.replace(found, problems=sort_problems([*others, *found.problems]))


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, in the order of files and lines."""
    return tuple(sorted(set(problems), key=lambda problem: (problem.location, problem.message, problem.hint)))


def render_text(report: CheckReport, *, is_whole: bool) -> str:
    """Return a line for each problem, errors first, then a count. Unless it is to be whole, warnings of a document, and
    of the scenarios of a file without a source, are one line for each kind, with the first of them."""
    return "\n".join([*_iter_lines(report.problems, is_whole=is_whole), render_count(report)])


def _iter_lines(problems: Iterable[Problem], *, is_whole: bool) -> Iterator[str]:
    kinds: dict[object, list[Problem]] = defaultdict(list)
    for number, problem in enumerate(problems):
        is_alike = problem.is_aside or problem.pointer or problem.rule is Rule.MISSING_SOURCE
        is_listed = is_whole or problem.severity is Severity.ERROR or not is_alike
        kind = _VARYING.sub("…", problem.message)
        kinds[number if is_listed else (problem.location.path, problem.rule, kind)].append(problem)
    for first, *others in sorted(kinds.values(), key=lambda same: same[0].severity is not Severity.ERROR):
        more = f" ({len(others)} more like it: `contracts check --all`)" if others else ""
        yield _render_line(first) + more
        if first.mend and not first.is_aside:
            yield "    mended in an overlay by: " + first.mend.replace("\n", "\n        ")


def render_json(report: CheckReport, *, is_strict: bool, indent: int | None = 2) -> str:
    """Return the JSON object as one text (docs/design.md, Command line); without an indent it is one line."""
    document = {
        "ok": report.is_ok(is_strict=is_strict),
        "operations": report.operations,
        "scenarios": report.scenarios,
        "problems": [
            {
                "file": problem.location.path,
                "line": problem.location.line,
                "rule": problem.rule,
                "severity": problem.severity,
                "message": _render_message(problem),
            }
            for problem in report.problems
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=indent)


def render_github(report: CheckReport, *, base: Path) -> str:
    """Return a workflow command for each problem; files are named relative to `base`, the repository, if below it."""
    return "\n".join(
        render_annotation(
            Level(problem.severity),
            _render_message(problem),
            file=_name_file(report.root / problem.location.path, problem.location.path, base),
            line=problem.location.line,
            title=problem.rule,
        )
        for problem in report.problems
    )


def render_count(report: CheckReport) -> str:
    """Return how many errors and warnings there are, and in what."""
    found = Counter(problem.severity for problem in report.problems)
    problems = ", ".join(count_noun(found[severity], severity) for severity in Severity)
    return f"{problems} in {count_noun(report.scenarios, 'scenario')} and {count_noun(report.operations, 'operation')}"


def _render_line(problem: Problem) -> str:
    severity = "" if problem.severity is Severity.ERROR else f"{problem.severity}: "
    return f"{problem.location}: {severity}{_render_message(problem)}"


def _render_message(problem: Problem) -> str:
    return problem.message + (f"; {problem.hint}" if problem.hint else "")


def _name_file(path: Path, name: str, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else name
