"""The status that a step expects where an expression gives it."""

import dataclasses

from contracts_runner.engine.scope import Placeholder, Scope, UnusableValueError
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.statuses import StatusRange, parse_status
from contracts_runner.openapi.explain_text import render_value


def resolve_status(expectation: Expectation, scope: Scope) -> Expectation:
    """Return the expectation with the status that its expression gives; as it is where only an answer will give one.

    Raises UnresolvedError, or its kind UnusableValueError for a value that is no status.
    """
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
