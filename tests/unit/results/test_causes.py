"""Broken rows are grouped by what is the same in them: each is of exactly one cause, whose key is that of the next
run."""

from typing import Any

import pytest
from hypothesis import given

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.results import CauseRow, Results
from contracts_runner.results.rows import CheckRow, LeakRow, PropertyFailure, PropertyRow, PropertyStepRow, StepRow
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_exchange_row, make_step_row
from helpers.ledger_builder import make_warehouse_row as make_warehouse
from helpers.sample_ledgers import bounded, ledgers

REFUSED = "the connection was refused"


UNREADABLE = [{"keyword": "unreadable"}]


def find_causes(*steps: StepRow, tables: tuple[Any, ...] = (), **of: Any) -> tuple[CauseRow, ...]:
    """The causes of a run with a scenario for each step."""
    builder = LedgerBuilder([f"{number}" for number in range(1, len(steps) + 1)])
    for number, step in enumerate(steps, start=1):
        builder.add_scenario(f"{number}", step)
    builder.add(*(events.WarehouseCheckFinished(row=row) for row in tables))
    builder.add(*of.get("events", ()))
    return fold_ledger(builder.finish()).causes


def make_broken(check: str, message: str = "wrong", **changes: Any) -> CheckRow:
    return make_check_row("failed", check=check, message=message, **changes)


def make_violated(keyword: str, name: str, *, check: str = "body_schema", path: str = "$") -> CheckRow:
    violation = {"keyword": keyword, "property": name, "path": path}
    return make_broken(check, f"{path} breaks {keyword}", path=f"{path}.{name}", violations=[violation])


def make_value(name: str, *, keyword: str = "value", found: str = "", path: str = "", **more: str) -> CheckRow:
    """A row of a value that is not the one that is expected."""
    path = path or f"$.{name}"
    violation = {"keyword": keyword, "property": name, "path": path, "found": found, **more}
    return make_broken("body", f"{path}: is wrong", path=path, violations=[violation])


def make_answer(status: int, *checks: CheckRow, code: str | None = None, **changes: Any) -> StepRow:
    rows = checks or (make_broken("status", f"status {status}, expected 200", actual=status),)
    return make_step_row("failed", status=status, error_code=code, success=False, checks=rows, **changes)


def make_unanswered(reason: str = REFUSED) -> StepRow:
    row = make_check_row("errored", check="response", message=reason, expected=None, actual=None)
    return make_step_row("errored", status=None, success=None, reason=reason, checks=[row])


def make_empty(outcome: str = "errored", **changes: Any) -> StepRow:
    return make_step_row(outcome, status=None, success=None, checks=[], request=None, attempts=0, **changes)


def make_uncoded(place: str = "spec.yaml:1") -> CheckRow:
    return make_broken("error", expected="GONE", violations=[{"keyword": "x-error-code", "place": place}])


