"""What the run's name and address say of it, compared with its first line."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from contracts_runner.audit.tally import Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

# As folders of runs are named, unless --output gave another name.
_NAME = re.compile(r"(\d{8}T\d{6}Z)-(.+)-([0-9A-Za-z]{1,8})(?:-\d+)?")
# Between the making of the folder and the first line a warehouse may be prepared.
_LONGEST_START = timedelta(minutes=10)


def check_folder_name(tally: Tally, name: str) -> Iterator[Violation]:
    """Yield where the folder's name is not that of this run."""
    match = _NAME.fullmatch(name)
    if match is None:
        return
    run, started_at = tally.run, tally.started.row["at"]
    named = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    delay = datetime.fromisoformat(started_at) - named
    if not timedelta(seconds=-1) <= delay <= _LONGEST_START:
        yield _complain("folder name: time", match[1], started_at, "$.at")
    short_id = re.sub(r"[^0-9A-Za-z]", "", run["id"])[:8]
    if match[3] != short_id:
        yield _complain("folder name: id", match[3], run["id"], "$.run.id")
    is_marked = "sandbox" in match[2].lower()
    if (run["simulated"] and not is_marked) or (not run["simulated"] and is_marked and _is_appended(match[2], tally)):
        yield _complain("folder name: simulated", is_marked, run["simulated"], "$.run.simulated")


def _is_appended(label: str, tally: Tally) -> bool:
    """An environment may bear the word in its own name; the tool adds it for a simulated run only."""
    return "sandbox" not in str(tally.run["environment"]).lower() or label.lower().endswith("-sandbox")


def _complain(figure: str, printed: Json, recomputed: Json, path: str) -> Violation:
    return Violation(figure=figure, printed=printed, recomputed=recomputed, file=LEDGER, line=1, path=path)
