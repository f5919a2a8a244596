"""Which operations of a spec requests are generated for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from contracts_runner.engine.authorization import choose_schemes
from contracts_runner.errors import Problem
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.settings.property_form import ALL, READ
from contracts_runner.properties.settings import PropertySettings
from contracts_runner.reading.suggest import find_similar

# The service does not have these, or nobody knows whether it does: no promise to test.
_LEFT_OUT = (Evidence.REFUTED, Evidence.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFilter:
    """What the command line selects: any of the `patterns` (labels or globs of them) and any of the `tags`; nothing
    means all. `shard`: the I-th of N parts, 1-based."""

    patterns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None


def find_tags(spec: Spec, operation: Operation) -> tuple[str, ...]:
    """Return the OpenAPI tags of an operation."""
    value = spec.bundle.resolve(("paths", operation.path, operation.method.lower()))
    return tuple(map(str, value.get("tags", ())))


def select_operations(
    spec: Spec, settings: PropertySettings, chosen: OperationFilter = OperationFilter()
) -> tuple[Operation, ...]:
    """Return the operations in the spec's order. Writes are among them only where they are allowed."""
    found = [
        operation
        for operation in spec.operations.values()
        if operation.evidence not in _LEFT_OUT
        and not (settings.is_safe and operation.effect is Effect.WRITE)
        and _is_wanted(spec, operation, settings.operations)
        and _is_chosen(spec, operation, chosen)
    ]
    if chosen.shard is not None:
        index, count = chosen.shard
        found = found[index - 1 :: count]
    return tuple(found)


def is_operation_match(specs: Iterable[Spec], pattern: str) -> bool:
    """Tell whether a pattern names an operation of the specs."""
    return any(_matches(label, pattern) for spec in specs for label in spec.operations)


def list_tags(specs: Iterable[Spec]) -> set[str]:
    """Return all tags of all operations."""
    return {tag for spec in specs for operation in spec.operations.values() for tag in find_tags(spec, operation)}


def find_unknown_operations(specs: Mapping[str, Spec], environment: Environment) -> list[Problem]:
    """Return what `properties: {operations: […]}` names and no spec has."""
    named = environment.properties.get("operations")
    if not isinstance(named, Sequence) or isinstance(named, str):
        return []
    known = {*list_tags(specs.values()), *(label for spec in specs.values() for label in spec.operations)}
    return [
        Problem(
            location=environment.location,
            message=f"properties: no operation and no tag is called '{name}'",
            hint=_suggest(name, known),
            rule="reference",
        )
        for name in named
        if name not in known
    ]


def find_missing_credentials(operation: Operation, environment: Environment) -> list[str]:
    """Return the credentials that the operation needs and the environment names without having them."""
    schemes = choose_schemes(operation, environment.credentials)
    return [name for name in schemes if name in environment.missing_credentials]


def _is_wanted(spec: Spec, operation: Operation, wanted: str | Collection[str]) -> bool:
    if wanted == ALL:
        return True
    if wanted == READ:
        return operation.effect is Effect.READ
    return operation.label in wanted or any(tag in wanted for tag in find_tags(spec, operation))


def _is_chosen(spec: Spec, operation: Operation, chosen: OperationFilter) -> bool:
    if chosen.patterns and not any(_matches(operation.label, pattern) for pattern in chosen.patterns):
        return False
    return not chosen.tags or any(tag in chosen.tags for tag in find_tags(spec, operation))


def _matches(label: str, pattern: str) -> bool:
    return label == pattern or fnmatchcase(label, pattern)


def _suggest(name: str, known: Collection[str]) -> str:
    close = find_similar(name, sorted(known))
    return f"did you mean '{close}'?" if close else ""