ONE_CAUSE: dict[str, tuple[list[StepRow], str]] = {
    "a service that is not there": ([make_unanswered(), make_unanswered()], f"response {REFUSED}"),
    "another answer, whatever was expected of it": (
        [
            make_answer(503, make_broken("status"), make_broken("success"), make_broken("body", path="$.id")),
            make_answer(503, make_broken("status", expected=404), make_broken("status_declared"), operation="getEvent"),
        ],
        "status 503",
    ),
    "an error in an envelope": (
        [
            make_answer(200, make_broken("success"), make_broken("body", path="$.a"), code="NO_TOKEN"),
            make_answer(200, make_broken("error"), code="NO_TOKEN"),
        ],
        "status 200 NO_TOKEN",
    ),
    "a property that is missing, wherever": (
        [
            make_answer(200, make_violated("required", "day"), operation="getEvent"),
            make_answer(200, make_violated("required", "day", path="$.data[*]")),
            make_answer(200, make_violated("required", "day", check="capture")),
            make_answer(200, make_violated("required", "day"), make_violated("const", "day", check="body")),
            make_answer(200, make_violated("required", "day"), make_broken("sorted", path="$.data[*].day")),
        ],
        "required day",
    ),
    "numbers, quoted texts and addresses differ": (
        [
            make_unanswered("no complete response within 30 s from http://127.0.0.1:8080/a ('x')"),
            make_unanswered("no complete response within 5.5 s from http://127.0.0.1:8081/b ('y')"),
        ],
        "response no complete response within … s from … (…)",
    ),
    "another media type": (
        [
            make_answer(
                200,
                make_broken("media_type_declared"),
                make_broken("body", path="$.id", violations=UNREADABLE),
                response={"media_type": "text/html"},
            ),
            make_answer(200, make_broken("media_type"), make_broken("body_json"), response={"media_type": "text/html"}),
        ],
        "media_type text/html",
    ),
    "a body that is no data, whatever looks at it": (
        [
            make_answer(
                200,
                make_broken("success", "expected success, the body is not JSON", violations=UNREADABLE),
                make_broken("body_json", "the body is not JSON"),
                make_broken("body", path="$.id", violations=UNREADABLE),
            )
        ],
        "body_json the body is not JSON",
    ),
    "an empty body": (
        [
            make_answer(
                200,
                make_broken("media_type_declared", "the body is empty"),
                make_broken("success", "expected success, the body is empty", violations=UNREADABLE),
                response={"media_type": "application/json", "bytes": 0},
            )
        ],
        "media_type_declared the body is empty",
    ),
    "several values of one answer": (
        [make_answer(200, make_broken("body", path="$[0].a"), make_broken("every", path="$.b"))],
        "body listOrders $[*].a",
    ),
    "a property with another value, wherever, whatever is asked of it": (
        [
            make_answer(200, make_value("a", found="null")),
            make_answer(200, make_value("a", found="null", path="$.data[*].a"), operation="getEvent"),
            make_answer(200, make_value("a", keyword="oneOf", found="null")),
            make_answer(200, make_value("a", keyword="type", found="null")),
        ],
        "value null a",
    ),
    "a relation that does not hold of a property, wherever": (
        [
            make_answer(200, make_value("id", keyword="sorted")),
            make_answer(200, make_value("id", keyword="sorted"), operation="getEvent"),
        ],
        "sorted id",
    ),
    "how many properties are written": (
        [
            make_answer(
                200, *(make_value(name, keyword="format", found="string", wanted="date-time") for name in "ab")
            ),
            make_answer(200, make_value("a", keyword="value", found="string")),
            make_answer(200, make_value("c", keyword="format", found="string", wanted="date-time")),
        ],
        "format date-time",
    ),
    "which type many properties have": (
        [make_answer(200, make_value(name, keyword="type", found="string")) for name in "abc"],
        "type string",
    ),
    "another value that other answers have, too, among several": (
        [
            make_answer(200, make_value("x"), make_value("a"), make_value("y")),
            make_answer(200, make_value("a")),
            make_answer(200, make_value("z"), make_value("a"), operation="getEvent"),
        ],
        "value a",
    ),
    "too slow": (
        [
            make_answer(200, make_broken("latency", "the answer took 5012 ms")),
            make_answer(200, make_broken("latency", "the answer took 4 ms"), operation="getEvent"),
        ],
        "latency",
    ),
    "a document that does not say where error codes are, whatever is asked of it": (
        [
            make_answer(404, make_uncoded()),
            make_answer(409, make_uncoded(), operation="addOrder"),
            make_answer(200, make_uncoded(place="spec.yaml:9"), operation="getEvent"),
        ],
        "x-error-code spec.yaml",
    ),
    "an error code that is missing, whatever asks for it": (
        [
            make_answer(404, make_violated("required", "code", check="error")),
            make_answer(404, make_violated("required", "code"), operation="getEvent"),
        ],
        "required code",
    ),
    "a status that nobody declares": (
        [
            make_answer(202, make_broken("status_declared")),
            make_answer(202, make_broken("status_declared"), operation="a"),
        ],
        "undeclared status 202",
    ),
}


@pytest.mark.parametrize("name", ONE_CAUSE)
def test_what_is_the_same_is_one_cause(name: str) -> None:
    steps, key = ONE_CAUSE[name]

    [cause] = find_causes(*steps)

    assert cause.key == key
    assert cause.count == sum(len(step.checks) for step in steps)
    assert cause.ids == tuple(f"{number}" for number in range(1, len(steps) + 1))


