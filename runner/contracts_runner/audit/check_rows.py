"""Single checks, judged anew where a row holds all that is needed: status, success, latency, numbers of a body."""

import re
from collections.abc import Iterator, Mapping

from contracts_runner.model.json import Json, is_equal

_CLASS = re.compile(r"([1-5])xx")


def judge_checks(step: Mapping[str, Json]) -> Iterator[tuple[int, str, Json, Json]]:
    """Yield (number of the check, figure, printed, recomputed) for each check of a step that its own values refute."""
    for number, check in enumerate(step["checks"], start=1):
        expected, actual = check.get("expected"), check.get("actual")
        recorded = _find_recorded(check["check"], step)
        if recorded is not None and actual is not None and not is_equal(actual, recorded):
            yield number, "actual", actual, recorded
        holds = _holds(check["check"], expected, actual)
        if holds is not None and holds != (check["outcome"] == "passed") and check["outcome"] != "errored":
            yield number, "outcome", check["outcome"], "passed" if holds else "failed"


def _find_recorded(name: str, step: Mapping[str, Json]) -> Json:
    """Return what the step records of the value that a check looked at; None if nothing."""
    response = step["response"] or {}
    match name:
        case "status" | "status_declared":
            return response.get("status")
        case "latency":
            return response.get("latency_ms")
        case "success":
            return step.get("success")
    return None


def _holds(name: str, expected: Json, actual: Json) -> bool | None:
    """Tell whether the expectation holds; None where the row alone does not tell."""
    match name:
        case "status" if _is_number(actual):
            wanted = expected if isinstance(expected, list) else [expected]
            return any(_is_status(actual, each) for each in wanted) if all(map(_is_readable, wanted)) else None
        case "success" if isinstance(expected, bool) and isinstance(actual, bool):
            return expected is actual
        case "latency" if _is_number(expected) and _is_number(actual):
            return bool(actual <= expected)
        case "body" if isinstance(expected, int) and isinstance(actual, int | float):
            return is_equal(expected, actual)
    return None


def _is_readable(wanted: Json) -> bool:
    return _is_number(wanted) or (isinstance(wanted, str) and _CLASS.fullmatch(wanted) is not None)


def _is_status(actual: int, wanted: Json) -> bool:
    return actual == wanted if _is_number(wanted) else actual // 100 == int(wanted[0])


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
