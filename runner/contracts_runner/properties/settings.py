"""What an environment wants generated, with all defaults filled in and the write policy applied.

See docs/design.md, Project file, Safety.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts_runner.errors import UsageError
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.project.settings.property_form import ALL, CHECKS, PHASES, READ

# A run of the sandbox should take seconds; who wants to find rare faults says more.
DEFAULT_EXAMPLES = 10
# Sent only where writes are allowed, or where they are asked for by name.
ASKED_FOR = ("ignored_auth",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySettings:
    """`operations`: "read", "all", or labels and tags. `seconds`: the time after which nothing more is generated.

    `is_safe`: only reads, only valid data, no flows: writes are not plainly allowed.
    """

    operations: str | tuple[str, ...]
    phases: tuple[str, ...]
    max_examples: int
    seconds: float | None
    workers: int
    checks: tuple[str, ...]
    is_safe: bool
    is_shrinking: bool


def build_settings(environment: Environment, *, phases: Sequence[str] = ()) -> PropertySettings:
    """Return the settings; `phases` are the command line's and stand before the environment's.

    Raises UsageError where the write policy leaves no phase.
    """
    said = environment.properties
    is_safe = environment.writes is not WritePolicy.ALLOW
    wanted = tuple(phases) or said.get("phases") or PHASES
    allowed = tuple(phase for phase in PHASES if phase in wanted and not (is_safe and phase == "stateful"))
    if not allowed:
        raise UsageError(f"nothing can be generated: 'stateful' needs `writes: allow`, not {environment.writes}")
    default_checks = tuple(check for check in CHECKS if not (is_safe and check in ASKED_FOR))
    return PropertySettings(
        operations=said.get("operations") or (READ if is_safe else ALL),
        phases=allowed,
        max_examples=said.get("max_examples") or DEFAULT_EXAMPLES,
        seconds=said.get("seconds"),
        workers=said.get("workers") or 1,
        checks=said.get("checks") or default_checks,
        is_safe=is_safe,
        # Looking for the smallest example can take hundreds of requests: not where they are counted.
        is_shrinking=not is_safe and environment.rate_limit_per_second is None,
    )
