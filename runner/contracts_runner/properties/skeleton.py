"""Turns a recorded finding into a scenario that its author can finish: the same requests, and what should hold."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import assert_never, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from contracts_runner.engine.request_conformance import iter_mismatches
from contracts_runner.engine.request_values import Values
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.http import FORM, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.carrying import is_name
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep, parse_json
from contracts_runner.reading.yaml_writing import Dumper
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.redaction.replacement import MARKER

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def render_scenario(finding: RecordedFinding, spec: Spec, identifier: str) -> str:
    """Return the scenario as an item of a contract file's `scenarios`, in YAML."""
    row, failure = finding.row, finding.failure
    steps: list[dict[str, Json]] = []
    known: dict[str, tuple[int, str]] = {}  # value -> step that answered it, JSONPath
    for number, step in enumerate(finding.steps):
        steps.append(_build_step(step, spec.operations[step.operation], spec, known, steps))
        known = {**{text: (number, path) for text, path in _iter_leaves(parse_json(step.response_body), "$")}, **known}
    expected = _choose_success(finding.check)
    if expected is not None:
        steps[-1]["expect"] = {"success": expected}
    if finding.check is PropertyCheck.IGNORED_AUTH:
        steps[-1]["auth"] = "invalid" if "invalid" in failure.message else "none"
    scenario = {"id": identifier, "title": f"{row.operation}: {failure.title}", "steps": steps}
    text = yaml.dump([scenario], Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    if escape_unsafe(text) != text:
        # YAML does not escape characters that change the order of a text: then all that is not ASCII is escaped.
        text = yaml.dump([scenario], Dumper=Dumper, sort_keys=False, width=110)
    comments = [f"# {row.id}: {' '.join(failure.message.split())}"]
    for number, step in enumerate(finding.steps, start=1):
        lost = dict.fromkeys(_iter_losses(step, spec.operations[step.operation]))
        comments += [f"# Step {number} had what a step cannot say: {' '.join(what.split())}" for what in lost]
    if MARKER.search(text):
        comments.append("# <email> and the like stand for values that were redacted in the run.")
    return "\n".join([*comments, text])


def _choose_success(check: PropertyCheck) -> bool | None:
    """Return the `success` that is expected of the last step; None where the spec's promises, which are checked anyway,
    say all."""
    match check:
        case PropertyCheck.NEGATIVE_DATA_REJECTION | PropertyCheck.USE_AFTER_FREE | PropertyCheck.IGNORED_AUTH:
            return False
        case PropertyCheck.POSITIVE_DATA_ACCEPTANCE | PropertyCheck.ENSURE_RESOURCE_AVAILABILITY:
            return True
        case (
            PropertyCheck.REQUESTS
            | PropertyCheck.RESPONSE
            | PropertyCheck.NOT_A_SERVER_ERROR
            | PropertyCheck.STATUS_CODE_CONFORMANCE
            | PropertyCheck.CONTENT_TYPE_CONFORMANCE
            | PropertyCheck.RESPONSE_HEADERS_CONFORMANCE
            | PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE
        ):
            return None
        case _:
            assert_never(check)


def _build_step(
    step: RecordedStep,
    operation: Operation,
    spec: Spec,
    known: Mapping[str, tuple[int, str]],
    before: list[dict[str, Json]],
) -> dict[str, Json]:
    result: dict[str, Json] = {"name": f"{operation.label}{len(before) + 1}", "operation": operation.label}
    parameters, body = _read_parameters(step, operation), _read_body(step)
    if parameters:
        result["parameters"] = _refer(parameters, known, before)
    if not isinstance(body, Unset):
        result["body"] = _refer(body, known, before)
    if any(iter_mismatches(spec, operation, Values(parameters=parameters, body=body))):
        result["invalid_request"] = True
    return result


def _read_parameters(step: RecordedStep, operation: Operation) -> dict[str, Json]:
    """Return the values of declared parameters; of one that came several times a list."""
    found: dict[str, list[Json]] = {}
    for name, text in _iter_parameters(step, operation):
        found.setdefault(name, []).append(_read_scalar(text))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _read_body(step: RecordedStep) -> Json | Unset:
    if step.body is None:
        return UNSET
    if strip_parameters(step.content_type) == FORM:
        fields: dict[str, list[Json]] = {}
        for name, text in parse_qsl(step.body, keep_blank_values=True):
            fields.setdefault(name, []).append(text)
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
    try:
        return cast("Json", json.loads(step.body))
    except (ValueError, RecursionError):
        return step.body


def _iter_losses(step: RecordedStep, operation: Operation) -> Iterator[str]:
    """Yield what of a request no key of a step can say."""
    if step.method != operation.method:
        yield f"the method {step.method}"
    declared = {parameter.name for parameter in operation.parameters if parameter.placement == "query"}
    for name, _ in parse_qsl(urlsplit(step.url).query, keep_blank_values=True):
        if name not in declared:
            yield f"the query parameter {name}"
    sent = strip_parameters(step.content_type)
    if step.body is not None and sent not in map(strip_parameters, operation.body.schemas if operation.body else ()):
        yield f"the media type {sent or 'of the body'}"


def _iter_parameters(step: RecordedStep, operation: Operation) -> Iterator[tuple[str, str]]:
    parts = urlsplit(step.url)
    keys = {
        (each.placement, each.name.lower() if each.placement == "header" else each.name): operation.name_parameter(each)
        for each in operation.parameters
    }
    template, segments = operation.path.split("/"), parts.path.split("/")
    # From the end: the base URL may have a path, too.
    for name, text in zip(reversed(template), reversed(segments), strict=False):
        if placeholder := _PLACEHOLDER.fullmatch(name):
            yield keys.get(("path", placeholder[1]), placeholder[1]), unquote(text)
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if key := keys.get(("query", name)):
            yield key, text
    for name, text in step.headers:
        if key := keys.get(("header", name.lower())):
            yield key, text


def _refer(value: Json, known: Mapping[str, tuple[int, str]], before: list[dict[str, Json]]) -> Json:
    """Replace values that an earlier answer has given by captures."""
    if isinstance(value, Mapping):
        return {name: _refer(item, known, before) for name, item in value.items()}
    if isinstance(value, list):
        return [_refer(item, known, before) for item in value]
    if isinstance(value, bool) or str(value) not in known:
        return value.replace("${", "$${") if isinstance(value, str) else value
    number, path = known[str(value)]
    name = f"{re.sub(r'[^a-zA-Z]+', '_', path).strip('_') or 'value'}_{number + 1}"
    before[number].setdefault("capture", {})[name] = path
    return "${" + name + "}"


def _iter_leaves(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if re.fullmatch(r"[A-Za-z_]\w*", name):
                yield from _iter_leaves(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _iter_leaves(item, f"{path}[{index}]")
    elif is_name(value):
        yield str(value), path


def _read_scalar(text: str) -> Json:
    return int(text) if text.isascii() and text.isdecimal() and str(int(text)) == text else text