TWO_CAUSES: dict[str, list[StepRow]] = {
    "two statuses": [make_answer(500), make_answer(503)],
    "two documents that do not say where error codes are": [
        make_answer(404, make_uncoded()),
        make_answer(404, make_uncoded("other.yaml:1")),
    ],
    "two codes": [make_answer(403, code="NO_TOKEN"), make_answer(403, code="BLOCKED")],
    "two reasons": [make_unanswered(), make_unanswered("the host name cannot be resolved (DNS)")],
    "two properties": [
        make_answer(200, make_violated("required", "day")),
        make_answer(200, make_violated("type", "day")),
    ],
    "two properties with another format": [
        make_answer(200, make_value(name, keyword="format", found="string", wanted="date")) for name in "ab"
    ],
    "two kinds of a value": [
        make_answer(200, make_value("price", keyword="type", found="string")),
        make_answer(200, make_value("price", keyword="minimum", found="number")),
    ],
    "values of two operations": [
        make_answer(200, make_broken("body", path="$.a")),
        make_answer(200, make_broken("body", path="$.a"), operation="getEvent"),
    ],
    "what the document promises of the expected status": [
        make_answer(200, make_broken("success"), make_violated("required", "day"), code="X")
    ],
}


@pytest.mark.parametrize("name", TWO_CAUSES)
def test_what_is_not_the_same_is_two(name: str) -> None:
    assert len(find_causes(*TWO_CAUSES[name])) == 2


def test_nothing_hides_behind_what_is_wrong_everywhere() -> None:
    everywhere = {"keyword": "required", "property": "day"}
    both = make_broken("body_schema", violations=[everywhere, {"keyword": "type", "property": "price"}])
    alone = make_broken("body_schema", violations=[everywhere])

    causes = find_causes(make_answer(200, alone), make_answer(200, both), make_answer(200, alone))

    assert [(cause.key, cause.ids) for cause in causes] == [("required day", ("1", "3")), ("type price", ("2",))]


def test_a_success_where_a_refusal_is_expected_says_so() -> None:
    row = make_broken("status", expected=404, actual=200)

    [cause] = find_causes(make_step_row("failed", success=True, checks=[row]))

    assert (cause.key, cause.title) == ("status 200 instead of 404", "the service answers 200 where 404 is expected")


def test_a_document_that_does_not_say_where_error_codes_are_is_named() -> None:
    [cause] = find_causes(make_answer(404, make_uncoded()))

    assert (cause.title, cause.places) == (
        "spec.yaml does not say where error codes are (x-error-code)",
        ("listOrders",),
    )


def test_what_a_cleanup_lacks_is_the_cause_of_the_step_before() -> None:
    builder = LedgerBuilder(["1"])
    lacking = make_empty(name="remove", cleanup=True, reason="not sent: ${id} has no value")
    builder.add_scenario("1", make_answer(503), lacking, outcome="failed")

    [cause] = fold_ledger(builder.finish()).causes

    assert (cause.key, cause.count, cause.outcome) == ("status 503", 2, Outcome.FAILED)


def test_scenarios_that_wait_for_one_of_a_cause_are_counted_as_blocked_by_it() -> None:
    builder = LedgerBuilder([{"id": "S.login", "needed_by": ["1", "2"]}, {"id": "1", "needed_by": ["3"]}, "2", "3"])
    builder.add_scenario("S.login", make_answer(503))
    for scenario, outcome in (("1", "blocked"), ("2", "passed"), ("3", "blocked")):
        builder.add_scenario(scenario, make_empty(outcome) if outcome == "blocked" else make_step_row())

    [cause] = fold_ledger(builder.finish()).causes

    assert (cause.ids, cause.blocked) == (("S.login",), 2)


def test_a_server_that_is_not_there_is_one_cause_of_all_tables() -> None:
    tables = [
        make_warehouse("errored", id=f"W.{table}", table=table, message="no connection in time")
        for table in ("orders", "events")
    ]

    [cause] = find_causes(tables=tuple(tables))

    assert (cause.count, cause.ids, cause.phase) == (2, ("W.orders", "W.events"), "warehouse")
    assert cause.title == "warehouse: no connection in time"


def test_listings_that_were_not_read_to_their_end_are_one_cause() -> None:
    pages = [make_page(operation=name, number=number) for number, name in enumerate(("listOrders", "listEvents"), 1)]
    tables = [
        make_warehouse(
            "errored",
            id=f"W.{page.operation}",
            message=f"{page.operation}: the listing was not read to its end, because page {page.number} is empty",
            pages={"count": 1, "first": page.artifact, "last": page.artifact},
        )
        for page in pages
    ]

    [cause] = find_causes(tables=tuple(tables), events=pages)

    assert (cause.ids, cause.places) == (("W.listOrders", "W.listEvents"), ("listOrders", "listEvents"))


