"""What breaks under load has the cause that it has in a run, and so has a threshold that is not kept because of it."""

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.load_rows import LoadBroken, LoadIterations, LoadRequests, LoadShape, LoadThreshold
from contracts_runner.results.results import CauseRow
from helpers.ledger_builder import LedgerBuilder, make_check_row, make_step_row

REFUSED = "the connection was refused"


def make_broken(scenario: str, check: str, outcome: Outcome, message: str, **changes: object) -> LoadBroken:
    values = {"step": "list", "operation": "listOrders", "count": 40, **changes}
    return LoadBroken(scenario=scenario, check=check, outcome=outcome, message=message, **values)  # type: ignore[arg-type]  # of one kind each


def find_causes(
    *broken: LoadBroken, thresholds: tuple[LoadThreshold, ...] = (), examples: tuple[events.LoadFailed, ...] = ()
) -> list[CauseRow]:
    names = list(dict.fromkeys(each.scenario for each in broken))
    window = events.LoadMeasured(
        seconds=1.0,
        users=1,
        requests=(LoadRequests(scenario="slow", operation="listOrders", count=1, latency=((900.0, 1),)),),
        iterations=tuple(LoadIterations(scenario=name, outcome=Outcome.ERRORED, count=40) for name in names),
        broken=broken,
    )
    builder = LedgerBuilder([])
    builder.add(events.LoadStarted(shape=LoadShape(seconds=1.0), thresholds=thresholds), *examples, window)
    return [*fold_ledger(builder.finish()).causes]


def test_a_service_that_is_not_there_is_one_cause() -> None:
    thresholds = (
        LoadThreshold(check="latency", scope="a", scenarios=("a",), percentile=95.0, limit=100.0),
        LoadThreshold(check="error_share", scope="both", scenarios=("a", "b"), limit=0.0),
    )

    [cause] = find_causes(
        *(make_broken(name, "response", Outcome.ERRORED, REFUSED) for name in "ab"), thresholds=thresholds
    )

    assert (cause.title, cause.count, cause.ids, cause.outcome) == (REFUSED, 4, ("a", "b", "both"), "failed")


def test_its_key_is_that_of_a_run_where_an_exchange_was_kept() -> None:
    check = make_check_row("failed", actual=503, message="status 503, expected 200")
    step = make_step_row("failed", status=503, success=False, checks=[check])

    [cause] = find_causes(
        make_broken("a", "status", Outcome.FAILED, check.message),
        examples=(events.LoadFailed(scenario="a", step=step),),
    )

    assert (cause.key, cause.title) == ("status 503", "the service answers 503")


def test_a_threshold_of_time_is_a_cause_of_its_own() -> None:
    slow = LoadThreshold(check="latency", scope="slow", scenarios=("slow", "a"), percentile=95.0, limit=100.0)

    causes = find_causes(make_broken("a", "response", Outcome.ERRORED, REFUSED), thresholds=(slow,))

    assert [(cause.ids, cause.title) for cause in causes] == [
        (("slow",), "slow: p95 is 900 ms, at most 100 ms"),
        (("a",), REFUSED),
    ]
