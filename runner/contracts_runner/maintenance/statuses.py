"""Statuses: those that an expectation allows, and those that an operation's responses are for."""

from contracts_runner.engine.expectations import is_success_implied
from contracts_runner.model.contract import Expectation, Unset
from contracts_runner.model.spec import Operation

ALL_STATUSES = frozenset(range(100, 600))
SUCCESSES = frozenset(range(200, 300))


def get_error_code(expectation: Expectation) -> str | None:
    """Return the error code that is expected, None where none is."""
    error = expectation.error
    return error if isinstance(error, str) and not isinstance(error, Unset) else None


def find_statuses(expectation: Expectation) -> frozenset[int]:
    """Return the statuses that an answer may have."""
    ranges = expectation.status
    stated = ALL_STATUSES if ranges is None else [status for low, high in ranges for status in range(low, high + 1)]
    is_success = expectation.success is True or (
        isinstance(expectation.success, Unset) and is_success_implied(expectation)
    )
    return SUCCESSES.intersection(stated) if is_success else frozenset(stated)


def find_covered(operation: Operation) -> dict[str, frozenset[int]]:
    """Return the statuses that each declared response is for: the most exact one counts (OpenAPI 3.1 §4.8.16)."""
    covered: dict[str, frozenset[int]] = {}
    rest = ALL_STATUSES
    for status in sorted(operation.responses, key=_rank):
        name = status.upper()
        match name[1:], name[0]:
            case "XX", digit if digit.isdecimal():
                own = frozenset(range(int(digit) * 100, int(digit) * 100 + 100))
            case _ if name == "DEFAULT":
                own = ALL_STATUSES
            case _:
                own = frozenset([int(name)]) if name.isdecimal() else frozenset()
        covered[status] = own & rest
        rest -= own
    return covered


def _rank(status: str) -> int:
    """0 for a status, 1 for a class, 2 for `default`."""
    return 0 if status.isdecimal() else 2 if status.lower() == "default" else 1