def test_a_column_that_is_not_as_the_api_says_is_one_cause_of_all_tables() -> None:
    page = make_page()
    pages = {"count": 1, "first": page.artifact, "last": page.artifact}
    tables = [
        make_warehouse("failed", id="W.1", table="raw", check="reconcile", columns=["revenue"], pages=pages),
        make_warehouse("failed", id="W.2", table="daily", check="sum_equals", columns=["revenue"], pages=pages),
        make_warehouse("failed", id="W.3", table="raw", check="reconcile", columns=["status"], pages=pages),
    ]

    revenue, status = find_causes(tables=tuple(tables), events=[page])

    assert (revenue.ids, revenue.places) == (("W.1", "W.2"), ("raw", "daily"))
    assert (status.ids, status.title) == (("W.3",), "the column 'status' is not as listOrders says")


def test_the_title_of_what_many_have_wrong_names_the_first_ones() -> None:
    checks = [make_value(name, keyword="format", found="string", wanted="date") for name in "abcd"]

    [cause] = find_causes(make_answer(200, *checks))

    assert cause.title == "4 properties have another format than date: a, b, c and 1 more"
    assert cause.places == tuple(f"listOrders $.{name}" for name in "abcd")


def test_tables_that_break_a_promise_are_causes_of_their_own() -> None:
    tables = [
        make_warehouse("failed", id=f"W.{table}", table=table, check="unique", message="3 keys occur more than once")
        for table in ("orders", "events")
    ]

    causes = find_causes(tables=tuple(tables))

    assert [cause.key for cause in causes] == [
        "orders unique … keys occur more than once",
        "events unique … keys occur more than once",
    ]


@pytest.mark.parametrize(
    ("page", "step"),
    [
        ({"response": None, "reason": REFUSED}, make_unanswered()),
        ({"status": 503, "success": False}, make_answer(503)),
        (
            {"violations": [{"keyword": "required", "property": "day"}]},
            make_answer(200, make_violated("required", "day")),
        ),
    ],
)
def test_a_table_that_could_not_be_compared_has_the_cause_of_the_api(page: dict[str, Any], step: StepRow) -> None:
    fetched = make_page(**page)
    table = make_warehouse("errored", pages={"count": 1, "first": fetched.artifact, "last": fetched.artifact})

    [cause] = find_causes(step, tables=(table,), events=[fetched])

    assert cause.ids == ("1", table.id)


def make_page(*, status: int = 200, response: Any = (), **fields: Any) -> events.PageFetched:
    shown = make_step_row(status=status if response == () else None)
    operation = fields.setdefault("operation", "listOrders")
    return events.PageFetched(
        response=shown.response,
        exchange=make_exchange_row(shown),
        artifact=f"artifacts/warehouse/{operation}/1-page-1.json",
        **{"number": 1, "success": True, **fields, **_read_violations(fields)},
    )


def _read_violations(fields: dict[str, Any]) -> dict[str, Any]:
    rows = make_broken("x", violations=fields.get("violations", [])).violations
    return {"violations": rows} if "violations" in fields else {}


def make_property(check: str, **failure: Any) -> events.PropertyFinished:
    found = PropertyFailure(**failure) if failure else None
    return events.PropertyFinished(
        row=PropertyRow(
            id=f"op:{check}", operation="op", check=check, outcome=Outcome.FAILED, failure=found, examples=3
        )
    )


def test_generated_requests_have_the_causes_of_scenarios() -> None:
    violated = make_violated("required", "day")
    generated = make_property("response_schema_conformance", violations=violated.violations or ())

    [cause] = find_causes(make_answer(200, violated), events=[generated])

    assert cause.ids == ("1", "op:response_schema_conformance")


def test_the_run_itself_has_causes_too() -> None:
    load = events.WarehouseLoaded(outcome=Outcome.ERRORED, message="load failed: HTTP 503 came")
    fault = events.FaultRecorded(where="hook prepare", message="RuntimeError: 7")
    leak = events.LeaksFound(leaks=(LeakRow(file="report.md", line=7, kind="secret", name="token"),))

    found = find_causes(make_answer(503), events=[load, fault, leak])

    assert [(cause.key, cause.phase, cause.ids) for cause in found] == [
        ("status 503", "scenarios", ("1", "load")),
        ("hook prepare RuntimeError: …", None, ("hook prepare",)),
        ("leak secret token", None, ("report.md",)),
    ]


