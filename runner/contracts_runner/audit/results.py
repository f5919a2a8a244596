"""results.json, and the figures that report.html and report.md carry for programs, against the recount and the fold."""

from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.audit.difference import Comparison
from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.strict_json import NotJsonError, parse_json
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from contracts_runner.results.figures import BlockFormat, iter_blocks, select_figures

NAME = "results.json"
_BLOCKS = {"report.html": BlockFormat.HTML, "report.md": BlockFormat.MARKDOWN}


def check_results(files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None) -> Iterator[Violation]:
    """Yield what results.json says otherwise than the recount; then, for what only the fold gives (titles, states of
    endpoints, …), otherwise than the fold. Which reports there must be, the manifest says; a run that ended has its
    results at least."""
    if NAME not in files.names:
        if recount.tally.finished is not None:
            yield Violation(NAME, None, "the fold of the ledger", NAME)
        return
    try:
        content = read_file(files, NAME)
    except UnreadableError as error:
        yield Violation(NAME, str(error), "the fold of the ledger", NAME)
        return
    yield from _compare(content, NAME, None, recount.results, folded)


def check_blocks(
    files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None
) -> dict[str, Sequence[Violation]]:
    """Return the reports that have a block of figures, each with what the block says otherwise."""
    recounted = select_figures(recount.results)
    expected = None if folded is None else select_figures(folded)
    found: dict[str, Sequence[Violation]] = {}
    for name, block_format in _BLOCKS.items():
        for block in iter_blocks(_read_text(files, name), block_format):
            violations = _compare(block.text.encode(), name, block.line, recounted, expected)
            found[name] = [*found.get(name, ()), *violations]
    return found


def _read_text(files: RunFiles, name: str) -> str:
    try:
        return read_file(files, name).decode("utf-8", "replace") if name in files.names else ""
    except UnreadableError:
        # The comparison with its rendering says so.
        return ""


def _compare(
    content: bytes, file: str, line: int | None, recounted: Mapping[str, Json], folded: Mapping[str, Json] | None
) -> Iterator[Violation]:
    try:
        printed = parse_json(content)
    except NotJsonError as error:
        yield Violation("figures", str(error), "those of the ledger", file, line=line)
        return
    seen = set()
    for expected, is_whole in ((recounted, False), (folded, True)):
        for violation in () if expected is None else Comparison(file, line, is_whole).compare(printed, expected):
            if (violation.path, violation.figure) not in seen:
                seen.add((violation.path, violation.figure))
                yield violation
