"""What goes out of a step is decided here, once: the variant in effect, and whether it is sent, probed or kept back.

The engine, `--dry-run`, `contracts check` and `contracts list` use this decision.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.effects import Effects
from contracts_runner.model.contract import WHOLE, Defaults, Expectation, Scenario, Step, StepVariant, Unset
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.spec import Specs

# What a variant adds to.
_MERGED = ("parameters", "query", "headers")
# What it replaces where it has it, beside the body.
_REPLACED = ("media_type", "accept", "url", "auth", "expect")
# The keys that lead from a step to a value in its contract file.
Keys = tuple[str, ...]


# In the place of a base URL that is not known yet.
_ANY_ADDRESS = "http://service.invalid"


class Dispatch(StrEnum):
    """Whether a step goes out."""

    SENT = "sent"
    PROBED = "probed"  # its harmless probe goes out in place of the write
    KEPT_BACK = "kept back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where each part of what goes out is written; the body as `body` or `body_file`."""

    parameters: Mapping[str, Keys]
    query: Mapping[str, Keys]
    headers: Mapping[str, Keys]
    media_type: Keys
    accept: Keys
    body: Keys
    url: Keys
    auth: Keys
    expect: Keys

    @classmethod
    def find(cls, part: Step | StepVariant, keys: Keys = ()) -> "Origins":
        """Return where a step, or a variant of it at `keys`, has its parts."""
        body = "body" if part.body_file is None else "body_file"
        named: dict[str, Any] = {
            key: {name: (*keys, key) if name == WHOLE else (*keys, key, name) for name in getattr(part, key)}
            for key in _MERGED
        }
        whole: dict[str, Any] = {key: (*keys, key) for key in _REPLACED}
        return cls(**named, **whole, body=(*keys, body))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingStep:
    """A step in one environment: `step` has the environment's variant and the probe laid over it, `reason` says why it
    is kept back; `probed_before` is the earlier step whose write it builds on, where only a probe went."""

    step: Step
    operation: Operation
    origins: Origins
    dispatch: Dispatch
    reason: str = ""
    probed_before: str = ""

    @property
    def is_probed(self) -> bool:
        """True if the harmless probe of a write is sent instead."""
        return self.dispatch is Dispatch.PROBED

    @property
    def is_kept_back(self) -> bool:
        """True if no request of the step leaves."""
        return self.dispatch is Dispatch.KEPT_BACK


def decide_scenario(scenario: Scenario, specs: Specs, environment: Environment) -> list[OutgoingStep]:
    """Return what goes out of a scenario's steps, without its cleanup.

    A step after a probe is kept back unless it is a probe too: what it builds on was never written.
    """
    decided = [decide_step(step, specs, environment) for step in scenario.steps]
    first = next((index for index, outgoing in enumerate(decided) if outgoing.is_probed), len(decided))
    return [
        outgoing if index <= first or outgoing.is_probed else _keep_back(outgoing, decided[first].step.name)
        for index, outgoing in enumerate(decided)
    ]


def decide_step(step: Step, specs: Specs, environment: Environment) -> OutgoingStep:
    """Return what goes out of one step, whatever came before it: `in:` is laid over it first, then `probe:` for a write
    under `writes: probe`.

    A probe without its own expectation must be refused: its ids cannot exist. It captures nothing.
    """
    operation = find_operation(specs, step)
    is_write = operation.effect is Effect.WRITE
    is_probed = is_write and environment.writes is WritePolicy.PROBE and step.probe is not None
    origins = Origins.find(step)
    chosen, origins = _lay_over(step, origins, step.variants.get(environment.name), ("in", environment.name))
    if is_probed and step.probe is not None:
        probe = dataclasses.replace(step.probe, expect=step.probe.expect or Expectation(success=False))
        chosen, origins = _lay_over(chosen, origins, probe, ("probe",))
        chosen = dataclasses.replace(chosen, captures=())
    of_environment = Defaults(auth=environment.auth, headers=environment.headers, latency_ms=environment.latency_ms)
    for defaults in (step.defaults, of_environment):
        chosen, origins = _add_defaults(chosen, origins, operation, defaults)
    obstacle = environment.writes.find_obstacle(operation.label, operation.effect, is_probe=is_probed)
    dispatch = Dispatch.KEPT_BACK if obstacle else Dispatch.PROBED if is_probed else Dispatch.SENT
    return OutgoingStep(step=chosen, operation=operation, origins=origins, dispatch=dispatch, reason=obstacle)


