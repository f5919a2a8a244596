"""Renders and writes the reports of a run: a pure function of the results and the record of the ledger, so that they
can be rendered again at any time, anywhere."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.errors import UsageError
from contracts_runner.evidence.files import write_whole
from contracts_runner.faults import guard
from contracts_runner.redaction.json_text import iter_results
from contracts_runner.reporting.csv_tables import iter_checks, render_matrix, render_snapshots
from contracts_runner.reporting.formats import FORMATS, SUMMARY, TEMPLATED, list_files
from contracts_runner.reporting.phrases import ENGLISH, Phrases, find_phrases
from contracts_runner.reporting.text import encode_report
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import Results

if TYPE_CHECKING:
    from jinja2 import Environment

# GitHub takes 1 MiB for the summaries of a step, and a comment 64 KiB.
_SUMMARY_BYTES = 60_000
# Down to the checks of a step: one line each.
_RESULT_LEVELS = 6


def render_reports(
    results: Results,
    record: RunRecord,
    folder: Path,
    formats: Collection[str],
    template_folders: Sequence[Path],
    *,
    language: str | None = None,
    on_written: Callable[[Path], None] = lambda _: None,
) -> Mapping[str, str]:
    """Write results.json and the files of the formats (keys of FORMATS) into the folder, each whole or not at all;
    `on_written` gets each path as soon as it is there. Returns the name of each file that could not be made -> why: the
    others are written all the same.

    Templates are looked for by name in `template_folders`, the first hit wins; `language` None is that of the run.
    Raises UsageError for an unknown format, RunFolderError when a file cannot be written.
    """
    unknown = sorted(set(formats) - FORMATS.keys())
    if unknown:
        raise UsageError(f"unknown report format: {', '.join(unknown)}; there are {', '.join(FORMATS)}")

    phrases = find_phrases(language or results.run.language or "")

    def build_environment() -> "Environment":
        from contracts_runner.reporting import templating

        return templating.build_environment(template_folders, phrases=phrases)

    renderers = build_renderers(results, record, build_environment, phrases)
    problems: dict[str, str] = {}
    for name in list_files({"json", *formats}):
        write = partial(_write, folder / name, renderers[name])
        if fault := guard(write, lambda fault: fault):
            problems[name] = str(fault)
            # Of an earlier rendering: it says something else than the others do.
            (folder / name).unlink(missing_ok=True)
        else:
            on_written(folder / name)
    return problems


def _write(path: Path, render: Callable[[], Iterable[bytes]]) -> None:
    write_whole(path, render())


def build_renderers(
    results: Results, record: RunRecord, build_environment: "Callable[[], Environment]", phrases: Phrases = ENGLISH
) -> Mapping[str, Callable[[], Iterable[bytes]]]:
    """Return name of a report's file -> what renders its pieces, which raises UsageError for a template that is not
    there or has a mistake. Only a template needs an environment, and imports Jinja."""
    environment = cache(build_environment)

    @cache
    def view() -> object:
        from contracts_runner.reporting.view import ReportView

        return ReportView(results, record, phrases)

    def fill(template: str) -> list[bytes]:
        from contracts_runner.reporting.templating import render_template

        return [render_template(environment(), template, results=results, view=view())]

    return {
        # It holds all rows: whole it is as large as what it is made of.
        "results.json": lambda: map(encode_report, iter_results(results, levels=_RESULT_LEVELS)),
        **{name: partial(fill, f"{name}.jinja") for name in TEMPLATED},
        SUMMARY: lambda: [_cut(text, phrases("The rest is in report.md.")) for text in fill(f"{SUMMARY}.jinja")],
        "junit.xml": lambda: [_render_junit(results, record, phrases)],
        "matrix.csv": lambda: [encode_report(render_matrix(results, phrases))],
        "checks.csv": lambda: map(encode_report, iter_checks(results, phrases)),
        "clickhouse.csv": lambda: [encode_report(render_snapshots(results, phrases))],
    }


def _render_junit(results: Results, record: RunRecord, phrases: Phrases) -> bytes:
    from contracts_runner.reporting.junit import render_junit

    return encode_report(render_junit(results, record, phrases))


def _cut(content: bytes, note: str) -> bytes:
    """Return a summary as far as GitHub takes its lines; what was longer ends with the note."""
    if len(content) <= _SUMMARY_BYTES:
        return content
    return content[: content.rfind(b"\n", 0, _SUMMARY_BYTES) + 1] + f"\n{note}\n".encode()
