"""results.json against the recount, and against what the fold makes of the same lines."""

from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.audit.difference import find_differences
from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.rendering import Tool
from contracts_runner.audit.strict_json import NotJsonError, parse_json
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

NAME = "results.json"


def check_results(files: RunFiles, recount: Recount, folded: Mapping[str, Json] | None) -> Iterator[Violation]:
    """Yield what results.json says otherwise than the recount; then, for what only the fold gives (titles, states of
    endpoints, …), otherwise than the fold."""
    try:
        printed = parse_json(read_file(files, NAME))
    except (UnreadableError, NotJsonError) as error:
        yield Violation(figure=NAME, printed=str(error), recomputed="the fold of the ledger", file=NAME)
        return
    seen = set()
    for expected, is_whole in ((recount.results, False), (folded, True)):
        if expected is None:
            continue
        for difference in find_differences(printed, expected, is_whole=is_whole):
            if (difference.path, difference.figure) not in seen:
                seen.add((difference.path, difference.figure))
                yield Violation(
                    figure=difference.figure,
                    printed=difference.printed,
                    recomputed=difference.recomputed,
                    file=NAME,
                    path=difference.path,
                )


def try_fold(tool: Tool, lines: Sequence[Row]) -> tuple[Mapping[str, Json] | None, list[Violation]]:
    """Return the fold of the lines; for lines that it cannot take none, and the violation."""
    try:
        return tool.fold(lines), []
    except (RunFolderError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # Lines of the right form can still hold values that no run writes.
        problem = f"{type(error).__name__}: {error}"
        return None, [Violation(figure="fold of the ledger", printed=problem, recomputed="results", file=LEDGER)]
