"""Steps of scenarios as steps of Arazzo workflows."""

import re
from collections.abc import Mapping, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import AuthorizationError, choose_credentials
from contracts_runner.engine.media_types import BodyKind, choose_media_type, find_body_kind, is_bytes
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.request_values import Unknown, read_body, read_type
from contracts_runner.engine.security_schemes import find_place, render_invalid
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.maintenance.arazzo_extensions import INVALID, NAME, NOT_CARRIED
from contracts_runner.maintenance.exporting.arazzo_criteria import Criteria
from contracts_runner.maintenance.exporting.arazzo_values import Values
from contracts_runner.maintenance.exporting.filter_queries import UnsayableError
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.model.contract import WHOLE, Capture, CaptureSource, Step, Unset
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import render_fragment, render_pointer
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.openapi.spec import Specs
from contracts_runner.project.files import ProjectFiles
from contracts_runner.reading.jsonpaths import read_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWriter:
    """Writes steps. `sources` are the names of the source descriptions, by spec."""

    specs: Specs
    environment: Environment
    sources: Mapping[str, str]
    responses: Mapping[str, DeclaredResponses]
    files: ProjectFiles

    def write(self, outgoing: OutgoingStep, values: Values) -> dict[str, Json]:
        """Return a step; its captures are outputs afterwards. Raises UnsayableError where Arazzo cannot say what is
        sent."""
        step, operation = outgoing.step, outgoing.operation
        if step.when is not None:
            raise UnsayableError("`when`: a step that is left out by a condition")
        if step.url is not None:
            raise UnsayableError("`url`: a link of an answer")
        criteria = Criteria(values, operation, step.expect, self.responses[operation.spec])
        parameters = [*self._list_parameters(step, operation, values), *self._list_credentials(step, operation, values)]
        body = self._build_body(step, operation, values)
        criteria.add_all()
        outputs = _build_outputs(step.captures, values, criteria.lost)
        retry = step.retry
        if retry is not None and retry.give_up:
            criteria.lost.append("retry: give_up")
        written: dict[str, Json] = {"stepId": values.step, **self._name(operation)}
        written["parameters"] = parameters
        written |= {"requestBody": body} if body else {}
        written |= {"successCriteria": criteria.criteria} if criteria.criteria else {}
        if retry is not None:
            limit = max(1, int(retry.for_seconds / max(retry.every_seconds, 0.001)))
            action = {"name": "retry", "type": "retry", "retryAfter": retry.every_seconds, "retryLimit": limit}
            written["onFailure"] = [action]
        written |= {"outputs": outputs} if outputs else {}
        written[NAME] = step.name
        written |= {INVALID: True} if step.is_invalid_request else {}
        return written | ({NOT_CARRIED: criteria.lost} if criteria.lost else {})

    def _name(self, operation: Operation) -> dict[str, Json]:
        if not operation.is_described:
            raise UnsayableError(f"{operation.label}, which the document does not have")
        source = self.sources[operation.spec]
        if operation.label == f"{operation.method} {operation.path}":
            pointer = render_fragment(("paths", operation.path, operation.method.lower()))
            return {"operationPath": f"{{$sourceDescriptions.{source}.url}}{pointer}"}
        is_only = len(self.sources) == 1
        return {"operationId": operation.label if is_only else f"$sourceDescriptions.{source}.{operation.label}"}

    def _list_parameters(self, step: Step, operation: Operation, values: Values) -> list[Json]:
        if WHOLE in step.parameters:
            raise UnsayableError("`parameters` that one expression gives")
        listed: list[Json] = []
        for key, value in step.parameters.items():
            found = operation.find_parameters(key)
            if len(found) != 1:
                raise UnsayableError(f"the parameter {key}")
            listed.append(_build_parameter(found[0].name, found[0].placement, values.convert(value)))
        listed += [_build_parameter(name, "query", values.convert(value)) for name, value in step.query.items()]
        headers = {**step.headers, **({"Accept": step.accept} if step.accept else {})}
        listed += [_build_parameter(name, "header", values.convert(value)) for name, value in headers.items()]
        return [each for each in listed if each["value"] is not None]

    def _list_credentials(self, step: Step, operation: Operation, values: Values) -> list[Json]:
        schemes, environment = self.specs[operation.spec].security_schemes, self.environment
        inline = step.auth if isinstance(step.auth, Mapping) else {}
        names = step.auth if isinstance(step.auth, str | tuple) else tuple(inline) or None
        known = [*environment.credentials, *environment.missing_credentials, *inline]
        try:
            choice = choose_credentials(names, operation=operation, schemes=schemes, known=known)
        except AuthorizationError as error:
            raise UnsayableError(f"auth: {error}") from None
        return [
            _build_credential(scheme, self._find_text(scheme, name, inline, values)) for scheme, name in choice.parts
        ]

    def _find_text(self, scheme: SecurityScheme, name: str | None, inline: Mapping[str, Json], values: Values) -> str:
        """Return the expression of a credential's text, or the text that nobody has issued."""
        if name is None:
            return render_invalid(scheme)
        if name in inline:
            text = values.convert(inline[name])
            if not isinstance(text, str):
                raise UnsayableError("auth: a user with a password in the step")
            return text
        if isinstance(self.environment.credentials.get(name), CapturedCredential):
            raise UnsayableError(f"auth: {name}, which another scenario gives")
        is_pair = scheme.scheme.lower() == "basic"
        told = {"description": "user:password in Base64"} if is_pair else {}
        return values.add_input(name, type="string", format="password", **told)

    def _build_body(self, step: Step, operation: Operation, values: Values) -> dict[str, Json] | None:
        try:
            body = read_body(step, operation, self.files, values.scope.evaluate)
            wanted = read_type(step, "media_type", values.scope.evaluate)
        except UnsendableError as error:
            raise UnsayableError(str(error)) from None
        if isinstance(body, Unset):
            return None
        assert not isinstance(body, Unknown)
        media_type = choose_media_type(operation, body, str(wanted))
        kind = find_body_kind(media_type)
        if kind is BodyKind.BYTES or (kind is BodyKind.MULTIPART and _has_bytes(body)):
            raise UnsayableError("a body with bytes")
        return {"contentType": media_type, "payload": values.convert(body)}


