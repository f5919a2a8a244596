"""Hypothesis strategies: any ledger that an engine could leave behind, whole, interrupted or killed."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.rows import Finding, FindingStatus, LeakRow, Moment, StepRow
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row

# No deadline and no example database: tests say nothing about speed and leave nothing behind.
bounded = settings(deadline=None, database=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

outcomes = st.sampled_from([outcome.value for outcome in Outcome])
# Half surrogates, controls, marks of every format: whatever JSON can carry.
texts = st.text(
    st.one_of(st.characters(), st.sampled_from("|`*_[]<>&#$~!\\'\"=+-@\t\r\n \x00\x1b\u202e\u2028\ud800")), max_size=25
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)


@st.composite
def steps(draw: st.DrawFn, words: st.SearchStrategy[str] = texts) -> StepRow:
    outcome = draw(outcomes)
    is_sent = outcome not in ("blocked", "skipped")
    status = draw(st.none() | st.integers(100, 599)) if is_sent else None
    check = make_check_row(outcome, check=draw(words), message=draw(words), expected=draw(values), actual=draw(values))
    return make_step_row(
        outcome,
        name=draw(words),
        operation=draw(st.sampled_from(["listOrders", "addTicket", "POST /undescribed"])),
        request={"method": draw(st.sampled_from(["GET", "POST"])), "url": draw(words)} if is_sent else None,
        status=status,
        reason=draw(words),
        cleanup=draw(st.booleans()),
        artifact=draw(st.none() | words),
        auth=draw(st.sampled_from(["none", "invalid", "restToken", ""])),
        error_code=draw(st.none() | words),
        success=draw(st.none() | st.booleans()),
        schema_checked=draw(st.booleans()),
        checks=[check] if is_sent else [],
        **({"left_out": True} if draw(st.booleans()) else {}),
    )


@st.composite
def ledgers(draw: st.DrawFn, words: st.SearchStrategy[str] = texts) -> list[Line]:
    """The lines of a run, cut off anywhere after the first; what an author or a service wrote in it are `words`."""
    words_of_flow = draw(words)
    identifiers = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    entries = [
        {"id": identifier, "title": draw(words), "contract": draw(words), "tags": draw(st.lists(words, max_size=2))}
        | draw(st.sampled_from([{}, {"of": words_of_flow, "needed_by": [words_of_flow]}]))
        for identifier in identifiers
    ]
    builder = LedgerBuilder(
        entries, simulated=draw(st.booleans()), warehouse_checks=2, deselected=draw(st.integers(0, 9))
    )
    finding = Finding(draw(words), draw(words), FindingStatus.INFO, draw(words))
    builder.add(events.EnvironmentRecorded(findings=(finding,)))
    rows = st.none() | st.integers(0, 99)
    tables = st.dictionaries(words, rows, max_size=3)
    builder.add(events.WarehouseSnapshot(moment=Moment.BEFORE, tables=draw(tables), note=draw(words)))
    for identifier in identifiers:
        own = draw(st.lists(steps(words), min_size=1, max_size=3))
        builder.add_scenario(identifier, *own, outcome=draw(outcomes), reason=draw(words))
    builder.add(events.WarehouseLoaded(outcome=Outcome(draw(outcomes)), message=draw(words), rows={draw(words): 1}))
    builder.add(events.WarehouseSnapshot(moment=Moment.AFTER, tables=draw(tables), note=draw(words)))
    for number in range(2):
        row = make_warehouse_row(draw(outcomes), message=draw(words), id=f"W.{number}", table=draw(words))
        builder.add(events.WarehouseCheckFinished(row=row))
    lines = builder.finish(is_interrupted=draw(st.booleans()), is_strict=draw(st.booleans()))
    if draw(st.booleans()):
        builder.add(events.FaultRecorded(where=draw(words), message=draw(words)))
    if draw(st.booleans()):
        leak = LeakRow(file=draw(words), line=draw(st.integers(0, 9)), kind="secret", name=draw(words))
        builder.add(events.LeaksFound(leaks=(leak,)))
    return lines[: draw(st.integers(1, len(lines)))] if draw(st.booleans()) else lines
