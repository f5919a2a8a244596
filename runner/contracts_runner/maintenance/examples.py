"""Builds example requests of an API: curl lines that work as they are."""

from collections.abc import Iterator, Mapping

from contracts_runner.engine.authorization import AuthorizationError, authorize
from contracts_runner.engine.curl import render_curl
from contracts_runner.engine.request_values import Values
from contracts_runner.engine.requests import build_request
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect, Evidence, Operation, Parameter
from contracts_runner.openapi.spec import Spec

# It is not known whether the service has these.
_UNCERTAIN = (Evidence.UNKNOWN, Evidence.REFUTED)


def iter_examples(spec: Spec, environment: Environment, base_url: str) -> Iterator[str]:
    """Yield a comment and a curl line for one read operation of each security scheme, credentials included.

    A scheme has no lines if none of its read operations can be called with what the spec and the environment say. An
    API without schemes has one example.
    """
    for scheme in spec.security_schemes or ("",):
        for operation in _iter_candidates(spec, scheme):
            parameters = _choose_parameters(spec, operation, environment)
            if parameters is not None:
                yield from _render(spec, operation, environment, base_url, parameters)
                break


def _iter_candidates(spec: Spec, scheme: str) -> list[Operation]:
    """Return the operations that read with this scheme alone, those with few required parameters first."""
    wanted = (scheme,) if scheme else ()
    found = [
        operation
        for operation in spec.operations.values()
        if operation.effect is Effect.READ
        and operation.method == "GET"
        and operation.evidence not in _UNCERTAIN
        and not operation.is_deprecated
        and not operation.obstacle
        and not (operation.body and operation.body.is_required)
        and (wanted in operation.security if scheme else not operation.security)
    ]
    return sorted(found, key=lambda operation: sum(parameter.is_required for parameter in operation.parameters))


def _choose_parameters(spec: Spec, operation: Operation, environment: Environment) -> dict[str, Json] | None:
    """Return a value for each required parameter, None if there is none for one of them."""
    chosen: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.is_required:
            value = next(_iter_values(spec, parameter, environment), UNSET)
            if value is UNSET:
                return None
            chosen[operation.name_parameter(parameter)] = value
    return chosen


def _iter_values(spec: Spec, parameter: Parameter, environment: Environment) -> Iterator[Json]:
    """Yield the environment's variable of that name, then what the schema shows."""
    if parameter.name in environment.variables:
        yield environment.variables[parameter.name]
    schema = spec.bundle.resolve(parameter.pointer) if parameter.pointer else {}
    if isinstance(schema, Mapping):
        yield from schema.get("examples", ())
        yield from (schema[key] for key in ("example", "default") if key in schema)


def _render(
    spec: Spec, operation: Operation, environment: Environment, base_url: str, parameters: Mapping[str, Json]
) -> Iterator[str]:
    try:
        authorization = authorize(
            None, operation=operation, schemes=spec.security_schemes, credentials=environment.credentials
        )
    except AuthorizationError as error:
        yield f"# {operation.label}: {error}"
        return
    if authorization.pending or authorization.certificate:
        yield f"# {operation.label}: what {authorization.name} sends is known only in a run"
        return
    request = build_request(
        operation,
        base_url=base_url,
        values=Values(parameters=parameters, body=UNSET),
        authorization=authorization,
        headers={},
        is_probe=False,
    )
    yield f"# {operation.label}, {authorization.name}"
    yield render_curl(request.method, request.url, request.headers, options=["-i"])
