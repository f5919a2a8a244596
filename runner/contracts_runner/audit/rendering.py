"""The reports, rendered again from the ledger: what the parsers of single figures do not look at must still be what
this tool writes of these lines, letter by letter.

That can be said only of a report that the same version wrote with the same templates. A report of which most lines are
others has other templates; then the figures are all that is compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

# Which of the reports are made of templates, that a project may replace.
_TEMPLATED = frozenset({"report.html", "report.md"})
# name -> text of each report that is rendered.
Rendered = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What the audit takes from the tool that it audits: its `version`, its fold of a ledger, and `render`, which
    yields the reports of results and lines, once for each set of templates that there is."""

    version: str
    fold: Callable[[Sequence[Row]], Mapping[str, Json]]
    render: Callable[[Mapping[str, Json], Sequence[Row]], Iterator[Rendered]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`violations` are the lines that differ; `others` the reports that have other templates."""

    violations: tuple[Violation, ...] = ()
    others: tuple[str, ...] = ()


def compare_rendering(files: RunFiles, renderings: Iterator[Rendered], known: Sequence[Violation]) -> Comparison:
    """Compare each report with its rendering by the templates that fit it best. `known` are the violations that were
    found already: a line among them is not told twice."""
    printed: dict[str, list[str]] = {}
    best: dict[str, list[tuple[int, str, str]]] = {}
    shares: dict[str, float] = {}
    for rendered in renderings:
        for name in rendered.keys() & set(files.names):
            lines = printed.setdefault(name, _read_lines(files, name))
            found, share = _compare(lines, rendered[name].split("\n"))
            if name not in best or len(found) < len(best[name]):
                best[name], shares[name] = found, share
        if not any(best.values()):
            break
    told = {(violation.file, violation.line) for violation in known}
    others = tuple(sorted(name for name in _TEMPLATED & shares.keys() if shares[name] <= 0.5))
    violations = (
        Violation(figure="text", printed=said, recomputed=due, file=name, line=line)
        for name, found in sorted(best.items())
        if name not in others
        for line, said, due in found
        if (name, line) not in told
    )
    return Comparison(tuple(violations), others)


def _compare(printed: Sequence[str], rendered: Sequence[str]) -> tuple[list[tuple[int, str, str]], float]:
    """Return (line, printed, rendered) where they differ, and which part of the rendering is there.

    What stands between the common beginning and the common end is compared line by line; where lines were added or
    removed, the first difference stands for all.
    """
    begin = _count_equal(printed, rendered)
    end = _count_equal(printed[begin:][::-1], rendered[begin:][::-1])
    ours, theirs = printed[begin : len(printed) - end], rendered[begin : len(rendered) - end]
    if len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True), start=begin + 1)
        found = [(line, said, due) for line, (said, due) in pairs if said != due]
        equal = len(rendered) - len(found)
    else:
        found = [(begin + 1, "\n".join(ours), "\n".join(theirs))]
        equal = len(rendered) - len(theirs)
    return found, equal / max(len(rendered), 1)


def _count_equal(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _read_lines(files: RunFiles, name: str) -> list[str]:
    try:
        return read_file(files, name).decode("utf-8", "replace").split("\n")
    except UnreadableError:
        # Told where its figures were looked for.
        return []
