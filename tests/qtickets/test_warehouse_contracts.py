"""The warehouse contracts of QTickets: a clean load passes all; a defect of the loader fails those that should see it.

The twin is served over HTTP, its loader fills the embedded ClickHouse, and the API is asked as in a run.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.paging import ApiPages
from contracts_runner.engine.ports import SystemClock
from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import Environment, RedactionMode, WarehouseSettings
from contracts_runner.project.project import Project, load_project
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.lines import as_json
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.warehouse_phase import WarehousePhase
from helpers.command import REPOSITORY
from helpers.servers import serve_wsgi
from helpers.warehouse_desk import make_redactor
from qtickets_sandbox.app import create_app
from qtickets_sandbox.credentials import PARTNER_KEY_P, REST_TOKEN_A
from qtickets_sandbox.loader import DEFECTS, LoadError, create_tables, load

pytestmark = pytest.mark.thorough

START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
CREDENTIALS = {"restToken": REST_TOKEN_A, "partnerKey": PARTNER_KEY_P}
_numbers = itertools.count(1)

# Defect of the loader -> the checks that see it.
SEEN: Mapping[str, set[str]] = {
    # The first pages have other events than the first orders: references, cities and facts show it as well.
    "first-page-only": {
        *("W.1.4", "W.1.6", "W.1.9", "W.1.11", "W.1.14", "W.1.15"),
        *("W.3.13", "W.7.7", "W.9.8", "W.9.9", "W.10.3", "W.10.4", "W.10.6", "W.10.9", "W.10.10", "W.11.3", "W.19.3"),
    },
    "unpaid-counted": {"W.1.14", "W.1.15", "W.10.9", "W.10.10"},
    "refunds-counted": {"W.1.14", "W.1.15", "W.10.9", "W.10.10"},
    "negative-refunds": {"W.1.10", "W.1.14", "W.1.15", "W.10.5", "W.10.9", "W.10.10", "W.11.4"},
    "discount-ignored": {"W.1.14", "W.1.15", "W.10.9"},
    "amount-in-kopecks": {"W.1.14", "W.1.15", "W.10.9"},
    "shifted-time-zone": {"W.1.14", "W.10.9", "W.10.10"},
    "facts-in-utc": {"W.10.7", "W.10.8", "W.10.9", "W.10.10", "W.11.5"},
    "wrong-currency": {"W.1.8", "W.1.14", "W.1.15"},
    "lost-utm": {"W.1.14"},
    "lost-city": {"W.1.4", "W.1.9", "W.10.3"},
    "city-object": {"W.1.9", "W.9.5"},
    "lost-dates": {"W.9.4"},
    "duplicate-after-replay": {"W.1.5", "W.1.15", "W.10.7", "W.10.8", "W.11.5"},
    "ambiguous-version": {"W.1.16"},
    "merges-behind": {"W.3.12"},
    "lost-partner-tickets": {"W.8.2", "W.8.3", "W.8.10"},
    "lost-barcodes": {"W.7.2", "W.7.3", "W.7.7"},
    "lost-price-shades": {"W.4.2", "W.4.3", "W.4.5"},
    "lost-discounts": {"W.5.2", "W.5.3", "W.5.5"},
    "lost-clients": {"W.3.2", "W.3.4", "W.3.13"},
    "lost-validity": {"W.6.5"},
    "lost-inventory": {"W.2.2", "W.2.5", "W.12.2", "W.12.4", "W.12.6", "W.12.7"},
    "places-unknown": {"W.2.3", "W.12.6", "W.12.7"},
    "tariffs-counted": {"W.9.9"},
    "event-in-two-cities": {"W.12.3", "W.12.6", "W.12.7", "W.16.2", "W.20.2"},
    "raw-email": {"W.3.5", "W.3.6", "W.3.7", "W.3.8", "W.3.9", "W.3.10"},
    "raw-payload": {"W.1.12", "W.3.11", "W.8.9"},
    "stale-data": {"W.1.6", "W.1.14", "W.1.15", "W.10.9", "W.10.10"},
    "facts-forgotten": {
        *("W.10.2", "W.10.4", "W.10.7", "W.10.8", "W.10.9", "W.10.10"),
        *("W.11.2", "W.11.3", "W.11.5", "W.12.2", "W.12.4", "W.12.6", "W.12.7"),
    },
    "stray-event": {"W.10.6", "W.10.7", "W.10.8", "W.10.9", "W.10.10", "W.11.6"},
    "stuck-job": {"W.15.5"},
    "failed-job": {"W.15.5"},
    "unrecorded-job": {"W.15.2", "W.15.5"},
    "view-out-of-step": {"W.17.3"},
    "view-without-final": {"W.20.2", "W.20.3"},
    "unnamed-utm-group": {"W.17.2"},
    "dropped-view": {"W.18.1", "v_plan_vs_fact:engine", "W.18.2", "W.18.3"},
    "drifted-column": {"stg_qtickets_api_discounts_raw:columns"},
    # Nothing is wrong with a load that went well; see test_a_false_ok_… for one that did not.
    "false-ok": set(),
}

# The twin has neither plans nor costs: their checks have no rows to look at.
IDLE = {"W.14.2", "W.14.3", "W.23.2"}

# What is wrong with the tables themselves: statements, with DB for the database -> the checks that see it.
SPOILED: Mapping[str, tuple[str, set[str]]] = {
    "view instead of a table": (
        "DROP TABLE DB.plan_sales; CREATE VIEW DB.plan_sales AS SELECT * FROM DB.fact_qtickets_sales_daily",
        {"plan_sales:engine", "plan_sales:order_by", "plan_sales:columns", "W.14.2", "W.18.2", "W.18.3"},
    ),
    "a sale of no event": (
        "INSERT INTO DB.plan_sales (sales_date, event_id, plan_revenue) VALUES ('2026-06-01', '1', -5)",
        {"W.14.2", "W.14.3"},
    ),
    "an unknown status": (
        "INSERT INTO DB.meta_job_runs (job, started_at, finished_at, status, message) "
        "VALUES ('other', '2026-06-01 08:00:00', '2026-06-01 08:00:00', 'done', '{\"rows\": 5}')",
        {"W.15.4"},
    ),
}


@dataclass
class Time:
    """A clock that a test moves: that of loader and checks. The service stays at START, its orders do not expire."""

    value: datetime = START

    def __call__(self) -> datetime:
        return self.value


@dataclass
class Desk:
    """One database, the loads into it, and what the contracts say of it."""

    project: Project
    engine: Warehouse
    api: ApiPages
    base_url: str
    time: Time
    database: str = field(default_factory=lambda: f"qtickets_{next(_numbers)}")

    def load(self, *defects: str, base_url: str = "") -> None:
        load(
            base_url=base_url or self.base_url,
            credentials=CREDENTIALS,
            client=self.engine.raw_client,
            database=self.database,
            now=self.time,
            defects=defects,
        )

    def run(self, statements: str) -> None:
        for statement in statements.replace("DB.", f"{self.database}.").split("; "):
            self.engine.raw_client.command(statement)

    def verify(self, *, has_api: bool = True) -> list[Mapping[str, Any]]:
        """Run all checks and return their rows."""
        events: list[Event] = []
        settings = WarehouseSettings(dsn="chdb://memory", database=self.database)
        with WarehousePhase(settings, self.project.warehouses, redactor=make_redactor(), clock=self.time) as phase:
            phase.snapshot("before")
            phase.verify(events.append, {"qtickets": self.api} if has_api else {})
        return [as_json(event.row) for event in events if isinstance(event, WarehouseCheckFinished)]

    def find_failed(self, *, may_err: bool = False) -> set[str]:
        """Return the ids of the checks that had rows and did not pass; none may be errored, unless said."""
        rows = self.verify()
        assert may_err or "errored" not in {row["outcome"] for row in rows}
        return {row["id"] for row in rows if row["outcome"] != "passed" and not is_idle(row)}


def is_idle(row: Mapping[str, Any]) -> bool:
    return (row["outcome"], row["message"]) == ("skipped", "no rows to look at")


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


@pytest.fixture(scope="module")
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serve_wsgi(create_app(now=lambda: START)) as url:
        yield url


@pytest.fixture(scope="module")
def api(project: Project, base_url: str) -> Iterator[ApiPages]:
    """Give the API, asked once for all tests: what it lists does not change."""
    environment = Environment(
        name="here", base_url=base_url, credentials=CREDENTIALS, location=SourceLocation("contracts.yaml", 1)
    )
    transport = HttpTransport(
        TransportSettings(limits=environment.limits),
        guard=WriteGuard(
            base_url=base_url, writes=environment.writes, effects=build_effects(project.specs.values(), base_url)
        ),
        limiter=RateLimiter(None),
        on_leave=lambda _request: None,
    )
    yield ApiPages(
        spec=project.specs["qtickets"],
        environment=environment,
        base_url=base_url,
        transport=transport,
        headers={},
        clock=SystemClock(),
        redactor=Redactor(mode=RedactionMode.FULL, secrets=CREDENTIALS, key=b"k" * 32),
        write_artifact=lambda operation, number, page, _document: f"artifacts/{operation}/{number}-{page}.json",
        emit=lambda _event: None,
    )
    transport.close()


@pytest.fixture
def desk(project: Project, engine: Warehouse, api: ApiPages, base_url: str, time: Time) -> Iterator[Desk]:
    time.value = START
    desk = Desk(project=project, engine=engine, api=api, base_url=base_url, time=time)
    create_tables(client=engine.raw_client, database=desk.database)
    yield desk
    engine.raw_client.command(f"DROP DATABASE {desk.database} SYNC")


def test_a_clean_load_passes_every_check(desk: Desk) -> None:
    desk.load()

    rows = desk.verify()

    assert [(row["id"], row["message"]) for row in rows if row["outcome"] != "passed" and not is_idle(row)] == []
    assert {row["id"] for row in rows if is_idle(row)} == IDLE
    assert len(rows) > 100


def test_a_second_clean_load_passes_every_check_too(desk: Desk) -> None:
    desk.load()
    desk.load()

    assert desk.find_failed() == set()


def test_every_defect_of_the_loader_has_its_line() -> None:
    assert set(SEEN) == set(DEFECTS)
    assert len(DEFECTS) >= 25


@pytest.mark.parametrize("name", SEEN)
def test_a_defect_is_seen_by_the_checks_that_should_see_it_and_no_others(desk: Desk, name: str) -> None:
    for _ in range(2 if name == "duplicate-after-replay" else 1):
        desk.load(name)

    assert desk.find_failed() == SEEN[name]


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_table_is_seen_by_the_checks_that_should_see_it_and_no_others(desk: Desk, name: str) -> None:
    statements, seen = SPOILED[name]
    desk.load()

    desk.run(statements)

    assert desk.find_failed(may_err=True) == seen


@pytest.mark.parametrize(("defects", "is_job_blamed"), [((), True), (("false-ok",), False)])
def test_a_false_ok_hides_the_job_but_not_that_nothing_came(
    desk: Desk, defects: Sequence[str], is_job_blamed: bool
) -> None:
    desk.load()
    desk.time.value += timedelta(days=3)
    with pytest.raises(LoadError):
        desk.load(*defects, base_url=desk.base_url + "/elsewhere")

    failed = {row["id"] for row in desk.verify(has_api=False) if row["outcome"] == "failed"}

    stale = {"W.1.6", "W.2.5", "W.3.4", "W.4.3", "W.5.3", "W.6.3", "W.7.3", "W.8.3", "W.9.6", "W.12.4"}
    assert failed == stale | ({"W.15.5"} if is_job_blamed else {"W.15.6"})


def test_without_the_api_its_checks_are_skipped_and_the_others_pass(desk: Desk) -> None:
    desk.load()

    rows = desk.verify(has_api=False)

    skipped = {row["id"] for row in rows if row["outcome"] == "skipped"}
    lists = {"W.3.13", "W.4.5", "W.5.5", "W.6.5", "W.7.7", "W.8.10", "W.9.8", "W.9.9"}
    assert skipped == lists | IDLE | {"W.1.14", "W.1.15", "W.10.9", "W.10.10"}
    assert {row["outcome"] for row in rows} == {"passed", "skipped"}
