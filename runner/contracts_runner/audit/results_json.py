"""results.json, and the figures that report.html and report.md carry for programs, against the recount and the fold.

A JSON value is compared with the one that it must be; rows are compared by what names them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from contracts_runner.audit.causes import check_causes
from contracts_runner.audit.files import Limits, RunFiles, UnreadableError, read_file
from contracts_runner.audit.json_text import parse_json
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json, is_equal
from contracts_runner.results.figures import BlockFormat, iter_blocks, select_figures

NAME = "results.json"
# A report of ours has one block.
_MOST_BLOCKS = 10
_BLOCKS = {"report.html": BlockFormat.HTML, "report.md": BlockFormat.MARKDOWN}
# What names a row, the first that fits: a row that is missing is then one difference and not one for each after it.
_KEYS = (
    ("table", "id"),
    ("phase", "id"),
    ("number",),
    ("check", "scope", "percentile"),
    ("at",),
    ("id",),
    ("key",),
    ("operation", "status", "media_type", "success"),
    ("operation",),
    ("scenario",),
    ("name",),
)


def check_results(files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None) -> Iterator[Violation]:
    """Yield where results.json differs from the recount; then, for what only the fold gives (titles, states of
    endpoints, …), from the fold. Which reports there must be, the manifest says; a run that ended has its
    results at least."""
    if NAME not in files.names:
        if recount.tally.finished is not None:
            yield Violation(NAME, None, "the fold of the ledger", NAME)
        return
    try:
        content = read_file(files, NAME, files.limits.json_bytes)
    except UnreadableError as error:
        yield Violation(NAME, str(error), "the fold of the ledger", NAME)
        return
    yield from _compare(content, NAME, None, recount, recount.results, folded, files.limits)


def check_blocks(
    files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None
) -> dict[str, Sequence[Violation]]:
    """Return the reports that have a block of figures, each with where the block differs."""
    recounted = select_figures(recount.results)
    expected = None if folded is None else select_figures(folded)
    found: dict[str, Sequence[Violation]] = {}
    for name, block_format in _BLOCKS.items():
        for number, block in enumerate(iter_blocks(_read_text(files, name), block_format), start=1):
            if number > _MOST_BLOCKS:
                found[name] = [*found[name], Violation("figures", f"over {_MOST_BLOCKS} blocks", 1, name, block.line)]
                break
            violations = _compare(block.text.encode(), name, block.line, recount, recounted, expected, files.limits)
            found[name] = [*found.get(name, ()), *islice(violations, files.limits.violations)]
    return found


def _read_text(files: RunFiles, name: str) -> str:
    try:
        return read_file(files, name).decode("utf-8", "replace") if name in files.names else ""
    except UnreadableError:
        # The comparison with its rendering reports it.
        return ""


def _compare(
    content: bytes,
    file: str,
    line: int | None,
    counted: Recount,
    recounted: Mapping[str, Json],
    folded: Mapping[str, Json] | None,
    limits: Limits,
) -> Iterator[Violation]:
    try:
        printed = parse_json(content, limits.values)
    except UnreadableError as error:
        yield Violation("figures", str(error), "those of the ledger", file, line=line)
        return
    if isinstance(printed, dict) and "head" not in printed:
        # Version 0.1.0 does not write it; what this version writes, the fold has.
        recounted = {key: value for key, value in recounted.items() if key != "head"}
    if isinstance(printed, dict) and printed.get("schema_version") == 1:
        recounted = {**recounted, "schema_version": 1}
    if isinstance(printed, dict) and "causes" in printed:
        yield from check_causes(printed["causes"], counted, file)
    seen = set()
    for expected, is_whole in ((recounted, False), (folded, True)):
        for violation in () if expected is None else JsonComparison(file, line, is_whole).compare(printed, expected):
            if (violation.path, violation.figure) not in seen:
                seen.add((violation.path, violation.figure))
                yield violation


@dataclass(frozen=True, slots=True)
class JsonComparison:
    """A comparison of values of a file that begin at a line. What only the printed value has counts if `is_whole`."""

    file: str
    line: int | None = None
    is_whole: bool = False

    def compare(self, printed: Json, recomputed: Json, *, path: str = "$", figure: str = "") -> Iterator[Violation]:
        """Yield where the printed value is not the recomputed one; `figure` is the path in words."""
        if isinstance(printed, dict) and isinstance(recomputed, Mapping):
            for key in (*recomputed, *(key for key in printed if self.is_whole and key not in recomputed)):
                inner, words = path + (f".{key}" if key.isidentifier() else f"['{key}']"), f"{figure} {key}".strip()
                if key not in printed or key not in recomputed:
                    yield self._complain(words, printed.get(key), recomputed.get(key), inner)
                else:
                    yield from self.compare(printed[key], recomputed[key], path=inner, figure=words)
        elif isinstance(printed, list) and isinstance(recomputed, Sequence) and not isinstance(recomputed, str):
            yield from self._compare_rows(printed, recomputed, path, figure)
        elif not is_equal(printed, recomputed):
            yield self._complain(figure, printed, recomputed, path)

    def _compare_rows(
        self, printed: Sequence[Json], recomputed: Sequence[Json], path: str, figure: str
    ) -> Iterator[Violation]:
        key = _find_key(recomputed)
        expected = {_name(row, index, key): row for index, row in enumerate(recomputed)}
        names = [_name(row, index, key) for index, row in enumerate(printed)]
        seen = set()
        for index, (name, row) in enumerate(zip(names, printed, strict=True)):
            inner, words = f"{path}[{index}]", f"{figure} {name}"
            if name in seen or name not in expected:
                yield self._complain(words, _brief(row), "is there already" if name in seen else None, inner)
            else:
                yield from self.compare(row, expected[name], path=inner, figure=words)
            seen.add(name)
        for name, row in expected.items():
            if name not in seen:
                yield self._complain(f"{figure} {name}", None, _brief(row), path)
        if sorted(names) == sorted(expected) and names != [*expected]:
            yield self._complain(f"{figure} order", ", ".join(names), ", ".join(expected), path)

    def _complain(self, figure: str, printed: Json, recomputed: Json, path: str) -> Violation:
        return Violation(figure, printed, recomputed, self.file, self.line, path)


def _find_key(rows: Sequence[Json]) -> tuple[str, ...]:
    for key in _KEYS:
        if rows and all(isinstance(row, Mapping) and all(name in row for name in key) for row in rows):
            names = [_name(row, 0, key) for row in rows]
            if len(set(names)) == len(names):
                return key
    return ()


def _name(row: Json, index: int, key: tuple[str, ...]) -> str:
    if key and isinstance(row, Mapping):
        return " ".join(str(row.get(name)) for name in key)
    return str(index + 1)


def _brief(row: Json) -> Json:
    """Return what a missing or additional row claims: its outcome, if it has one."""
    if isinstance(row, Mapping):
        return row.get("outcome") or row.get("state") or "a row"
    return row