def test_a_refused_credential_is_named_by_the_status_or_by_what_an_invalid_one_gets() -> None:
    refused = [
        make_answer(401, auth="key"),
        make_answer(403, code="EXPIRED", auth="other"),
        make_answer(200, make_broken("success"), code="WHO_ARE_YOU", auth="key"),
        make_answer(200, make_broken("success"), code="WHO_ARE_YOU", auth="third"),
        make_answer(503, auth="key"),
        make_answer(503, auth="invalid"),
        make_step_row(success=False, error_code="WHO_ARE_YOU", auth="invalid"),
    ]

    titles = {cause.key: cause.title for cause in find_causes(*refused)}

    assert titles == {
        "status 401": "the service answers 401 to key",
        "status 403 EXPIRED": "the service answers 403 EXPIRED to other",
        "status 200 WHO_ARE_YOU": "the service answers 200 WHO_ARE_YOU to key, third",
        "status 503": "the service answers 503",
    }


def test_a_load_that_tells_an_error_code_has_the_cause_of_the_answers_with_it() -> None:
    load = events.WarehouseLoaded(outcome=Outcome.ERRORED, message="load failed: /lists answered the error NO_TOKEN")
    other = make_answer(200, make_broken("success"), code="ANOTHER")
    wrong = make_broken("status", expected=404, actual=200)

    found = find_causes(
        other,
        make_step_row("failed", success=True, checks=[wrong]),
        make_answer(200, make_broken("success"), code="NO_TOKEN"),
        events=[load],
    )

    assert [cause.ids for cause in found] == [("3", "load"), ("1",), ("2",)]


def test_a_token_that_nobody_gives_is_one_cause_of_all_phases() -> None:
    reason = "not sent: the credential 'oauth' cannot be got from http://127.0.0.1:9/token: status 401"
    row = make_warehouse("errored", message=f"listOrders: {reason}")
    untested = PropertyRow(
        id="op:requests", operation="op", check="requests", outcome=Outcome.ERRORED, reason=reason, examples=0
    )

    [cause] = find_causes(make_empty(reason=reason), tables=(row,), events=[events.PropertyFinished(row=untested)])

    assert cause.ids == ("1", "op:requests", "W.1")


def test_generated_requests_that_are_refused_have_the_cause_of_the_scenarios_whatever_the_document_declares() -> None:
    sent = PropertyStepRow(operation="op", method="GET", url="http://a/", status=401)
    refused = make_property("status_code_conformance", steps=(sent,))
    step = make_answer(401, make_broken("success"), make_broken("status_declared"))

    [cause] = find_causes(step, events=[refused])
    [alone] = find_causes(events=[refused])

    assert (cause.key, cause.ids) == ("status 401", ("1", "op:status_code_conformance"))
    assert alone.key == "undeclared status 401"


def test_failed_come_before_errored_and_many_before_few() -> None:
    causes = find_causes(make_unanswered(), make_unanswered(), make_answer(500), make_answer(503), make_answer(503))

    assert [cause.key for cause in causes] == ["status 503", "status 500", f"response {REFUSED}"]


def test_what_passed_what_is_known_and_a_warning_have_no_cause() -> None:
    warning = make_warehouse("failed", severity="warning")

    assert find_causes(make_step_row(), make_step_row("known"), make_empty("blocked"), tables=(warning,)) == ()


@bounded
@given(ledgers())
def test_each_broken_row_is_of_exactly_one_cause(lines: list[Line]) -> None:
    results = fold_ledger(lines)

    assert sum(cause.count for cause in results.causes) == count_broken(results)
    assert len({cause.key for cause in results.causes}) == len(results.causes)


def count_broken(results: Results) -> int:
    count = sum(row.outcome.traits.is_broken for row in results.properties)
    count += sum(row.outcome.traits.is_broken and not row.is_warning for row in results.warehouse.checks)
    for scenario in results.scenarios:
        checks = [
            sum(check.outcome.traits.is_broken for check in step.checks) or step.outcome.traits.is_broken
            for step in scenario.steps
        ]
        count += sum(checks) or scenario.outcome.traits.is_broken
    load = results.warehouse.load
    count += load is not None and load.outcome.traits.is_broken
    return count + len(results.faults or ()) + len(results.leaks or ()) + len(results.discrepancies)


@pytest.mark.parametrize(
    ("keyword", "title"),
    [
        ("const", "the property 'a' has another value"),
        ("type", "the property 'a' has another type"),
        ("maximum", "the property 'a' breaks 'maximum'"),
    ],
)
@pytest.mark.parametrize("name", ["a", ""])
def test_a_title_says_in_words_what_does_not_hold(keyword: str, title: str, name: str) -> None:
    [cause] = find_causes(make_answer(200, make_violated(keyword, name, path="$.b")))

    assert cause.title == (title if name else title.replace("the property 'a'", "listOrders: $.b"))
