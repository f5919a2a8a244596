"""A merged run: the ledger of each part, made again from its lines, has the head that is named; and what the first line
says of all parts is what theirs say."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from contracts_runner.audit.chain import FIRST_PREV, Line
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.ledger import HEAD, render_copy
from contracts_runner.model.json import Json

# What the parts have in common, and the whole has, too.
_COMMON = ("environment", "simulated", "seed", "tool_version", "spec_sha256", "files", "writes", "redaction", "phases")


def check_shards(lines: Sequence[Line]) -> Iterator[Violation]:
    """Yield where the parts of a merged run are not what it says; nothing of a run that is not merged."""
    if not lines or lines[0].type != "run_started":
        return
    started, begun = lines[0], [line for line in lines if line.type == "shard_started"]
    named = started.row["run"].get("shards", ())
    parts = [line.row["part"] for line in begun]
    wanted = [f"{index}/{len(named)}" for index in range(1, len(named) + 1)]
    for printed in ([shard["part"] for shard in named], parts):
        if printed != wanted:
            yield started.complain("parts of the run", ", ".join(printed), ", ".join(wanted))
            return
    end = 2
    for shard, first in zip(named, begun, strict=True):
        end, first_number = end + shard["lines"], end
        yield from _check_shard(shard, first, [line for line in lines if first_number <= line.number < end])
    if begun:
        yield from _check_whole(started, [line.row["started"] for line in begun])


def _check_shard(shard: Mapping[str, Json], first: Line, lines: Sequence[Line]) -> Iterator[Violation]:
    figure, run = f"shard {shard['part']}", first.row["started"]["run"]
    head = _rebuild_head(lines) if first in lines else None
    if head != shard["head"]:
        yield first.complain(f"{figure}: SHA-256 of the last line", shard["head"], head)
    if run["id"] != shard["id"]:
        yield first.complain(f"{figure}: id", shard["id"], run["id"])
    if (run.get("shard") or {}).get("part") != shard["part"]:
        yield first.complain(f"{figure}: part", shard["part"], (run.get("shard") or {}).get("part"))


def _rebuild_head(lines: Sequence[Line]) -> str:
    """Return the hash of the last line of the ledger that the lines are of."""
    prev = FIRST_PREV
    for seq, line in enumerate(lines, start=1):
        row = dict(line.row)
        if seq == 1:
            row = {"at": row["at"], "type": "run_started", **row["started"]}
        rest = {key: value for key, value in row.items() if key not in HEAD}
        prev = hashlib.sha256(
            render_copy({"seq": seq, "at": row["at"], "type": row["type"], "prev": prev, **rest})
        ).hexdigest()
    return prev


def _check_whole(started: Line, parts: Sequence[Mapping[str, Json]]) -> Iterator[Violation]:
    whole, run = started.row, started.row["run"]
    for key in _COMMON:
        for part in parts:
            if part["run"].get(key) != run.get(key):
                yield started.complain(f"{key} of the parts", run.get(key), part["run"].get(key))
    if len({(part["run"].get("shard") or {}).get("split") for part in parts}) > 1:
        yield started.complain("split of the parts", "several", "one")
    ids = {entry["id"] for entry in whole["scenarios"]}
    of_parts = {entry["id"] for entry in chain.from_iterable(part["scenarios"] for part in parts)}
    if ids != of_parts:
        yield started.complain("scenarios", len(ids), len(of_parts))
    checks = sum(part.get("warehouse_checks", 0) for part in parts)
    if whole.get("warehouse_checks", 0) != checks:
        yield started.complain("warehouse checks", whole.get("warehouse_checks", 0), checks)
    for part in parts:
        left = part["deselected"] + len(part["scenarios"]) - len(of_parts)
        if whole["deselected"] != left:
            yield started.complain("deselected", whole["deselected"], left)
        if whole["operations"] != part["operations"]:
            yield started.complain("operations of the parts", len(whole["operations"]), len(part["operations"]))
