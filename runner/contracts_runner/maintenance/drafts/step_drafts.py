"""Makes the steps of one scenario: requests with their values, and before them those that list what they ask for."""

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from enum import IntEnum
from typing import Any, cast

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.request_conformance import iter_mismatches, iter_obstacles
from contracts_runner.engine.request_values import UNKNOWN, Values
from contracts_runner.maintenance.drafts.example_values import ExampleValues, Proposal
from contracts_runner.maintenance.drafts.resources import Place, Resources, find_prefix, is_last
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.event_stream import EVENT_STREAM
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import StepDraft, make_guess_tag
from contracts_runner.model.spec import Effect, Evidence, Operation, Parameter
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.expressions import BUILTINS, evaluate


class UndraftableError(Exception):
    """Nothing that can be sent can be made of an operation; the message says why."""


class Invention(IntEnum):
    """What is done about values that the document does not name. Bodies of writes are made up in any case."""

    NOTHING = 0  # without them there is no step
    VALUES = 1  # they are made up
    SKELETON = 2  # they are made up, and what cannot be is left to the author


@dataclass(slots=True)
class _Request:
    """What a step sends. `listed`: the parameter at the end of its path and the place where it is listed, if it is;
    `needed` is the capture of a list that must have an item."""

    parameters: dict[str, Json] = field(default_factory=dict)
    body: Json | Unset = UNSET
    comments: list[str] = field(default_factory=list)
    listed: tuple[str, Place] | None = None
    needed: str = ""


@dataclass(slots=True, kw_only=True)
class ScenarioSteps:
    """The steps of a scenario, which grow. `auths`: operation -> the credential to name, where one must be named;
    `aliases` are those that are the right ones.

    `tags` say what was guessed. `_values`: a path template to the end of a parameter -> its value, so that all requests
    are about the same thing.
    """

    spec: Spec
    resources: Resources
    auths: Mapping[str, str | None]
    aliases: Collection[str] = ()
    invention: Invention = Invention.NOTHING
    steps: list[StepDraft] = field(default_factory=list)
    tags: dict[str, None] = field(default_factory=dict)
    _values: dict[str, Json] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def add(self, operation: Operation, name: str) -> None:
        """Add the request of an operation, which must answer with what it was asked for; raises UndraftableError."""
        request = self._prepare(operation)
        claims: dict[str, Json] = {}
        if request.listed and (same := self.resources.find_same(operation, request.listed[1])):
            claims[same] = request.parameters[request.listed[0]]
        self.steps.append(self._build(operation, name if self.steps else "", request, claims=claims))

    def add_maker(self, maker: Operation, reader: Operation, parameter: Parameter, place: Place) -> None:
        """Add the request that makes a resource, whose answer has what `reader` wants as the parameter of its path, and
        the one that reads it."""
        request = self._prepare(maker)
        name = self._name_capture(parameter.name)
        self.steps.append(self._build(maker, "make", request, capture={name: place.path}))
        self._values[find_prefix(reader.path, parameter.name)] = f"${{{name}}}"
        same = self.resources.find_same(reader, place)
        claims: dict[str, Json] = {same: f"${{{name}}}"} if same else {}
        self.steps.append(self._build(reader, "read", self._prepare(reader), claims=claims))

    def build_removal(self, remover: Operation) -> StepDraft:
        """Return the request that removes what was made."""
        return self._build(remover, "remove", self._prepare(remover))

    def _prepare(self, operation: Operation) -> _Request:
        request = _Request()
        for parameter in operation.parameters:
            if parameter.is_required and not parameter.is_ignored:
                self._fill(operation, parameter, request)
        self._fill_body(operation, request)
        return request

    def _fill(self, operation: Operation, parameter: Parameter, request: _Request) -> None:
        key = operation.name_parameter(parameter)
        prefix = find_prefix(operation.path, parameter.name) if parameter.placement == "path" else ""
        if prefix in self._values:
            request.parameters[key] = self._values[prefix]
        elif prefix and (listed := self._list(operation, parameter)):
            place, request.needed = listed
            request.parameters[key] = f"${{{request.needed}[0]}}"
            if is_last(operation.path, parameter.name):
                request.listed = key, place
        elif proposal := self._propose(operation, parameter):
            request.parameters[key] = _escape(proposal.value)
            request.comments.append(self._guess(key, f"{key} is {proposal.origin}"))
        else:
            request.comments.append(f"write a value for {key}, which {operation.label} requires")
        if prefix and key in request.parameters:
            self._values[prefix] = request.parameters[key]

    def _list(self, operation: Operation, parameter: Parameter) -> tuple[Place, str] | None:
        """Add the step that lists values of a path's parameter; return where they are, and the name that they have."""
        found = self.resources.find_lister(operation, parameter)
        if found is None or found[0] is operation:
            return None
        lister, place = found
        kept = list(self.steps), dict(self.tags), dict(self._values), set(self._names)
        try:
            request = self._prepare(lister)
            name = self._name_capture(f"{parameter.name}s")
            noun = lister.path.rstrip("/").rpartition("/")[2]
            self.steps.append(self._build(lister, f"list {noun}", request, capture={name: place.path}))
        except UndraftableError:
            self.steps, self.tags, self._values, self._names = kept
            return None
        return place, name

    def _propose(self, operation: Operation, parameter: Parameter) -> Proposal | None:
        """Return a value; raises UndraftableError where there must be one."""
        values = ExampleValues(self.spec)
        find = values.make_parameter if self.invention else values.find_parameter
        proposal = find(operation, parameter)
        if proposal is None and self.invention is not Invention.SKELETON:
            raise UndraftableError(f"no value is known for '{parameter.name}' of {operation.label}")
        return proposal

    def _fill_body(self, operation: Operation, request: _Request) -> None:
        is_written = bool(self.invention) or operation.effect is Effect.WRITE
        if operation.body is None or not (operation.body.is_required or is_written):
            return
        proposal = ExampleValues(self.spec).make_body(operation)
        if proposal is not None and (is_written or not proposal.is_made_up):
            request.body = _escape(proposal.value)
            request.comments.append(self._guess("body", f"the body is {proposal.origin}"))
        elif operation.body.is_required and self.invention is not Invention.SKELETON:
            raise UndraftableError(f"no body is known for {operation.label}")
        elif operation.body.is_required:
            request.comments.append(f"write the body, which {operation.label} requires")

    def _build(
        self,
        operation: Operation,
        name: str,
        request: _Request,
        *,
        claims: Mapping[str, Json] | None = None,
        capture: Mapping[str, Json] | None = None,
    ) -> StepDraft:
        """Return a step; raises UndraftableError for one that cannot be sent and is not for its author to finish."""
        sent: dict[str, Any] = evaluate(dict(request.parameters), lambda _: cast("Json", UNKNOWN))
        body = request.body if isinstance(request.body, Unset) else evaluate(request.body, lambda _: None)
        values = Values(parameters=sent, body=body)
        found = [*iter_mismatches(self.spec, operation, values), *iter_obstacles(operation, values)]
        if found and self.invention is not Invention.SKELETON:
            raise UndraftableError(str(found[0]))
        body_claims: dict[str, Json] = {"body": dict(claims)} if claims and not _is_supposed(operation) else {}
        content: dict[str, Json | Unset] = {
            "name": name,
            "when": {"this": f"${{{request.needed}}}", "is": {"minItems": 1}} if request.needed else UNSET,
            "operation": operation.label,
            "parameters": request.parameters,
            "auth": self.auths.get(operation.label),
            "body": request.body,
            "expect": {**self._expect(operation, request), **body_claims},
            "capture": dict(capture or {}),
        }
        kept = {key: value for key, value in content.items() if not isinstance(value, Unset)}
        kept = {key: value for key, value in kept.items() if key == "body" or value}
        if (auth := self.auths.get(operation.label)) and auth not in self.aliases:
            request.comments.append(self._guess("auth", f"{auth} will do; what the document wants cannot be sent"))
        return StepDraft(content=kept, comments=tuple(request.comments))

    def _expect(self, operation: Operation, request: _Request) -> dict[str, Json]:
        if _is_supposed(operation):
            return {"success": None}
        expect = _expect_status(operation)
        if refusals := _list_refusals(operation):
            sentence = "the document has the credential as a parameter, which is never sent; declare `security`"
            request.comments.append(self._guess("auth", f"{sentence} in an overlay, and expect no refusal"))
            statuses = expect.get("status", [])
            expect["status"] = [*(statuses if isinstance(statuses, list) else [statuses]), *refusals]
        if _is_stream(operation):  # such an answer need not end
            request.comments.append(self._guess("events", "one event comes in time"))
            expect["events"] = 1
        return expect

    def _name_capture(self, wanted: str) -> str:
        plain = re.sub(r"\W+", "_", wanted).strip("_")
        name = plain if plain.isidentifier() else f"id_{plain}".rstrip("_")
        while name in self._names or name in BUILTINS:
            name += "_"
        self._names.add(name)
        return name

    def _guess(self, name: str, sentence: str) -> str:
        self.tags[make_guess_tag(name)] = None
        return f"guess: {sentence}"


