"""`contracts diff A B`: finds the runs, and prints what is other in B."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

from contracts_runner.maintenance.printing import Level, OutputFormat, find_repository, render_annotation
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.drift_text import name_place, render_drift
from contracts_runner.reporting.text import flatten, make_visible, shorten
from contracts_runner.results.comparison import Change, ChangedRow, Comparison, EndpointChange, compare_runs
from contracts_runner.results.lines import as_json
from contracts_runner.results.results import Results
from contracts_runner.results.slowness import METHOD, LatencyChange
from contracts_runner.run.runs import find_run, find_settings, read_results

_MOST_SHOWN = 50
_LONGEST = 200


def print_diff(before: str, after: str, *, project: Path | None, environment: str | None, form: OutputFormat) -> int:
    """Print what is other in the run `after`; returns 1 if anything is newly failing, else 0. Raises RunFolderError."""
    settings = find_settings(project)
    runs = [read_results(find_run(name, settings, environment=environment)) for name in (before, after)]
    comparison = compare_runs(*runs)
    match form:
        case OutputFormat.JSON:
            print(escape_unsafe(json.dumps(_as_document(runs, comparison), ensure_ascii=False, indent=2)))
        case OutputFormat.GITHUB:
            for line in _iter_annotations(comparison, settings.root if settings else Path()):
                print(line)
            print(make_visible(_count(comparison)))
        case OutputFormat.TEXT:
            for line in _iter_lines(runs, comparison):
                print(make_visible(line))
        case _:
            assert_never(form)
    return 1 if comparison.rows[Change.NEWLY_FAILING] else 0


def _as_document(runs: Sequence[Results], comparison: Comparison) -> Json:
    slower, faster = _split(comparison)
    return as_json(
        {
            "ok": not comparison.rows[Change.NEWLY_FAILING],
            "before": _describe(runs[0]),
            "after": _describe(runs[1]),
            **{str(change): rows for change, rows in comparison.rows.items()},
            "slower": slower,
            "faster": faster,
            "statistic": METHOD,
            "endpoints": comparison.endpoints,
            "drift": comparison.drift,
        }
    )


def _describe(results: Results) -> dict[str, Json]:
    run = results.run
    names = ("id", "environment", "simulated", "complete", "started_at", "git_commit", "spec_sha256")
    return {name: getattr(run, name) for name in names}


def _split(comparison: Comparison) -> tuple[list[LatencyChange], list[LatencyChange]]:
    slower = [row for row in comparison.latency if row.after_ms > row.before_ms]
    return slower, [row for row in comparison.latency if row.after_ms < row.before_ms]


def _iter_lines(runs: Sequence[Results], comparison: Comparison) -> Iterator[str]:
    for name, run in zip(("before", "after"), (results.run for results in runs), strict=True):
        simulated, incomplete = ", simulated" * run.simulated, ", not complete" * (not run.complete)
        yield f"{name + ':':<7} {run.id}, {run.environment}{simulated}{incomplete}, {run.started_at}"
    for change, rows in comparison.rows.items():
        yield from _iter_section(change.replace("_", " "), [_render_row(row) for row in rows])
    slower, faster = _split(comparison)
    yield from _iter_section("slower", [_render_latency(row) for row in slower])
    yield from _iter_section("faster", [_render_latency(row) for row in faster])
    if comparison.latency:
        yield f"    ({METHOD})"
    endpoints = [f"{flatten(each.operation)}: {_render_change(each)}" for each in comparison.endpoints]
    yield from _iter_section("endpoints", endpoints)
    yield from _iter_section("drift", [f"{name_place(row)} {render_drift(row)}" for row in comparison.drift])
    yield _count(comparison)


def _iter_section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines)}"
        yield from (f"    {line}" for line in lines[:_MOST_SHOWN])
        if len(lines) > _MOST_SHOWN:
            yield f"    and {len(lines) - _MOST_SHOWN} more; --format json has them all"


def _render_row(row: ChangedRow) -> str:
    message = f": {shorten(flatten(row.message), _LONGEST)}" if row.message else ""
    return f"{flatten(row.id)}  {_render_change(row)}{message}"


def _render_change(row: ChangedRow | EndpointChange) -> str:
    return f"{row.before or 'not there'} -> {row.after or 'not there'}"


def _render_latency(row: LatencyChange) -> str:
    times = f"median {row.before_ms:g} ms ({row.before_count}) -> {row.after_ms:g} ms ({row.after_count})"
    return f"{flatten(row.operation)}: {times}, p = {row.p:.2g}"


def _iter_annotations(comparison: Comparison, root: Path) -> Iterator[str]:
    for row in comparison.rows[Change.NEWLY_FAILING]:
        file, line = _find_place(row, root)
        message = make_visible(_render_row(row))
        yield render_annotation(Level.ERROR, message, title="newly failing", file=file, line=line)
    for slow in _split(comparison)[0]:
        yield render_annotation(Level.WARNING, make_visible(_render_latency(slow)), title="slower")
    for drift in comparison.drift:
        message = f"{name_place(drift)} {render_drift(drift)}"
        yield render_annotation(Level.WARNING, make_visible(message), title="drift")


def _find_place(row: ChangedRow, root: Path) -> tuple[str | None, int]:
    """Return file and line of the contract, as annotations name them; None where the row has none."""
    path, _, line = (row.location or "").rpartition(":")
    if not path or not line.isdecimal() or len(line) > 9:
        return None, 1
    base, file = find_repository(), (root / path).absolute()
    return make_visible(file.relative_to(base).as_posix() if file.is_relative_to(base) else path), int(line)


def _count(comparison: Comparison) -> str:
    counts = [f"{len(rows)} {change.replace('_', ' ')}" for change, rows in comparison.rows.items() if rows]
    slower = len(_split(comparison)[0])
    counts += [f"{count_noun(slower, 'operation')} slower"] if slower else []
    counts += [f"{count_noun(len(comparison.drift), 'place')} drifted"] if comparison.drift else []
    return ", ".join(counts) or "nothing differs"
