"""Judges a response: reads its body, and decides by its status and the spec's `x-success` whether it is a success.

See docs/design.md, Spec extensions.
"""

from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body import ParsedBody, parse_body
from contracts_runner.engine.violations import keep_missing, list_violations
from contracts_runner.model.checks import UNREADABLE, Violation
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import is_without_content
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """The verdict; `reason` says why it is not a success, "" if it is. `error_code` is the one that the body has,
    `uncoded` why it has none, `missing` what is not there of what makes one, or that the body is no data."""

    is_success: bool
    error_code: str | None = None
    reason: str = ""
    missing: tuple[Violation, ...] = ()
    uncoded: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with what was read from it."""

    response: Response
    body: ParsedBody
    success: Success


def judge(operation: Operation, spec: Spec, response: Response, *, depth: int, read_as: str = "") -> Answer:
    """Read a response's body, nested at most `depth` deep, by its own media type or another one, and judge it: 2xx, and
    a body that satisfies `x-success` where the operation has that rule."""
    body = parse_body(response, depth=depth, read_as=read_as)
    code, uncoded = _find_error_code(operation, body)
    reason, missing = _find_reason(operation, spec, response, body)
    if reason and code is not None:
        reason += f", error code {code}"
    success = Success(is_success=not reason, error_code=code, reason=reason, missing=missing, uncoded=uncoded)
    return Answer(response, body, success)


def _find_reason(
    operation: Operation, spec: Spec, response: Response, body: ParsedBody
) -> tuple[str, tuple[Violation, ...]]:
    if not 200 <= response.status_code <= 299:
        return f"status {response.status_code}", ()
    if operation.success is None:
        return "", ()
    if not response.body and is_without_content(operation.method, response.status_code):
        # A rule about the body does not apply to them.
        return "", ()
    if not body.is_data:
        return body.problem, (UNREADABLE,)
    errors = spec.schemas.check_inline(operation.success, body.value)
    if not errors:
        return "", ()
    return f"the body breaks x-success: {errors[0]}", keep_missing(
        list_violations(errors, tell_place=spec.schemas.tell_place)
    )


def _find_error_code(operation: Operation, body: ParsedBody) -> tuple[str | None, str]:
    """Return the code, or why there is none."""
    if operation.error_code is None:
        return None, f"for {operation.label} no `x-error-code` of the document, or of an overlay, says where one is"
    if not body.is_data:
        return None, body.problem
    try:
        code: Json = find_value(body.value, parse_pointer(operation.error_code))
    except KeyError:
        return None, f"its body has nothing at {operation.error_code}"
    is_code = isinstance(code, str | int) and not isinstance(code, bool)
    why = "" if is_code else f"what its body has at {operation.error_code} is no text and no integer"
    return (str(code) if is_code else None), why
