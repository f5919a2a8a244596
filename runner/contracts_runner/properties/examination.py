"""Judges generated cases: the spec's promises, what the service should refuse, and what must not exist after a removal.

Only a check that looked at something counts. Whether an answer is a success is decided as in scenarios, by its status
and the spec's `x-success`: HTTP 200 with an error envelope is a rejection, not a proof that valid data was accepted.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum, auto
from functools import partial
from typing import assert_never
from urllib.parse import urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.missing_routes import tell_missing
from contracts_runner.engine.success import Success, judge
from contracts_runner.faults import Fault, guard
from contracts_runner.model.checks import CheckName, CheckResult, PropertyCheck
from contracts_runner.model.exchange import Exchange, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Ask, Complaint, GeneratedCase
from contracts_runner.properties.collecting import Collector, Defect
from contracts_runner.properties.links import Link, name_link
from contracts_runner.properties.selection import GenerationSettings
from contracts_runner.properties.sending import Sender

# Phases whose cases are small already: a complaint there asks for no smaller example, and for no second one later.
_SMALL_PHASES = (GenerationPhase.EXAMPLES, GenerationPhase.COVERAGE)
# What cannot create a removed resource again: after it, a success is about the resource that was removed.
_NOT_CREATING = ("GET", "HEAD", "PATCH")
# Says nothing of the data: Method Not Allowed (RFC 9110 §15.5.6), as 401, 403 and 404, which Schemathesis leaves out.
_NOT_ALLOWED = 405
_INDEX = re.compile(r"\[\d+\]")


class Look(Enum):
    """What a check says of a case instead of a complaint, or None for a case that is as it should be."""

    UNDECIDED = auto()  # it needs a request that was accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Judges cases of the operations of one spec, by label; called from the generator's threads. After a link with
    `x-gone` the service must refuse. `depth` is the limit on nested JSON, `is_simulated`: the service is a sandbox."""

    spec: Spec
    operations: Mapping[str, Operation]
    links: Sequence[Link]
    settings: GenerationSettings
    sender: Sender
    collector: Collector
    depth: int
    is_simulated: bool = False
    _authorized: set[str] = field(default_factory=set)  # operations whose credentials were looked at
    _small: set[Defect] = field(default_factory=set)  # complaints of the small phases
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def examine(self, case: GeneratedCase, ask: Ask) -> Sequence[Complaint]:
        """Return the complaints that are worth a smaller example. A check that breaks is errored, the others go on."""
        operation = self.operations[case.exchange.request.operation]

        def settle(fault: Fault) -> Sequence[Complaint]:
            self.collector.fail(operation.label, Outcome.ERRORED, f"an answer cannot be judged: {fault}")
            return ()

        return guard(lambda: self._examine(operation, case, ask), settle)

    def _examine(self, operation: Operation, case: GeneratedCase, ask: Ask) -> Sequence[Complaint]:
        success = self._judge(operation, case.response)
        self.collector.take_case(operation, case, success)
        complaints = [
            replace(complaint, steps=_join(case.makers, complaint.steps))
            for complaint in self._iter_complaints(operation, case, success, ask)
        ]
        for complaint in complaints:
            self.collector.take_complaint(operation, complaint)
        return self._select_shrinkable(operation, case, complaints) if self.settings.is_shrinking else ()

    def is_hidden_error(self, exchange: Exchange) -> bool:
        """Tell whether an answer is an error in spite of its status."""
        response = exchange.response
        return response is not None and 200 <= response.status_code <= 299 and not self._has_succeeded(exchange)

    def _select_shrinkable(
        self, operation: Operation, case: GeneratedCase, complaints: Sequence[Complaint]
    ) -> Sequence[Complaint]:
        keys = {(operation.label, each.check, each.shape): each for each in complaints}
        with self._lock:
            if case.phase in _SMALL_PHASES:
                self._small.update(keys)
                return ()
            return [complaint for key, complaint in keys.items() if key not in self._small]

    def _judge(self, operation: Operation, response: Response) -> Success:
        return judge(operation, self.spec, response, depth=self.depth).success

    def _iter_complaints(
        self, operation: Operation, case: GeneratedCase, success: Success, ask: Ask
    ) -> Iterator[Complaint]:
        for check in self.settings.checks:
            judge_all = partial(self._judge_all, check, operation, case, success, ask)
            for result in guard(judge_all, partial(self._break_off, operation, check)):
                if result is Look.UNDECIDED:
                    self.collector.leave_undecided(operation, check)
                    continue
                self.collector.look(operation, check)
                if result is not None:
                    yield result
        yield from self._check_promises(operation, case)

    def _judge_all(
        self, check: PropertyCheck, operation: Operation, case: GeneratedCase, success: Success, ask: Ask
    ) -> list[Complaint | Look | None]:
        return list(self._apply(check, operation, case, success, ask))

    def _apply(
        self, check: PropertyCheck, operation: Operation, case: GeneratedCase, success: Success, ask: Ask
    ) -> Iterator[Complaint | Look | None]:
        """Return an item for each time that the check looked: its complaint, or None."""
        match check:
            case PropertyCheck.NOT_A_SERVER_ERROR:
                return self._check_server_error(operation, case)
            case PropertyCheck.NEGATIVE_DATA_REJECTION:
                return self._check_rejection(case, success, ask)
            case PropertyCheck.POSITIVE_DATA_ACCEPTANCE:
                return self._check_acceptance(case, success, ask)
            case PropertyCheck.USE_AFTER_FREE:
                return self._check_removal(case, success, ask)
            case PropertyCheck.ENSURE_RESOURCE_AVAILABILITY:
                return self._check_availability(case, success, ask)
            case PropertyCheck.IGNORED_AUTH:
                return self._check_authorization(operation, case, success)
            case (
                PropertyCheck.STATUS_CODE_CONFORMANCE
                | PropertyCheck.CONTENT_TYPE_CONFORMANCE
                | PropertyCheck.RESPONSE_HEADERS_CONFORMANCE
                | PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE
            ):
                return iter(())  # all at once, by _check_promises
            case PropertyCheck.REQUESTS | PropertyCheck.RESPONSE:
                return iter(())  # by the collector, where there is no answer to judge
            case _:
                assert_never(check)

    def _break_off(self, operation: Operation, check: PropertyCheck, fault: Fault) -> list[Complaint | Look | None]:
        self.collector.break_off(operation, check, f"cannot be judged: {fault}")
        return []

    def _check_promises(self, operation: Operation, case: GeneratedCase) -> Iterator[Complaint]:
        if case.is_probe:
            return
        answer = judge(operation, self.spec, case.response, depth=self.depth)
        looked: set[PropertyCheck] = set()
        rows = check_conformance(operation, self.spec, case.response, answer.body)
        url = case.exchange.request.url
        for row in tell_missing(rows, self.spec, operation, url, answer, is_simulated=self.is_simulated):
            complaint = describe_conformance(row, case.steps)
            if complaint.check not in self.settings.checks:
                continue
            if row.outcome is Outcome.ERRORED:
                self.collector.break_off(operation, complaint.check, row.message)
                continue
            looked.add(complaint.check)
            if row.outcome is Outcome.FAILED:
                yield complaint
        for check in looked:
            self.collector.look(operation, check)

    def _check_server_error(self, operation: Operation, case: GeneratedCase) -> Iterator[Complaint | None]:
        status = case.response.status_code
        # An error that the spec names by its number is a promise; `5XX` and `default` say only how it would look.
        if status < 500 or str(status) in operation.responses:
            yield None
            return
        data = f"invalid data ({case.negation})" if case.negation else "valid data"
        yield Complaint(
            check=PropertyCheck.NOT_A_SERVER_ERROR,
            code="ST101",
            title="Server error",
            message=f"the service answered {data} with status {status}",
            shape=str(status),
            steps=case.steps,
        )

    def _check_rejection(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        if case.negation is None or case.is_probe or _is_without_meaning(case):
            return
        if not success.is_success:
            yield None
        elif complaint := ask(PropertyCheck.NEGATIVE_DATA_REJECTION):
            message = f"invalid data was accepted with status {case.response.status_code}: {case.negation}"
            yield replace(complaint, message=" ".join(message.split()), shape=case.negation.place)

    def _check_acceptance(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | Look | None]:
        if case.negation is not None or case.is_probe:
            return
        status = case.response.status_code
        if success.is_success:
            yield None
        elif status != _NOT_ALLOWED and (complaint := ask(PropertyCheck.POSITIVE_DATA_ACCEPTANCE)):
            yield replace(
                complaint, message=f"data that the spec allows was refused with status {status}", shape=str(status)
            )
        else:
            yield Look.UNDECIDED

    def _check_removal(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        was_removed = any(link.is_gone and name_link(link) == case.link for link in self.links)
        if was_removed and self._has_succeeded(case.steps[-2]):
            yield _complain_removed(case) if success.is_success else None
            return
        removal = _find_removal(case.history, case.exchange)
        if removal is None or not self._has_succeeded(removal):
            return
        if not success.is_success:
            yield None
        elif complaint := ask(PropertyCheck.USE_AFTER_FREE):
            yield complaint

    def _check_availability(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        if not case.link or len(case.steps) < 2:
            return
        before = case.steps[-2]
        if before.request.method != "POST" or not _is_below(case.exchange, before) or not self._has_succeeded(before):
            return
        if success.is_success:
            yield None
        elif complaint := ask(PropertyCheck.ENSURE_RESOURCE_AVAILABILITY):
            yield complaint

    def _check_authorization(
        self, operation: Operation, case: GeneratedCase, success: Success
    ) -> Iterator[Complaint | Look | None]:
        is_secured = bool(operation.security) and () not in operation.security
        if not is_secured or case.is_probe:
            return
        if not success.is_success:
            yield Look.UNDECIDED
            return
        with self._lock:
            if operation.label in self._authorized:
                return
            self._authorized.add(operation.label)
        for auth, manner in ((NO_AUTH, "without a credential"), (INVALID_AUTH, "with an invalid credential")):
            exchange = self.sender.send(case.draft, auth=auth)
            if exchange.response is not None:
                exchange = replace(exchange, taken=case.exchange.taken)
                yield _complain_auth(exchange, manner) if self._has_succeeded(exchange) else None

    def _has_succeeded(self, exchange: Exchange) -> bool:
        operation = self.operations[exchange.request.operation]
        return exchange.response is not None and self._judge(operation, exchange.response).is_success


def _join(makers: Sequence[Exchange], steps: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Return the requests of a proof after those that gave what they take, each once."""
    sent = {id(step.request) for step in steps}
    return (*(maker for maker in makers if id(maker.request) not in sent), *steps)


def _is_without_meaning(case: GeneratedCase) -> bool:
    """Tell whether only a body is invalid that HTTP gives no meaning, so that it may be ignored (RFC 9110 §9.3)."""
    is_body = case.negation is not None and case.negation.place == "body"
    return is_body and case.exchange.request.method in ("GET", "HEAD", "DELETE")


def _is_below(exchange: Exchange, other: Exchange) -> bool:
    """Tell whether a request's path is that of another or begins with it, segment by segment."""
    path, start = (urlsplit(each.request.url).path.rstrip("/").split("/") for each in (exchange, other))
    return path[: len(start)] == start


def _find_removal(history: Sequence[Exchange], exchange: Exchange) -> Exchange | None:
    """Return the latest DELETE of the history that removed what an exchange asks for, None without one."""
    if exchange.request.method not in _NOT_CREATING:
        return None
    removals = (each for each in reversed(history) if each.request.method == "DELETE")
    return next((each for each in removals if _is_below(exchange, each)), None)


def describe_conformance(row: CheckResult, steps: Sequence[Exchange]) -> Complaint:
    """Return a row of engine/conformance.py, failed or not, as Schemathesis would report it."""
    check, code, title, shape = _classify(row)
    return Complaint(
        check=check,
        code=code,
        title=title,
        message=row.message,
        shape=shape,
        violations=row.violations,
        steps=tuple(steps),
    )


def _classify(row: CheckResult) -> tuple[PropertyCheck, str, str, str]:
    match row.check:
        case CheckName.STATUS_DECLARED:
            return PropertyCheck.STATUS_CODE_CONFORMANCE, "ST103", "Undocumented status code", str(row.actual)
        case CheckName.MEDIA_TYPE_DECLARED if row.actual is None:
            return PropertyCheck.CONTENT_TYPE_CONFORMANCE, "ST104", "Missing Content-Type header", ""
        case CheckName.MEDIA_TYPE_DECLARED:
            return PropertyCheck.CONTENT_TYPE_CONFORMANCE, "ST105", "Undocumented Content-Type", str(row.actual)
        case CheckName.RESPONSE_HEADERS if row.actual is None:
            return (
                PropertyCheck.RESPONSE_HEADERS_CONFORMANCE,
                "ST107",
                "Missing required response header",
                str(row.path),
            )
        case CheckName.RESPONSE_HEADERS:
            return PropertyCheck.RESPONSE_HEADERS_CONFORMANCE, "ST108", "Response violates schema", str(row.path)
        case CheckName.BODY_JSON:
            return PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE, "ST109", "Response is not the JSON that it says it is", ""
        case CheckName.BODY_SCHEMA:
            shape = _INDEX.sub("[*]", row.path or "")
            return PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE, "ST108", "Response violates schema", shape
        case other:
            raise AssertionError(f"an unknown conformance check: {other}")


def _complain_removed(case: GeneratedCase) -> Complaint:
    used, removing = case.exchange.request.operation, case.steps[-2].request.operation
    return Complaint(
        check=PropertyCheck.USE_AFTER_FREE,
        code="ST301",
        title="Removed resource still available",
        message=f"{used} succeeded with what {removing} had removed just before",
        shape=removing,
        steps=case.steps,
    )


def _complain_auth(exchange: Exchange, manner: str) -> Complaint:
    return Complaint(
        check=PropertyCheck.IGNORED_AUTH,
        code="ST401",
        title="Authentication not enforced",
        message=f"the service answered a request {manner} with a success",
        shape=manner,
        steps=(exchange,),
    )
