"""The causes that results.json names, against a count of its own: each broken row is of exactly one of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.audit.judging import judge_scenario
from contracts_runner.audit.load_recount import count_broken
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

_BROKEN = ("failed", "errored")


def check_causes(printed: Json, counted: Recount, file: str) -> Iterator[Violation]:
    """Yield where the causes of a results.json do not add up to what is broken; how they are told apart, only the fold
    knows."""
    if not isinstance(printed, list) or not all(isinstance(cause, Mapping) for cause in printed):
        return
    broken = Counter(_iter_broken(counted))
    count = sum(number for cause in printed if isinstance(number := cause.get("count"), int))
    if count != broken.total():
        yield Violation("causes count", count, broken.total(), file, path="$.causes")
    named = {str(name) for cause in printed if isinstance(ids := cause.get("ids"), Sequence) for name in ids}
    for name in sorted(named ^ broken.keys()):
        yield Violation(f"causes ids {name}", name in named, name in broken, file, path="$.causes")


def _iter_broken(counted: Recount) -> Iterator[str]:
    """Yield what each broken row belongs to, once for each row."""
    results, tally = counted.results, counted.tally
    for scenario in (each for each in results["scenarios"] if "quarantine" not in each):
        rows = sum(_count_step(step) for step in scenario["steps"])
        yield from [scenario["id"]] * (rows or scenario["outcome"] in _BROKEN)
    yield from (row["id"] for row in results["properties"] if row["outcome"] in _BROKEN)
    for row in results["warehouse"]["checks"]:
        if row["outcome"] in _BROKEN and row.get("severity") != "warning":
            yield row["id"]
    load = results["warehouse"]["load"]
    if load and load["outcome"] in _BROKEN:
        yield "load"
    for scenario, *_ in count_broken(tally):
        yield scenario
    yield from (row["scope"] for row in results.get("load", {}).get("checks", ()) if row["outcome"] in _BROKEN)
    yield from (fault["where"] for fault in tally.faults)
    for name, record in tally.opened.items():
        if record.closed is not None and record.closed.row["outcome"] != judge_scenario(record):
            yield name
    yield from (leak["file"] for leak in tally.leaks.values())


def _count_step(step: Mapping[str, Json]) -> int:
    rows = sum(check["outcome"] in _BROKEN for check in step["checks"])
    return rows or step["outcome"] in _BROKEN
