"""Turns a recorded finding into a scenario that its author can finish: the same requests, and what should hold."""

import re
from collections.abc import Iterator, Mapping
from typing import assert_never
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep, parse_json
from contracts_runner.properties.replaying import is_name
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
    text = yaml.safe_dump([scenario], sort_keys=False, allow_unicode=True, width=110)
    if escape_unsafe(text) != text:
        # YAML does not escape characters that change the order of a text: then all that is not ASCII is escaped.
        text = yaml.safe_dump([scenario], sort_keys=False, width=110)
    comments = [f"# {row.id}: {' '.join(failure.message.split())}"]
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
    parameters = {name: _refer(_read_scalar(text), known, before) for name, text in _iter_parameters(step, operation)}
    if parameters:
        result["parameters"] = parameters
    if step.body is not None:
        value = parse_json(step.body)
        result["body"] = _refer(step.body if value is None else value, known, before)
        if _is_invalid(operation, spec, value):
            result["invalid_request"] = True
    return result


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
        return value
    number, path = known[str(value)]
    name = f"{re.sub(r'[^a-zA-Z]+', '_', path).strip('_') or 'value'}_{number + 1}"
    before[number].setdefault("capture", {})[name] = path
    return "${" + name + "}"


def _is_invalid(operation: Operation, spec: Spec, value: Json) -> bool:
    pointer = operation.body.schemas.get(choose_media_type(operation), "") if operation.body else ""
    return value is None or bool(pointer and spec.schemas.check_request(pointer, value))


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
