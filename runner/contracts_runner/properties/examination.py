"""Judges generated cases: the spec's promises, what the service should refuse, and what must be gone after a removal.

Only a check that looked at something counts: the collector learns of each look, and of each complaint. Whether an
answer is a success is decided as in scenarios, by its status and the spec's `x-success`: HTTP 200 with an error
envelope is a rejection, and it does not prove that valid data was accepted.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.success import Success, judge
from contracts_runner.model.exchange import Exchange, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Ask, Complaint, GeneratedCase, Opinion
from contracts_runner.properties.collecting import Collector
from contracts_runner.properties.flows import find_removal, is_below
from contracts_runner.properties.sending import Sender
from contracts_runner.properties.shapes import describe_conformance

# Phases whose cases are small already: a complaint there asks for no smaller example, and for no second one later.
_SMALL_PHASES = ("examples", "coverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Implements Examiner for the operations of one spec, by label. `gone`: the names of the links after which the
    service must refuse (`x-gone`). `depth` is the limit on nested JSON."""

    spec: Spec
    operations: Mapping[str, Operation]
    checks: Sequence[str]
    gone: frozenset[str]
    sender: Sender
    collector: Collector
    depth: int
    is_shrinking: bool
    _authorized: set[str] = field(default_factory=set)  # operations whose credentials were looked at
    _small: set[tuple[str, str, str]] = field(default_factory=set)  # complaints of the small phases
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def examine(self, case: GeneratedCase, ask: Ask) -> Sequence[Complaint]:
        """Return the complaints that are worth a smaller example."""
        operation = self.operations[case.exchange.request.operation]
        success = self._judge(operation, case.response)
        self.collector.take_case(operation, case, success)
        complaints = list(self._iter_complaints(operation, case, success, ask))
        for complaint in complaints:
            self.collector.take_complaint(operation, complaint)
        return self._find_open(operation, case, complaints) if self.is_shrinking else ()

    def is_hidden_error(self, exchange: Exchange) -> bool:
        """Tell whether an answer is an error in spite of its status."""
        response = exchange.response
        return response is not None and 200 <= response.status_code <= 299 and not self._has_succeeded(exchange)

    def _find_open(
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
        judgements: dict[str, Iterator[Complaint | None]] = {
            "not_a_server_error": self._check_server_error(operation, case),
            "negative_data_rejection": self._check_rejection(case, success, ask),
            "positive_data_acceptance": self._check_acceptance(case, success, ask),
            "use_after_free": self._check_removal(case, success, ask),
            "ensure_resource_availability": self._check_availability(case, success, ask),
            "ignored_auth": self._check_authorization(operation, case, success),
        }
        for check, found in judgements.items():
            if check in self.checks:
                for complaint in found:
                    self.collector.look(operation, check)
                    if complaint is not None:
                        yield complaint
        yield from self._check_promises(operation, case)

    def _check_promises(self, operation: Operation, case: GeneratedCase) -> Iterator[Complaint]:
        if case.is_probe:
            return
        body = parse_body(case.response, depth=self.depth)
        looked: set[str] = set()
        for row in check_conformance(operation, self.spec, case.response, body):
            nature = describe_conformance(row)
            if nature.check not in self.checks:
                continue
            looked.add(nature.check)
            if row.outcome is Outcome.FAILED:
                yield Complaint(
                    check=nature.check,
                    code=nature.code,
                    title=nature.title,
                    message=row.message,
                    shape=nature.shape,
                    steps=case.steps,
                )
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
            check="not_a_server_error",
            code="ST101",
            title="Server error",
            message=f"the service answered {data} with status {status}",
            shape=str(status),
            steps=case.steps,
        )

    def _check_rejection(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        check = "negative_data_rejection"
        if case.negation is None or case.is_probe or _is_without_meaning(case):
            return
        if not success.is_success:
            yield None
        elif opinion := ask(check):
            message = f"invalid data was accepted with status {case.response.status_code}: {case.negation}"
            yield _complain(check, opinion, case, message=message, shape=case.negation.place)

    def _check_acceptance(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        check = "positive_data_acceptance"
        if case.negation is not None or case.is_probe:
            return
        if success.is_success:
            yield None
        elif opinion := ask(check):
            status = case.response.status_code
            message = f"data that the spec allows was refused with status {status}"
            yield _complain(check, opinion, case, message=message, shape=str(status))

    def _check_removal(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        check = "use_after_free"
        if case.link in self.gone and self._has_succeeded(case.steps[-2]):
            yield _complain_gone(case, case.steps[-2]) if success.is_success else None
            return
        removal = find_removal(case.history, case.exchange)
        if removal is None or not self._has_succeeded(removal):
            return
        if not success.is_success:
            yield None
        elif opinion := ask(check):
            yield _complain(check, opinion, case, message=opinion.message, shape="")

    def _check_availability(self, case: GeneratedCase, success: Success, ask: Ask) -> Iterator[Complaint | None]:
        check = "ensure_resource_availability"
        if not case.link or len(case.steps) < 2:
            return
        before = case.steps[-2]
        if before.request.method != "POST" or not is_below(case.exchange, before) or not self._has_succeeded(before):
            return
        if success.is_success:
            yield None
        elif opinion := ask(check):
            yield _complain(check, opinion, case, message=opinion.message, shape="")

    def _check_authorization(
        self, operation: Operation, case: GeneratedCase, success: Success
    ) -> Iterator[Complaint | None]:
        is_secured = bool(operation.security) and () not in operation.security
        if not is_secured or not success.is_success or case.is_probe:
            return
        with self._lock:
            if operation.label in self._authorized:
                return
            self._authorized.add(operation.label)
        without, invalid = self.sender.send_unauthorized(case.draft)
        for exchange, words in ((without, "without a credential"), (invalid, "with an invalid credential")):
            if exchange.response is None:
                continue
            is_ignored = self._judge(operation, exchange.response).is_success
            yield _complain_auth(exchange, words) if is_ignored else None

    def _has_succeeded(self, exchange: Exchange) -> bool:
        operation = self.operations[exchange.request.operation]
        return exchange.response is not None and self._judge(operation, exchange.response).is_success


def _is_without_meaning(case: GeneratedCase) -> bool:
    """Tell whether only a body is invalid that HTTP gives no meaning, so that it may be ignored (RFC 9110 §9.3)."""
    is_body = case.negation is not None and case.negation.place == "body"
    return is_body and case.exchange.request.method in ("GET", "HEAD", "DELETE")


def _complain(check: str, opinion: Opinion, case: GeneratedCase, *, message: str, shape: str) -> Complaint:
    return Complaint(
        check=check,
        code=opinion.code,
        title=opinion.title,
        message=" ".join(message.split()),
        shape=shape,
        steps=opinion.steps or case.steps,
    )


def _complain_gone(case: GeneratedCase, removal: Exchange) -> Complaint:
    used, gone = case.exchange.request.operation, removal.request.operation
    return Complaint(
        check="use_after_free",
        code="ST301",
        title="Removed resource still available",
        message=f"{used} succeeded with what {gone} had removed just before",
        shape=gone,
        steps=case.steps,
    )


def _complain_auth(exchange: Exchange, words: str) -> Complaint:
    return Complaint(
        check="ignored_auth",
        code="ST401",
        title="Authentication not enforced",
        message=f"the service answered a request {words} with a success",
        shape=words,
        steps=(exchange,),
    )
