"""Causes: the broken rows of a run, grouped by what is the same in them (docs/design.md, Files of a run)."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.checks import CheckName
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import WORST_FIRST, Outcome, find_worst
from contracts_runner.model.phase import Phase
from contracts_runner.results import cause_keys
from contracts_runner.results.cause_keys import CauseKey
from contracts_runner.results.events import LoadFailed, PageFetched
from contracts_runner.results.load_fold import LATENCY
from contracts_runner.results.load_rows import LoadBroken, LoadResults
from contracts_runner.results.record import RunRecord
from contracts_runner.results.refusals import REFUSED, find_refusals, tell_credentials
from contracts_runner.results.results import CauseExample, CauseRow
from contracts_runner.results.rows import CheckRow, PropertyRow, ScenarioRow, StepRow, WarehouseRow

# The id of the load where it is an example of what broke.
LOAD = "load"
_UNDECLARED = frozenset(f"status {status}" for status in REFUSED)


@dataclass(frozen=True, slots=True)
class _Broken:
    phase: Phase | None
    outcome: Outcome
    keys: tuple[CauseKey, ...]
    example: CauseExample
    # The credential that was sent.
    auth: str | None = None


def build_causes(
    record: RunRecord,
    scenarios: Sequence[ScenarioRow],
    properties: Iterable[PropertyRow],
    checks: Sequence[WarehouseRow],
    contradictions: Iterable[str],
    load: LoadResults | None = None,
) -> tuple[CauseRow, ...]:
    """Return the causes: failed before errored, then by count, then by their first place. `contradictions` are the
    scenarios whose recorded outcome is another one than that of their steps."""
    rows = [
        *_list_scenarios(scenarios),
        *(_take_property(row) for row in properties if row.outcome.traits.is_broken),
        *(_take_warehouse(row, record.pages) for row in checks if row.outcome.traits.is_broken and not row.is_warning),
    ]
    rows += _list_load(load, record.load_examples) if load else ()
    named = {key.key: key for row in rows for key in row.keys}
    rows += _list_of_run(record, contradictions, named.values())
    statuses = _find_statuses(named.values())
    wide = cause_keys.widen(key for row in rows for key in row.keys)
    rows = [replace(row, keys=tuple(_unify(key, row.phase, statuses, named, wide) for key in row.keys)) for row in rows]
    refusals = find_refusals(scenarios)
    # In how many answers.
    frequency = Counter(
        key for key, *_ in {(key.key, row.example.id, row.example.step) for row in rows for key in row.keys}
    )
    held_back = sum(row.outcome is Outcome.BLOCKED for row in checks)
    groups: dict[str, list[tuple[_Broken, CauseKey]]] = {}
    for row in rows:
        # A row with several keys is of the rarest cause: so nothing hides behind what is wrong everywhere. But values
        # of one answer are one thing that is wrong, most often the one that other answers have, too.
        choose = max if all(key.is_value for key in row.keys) else min
        chosen = choose(row.keys, key=lambda key: frequency[key.key])
        groups.setdefault(chosen.key, []).append((row, chosen))
    waiting = _list_waiting(scenarios)
    causes = [_build_cause(key, group, waiting, held_back, refusals) for key, group in groups.items()]
    return tuple(sorted(causes, key=lambda cause: (WORST_FIRST.index(cause.outcome), -cause.count)))


def _build_cause(
    key: str,
    group: Sequence[tuple[_Broken, CauseKey]],
    waiting: Mapping[str, Sequence[str]],
    held_back: int,
    refusals: Collection[str],
) -> CauseRow:
    """Return the cause of a group; `waiting` are the blocked scenarios that need one, `held_back` counts the warehouse
    checks that a load which broke keeps back, `refusals` are the keys of answers to who is not known."""
    phase = group[0][0].phase
    # The row of which this is the first thing that is wrong shows it best.
    best = (pair for pair in group if pair[0].phase is phase and pair[0].keys[0].key == key)
    shown, named = next(best, group[0])
    ids = dict.fromkeys(row.example.id for row, _ in group)
    seen: dict[str, str] = {}
    for each in (each for row, _ in group for each in row.keys if each.key == key and each.place):
        seen.setdefault(each.place, each.seen)
    is_load = any(row.phase is Phase.WAREHOUSE and row.example.id == LOAD for row, _ in group)
    of_scenarios = {row.example.id for row, _ in group if row.phase is Phase.SCENARIOS}
    return CauseRow(
        key=key,
        phase=phase,
        outcome=find_worst(row.outcome for row, _ in group),
        title=named.title + (tell_credentials(row.auth for row, _ in group) if key in refusals else ""),
        count=len(group),
        ids=tuple(ids),
        blocked=_count_blocked(of_scenarios, waiting) + (held_back if is_load else 0),
        places=tuple(f"{where} ({place})" if where else place for place, where in seen.items()),
        example=shown.example,
    )


def _list_waiting(scenarios: Sequence[ScenarioRow]) -> dict[str, list[str]]:
    """Return scenario -> those that are blocked and need it."""
    blocked = {row.id for row in scenarios if row.outcome is Outcome.BLOCKED}
    found = {row.id: [user for user in row.needed_by or () if user in blocked] for row in scenarios if row.needed_by}
    return {needed: users for needed, users in found.items() if users}


def _count_blocked(ids: Iterable[str], waiting: Mapping[str, Sequence[str]]) -> int:
    """Return how many scenarios wait for one of these, or for one that does."""
    found: set[str] = set()
    left = list(ids)
    while left:
        new = set(waiting.get(left.pop(), ())) - found
        found |= new
        left += new
    return len(found)


def _list_scenarios(scenarios: Iterable[ScenarioRow]) -> Iterator[_Broken]:
    for scenario in (each for each in scenarios if not each.quarantine):
        found: list[_Broken] = []
        for step in scenario.steps:
            # What a cleanup lacks, because a step before it gave no value, is the cause of that step.
            follows = found[0].keys if found and step.cleanup and not step.attempts else ()
            found += _take_step(scenario, step, follows)
        yield from found
        if scenario.outcome.traits.is_broken and not found:
            example = CauseExample(id=scenario.id, message=scenario.reason, location=scenario.location)
            key = cause_keys.name_message("scenario", scenario.reason)
            yield _Broken(Phase.SCENARIOS, scenario.outcome, (key,), example)


def _take_step(scenario: ScenarioRow, step: StepRow, follows: tuple[CauseKey, ...]) -> Iterator[_Broken]:
    broken = [check for check in step.checks if check.outcome.traits.is_broken]
    if step.outcome.traits.is_broken and not broken:
        broken = [CheckRow(outcome=step.outcome, message=step.reason, location=scenario.location)]
    for check in broken:
        example = CauseExample(
            id=scenario.id,
            step=step.number,
            check=check.check,
            message=check.message,
            **_list_values(check),
            path=check.path,
            location=check.location,
            artifact=step.artifact,
        )
        keys = follows or cause_keys.list_check_keys(step, check)
        yield _Broken(Phase.SCENARIOS, check.outcome, keys, example, step.auth)


def _list_values(row: CheckRow | WarehouseRow | LoadBroken) -> dict[str, Json]:
    """Return the two values of a row; one that is errored, and found none, has not compared what it asks for."""
    is_without = row.outcome is Outcome.ERRORED and row.actual is None
    return {} if is_without else {"expected": row.expected, "actual": row.actual}


def _take_property(row: PropertyRow) -> _Broken:
    artifacts = row.failure.artifacts if row.failure else ()
    example = CauseExample(
        id=row.id, check=row.check, message=row.reason, artifact=artifacts[-1] if artifacts else None
    )
    return _Broken(Phase.PROPERTIES, row.outcome, cause_keys.list_property_keys(row), example)


def _take_warehouse(row: WarehouseRow, pages: Mapping[str, PageFetched]) -> _Broken:
    page = pages.get(row.pages.last) if row.pages else None
    keys = _name_page(page) if page and row.outcome is Outcome.ERRORED else ()
    if page and row.columns:
        # What the API says otherwise is the same for each table that has it.
        keys = tuple(
            CauseKey(
                f"reconcile {page.operation} {column}",
                f"the column '{column}' is not as {page.operation} says",
                row.place,
            )
            for column in row.columns
        )
    if not keys and row.outcome is Outcome.ERRORED:
        # Why nothing could be found out is most often the same for many tables, and for many listings.
        message = row.message.removeprefix(f"{page.operation}: ") if page else row.message
        named = cause_keys.name_message("warehouse", message)
        keys = (CauseKey(named.key, f"warehouse: {message}", page.operation if page else ""),)
    if not keys:
        named = cause_keys.name_message(f"{row.place} {row.check}", row.message)
        keys = (CauseKey(named.key, f"{row.place} {row.check}: {row.message}", row.place),)
    example = CauseExample(
        id=row.id,
        check=row.check,
        message=row.message,
        **_list_values(row),
        location=row.location,
        artifact=page.artifact if page else None,
    )
    return _Broken(Phase.WAREHOUSE, row.outcome, keys, example, page.auth if page else None)


def _name_page(page: PageFetched) -> tuple[CauseKey, ...]:
    """Return the keys of a page that is none, as those of a step with the same answer."""
    if page.response is None:
        return (cause_keys.name_message(CheckName.RESPONSE, page.reason),)
    if page.success is False:
        return (cause_keys.name_status(page.response.status, page.error_code, page.operation),)
    return tuple(cause_keys.name_violation(each, page.operation) for each in page.violations or ())


def _list_load(load: LoadResults, examples: Sequence[LoadFailed]) -> Iterator[_Broken]:
    """Yield what broke under load, each thing once, and the thresholds that are not kept: the cause is that of what
    broke, but for times."""
    keys: dict[str, tuple[CauseKey, ...]] = {}
    for row in load.broken:
        found = _list_load_keys(row, examples)
        keys[row.scenario] = (*keys.get(row.scenario, ()), *found)
        example = CauseExample(
            id=row.scenario,
            check=row.check,
            message=row.message,
            **_list_values(row),
            location=row.location,
        )
        yield _Broken(None, row.outcome, found, example)
    for threshold in (each for each in load.checks if each.outcome.traits.is_broken):
        own = cause_keys.name_message(f"{threshold.check} of", f"{threshold.scope}: {threshold.message}")
        follows = tuple(key for scenario in threshold.scenarios for key in keys.get(scenario, ()))
        is_time = threshold.check == LATENCY and threshold.outcome is Outcome.FAILED
        example = CauseExample(
            id=threshold.scope,
            check=threshold.check,
            message=threshold.message,
            expected=threshold.limit,
            actual=threshold.actual,
            location=threshold.location,
        )
        yield _Broken(None, threshold.outcome, (own,) if is_time or not follows else follows, example)


def _list_load_keys(row: LoadBroken, examples: Iterable[LoadFailed]) -> tuple[CauseKey, ...]:
    """Return the keys of what broke, as those of a step of a run that broke so."""
    for step in (each.step for each in examples if (each.scenario, each.step.name) == (row.scenario, row.step)):
        for check in step.checks:
            if (check.check, check.outcome) == (row.check, row.outcome):
                return cause_keys.list_check_keys(step, check)
    return (cause_keys.name_message(row.check, row.message),)


def _list_of_run(record: RunRecord, contradictions: Iterable[str], named: Iterable[CauseKey]) -> Iterator[_Broken]:
    """Yield what is wrong with the run as a whole. What a hook tells of an answer that others had, too, is their
    cause."""
    load = record.load
    if load and load.outcome.traits.is_broken:
        key = cause_keys.find_told(load.message, named)
        yield _Broken(
            Phase.WAREHOUSE,
            load.outcome,
            (key or cause_keys.name_message("load", load.message),),
            CauseExample(id=LOAD, message=load.message),
        )
    for fault in record.faults:
        example = CauseExample(id=fault.where, message=fault.message, location=fault.location)
        yield _Broken(None, Outcome.ERRORED, (cause_keys.name_message(fault.where, fault.message),), example)
    for scenario in contradictions:
        key = CauseKey("contradiction", "the ledger contradicts itself")
        yield _Broken(None, Outcome.ERRORED, (key,), CauseExample(id=scenario, message=key.title))
    for leak in record.leaks:
        key = CauseKey(f"leak {leak.kind} {leak.name}", f"{leak.kind} {leak.name} is in what the run wrote", leak.file)
        yield _Broken(None, Outcome.ERRORED, (key,), CauseExample(id=leak.file, message=str(leak)))


def _unify(
    key: CauseKey,
    phase: Phase | None,
    statuses: Mapping[str, CauseKey],
    named: Mapping[str, CauseKey],
    wide: Mapping[str, CauseKey],
) -> CauseKey:
    """Return the key, or that of the same fault as others tell it: of a status with its code, of a generated request
    that was refused as those of scenarios are, of what kept a table from being compared as it kept steps from being
    sent, of what many properties have wrong."""
    kind, _, rest = key.key.partition(" ")
    other = wide.get(key.key)
    match kind:
        case "status":
            other = statuses.get(rest)
        case "undeclared" if phase is Phase.PROPERTIES and rest in _UNDECLARED:
            other = statuses.get(rest.removeprefix("status "))
        case "warehouse":
            other = named.get(f"{CheckName.RESPONSE} {rest.partition(': ')[2]}")
    return replace(key, key=other.key, title=other.title) if other else key


def _find_statuses(named: Iterable[CauseKey]) -> dict[str, CauseKey]:
    """Return status -> the key of the answers with it that are no success."""
    found: dict[str, CauseKey] = {}
    for key in named:
        if answer := cause_keys.read_answer(key):
            found.setdefault(answer[0], replace(key, place=""))
    return found
