"""`--shard I/N`: the part of a plan that one of N processes runs, on whatever machines.

All come to the same split, since it depends only on what is selected and on how long that took in the last complete run
of the environment, which the ledger names; `contracts merge` refuses parts of different splits. Scenarios with the same
word of `exclusive` stay together, and so does what writes with all that need it; what only reads, or is a login, is run
in each part where it is needed. Operations that links join stay together where flows are generated. The warehouse phase
is in the last part. Each part keeps to its share of `rate_limit`, `max_requests` and `max_writes`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.needs import add_needed
from contracts_runner.engine.selection import Selection
from contracts_runner.engine.sharding import Group, split, tie_scenarios
from contracts_runner.errors import UsageError
from contracts_runner.model.held import Held
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase
from contracts_runner.properties.links import tie_operations
from contracts_runner.properties.selection import Bounds
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ShardRow
from contracts_runner.run.plan import PropertyPlan, RunPlan
from contracts_runner.run.previous_runs import iter_complete
from contracts_runner.run.resumed_needs import is_repeatable


@dataclass(frozen=True, slots=True)
class _Part:
    """The I-th of N, from 1, of a selection."""

    index: int
    count: int

    @property
    def is_last(self) -> bool:
        return self.index == self.count

    def share(self, most: int | None) -> int | None:
        """Return the share of a bound: all shares together are as much."""
        return None if most is None else most // self.count + (self.index <= most % self.count)


def cut_shard(plan: RunPlan, shard: tuple[int, int], *, is_resumed: bool) -> RunPlan:
    """Return the part of the plan that --shard names. Raises UsageError."""
    part = _Part(*shard)
    balanced_by, durations = _find_durations(plan, is_resumed=is_resumed)
    scenarios, operations = _tie_scenarios(plan), _tie_operations(plan)
    _check_enough(part, max(len(scenarios), len(operations)) + plan.has_warehouse)
    parts = split(scenarios, part.count, durations)
    labels = split(operations, part.count, {})
    made = json.dumps([[sorted(each) for each in parts], [sorted(each) for each in labels]], ensure_ascii=False)
    row = ShardRow(
        part=f"{part.index}/{part.count}", split=hashlib.sha256(made.encode("utf-8", "surrogatepass")).hexdigest()
    )
    properties = _cut_properties(plan.properties, part, labels[part.index - 1]) if plan.properties else None
    rate = plan.environment.rate_limit_per_second
    cut = replace(
        plan,
        options=replace(plan.options, balanced_by=balanced_by),
        environment=replace(plan.environment, rate_limit_per_second=rate and rate / part.count),
        properties=properties,
        warehouses=plan.warehouses if part.is_last else (),
        shard=row,
    )
    return _cut_selection(cut, parts[part.index - 1])


def _find_durations(plan: RunPlan, *, is_resumed: bool) -> tuple[str | None, Mapping[str, float]]:
    """Return the id of the last complete run of the environment, and scenario -> milliseconds in it; of a run that is
    resumed those that it was split by."""
    wanted = plan.options.balanced_by
    if is_resumed and wanted is None:
        return None, {}
    for results in iter_complete(plan.project.settings, plan.environment.name):
        if _is_fit(results) if wanted is None else results.run.id == wanted:
            taken = {row.id: row.duration_ms for row in results.scenarios if row.duration_ms is not None}
            return results.run.id, taken
    if wanted is not None:
        raise UsageError(f"--shard: run {wanted}, whose durations made the parts, is gone; bring it back to runs/")
    return None, {}


def _is_fit(results: Results) -> bool:
    """Tell whether a run may be what the others know, too: a shard of it is not."""
    return not results.run.shard and bool(results.scenarios)


def _tie_scenarios(plan: RunPlan) -> list[Group]:
    scenarios = plan.selection.scenarios
    needed = set(chain.from_iterable(plan.needs.values()))
    repeatable = {each.id: each.id not in needed or is_repeatable(plan, each) for each in scenarios}
    groups = tie_scenarios(scenarios, needs=plan.needs, is_repeatable=repeatable)
    tied = set(chain.from_iterable(groups))
    for phase in Phase:
        for identifier in tied.intersection(plan.needs.get(phase, ())):
            raise UsageError(
                f"--shard: the {phase} phase needs scenario '{identifier}', which may run once only, as it writes or "
                "is exclusive; run that phase without --shard (--phase)"
            )
    return groups


def _tie_operations(plan: RunPlan) -> list[Group]:
    if plan.properties is None:
        return []
    specs, settings = plan.project.specs, plan.properties.settings
    tied = (tie_operations(specs[key], each, settings) for key, each in plan.properties.operations.items())
    return list(chain.from_iterable(tied))


def _check_enough(part: _Part, most: int) -> None:
    if part.count > most:
        there = count_noun(most, "part")
        raise UsageError(
            f"--shard {part.index}/{part.count}: the selection has only {there} to be run apart, since what "
            f"`exclusive` and `needs` tie stays together; use at most --shard I/{most}"
        )


def _cut_properties(properties: PropertyPlan, part: _Part, labels: Sequence[str]) -> PropertyPlan | None:
    operations = {
        key: tuple(each for each in operations if each.label in labels)
        for key, operations in properties.operations.items()
    }
    bounds = properties.settings.bounds
    shares = Bounds(examples=bounds.examples, requests=part.share(bounds.requests), writes=part.share(bounds.writes))
    kept = {key: each for key, each in operations.items() if each}
    return PropertyPlan(replace(properties.settings, bounds=shares), kept) if kept else None


def _cut_selection(plan: RunPlan, ids: Sequence[str]) -> RunPlan:
    """Return the plan with the scenarios of these ids, and those that they and its phases need."""
    phases = [*([Phase.PROPERTIES] if plan.properties else []), *([Phase.WAREHOUSE] if plan.warehouses else [])]
    wanted = {*ids, *chain.from_iterable(plan.needs.get(phase, ()) for phase in phases)}
    every = plan.selection.scenarios
    chosen = [each for each in every if each.id in wanted]
    kept = add_needed(chosen, every, lambda each: plan.needs.get(each.id, ()))
    users = {*phases, *(each.id for each in kept)}
    return replace(
        plan,
        selection=Selection(Held(kept), plan.selection.deselected + len(every) - len(kept)),
        needs={user: needed for user, needed in plan.needs.items() if user in users},
    )
