"""results.json, and the figures that report.html and report.md carry for programs, against the recount and the fold."""

from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.audit.difference import find_differences
from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.rendering import Tool
from contracts_runner.audit.strict_json import NotJsonError, parse_json
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json
from contracts_runner.results.figures import BlockFormat, iter_blocks, select_figures

NAME = "results.json"
_BLOCKS = {"report.html": BlockFormat.HTML, "report.md": BlockFormat.MARKDOWN}


def check_results(files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None) -> Iterator[Violation]:
    """Yield what results.json says otherwise than the recount; then, for what only the fold gives (titles, states of
    endpoints, …), otherwise than the fold."""
    try:
        content = read_file(files, NAME)
    except UnreadableError as error:
        yield Violation(figure=NAME, printed=str(error), recomputed="the fold of the ledger", file=NAME)
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
        yield Violation(figure="figures", printed=str(error), recomputed="those of the ledger", file=file, line=line)
        return
    seen = set()
    for expected, is_whole in ((recounted, False), (folded, True)):
        if expected is None:
            continue
        for difference in find_differences(printed, expected, is_whole=is_whole):
            if (difference.path, difference.figure) not in seen:
                seen.add((difference.path, difference.figure))
                yield Violation(
                    figure=difference.figure,
                    printed=difference.printed,
                    recomputed=difference.recomputed,
                    file=file,
                    line=line,
                    path=difference.path,
                )


def try_fold(tool: Tool, lines: Sequence[Row]) -> tuple[Mapping[str, Json] | None, list[Violation]]:
    """Return the fold of the lines; for lines that it cannot take none, and the violation."""
    try:
        return tool.fold(lines), []
    except Exception as error:
        # Lines of the right form can still hold values that no run writes: whatever that raises, the audit goes on.
        problem = f"{type(error).__name__}: {error}"
        return None, [Violation(figure="fold of the ledger", printed=problem, recomputed="results", file=LEDGER)]
