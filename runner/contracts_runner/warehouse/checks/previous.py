"""`against: previous`: the figure of a check as a ratio to that of the last run that has one."""

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import ComparableKind, Ratio
from contracts_runner.warehouse.checks.context import CheckContext, Finding, PreviousFigure
from contracts_runner.warehouse.numbers import render_decimal

_NOTHING = "no earlier complete run of this environment has a figure of this check: nothing to compare with"


def compare_with_previous(context: CheckContext, finding: Finding) -> Finding:
    """Return the finding with what an earlier run has found beside it; what has failed by itself stays so."""
    kind = context.check.kind
    if not isinstance(kind, ComparableKind) or kind.ratio is None or finding.figure is None:
        return finding
    previous = context.find_previous(context.check)
    if previous is None:
        outcome = Outcome.SKIPPED if finding.outcome is Outcome.PASSED else finding.outcome
        return replace(finding, outcome=outcome, message=_join(finding.message, _NOTHING))
    times = _divide(finding.figure, previous.number)
    actual = {"figure": _show(finding.figure), "ratio": None if isinstance(times, float) else round(float(times), 4)}
    broken = _find_broken(kind.ratio, times)
    message = broken and f"{_describe(actual, previous)}, {broken} expected"
    return replace(
        finding,
        outcome=Outcome.FAILED if broken else finding.outcome,
        expected={
            **{name: _show(bound) for name, bound in _list_bounds(kind.ratio)},
            "previous": _show(previous.number),
            "run": previous.run,
            "started_at": previous.started_at,
        },
        actual=actual if actual["figure"] == finding.actual else {**actual, "found": finding.actual},
        message=_join(finding.message, message),
    )


def _divide(figure: Decimal, previous: Decimal) -> Fraction | float:
    """Return the ratio: of nothing to nothing 1, of something to nothing an infinity, which is beyond every bound."""
    if previous:
        return Fraction(figure) / Fraction(previous)
    return math.copysign(math.inf, figure) if figure else Fraction(1)


def _find_broken(ratio: Ratio, times: Fraction | float) -> str:
    """Return the bound that is broken, "" if none is."""
    if ratio.most is not None and times > Fraction(ratio.most):
        return f"at most {_show(ratio.most)}"
    if ratio.least is not None and times < Fraction(ratio.least):
        return f"at least {_show(ratio.least)}"
    return ""


def _describe(actual: dict[str, Json], previous: PreviousFigure) -> str:
    times = "no multiple of" if actual["ratio"] is None else f"{actual['ratio']} times"
    run = f"the run {previous.run} of {previous.started_at}"
    return f"{actual['figure']} is {times} the {_show(previous.number)} of {run}"


def _list_bounds(ratio: Ratio) -> list[tuple[str, Decimal]]:
    return [(name, bound) for name, bound in (("min", ratio.least), ("max", ratio.most)) if bound is not None]


def _join(*messages: str) -> str:
    return "; ".join(filter(None, messages))


def _show(number: Decimal) -> Json:
    """Return a number as JSON with all its digits."""
    text = render_decimal(number)
    return int(text) if number == int(number) else text
