"""What is generated: the settings of an environment (docs/design.md, Safety), and the operations of a spec."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, UsageError
from contracts_runner.model.checks import CHOSEN_CHECKS, PropertyCheck
from contracts_runner.model.environment import Environment, OperationGroup, PropertySettings, WritePolicy
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.suggest import find_similar

# The service does not have these, or it is unknown whether it does: there is no promise to test.
_LEFT_OUT = (Evidence.REFUTED, Evidence.UNKNOWN)
# A run of the sandbox should take seconds; an environment that looks for rare faults sets more.
DEFAULT_EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many requests are sent at most, as the author says: of an operation and kind, in all, and writes."""

    examples: int | None = None
    requests: int | None = None
    writes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSettings:
    """What holds for a run. `operations`: a group, or labels and tags. `max_examples`: how many random ones are tried;
    `bounds` hold for all. `seconds`: the time after which nothing more is generated. `is_safe`: only reads, only valid
    data, no flows: writes are not plainly allowed. `linked`: specs whose links are declared, perhaps between operations
    that another process tests.
    """

    operations: OperationGroup | tuple[str, ...]
    phases: tuple[GenerationPhase, ...]
    max_examples: int
    bounds: Bounds
    seconds: float | None
    workers: int
    checks: tuple[PropertyCheck, ...]
    is_safe: bool
    is_shrinking: bool
    linked: frozenset[str] = frozenset()


def build_settings(environment: Environment, *, phases: Sequence[GenerationPhase] = ()) -> GenerationSettings:
    """Return the settings; `phases` are the command line's and replace the environment's.

    Raises UsageError where the write policy leaves no phase.
    """
    written = environment.properties or PropertySettings()
    is_safe = environment.writes is not WritePolicy.ALLOW
    wanted = tuple(phases) or written.phases or tuple(GenerationPhase)
    flows = GenerationPhase.STATEFUL
    allowed = tuple(phase for phase in GenerationPhase if phase in wanted and not (is_safe and phase is flows))
    if not allowed:
        raise UsageError(f"nothing can be generated: '{flows}' needs `writes: allow`, not {environment.writes}")
    return GenerationSettings(
        operations=written.operations or (OperationGroup.READ if is_safe else OperationGroup.ALL),
        phases=allowed,
        max_examples=written.max_examples or DEFAULT_EXAMPLES,
        bounds=Bounds(examples=written.max_examples, requests=written.max_requests, writes=written.max_writes),
        seconds=written.seconds,
        workers=written.workers or 1,
        checks=written.checks or _list_default_checks(is_safe),
        is_safe=is_safe,
        # Looking for the smallest example can take hundreds of requests: not where they are counted.
        is_shrinking=not is_safe and environment.rate_limit_per_second is None,
    )


def _list_default_checks(is_safe: bool) -> tuple[PropertyCheck, ...]:
    """Return all checks, without the one that sends more requests where only reads are sent."""
    return tuple(check for check in CHOSEN_CHECKS if not (is_safe and check is PropertyCheck.IGNORED_AUTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFilter:
    """What the command line selects: any of the `patterns` (labels or globs of them) and any of the `tags`; nothing
    means all; `only`: any of these, too."""

    patterns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


_ALL = OperationFilter()


def find_tags(spec: Spec, operation: Operation) -> tuple[str, ...]:
    """Return the OpenAPI tags of an operation."""
    usual, other = (operation.method.lower(),), ("additionalOperations", operation.method)
    found = spec.bundle.get(("paths", operation.path, *usual)) or spec.bundle.get(("paths", operation.path, *other))
    tags = found[1].get("tags") if found else None
    return tuple(map(str, tags)) if isinstance(tags, list) else ()


def select_operations(
    spec: Spec, settings: GenerationSettings, chosen: OperationFilter = _ALL
) -> tuple[Operation, ...]:
    """Return the operations in the spec's order. Writes are among them only where they are allowed."""
    return tuple(
        operation
        for operation in spec.operations.values()
        if operation.evidence not in _LEFT_OUT
        and not (settings.is_safe and operation.effect is Effect.WRITE)
        and _is_wanted(spec, operation, settings.operations)
        and _is_chosen(spec, operation, chosen)
    )


def is_operation_match(specs: Iterable[Spec], pattern: str) -> bool:
    """Tell whether a pattern names an operation of the specs."""
    return any(_matches(label, pattern) for spec in specs for label in spec.operations)


def list_tags(specs: Iterable[Spec]) -> set[str]:
    """Return all tags of all operations."""
    return {tag for spec in specs for operation in spec.operations.values() for tag in find_tags(spec, operation)}


def find_unknown_operations(specs: Mapping[str, Spec], environment: Environment) -> list[Problem]:
    """Return what `properties: {operations: […]}` names and no spec has."""
    named = environment.properties.operations if environment.properties else None
    if named is None or isinstance(named, OperationGroup):
        return []
    known = {*list_tags(specs.values()), *(label for spec in specs.values() for label in spec.operations)}
    return [
        Problem(
            location=environment.location,
            message=f"properties: no operation and no tag is called '{name}'",
            hint=f"did you mean '{close}'?" if (close := find_similar(name, sorted(known))) else "",
            rule=Rule.REFERENCE,
        )
        for name in named
        if name not in known
    ]


def _is_wanted(spec: Spec, operation: Operation, wanted: OperationGroup | Collection[str]) -> bool:
    match wanted:
        case OperationGroup.ALL:
            return True
        case OperationGroup.READ:
            return operation.effect is Effect.READ
        case labels:
            return operation.label in labels or any(tag in labels for tag in find_tags(spec, operation))


def _is_chosen(spec: Spec, operation: Operation, chosen: OperationFilter) -> bool:
    for patterns in filter(None, (chosen.patterns, chosen.only)):
        if not any(_matches(operation.label, pattern) for pattern in patterns):
            return False
    return not chosen.tags or any(tag in chosen.tags for tag in find_tags(spec, operation))


def _matches(label: str, pattern: str) -> bool:
    return label == pattern or fnmatchcase(label, pattern)
