"""The API's side of a check: its items one by one, and what went wrong on the way."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from contracts_runner.engine.exchanger import find_outcome
from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.engine.listing_request import NotAskedError
from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.errors import TransportError
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.warehouse.api_times import read_api_time
from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.times import find_zone, parse_moment

_NAMES = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)+")


def check_against_api(context: CheckContext, asks: Asks, compare: Callable[[Iterator[Json]], Finding]) -> Finding:
    """Give the items that are asked for to `compare`; a page that is missing is never taken for an empty one.

    Without an API in this run, or without the credential for it: skipped. Where a page did not come: the outcome of
    docs/design.md, Outcomes for that, with its reason.
    """
    if context.source is None:
        return _miss(context, Outcome.SKIPPED, "the API is not asked in this run: nothing to compare with")
    try:
        finding = compare(context.source.iter_items(asks))
    except (NotAskedError, TransportError) as problem:
        finding = _miss(context, *explain_missing_page(asks, problem))
    return replace(finding, pages=context.source.evidence)


def explain_missing_page(asks: Asks, problem: NotAskedError | TransportError) -> tuple[Outcome, str]:
    """Return what a page that did not come means for its check: the outcome, and the reason."""
    if isinstance(problem, NotAskedError):
        return Outcome.SKIPPED, str(problem)
    operation = problem.operation if isinstance(problem, IncompleteListingError) else ""
    return find_outcome(problem), f"{operation or asks.operation}: {problem}"


def _miss(context: CheckContext, outcome: Outcome, reason: str) -> Finding:
    return Finding(outcome=outcome, expected=context.check.expected, message=reason)


def find_or_none(path: str, item: Json) -> Json:
    """Return what a JSONPath finds in an item; None where a singular path finds nothing, as a loader would take it."""
    if names := _split_names(path):
        # Nearly every path is of this form, and is asked of each of a million items.
        for name in names:
            item = item.get(name) if isinstance(item, Mapping) else None
        return item
    try:
        return find(path, item)
    except NothingFoundError:
        return None


@lru_cache(maxsize=256)
def _split_names(path: str) -> tuple[str, ...]:
    """Return the names of `$.a.b`; none of any other path."""
    return tuple(path[2:].split(".")) if _NAMES.fullmatch(path) else ()


def find_in_item(asks: Asks, path: str, item: Json) -> Json:
    """Return what `find_or_none` does, a time that `times` tells as ISO 8601; raises CannotJudgeError for no such."""
    value = find_or_none(path, item)
    form = asks.times.get(path)
    if form is None or value is None:
        return value
    text = read_api_time(form, value)
    if text is None:
        raise CannotJudgeError(f"the value at {path} is not a time in the form {form}")
    return text


def find_instant(asks: Asks, path: str, item: Json) -> float | None:
    """Return the Unix seconds of the time at a path, of a day its beginning; None for null and what is not there.

    Raises CannotJudgeError for what is no time, or one without a zone.
    """
    value = find_in_item(asks, path, item)
    if value is None:
        return None
    moment = parse_moment(value)
    if moment is None:
        raise CannotJudgeError(f"the value at {path} is not a time in ISO 8601; 'times' tells another form")
    shift = moment.find_shift(find_zone(asks.timezone) if asks.timezone else None)
    if shift is None:
        raise CannotJudgeError(f"the time at {path} has no zone: the check needs 'timezone'")
    return moment.count_ticks(6, shift=shift) / 10**6


def find_value(asks: Asks, name: str, path: str | None, item: Json) -> Json:
    """Return the item's value at the path, or without one its member of that name."""
    if path is not None or f"$.{name}" in asks.times:
        return find_in_item(asks, path or f"$.{name}", item)
    return item.get(name) if isinstance(item, Mapping) else None
