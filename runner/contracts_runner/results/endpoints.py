"""What the traffic shows about each operation of the specs: does it exist, and are we authorized?

States, from the recorded exchanges of scenario steps, the pages that the warehouse phase asked for, and all answers of
the property phase (in ledgers of older versions: the exchanges that it kept as samples):

never_probed   no request of the operation left
reachable      any answer but those below, or a JSON 404 with an error code: the route exists, the resource does not
missing        405, 501, or any other 404
denied         401, 403, or no success together with an error code about authorization
error          another 5xx, no complete response, or a request whose end was not recorded

Of several exchanges the best state counts, in the order reachable, missing, denied, error. What was sent without a
credential or with an invalid one on purpose decides only when nothing else was sent.
"""

import re
from collections.abc import Iterable, Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.http import is_json_type
from contracts_runner.results.events import PageFetched
from contracts_runner.results.record import RunRecord
from contracts_runner.results.results import EndpointRow
from contracts_runner.results.rows import (
    EndpointState,
    OperationDescription,
    ReceivedMessage,
    ResponseRow,
    ScenarioRow,
    StepRow,
)

_BEST_FIRST = tuple(EndpointState)
_UNAUTHORIZED_ON_PURPOSE = frozenset({"none", "invalid"})
_WORDS = compile_late(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Whole words of a code such as WRONG_AUTHORIZATION, accessDenied or permission-denied; "author" is not one of them.
_DENIAL = compile_late(r"(un)?auth(ori[sz]|entic)\w*|auth|forbidden|denied|permissions?|credentials?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Generated:
    """An answer to a generated request."""

    response: ReceivedMessage | ResponseRow
    success: bool
    error_code: str | None
    auth: str | None = None


_Answered = StepRow | PageFetched | _Generated


def build_endpoints(record: RunRecord, scenarios: Iterable[ScenarioRow]) -> tuple[EndpointRow, ...]:
    """Return a row for each operation of the specs in their order, then for those that only contracts name."""
    answered = _group_answered(record, scenarios)
    described = {row.operation: row for row in record.started.operations}
    named = {**dict.fromkeys(described), **dict.fromkeys(answered), **dict.fromkeys(record.requests)}
    return tuple(_build_row(record, name, described.get(name), answered.get(name, [])) for name in named)


def classify(answered: _Answered) -> EndpointState:
    """Return the state that one sent request shows."""
    response = answered.response
    if response is None:
        return EndpointState.ERROR
    denies = answered.success is False and is_denial(answered.error_code)
    if response.status in (401, 403) or denies:
        return EndpointState.DENIED
    if response.status == 404:
        return EndpointState.REACHABLE if _is_answer_of_the_route(answered, response) else EndpointState.MISSING
    if response.status in (405, 501):
        return EndpointState.MISSING
    return EndpointState.ERROR if response.status >= 500 else EndpointState.REACHABLE


def _is_answer_of_the_route(answered: _Answered, response: ResponseRow | ReceivedMessage) -> bool:
    return answered.error_code is not None and is_json_type(response.media_type or "")


def is_denial(code: str | None) -> bool:
    """Return whether an error code is about authorization."""
    return any(_DENIAL.fullmatch(word) for word in _WORDS.findall(code or ""))


def _group_answered(record: RunRecord, scenarios: Iterable[ScenarioRow]) -> dict[str, list[_Answered]]:
    grouped: dict[str, list[_Answered]] = {}
    for scenario in scenarios:
        for step in scenario.steps:
            if step.response or (scenario.id, step.name) in record.sent_steps:
                grouped.setdefault(step.operation, []).append(step)
    for page in record.pages.values():
        grouped.setdefault(page.operation, []).append(page)
    for operation, generated in _iter_generated(record):
        grouped.setdefault(operation, []).append(generated)
    return grouped


def _iter_generated(record: RunRecord) -> Iterator[tuple[str, _Generated]]:
    for operation, answers in record.property_answers.items():
        for answer in answers:
            response = ResponseRow(status=answer.status, media_type=answer.media_type)
            yield operation, _Generated(response, answer.success, answer.error_code, answer.auth)
    for kept in record.property_exchanges.values():
        exchange = kept.exchange
        if kept.operation not in record.property_answers and exchange.response and isinstance(exchange.success, bool):
            code = exchange.error_code if isinstance(exchange.error_code, str) else None
            yield kept.operation, _Generated(exchange.response, exchange.success, code)


def _build_row(
    record: RunRecord, operation: str, described: OperationDescription | None, answered: list[_Answered]
) -> EndpointRow:
    if described is None:
        method, _, path = operation.partition(" ")
        described = OperationDescription(operation=operation, method=method if path else None, path=path or None)
    return EndpointRow(
        operation=operation,
        spec=described.spec,
        method=described.method,
        path=described.path,
        evidence=described.evidence,
        state=_find_state(operation, answered, record),
        statuses=tuple(sorted({each.response.status for each in answered if each.response})),
        instead=described.instead,
    )


def _find_state(operation: str, answered: list[_Answered], record: RunRecord) -> EndpointState:
    if not answered:
        return EndpointState.ERROR if record.requests[operation] else EndpointState.NEVER_PROBED
    deciding = [each for each in answered if each.auth not in _UNAUTHORIZED_ON_PURPOSE] or answered
    return min(map(classify, deciding), key=_BEST_FIRST.index)
