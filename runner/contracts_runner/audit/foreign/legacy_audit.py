"""The audit of foreign evidence: reports and logs, each against its own rows, and each against the others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from contracts_runner.audit.files import LIMITS
from contracts_runner.audit.foreign.claims import iter_claims
from contracts_runner.audit.foreign.contradictions import check_rows, check_sentences
from contracts_runner.audit.foreign.legacy_figures import LegacyFigures, check_figures
from contracts_runner.audit.foreign.log import read_log
from contracts_runner.audit.foreign.markdown import MarkdownDocument, read_markdown, repair_text
from contracts_runner.audit.foreign.matrix import LegacyRow, iter_rows
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError

# What a person would not read as one: the forms of claims may be tried at every letter of it.
_LONGEST_SENTENCE = 1000
_LOGS = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyAudit:
    """The violations, and `subjects`: what the rows of each file add up to, in a sentence."""

    violations: tuple[Violation, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    rows: Sequence[LegacyRow]
    violations: Sequence[Violation]


def audit_legacy(paths: Sequence[Path]) -> LegacyAudit:
    """Audit Markdown reports and JSONL logs. Raises UsageError for a file that cannot be read, or that holds neither a
    row of a test nor a figure."""
    files = [_audit_file(path) for path in paths]
    violations = [violation for file in files for violation in file.violations]
    for index, file in enumerate(files):
        for other in files[index + 1 :]:
            violations += _compare(file, other)
    subjects = tuple(f"{file.name}: {LegacyFigures(file.rows).describe()}" for file in files)
    return LegacyAudit(violations=tuple(violations), subjects=subjects)


def _audit_file(path: Path) -> _File:
    text, name = _read(path), path.as_posix()
    if path.suffix.lower() in _LOGS or text.lstrip().startswith("{"):
        log = read_log(text, name)
        rows, claims = list(log.rows), list(log.claims)
        violations = [*log.violations, *check_rows(rows)]
    else:
        document = read_markdown(repair_text(text), name)
        rows = [row for table in document.tables for row in iter_rows(table)]
        sentences = list(_iter_sentences(document))
        claims = [claim for number, line in sentences for claim in iter_claims(number, line)]
        violations = [*check_rows(rows), *check_sentences(sentences, rows, name)]
    if not rows and not claims:
        raise UsageError(f"{path} has neither a row of a test nor a figure; name a report or a log of tests")
    ordered = [*check_figures(claims, LegacyFigures(rows), name), *violations]
    return _File(name, rows, sorted(ordered, key=lambda violation: violation.line or 0))


def _iter_sentences(document: MarkdownDocument) -> Iterator[tuple[int, str]]:
    """Yield the lines, and the rows of tables with two columns: "Total tests | 22" is a sentence too."""
    yield from ((number, line[:_LONGEST_SENTENCE]) for number, line in document.lines)
    for table in document.tables:
        if len(table.header) == 2:
            for row in table.rows:
                yield row.line, ": ".join(row.texts)[:_LONGEST_SENTENCE]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.file_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > LIMITS.file_bytes:
        raise UsageError(f"{path} is larger than {LIMITS.file_bytes} bytes; split it")
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _compare(file: _File, other: _File) -> Iterator[Violation]:
    """Two accounts of one test cannot differ."""
    others: dict[str, LegacyRow] = {}
    for row in other.rows:
        others[row.id] = row
    for row in file.rows:
        twin = others.get(row.id)
        if twin is None:
            yield row.complain("row", "a test", f"no row in {other.name}")
        else:
            for figure, printed, recorded in (
                ("status", row.status, twin.status),
                ("latency (ms)", row.latency_ms, twin.latency_ms),
            ):
                if printed is not None and recorded is not None and printed != recorded:
                    yield row.complain(figure, printed, f"{recorded} at {twin.file}:{twin.line}")
    known = {row.id for row in file.rows}
    for row in others.values():
        if row.id not in known:
            yield row.complain("row", "a test", f"no row in {file.name}")
