"""Which scenarios a run takes: by ID, glob, file or tag."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.needs import ListNeeds, add_needed, list_needs
from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.model.contract import Contract, Scenario
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.reading.suggest import find_similar


@dataclass(frozen=True, slots=True)
class Selection:
    """The scenarios of a run in contract order, and how many were left out."""

    scenarios: Sequence[Scenario]
    deselected: int


def select_scenarios(
    contracts: Sequence[Contract],
    *,
    root: Path,
    patterns: Sequence[str] = (),
    tags: Sequence[str] = (),
    excluded_tags: Sequence[str] = (),
    list_needs: ListNeeds = list_needs,
    is_known: Callable[[str], bool] = lambda _: False,
    is_known_tag: Callable[[str], bool] = lambda _: False,
    is_wanted: Callable[[Scenario], bool] = lambda _: True,
) -> Selection:
    """Return the scenarios that match any pattern and any tag, no excluded one, and are wanted; and all that
    these need.

    Raises UsageError for a pattern or tag that matches nothing; `is_known` and `is_known_tag`: whether
    something else (a warehouse check, say) matches it.
    """
    scenarios = [scenario for contract in contracts for scenario in contract.scenarios]
    for pattern in patterns:
        if not is_known(pattern) and not any(_is_scenario(item, pattern, root) for item in scenarios):
            raise UsageError(f"nothing matches '{pattern}'{_suggest(pattern, [item.id for item in scenarios])}")
    known_tags = sorted({tag for scenario in scenarios for tag in scenario.tags})
    for tag in (*tags, *excluded_tags):
        if tag not in known_tags and not is_known_tag(tag):
            raise UsageError(f"no scenario has the tag '{tag}'{_suggest(tag, known_tags)}")
    chosen = [
        scenario
        for scenario in scenarios
        if (not patterns or any(_is_scenario(scenario, pattern, root) for pattern in patterns))
        and (not tags or any(tag in scenario.tags for tag in tags))
        and not any(tag in scenario.tags for tag in excluded_tags)
        and is_wanted(scenario)
    ]
    with_needed = add_needed(chosen, scenarios, list_needs)
    return Selection(with_needed, len(scenarios) - len(with_needed))


def is_check_match(check: TableCheck, pattern: str, root: Path) -> bool:
    """True if a pattern names the warehouse check by its ID, "table:kind", its table or its file."""
    names = (check.name, check.table)
    return any(_is_match(name, check.location, pattern, root) for name in names)


def _is_scenario(scenario: Scenario, pattern: str, root: Path) -> bool:
    """True also for the id of the scenario whose table has it."""
    return any(_is_match(name, scenario.location, pattern, root) for name in (scenario.id, scenario.of or scenario.id))


def _is_match(name: str, location: SourceLocation, pattern: str, root: Path) -> bool:
    if name == pattern or fnmatchcase(name, pattern):
        return True
    file = PurePosixPath(location.path)
    return not _list_named(Path(pattern), root, Path.cwd()).isdisjoint((file, *file.parents))


@lru_cache(maxsize=10_000)
def _list_named(path: Path, root: Path, cwd: Path) -> frozenset[PurePosixPath]:
    """Return what a pattern may name as a path: from the root, or from `cwd`."""
    resolved = (cwd / path).resolve()
    relative = resolved.relative_to(root.resolve()) if resolved.is_relative_to(root.resolve()) else path
    return frozenset(PurePosixPath(each.as_posix()) for each in (relative, path)) - {PurePosixPath()}


def _suggest(word: str, candidates: Sequence[str]) -> str:
    close = find_similar(word, candidates, is_part=True)
    return f"; did you mean '{close}'?" if close else "; `contracts list` shows what there is"


def parse_shard(text: str) -> tuple[int, int]:
    """Return I and N of "I/N"; raises UsageError."""
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise UsageError(f"--shard {text}: write I/N with 1 <= I <= N, such as 1/4")
    return int(index), int(count)