def find_operation(specs: Specs, step: Step) -> Operation:
    """Return the step's operation; a "METHOD /path" that the spec lacks becomes one without promises, and so does any
    name where there is no spec."""
    spec = specs.get(step.spec)
    operation = spec.find_operation(step.operation) if spec else None
    if operation is not None:
        return operation
    method, _, path = step.operation.partition(" ")
    address = (spec.base_url if spec else "") or _ANY_ADDRESS
    effects = Effects(tuple(spec.operations.values()) if spec else (), address)
    is_writing = effects.find_writer_at(method, address + path)
    return Operation(
        spec=step.spec,
        label=step.operation,
        method=method,
        path=path,
        effect=Effect.WRITE if is_writing else Effect.READ,
        base_url=spec.base_url if spec else "",
        is_described=False,
        location=step.location,
    )


def explain_cause(earlier: Sequence[tuple[str, Outcome]]) -> str:
    """Return why no step goes out after these, given by name and outcome; "" if the next one may."""
    if not earlier or earlier[-1][1].traits.goes_on:
        return ""
    name, outcome = next((name, outcome) for name, outcome in earlier if not outcome.traits.goes_on)
    return f"not sent: step '{name}' is {outcome}"


def _add_defaults(step: Step, origins: Origins, operation: Operation, defaults: Defaults) -> tuple[Step, Origins]:
    """Return the step with what it leaves open; a credential only where one is wanted, and a header that the operation
    declares as its parameter."""
    changes: dict[str, Any] = {}
    if step.auth is None and defaults.auth is not None and operation.security:
        changes["auth"] = defaults.auth
    if step.expect.latency_ms is None and defaults.latency_ms is not None:
        changes["expect"] = dataclasses.replace(step.expect, latency_ms=defaults.latency_ms)
    if defaults.headers:
        given = {name.lower() for name in step.headers}
        given |= {each.name.lower() for key in step.parameters for each in operation.find_parameters(key)}
        declared = {each.name.lower(): each for each in operation.parameters if each.placement == "header"}
        left = {name: value for name, value in defaults.headers.items() if name.lower() not in given}
        parameters = {
            operation.name_parameter(declared[name.lower()]): value
            for name, value in left.items()
            if name.lower() in declared and step.url is None
        }
        headers = {name: value for name, value in left.items() if name.lower() not in declared or step.url is not None}
        changes |= {"headers": {**step.headers, **headers}, "parameters": {**step.parameters, **parameters}}
        places = {**origins.parameters, **dict.fromkeys(parameters, ("parameters",))}
        origins = dataclasses.replace(
            origins, parameters=places, headers={**origins.headers, **{name: ("headers", name) for name in headers}}
        )
    return (dataclasses.replace(step, **changes) if changes else step), origins


def _keep_back(outgoing: OutgoingStep, probed: str) -> OutgoingStep:
    reason = f"not sent: a probe went in place of the write of step '{probed}', on which this one builds"
    return dataclasses.replace(outgoing, dispatch=Dispatch.KEPT_BACK, reason=reason, probed_before=probed)


def _lay_over(step: Step, origins: Origins, variant: StepVariant | None, keys: Keys) -> tuple[Step, Origins]:
    """Parameters, query and headers are merged; the rest replaces."""
    if variant is None:
        return step, origins
    written = Origins.find(variant, keys)
    merged: dict[str, Any] = {key: {**getattr(step, key), **getattr(variant, key)} for key in _MERGED}
    places: dict[str, Any] = {key: {**getattr(origins, key), **getattr(written, key)} for key in _MERGED}
    replaced = {key for key in _REPLACED if getattr(variant, key) is not None}
    if variant.url is not None:
        merged |= {"parameters": {}, "query": {}}
    elif variant.parameters or variant.query:
        replaced.add("url")
    if variant.body_file is not None or not isinstance(variant.body, Unset):
        merged |= {"body": variant.body, "body_file": variant.body_file}
        places["body"] = written.body
    merged |= {key: getattr(variant, key) for key in replaced}
    places |= {key: getattr(written, key) for key in replaced}
    return dataclasses.replace(step, **merged), dataclasses.replace(origins, **places)