def _has_bytes(body: Json) -> bool:
    parts = body.values() if isinstance(body, Mapping) else ()
    return any(is_bytes(each) or (isinstance(each, Mapping) and {"file", "base64"} & each.keys()) for each in parts)


def _build_parameter(name: str, placement: str, value: Json) -> dict[str, Json]:
    return {"name": name, "in": placement, "value": value}


def _build_credential(scheme: SecurityScheme, text: str) -> dict[str, Json]:
    where = (find_place(scheme) or ("",))[0]
    if where == "connection" or scheme.scheme.lower() == "digest":
        raise UnsayableError(f"the security scheme {scheme.name}")
    embedded = f"{{{text}}}" if text.startswith("$") else text
    if scheme.type == "apiKey":
        return _build_parameter(scheme.parameter, where, text)
    prefix = "Basic" if scheme.scheme.lower() == "basic" else "Bearer"
    return _build_parameter("Authorization", where, f"{prefix} {embedded}")


def _build_outputs(captures: Sequence[Capture], values: Values, lost: list[str]) -> dict[str, Json]:
    """Return the outputs; a capture that Arazzo cannot take is lost, and so is what uses it."""
    outputs: dict[str, Json] = {}
    for capture in captures:
        values.outputs.pop(capture.name, None)
        expression = _find_source(capture)
        if expression is None:
            lost.append(f"capture {capture.name}: {capture.source} {capture.path}")
        else:
            name = re.sub(r"[^A-Za-z0-9_]", "_", capture.name)
            outputs[name] = expression
            values.outputs[capture.name] = f"$steps.{values.step}.outputs.{name}"
    return outputs


def _find_source(capture: Capture) -> str | None:
    if capture.source is CaptureSource.HEADER and capture.take is None:
        return f"$response.header.{capture.path}"
    if capture.source is not CaptureSource.PATH or capture.take is not None:
        return None
    steps = read_steps(capture.path)
    if steps is None or any(isinstance(each, int) and each < 0 for each in steps):
        return None
    return "$response.body" + (f"#{render_pointer(steps)}" if steps else "")
