"""What a step expects where an expression gives it: status, error code, media type."""

import dataclasses

from contracts_runner.engine.scope import Placeholder, Scope, UnusableValueError
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.statuses import StatusRange, parse_status
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.project.contract.content_forms import parse_media_type
from contracts_runner.reading.durations import FormError


def resolve_expected(expectation: Expectation, scope: Scope) -> Expectation:
    """Return the expectation with what its expressions give; as it is where only an answer will give one.

    Raises UnresolvedError, or its kind UnusableValueError for a value of another form.
    """
    return _resolve_status(_resolve_texts(expectation, scope), scope)


def _resolve_texts(expectation: Expectation, scope: Scope) -> Expectation:
    error, media_type = expectation.error, expectation.media_type
    if media_type is None and not isinstance(error, str):
        return expectation
    if isinstance(error, str):
        error = _evaluate_text(error, scope, "error code")
    if media_type is not None:
        media_type = _evaluate_text(media_type, scope, "media type")
        try:
            media_type = media_type if isinstance(media_type, Placeholder | None) else parse_media_type(media_type)
        except FormError as problem:
            raise UnusableValueError(str(problem)) from None
    if isinstance(error, Placeholder) or isinstance(media_type, Placeholder):
        return expectation
    if (error, media_type) == (expectation.error, expectation.media_type):
        return expectation
    return dataclasses.replace(expectation, error=error, media_type=media_type)


def _evaluate_text(text: str, scope: Scope, what: str) -> str | None:
    """Return a text, None for null: nothing is expected then."""
    value = scope.evaluate(text)
    if value is None or (isinstance(value, str) and value):
        return value
    raise UnusableValueError(f"{text} is {render_value(value)}, which is no {what}")


def _resolve_status(expectation: Expectation, scope: Scope) -> Expectation:
    if expectation.status_from is None:
        return expectation
    value = scope.evaluate(expectation.status_from)
    if isinstance(value, Placeholder):
        return expectation
    found = [_parse(each, expectation.status_from) for each in (value if isinstance(value, list) else [value])]
    return dataclasses.replace(expectation, status=tuple(found))


def _parse(value: Json, expression: str) -> StatusRange:
    found = parse_status(value)
    if found is None:
        raise UnusableValueError(f"{expression} is {render_value(value)}, which is no HTTP status")
    return found
