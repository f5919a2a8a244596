"""Follows the links of a spec once from end to end, so that what they promise is tried whatever the seed.

The flows of Schemathesis, which come after it, wander: they find what nobody thought of, and may miss a long way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.engine.authorization import NO_AUTH, Authorization
from contracts_runner.engine.body import parse_body
from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.engine.parameters import ParameterError
from contracts_runner.engine.requests import BodyError, build_request
from contracts_runner.model.contract import Unset
from contracts_runner.model.exchange import Exchange
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Draft, Examiner, GeneratedCase, Wire
from contracts_runner.properties.expressions import Evidence, UnresolvedError, evaluate
from contracts_runner.properties.links import Link, Way, find_ways, name_link

LONGEST_WAY = 8
MOST_WAYS = 60


@dataclass(frozen=True, slots=True)
class _Values:
    """What a request is made of."""

    parameters: Mapping[str, Json]
    body: Json | Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWalker:
    """Walks all ways along the links. `depth` is the limit on nested JSON."""

    spec: Spec
    links: Sequence[Link]
    base_url: str
    wire: Wire
    examiner: Examiner
    depth: int

    def iter_ways(self) -> Iterator[Way]:
        """Yield each way after it was walked, so that the caller can stop."""
        starts = {link.source.label: link.source for link in self.links if self._find_start(link.source) is not None}
        ways = find_ways(self.links, list(starts.values()), longest=LONGEST_WAY, limit=MOST_WAYS)
        for number, way in enumerate(ways, start=1):
            self._walk(way, f"way {number}")
            yield way

    def _walk(self, way: Way, flow: str) -> None:
        operation, values = way[0].source, self._find_start(way[0].source)
        steps: tuple[Exchange, ...] = ()
        names = ["", *map(name_link, way)]
        for name, link in zip(names, (*way, None), strict=True):
            evidence = self._send(operation, values, flow, steps, name)
            if evidence is None or link is None:
                return
            steps = (*steps, Exchange(request=evidence.request, response=evidence.response))
            operation, values = link.target, _follow(link, evidence)

    def _send(
        self, operation: Operation, values: _Values | None, flow: str, before: tuple[Exchange, ...], link: str
    ) -> Evidence | None:
        """Send one step; returns None where the way ends: nothing to send, no answer, or one that is no success."""
        draft = self._build(operation, values, flow) if values is not None else None
        exchange = self.wire.send(draft) if draft is not None else None
        if draft is None or exchange is None or values is None or exchange.response is None:
            return None
        case = GeneratedCase(
            phase="stateful",
            negation=None,
            is_probe=False,
            draft=draft,
            exchange=exchange,
            steps=(*before, exchange),
            history=before,
            link=link,
        )
        self.examiner.examine(case, lambda _: None)
        if not 200 <= exchange.response.status_code <= 299 or self.examiner.is_hidden_error(exchange):
            return None
        placements = {parameter.name: parameter.placement for parameter in operation.parameters}
        return Evidence(
            request=exchange.request,
            response=exchange.response,
            parameters={(placements[name], name): value for name, value in values.parameters.items()},
            sent=None if isinstance(values.body, Unset) else values.body,
            received=parse_body(exchange.response, depth=self.depth).value,
        )

    def _build(self, operation: Operation, values: _Values, flow: str) -> Draft | None:
        try:
            request = build_request(
                operation,
                base_url=self.base_url,
                parameters=values.parameters,
                body=values.body,
                authorization=Authorization(NO_AUTH),
                headers={},
                is_probe=False,
            )
        except (ParameterError, BodyError):
            return None
        return Draft(
            method=request.method,
            url=request.url,
            headers=request.headers,
            body=request.body,
            path=operation.path,
            declared_method=operation.method,
            flow=flow,
        )

    def _find_start(self, operation: Operation) -> _Values | None:
        """Return what a first request can be made of: nothing, or the spec's examples; None where they do not do."""
        parameters: dict[str, Json] = {}
        for parameter in operation.parameters:
            if parameter.is_required:
                example = self._find_example(parameter.pointer)
                if example is None:
                    return None
                parameters[parameter.name] = example
        body: Json | Unset = Unset.UNSET
        if operation.body is not None and operation.body.is_required:
            example = self._find_example(operation.body.schemas.get(choose_media_type(operation), ""))
            if example is None:
                return None
            body = example
        return _Values(parameters, body)

    def _find_example(self, pointer: str) -> Json:
        """Return the example beside a schema (of the parameter, or the media type), or in it; None without one."""
        if not pointer:
            return None
        beside = self.spec.bundle.resolve(pointer.rpartition("/")[0])
        within = self.spec.bundle.resolve(pointer)
        for value, name in ((beside, "example"), (within, "example"), (within, "default")):
            if isinstance(value, Mapping) and name in value:
                return value[name]
        examples = within.get("examples") if isinstance(within, Mapping) else None
        return examples[0] if isinstance(examples, list) and examples else None


def _follow(link: Link, evidence: Evidence) -> _Values | None:
    """Return what a link makes of a step, None where the step does not have it or it is not all that is needed."""
    try:
        given = {name.rpartition(".")[2]: evaluate(value, evidence) for name, value in link.parameters.items()}
        body = Unset.UNSET if link.body is None else evaluate(link.body, evidence)
    except UnresolvedError:
        return None
    known = {parameter.name for parameter in link.target.parameters}
    required = {parameter.name for parameter in link.target.parameters if parameter.is_required}
    is_body_missing = link.target.body is not None and link.target.body.is_required and link.body is None
    if not set(given) <= known or not required <= set(given) or is_body_missing:
        return None
    return _Values(given, body)
