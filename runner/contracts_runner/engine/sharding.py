"""The parts of a selection for several processes. Each comes to the same parts from the same selection and the same
durations, and needs to ask no other."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from contracts_runner.engine.needs import group_by_needs
from contracts_runner.model.contract import Scenario

# What stays in one part, by ID.
Group = tuple[str, ...]


def tie_scenarios(
    scenarios: Sequence[Scenario], *, needs: Mapping[str, Sequence[str]], is_repeatable: Mapping[str, bool]
) -> list[Group]:
    """Return the groups of scenarios that stay together: those with the same word of `exclusive`, and what one needs
    with it; `needs`: user, a scenario or a phase -> ids. What may be run again wherever it is needed ties nobody, and
    is in no group."""
    by_id = {scenario.id: scenario for scenario in scenarios}
    tying = _find_tying(by_id, needs, is_repeatable)
    carried = {needed for ids in needs.values() for needed in ids} - tying
    ties = {identifier: [each for each in needs.get(identifier, ()) if each in tying] for identifier in by_id}
    for scenario in scenarios:
        if scenario.exclusive is not None:
            ties.setdefault(f"exclusive {scenario.exclusive}", []).append(scenario.id)
    groups: dict[str, list[str]] = {}
    for identifier, group in group_by_needs(ties).items():
        if identifier in by_id and identifier not in carried:
            groups.setdefault(group, []).append(identifier)
    return [tuple(group) for group in groups.values()]


def _find_tying(
    by_id: Mapping[str, Scenario], needs: Mapping[str, Sequence[str]], is_repeatable: Mapping[str, bool]
) -> set[str]:
    """Return the scenarios that may be run once only: they write, are exclusive, or need such a one."""
    tying = {identifier for identifier, each in by_id.items() if each.exclusive or not is_repeatable[identifier]}
    while more := {user for user, ids in needs.items() if user not in tying and not tying.isdisjoint(ids)}:
        tying |= more
    return tying


def split(groups: Iterable[Group], count: int, durations: Mapping[str, float]) -> list[Group]:
    """Return the members of each of `count` parts, some perhaps empty: the longest group first, each into the part that
    has least to do. What has no duration is taken for one in the middle; the order of the groups does not matter."""
    usual = median(durations.values()) if durations else 1.0
    parts: list[list[str]] = [[] for _ in range(count)]
    loads = [0.0] * count

    def weigh(group: Group) -> float:
        return sum(durations.get(identifier, usual) for identifier in group)

    for group in sorted(groups, key=lambda each: (-weigh(each), sorted(each))):
        least = min(range(count), key=lambda index: (loads[index], len(parts[index])))
        loads[least] += weigh(group)
        parts[least] += group
    return [tuple(part) for part in parts]
