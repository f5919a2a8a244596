"""Follows the links of a spec once from end to end, so that what they promise is tried whatever the seed.

The flows of Schemathesis, which run after it, are random: they find what was not planned, and may miss a long way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import NO_AUTH, Authorization
from contracts_runner.engine.body import parse_body
from contracts_runner.engine.media_types import choose_media_type, find_schema
from contracts_runner.engine.parameters import find_parameter
from contracts_runner.engine.request_values import Values
from contracts_runner.engine.requests import build_request
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.contract import Unset
from contracts_runner.model.exchange import Exchange, Taken
from contracts_runner.model.json import Json
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.properties.cases import Draft, GeneratedCase
from contracts_runner.properties.examination import Examination
from contracts_runner.properties.links import (
    Evidence,
    Link,
    UnresolvedError,
    Way,
    evaluate,
    find_ways,
    name_link,
    name_source,
)

LONGEST_WAY = 8
MOST_WAYS = 60


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one request."""

    parameters: Mapping[str, Json]
    body: Json | Unset
    taken: tuple[Taken, ...] = ()


def walk_links(examination: Examination) -> Iterator[Way]:
    """Walk all ways along the links; yields each way after it was walked, so that the caller can stop."""
    links = examination.links
    starts = {link.source.label: link.source for link in links if _find_start(examination, link.source) is not None}
    ways = find_ways(links, list(starts.values()), longest=LONGEST_WAY, limit=MOST_WAYS)
    for number, way in enumerate(ways, start=1):
        _walk(examination, way, f"way {number}")
        yield way


def _walk(examination: Examination, way: Way, flow: str) -> None:
    operation, values = way[0].source, _find_start(examination, way[0].source)
    steps: tuple[Exchange, ...] = ()
    names = ["", *map(name_link, way)]
    for name, link in zip(names, (*way, None), strict=True):
        evidence = _send(examination, operation, values, flow, steps, name)
        if evidence is None or link is None or values is None:
            return
        steps = (*steps, Exchange(request=evidence.request, response=evidence.response, taken=values.taken))
        operation, values = link.target, _follow(link, evidence)


def _send(
    examination: Examination,
    operation: Operation,
    values: _Values | None,
    flow: str,
    before: tuple[Exchange, ...],
    link: str,
) -> Evidence | None:
    """Send one step; returns None where the way ends: nothing to send, no answer, or one that is not a success."""
    draft = _build(examination, operation, values, flow) if values is not None else None
    exchange = examination.sender.send(draft) if draft is not None else None
    if draft is None or exchange is None or values is None or exchange.response is None:
        return None
    taken = replace(exchange, taken=values.taken)
    case = GeneratedCase(
        phase=GenerationPhase.STATEFUL,
        draft=draft,
        exchange=taken,
        steps=(*before, taken),
        history=before,
        link=link,
    )
    examination.examine(case, lambda _: None)
    if not 200 <= exchange.response.status_code <= 299 or examination.is_hidden_error(exchange):
        return None
    named = {key: find_parameter(operation, key) for key in values.parameters}
    return Evidence(
        request=exchange.request,
        response=exchange.response,
        parameters={(named[key].placement, named[key].name): value for key, value in values.parameters.items()},
        sent=None if isinstance(values.body, Unset) else values.body,
        received=parse_body(exchange.response, depth=examination.depth).value,
    )


def _build(examination: Examination, operation: Operation, values: _Values, flow: str) -> Draft | None:
    try:
        request = build_request(
            operation,
            base_url=examination.sender.base_url,
            values=Values(parameters=values.parameters, body=values.body),
            authorization=Authorization(NO_AUTH),
            headers={},
            is_probe=False,
        )
    except UnsendableError:
        return None
    return Draft(
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body,
        operation=(operation.method, operation.path),
        flow=flow,
        phase=GenerationPhase.STATEFUL,
    )


def _find_start(examination: Examination, operation: Operation) -> _Values | None:
    """Return the values of a first request: none, or the spec's examples; None where one is needed and missing."""
    parameters: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.is_required:
            example = _find_example(examination, parameter.pointer)
            if example is None:
                return None
            parameters[operation.name_parameter(parameter)] = example
    body: Json | Unset = Unset.UNSET
    if operation.body is not None and operation.body.is_required:
        example = _find_example(examination, find_schema(operation, choose_media_type(operation)))
        if example is None:
            return None
        body = example
    return _Values(parameters, body)


def _find_example(examination: Examination, pointer: str) -> Json:
    """Return the example beside a schema (of the parameter, or the media type), or in it; None without one."""
    if not pointer:
        return None
    bundle = examination.spec.bundle
    beside = bundle.resolve(pointer.rpartition("/")[0])
    within = bundle.resolve(pointer)
    for value, name in ((beside, "example"), (within, "example"), (within, "default")):
        if isinstance(value, Mapping) and name in value:
            return value[name]
    examples = within.get("examples") if isinstance(within, Mapping) else None
    return examples[0] if isinstance(examples, list) and examples else None


def _follow(link: Link, evidence: Evidence) -> _Values | None:
    """Return the values that a link takes from a step; None where the step lacks one, or more are required."""
    try:
        given = {_name(link.target, name): evaluate(value, evidence) for name, value in link.parameters.items()}
        body = Unset.UNSET if link.body is None else evaluate(link.body, evidence)
    except UnresolvedError:
        return None
    known = {link.target.name_parameter(parameter) for parameter in link.target.parameters}
    required = {link.target.name_parameter(each) for each in link.target.parameters if each.is_required}
    is_body_missing = link.target.body is not None and link.target.body.is_required and link.body is None
    if not set(given) <= known or not required <= set(given) or is_body_missing:
        return None
    return _Values(given, body, tuple(_iter_taken(link)))


def _iter_taken(link: Link) -> Iterator[Taken]:
    for name, expression in link.parameters.items():
        parameter = find_parameter(link.target, _name(link.target, name))
        if source := name_source(expression):
            yield Taken(placement=parameter.placement, name=parameter.name, source=source)
    for name, expression in link.body.items() if isinstance(link.body, Mapping) else ():
        if source := name_source(expression):
            yield Taken(placement="body", name=name, source=source)


def _name(operation: Operation, name: str) -> str:
    """Return what a contract calls a parameter of a link, `NAME` or `path.NAME` (OpenAPI 3.1 §4.8.20)."""
    placement, _, rest = name.partition(".")
    found = operation.find_parameters(f"{placement}:{rest}") or operation.find_parameters(name)
    return operation.name_parameter(found[0]) if len(found) == 1 else name
