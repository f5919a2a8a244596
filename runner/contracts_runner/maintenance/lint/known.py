"""Rules on `known` deviations: none is accepted for ever."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.maintenance.lint.subject import Subject, warn

EXPIRED = "expired-known"
EXPIRING = "expiring-known"

NOTICE = timedelta(days=30)


def check_known(subject: Subject, today: date) -> Iterator[Problem]:
    """Yield the entries, of scenarios and of generated tests, whose last day is over or comes within NOTICE; `today` is
    in UTC."""
    for scenario, _ in subject.scenarios:
        for entry in scenario.known:
            yield from _check_entry(entry.location, entry.until, f"of '{scenario.id}'", today)
    for finding in subject.project.known_properties:
        name = f"of {finding.operation}, {finding.check},"
        yield from _check_entry(finding.location, finding.until, name, today)


def _check_entry(location: SourceLocation, until: date, name: str, today: date) -> Iterator[Problem]:
    hint = "look whether it still holds, then renew or remove it"
    if until < today:
        message = f"the known deviation {name} expired on {until}"
        yield Problem(location=location, message=message, hint=hint, rule=EXPIRED)
    elif until - today <= NOTICE:
        yield warn(location, f"the known deviation {name} expires on {until}", hint, rule=EXPIRING)
