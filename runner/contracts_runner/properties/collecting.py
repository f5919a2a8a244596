"""What the examination found: how often each check looked, and the smallest example of each defect; thread-safe."""

import threading
from collections import Counter
from dataclasses import field
from typing import NamedTuple

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.success import Success
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.exchange import Exchange, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.properties.cases import Complaint, GeneratedCase

# In the place of an operation where a failing concerns all of them.
ALL_OPERATIONS = "*"
# What is kept of an operation beside its defects: the first exchange of each kind.
SAMPLES = ("accepted", "refused")

Defect = tuple[str, PropertyCheck, str]  # (operation, check, shape)


class Failing(NamedTuple):
    """Why an operation could not be tested as planned."""

    outcome: Outcome
    message: str


class Findings(NamedTuple):
    """What was found of a spec; `is_whole`: all operations could be tested as planned."""

    found: frozenset[Defect]
    is_whole: bool


class Sample(NamedTuple):
    """An exchange that shows how an operation answers."""

    exchange: Exchange
    success: Success


class Answered(NamedTuple):
    """One kind of answer; `auth` is None for the operation's own credentials."""

    operation: str
    status: int
    media_type: str | None
    success: bool
    error_code: str | None
    auth: str | None


@dataclass(slots=True)
class Collector:
    """All that is known of the generated requests. Operations are named by their labels."""

    requests: Counter[str] = field(default_factory=Counter)
    looks: Counter[tuple[str, PropertyCheck]] = field(default_factory=Counter)  # (operation, check)
    defects: dict[Defect, Complaint] = field(default_factory=dict)  # each by its smallest example
    failings: dict[str, Failing] = field(default_factory=dict)  # the first one of each operation
    broken: dict[tuple[str, PropertyCheck], str] = field(default_factory=dict)  # (operation, check) -> why
    cut: dict[str, str] = field(default_factory=dict)  # operation -> why not all of its requests were sent
    samples: dict[tuple[str, str], Sample] = field(default_factory=dict)  # (operation, one of SAMPLES)
    answers: Counter[Answered] = field(default_factory=Counter)
    undecided: set[tuple[str, str]] = field(default_factory=set)  # (operation, check) that needs an accepted request
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_case(self, operation: Operation, case: GeneratedCase, success: Success) -> None:
        """Count a case, and keep the first of each kind as a sample."""
        with self._lock:
            self.requests[operation.label] += 1
            kind = SAMPLES[0] if success.is_success else SAMPLES[1]
            self.samples.setdefault((operation.label, kind), Sample(case.exchange, success))

    def take_answer(self, operation: Operation, response: Response, success: Success, auth: str | None) -> None:
        """Count a complete answer, whatever becomes of its case."""
        kind = Answered(
            operation.label, response.status_code, response.media_type, success.is_success, success.error_code, auth
        )
        with self._lock:
            self.answers[kind] += 1

    def leave_undecided(self, operation: Operation, check: PropertyCheck) -> None:
        """Remember that a check wanted to look at an accepted request, and had none."""
        with self._lock:
            self.undecided.add((operation.label, check))

    def look(self, operation: Operation, check: PropertyCheck) -> None:
        """Count an exchange that the check really looked at."""
        with self._lock:
            self.looks[operation.label, check] += 1

    def take_complaint(self, operation: Operation, complaint: Complaint) -> None:
        """Keep a complaint if there is none for the same defect with a smaller example."""
        key = (operation.label, complaint.check, complaint.shape)
        with self._lock:
            known = self.defects.get(key)
            if known is None or _measure(complaint) < _measure(known):
                self.defects[key] = complaint

    def take_trouble(self, operation: Operation, exchange: Exchange, outcome: Outcome) -> None:
        """Keep what went wrong: an answer that broke HTTP or our bounds is a defect, no answer is not."""
        problem = exchange.problem
        if outcome is not Outcome.FAILED:
            self.fail(operation.label, outcome, problem)
            return
        self.look(operation, PropertyCheck.RESPONSE)
        self.take_complaint(
            operation,
            Complaint(
                check=PropertyCheck.RESPONSE,
                code=PropertyCheck.RESPONSE,
                title="Broken response",
                message=problem,
                shape=problem,
                steps=(exchange,),
            ),
        )

    def break_off(self, operation: Operation, check: PropertyCheck, message: str) -> None:
        """Keep why a check could not judge an answer; the first reason counts."""
        with self._lock:
            self.broken.setdefault((operation.label, check), message)

    def take_cut(self, operation: Operation, reason: str) -> None:
        """Keep why a request was not sent; the first reason counts."""
        with self._lock:
            self.cut.setdefault(operation.label, reason)

    def fail(self, operation: str, outcome: Outcome, message: str) -> None:
        """Keep why an operation could not be tested; the first reason counts."""
        with self._lock:
            self.failings.setdefault(operation, Failing(outcome, message))


def _measure(complaint: Complaint) -> tuple[int, int, str, bytes]:
    """Return what the smallest example has least of: steps, then bytes; the rest only settles ties."""
    requests = [step.request for step in complaint.steps]
    size = sum(len(request.url) + len(request.body or b"") for request in requests)
    return len(requests), size, requests[-1].url, requests[-1].body or b""
