"""Runs the property phase against an application that is served on loopback, as a run does."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.ports import SystemClock
from contracts_runner.model.contract import KnownProperty
from contracts_runner.model.environment import Environment, Limits, RedactionMode, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.preview import PropertyPlanner
from contracts_runner.properties.property_phase import PropertyPhase
from contracts_runner.properties.selection import OperationFilter, build_settings, select_operations
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, PropertyExchange, PropertyFinished
from contracts_runner.results.lines import as_json
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from helpers.engine import FAULT
from helpers.operations import HERE
from helpers.servers import serve_wsgi
from helpers.specs import load_document
from library_app import KEY, SPEC

EVERYTHING = OperationFilter()
TODAY = datetime(2026, 6, 1, tzinfo=UTC)


class FixedDay(SystemClock):
    """The real time, on a day that stays."""

    def now(self) -> datetime:
        return TODAY


@dataclass
class Outcome:
    """What a phase left behind."""

    events: list[Event] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    artifacts: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    is_interrupted: bool = False

    @property
    def rows(self) -> list[Mapping[str, Json]]:
        """The rows, as results.json has them."""
        return [as_json(event.row) for event in self.events if isinstance(event, PropertyFinished)]

    @property
    def exchanges(self) -> list[PropertyExchange]:
        """The exchanges that were kept."""
        return [event for event in self.events if isinstance(event, PropertyExchange)]

    @property
    def not_passed(self) -> list[tuple[str, str, str]]:
        """(operation, check, outcome) of every row that did not pass."""
        return [(row["operation"], row["check"], row["outcome"]) for row in self.rows if row["outcome"] != "passed"]

    def find(self, operation: str, check: str) -> list[Mapping[str, Json]]:
        """Return the rows of a check of an operation."""
        return [row for row in self.rows if (row["operation"], row["check"]) == (operation, check)]


def make_environment(**changes: Any) -> Environment:
    """Return an environment where writes are allowed, and the key is known."""
    values: dict[str, Any] = {
        "name": "here",
        "base_url": "http://127.0.0.1:9",
        "credentials": {"key": KEY},
        "writes": WritePolicy.ALLOW,
        "limits": Limits(connect_seconds=2, first_byte_seconds=5, exchange_seconds=5),
        "location": HERE,
    }
    return Environment(**{**values, **changes})


def load_library(folder: Path, document: Mapping[str, Any] = SPEC) -> Spec:
    """Return the library's spec."""
    return load_document(folder, document)


@contextlib.contextmanager
def open_phase(
    spec: Spec,
    base_url: str,
    scratch: Path,
    *,
    seed: int = 1,
    environment: Environment | None = None,
    phases: Sequence[str] = (),
    chosen: OperationFilter = EVERYTHING,
    known: Sequence[KnownProperty] = (),
    find_headers: Callable[[str], Mapping[str, str]] = lambda _: {},
    limiter: RateLimiter | None = None,
    sent: list[Request] | None = None,
) -> Iterator[tuple[PropertyPhase, Outcome]]:
    """Yield a phase that is ready to run, over the real transport with the real guard."""
    environment = environment or make_environment()
    settings = build_settings(environment, phases=tuple(map(GenerationPhase, phases)))
    outcome = Outcome(sent=[] if sent is None else sent)

    def write_artifact(operation: str, number: int, case: str, document: Mapping[str, Json]) -> str:
        path = f"artifacts/properties/{operation}/{number}-{case}.json"
        outcome.artifacts[path] = document
        return path

    transport = HttpTransport(
        TransportSettings(limits=environment.limits),
        guard=WriteGuard(base_url=base_url, writes=environment.writes, effects=build_effects([spec], base_url)),
        limiter=limiter or RateLimiter(None),
        on_leave=outcome.sent.append,
    )
    with contextlib.closing(transport):
        phase = PropertyPhase(
            specs={spec.key: spec},
            operations={spec.key: select_operations(spec, settings, chosen)},
            settings=settings,
            environment=environment,
            known=known,
            base_url=base_url,
            seed=seed,
            transport=transport,
            redactor=Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"0" * 32),
            clock=FixedDay(),
            emit=outcome.events.append,
            write_artifact=write_artifact,
            find_headers=find_headers,
            scratch=scratch,
        )
        yield phase, outcome


def run_phase(spec: Spec, application: Callable[..., object], scratch: Path, **options: Any) -> Outcome:
    """Serve the application, run the phase against it, and return what it left behind."""
    with serve_wsgi(application) as base_url, open_phase(spec, base_url, scratch, **options) as (phase, outcome):
        outcome.is_interrupted = phase.run()
    assert not [row for row in outcome.rows if FAULT in row["reason"]]
    return outcome


def make_planner(
    scratch: Path, *, seed: int = 1, environment: Environment | None = None, phases: Sequence[str] = ()
) -> PropertyPlanner:
    """Return what plans the requests that `run_phase` sends with the same options."""
    environment = environment or make_environment()
    return PropertyPlanner(
        environment=environment,
        base_url="http://127.0.0.1:9",
        settings=build_settings(environment, phases=phases),
        seed=seed,
        headers={},
        scratch=scratch,
    )


def list_all(spec: Spec) -> tuple[Operation, ...]:
    """Return the operations that the phase tests when nothing is selected."""
    return select_operations(spec, build_settings(make_environment()))


def group_requests(requests: Iterable[Request]) -> dict[str, set[tuple[str, str, bytes | None]]]:
    """Return operation -> (method, URL without the server, body) of its requests."""
    grouped: dict[str, set[tuple[str, str, bytes | None]]] = {}
    for request in requests:
        url = urlsplit(request.url)._replace(scheme="", netloc="").geturl()
        grouped.setdefault(request.operation, set()).add((request.method, url, request.body))
    return grouped