def _is_supposed(operation: Operation) -> bool:
    """Tell whether the document marks all that it says of a success as a guess."""
    successes = [response for status, response in operation.responses.items() if status.startswith("2")]
    return bool(successes) and all(each.evidence in (Evidence.INFERRED, Evidence.UNKNOWN) for each in successes)


def _list_refusals(operation: Operation) -> list[int]:
    """Return the statuses by which an operation refuses who sends no credential, where none can be sent: OpenAPI
    ignores a parameter Authorization, and nothing else says that one is wanted."""
    is_hidden = any(each.is_ignored and each.name.lower() == "authorization" for each in operation.parameters)
    return [
        status for status in (401, 403) if str(status) in operation.responses and is_hidden and not operation.security
    ]


def _is_stream(operation: Operation) -> bool:
    """Tell whether each success is a stream of events."""
    successes = [response for status, response in operation.responses.items() if not re.match("[1345]", status)]
    types = {strip_parameters(name) for response in successes for name in response.schemas}
    return types == {EVENT_STREAM}


def _expect_status(operation: Operation) -> dict[str, Json]:
    """Return the statuses of a success that the document declares; nothing where a success is all that it says."""
    exact = [int(status) for status in operation.responses if re.fullmatch("2[0-9]{2}", status)]
    if exact:
        return {"status": exact[0] if len(exact) == 1 else exact}
    moved = [int(status) for status in operation.responses if re.fullmatch("3[0-9]{2}", status)]
    has_other = any(re.fullmatch("2XX|default", status) for status in operation.responses)
    return {"status": moved[0] if len(moved) == 1 else moved} if moved and not has_other else {}


def _escape(value: Json) -> Json:
    """Return a value in which no text is read as an expression."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, list):
        return [_escape(item) for item in value]
    return {name: _escape(item) for name, item in value.items()} if isinstance(value, Mapping) else value
