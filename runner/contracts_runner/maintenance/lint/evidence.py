"""Rules on how contracts are founded: their sources, the evidence for operations, and deviations that are `known`."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.declared_responses import find_statuses, get_error_code
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Evidence, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.suggest import find_similar

NOTICE = timedelta(days=30)


def check_evidence(subject: Subject) -> Iterator[Problem]:
    """Yield scenarios without a source, and steps on operations that are unknown or refuted."""
    for scenario, place in subject.scenarios:
        if scenario.source is None:
            message = f"the scenario '{scenario.id}' has no source"
            hint = "`source: {document: …, section: …}`, here or for the whole file, names the document of the promise"
            yield warn(place.location, message, hint, rule=Rule.MISSING_SOURCE)
    for step in subject.steps:
        yield from _check_operation(step)


def _check_operation(step: StepSubject) -> Iterator[Problem]:
    operation, place = step.operation, step.site.place.at("operation")
    if operation is None:
        yield from _check_undescribed(step)
        return
    if operation.evidence is Evidence.UNKNOWN:
        message = f"it is not known whether the service has '{operation.label}' (`x-evidence: unknown`)"
        hint = "an `x-evidence` other than unknown needs a source; until then a contract cannot rely on it"
        yield warn(place.location, message, hint, rule=Rule.UNKNOWN_OPERATION)
    is_accepted = step.scenario.known or _expects_failure(step.site.step.expect)
    if operation.evidence is Evidence.REFUTED and not is_accepted:
        instead = f"use '{operation.instead}', or " if operation.instead else ""
        message = f"'{operation.label}' is refuted, and the step expects a success"
        yield warn(place.location, message, f"{instead}say in `known` how it fails", rule=Rule.REFUTED_OPERATION)


def _check_undescribed(step: StepSubject) -> Iterator[Problem]:
    """Yield that what looks like a described operation is none, so that nothing of the spec is checked."""
    method, _, path = step.site.step.operation.partition(" ")
    matching = step.spec.match_path(path) if step.spec else ()
    if step.spec is None or any(found.method == method for found in matching):
        return  # the latter is an error, found when the file is read
    operations = matching or _list_alike(step.spec, path)
    alike = next((found for found in operations if found.method == method), next(iter(operations), None))
    if alike:
        message = f"the spec does not describe '{method} {path}', so nothing of it is checked"
        hint = f"it has {alike.method} {alike.path} ({alike.label})"
        yield warn(step.site.place.at("operation").location, message, hint, rule=Rule.UNDESCRIBED_PATH)


def _list_alike(spec: Spec, path: str) -> list[Operation]:
    """Return the operations whose template differs from a path in letters only."""
    return [operation for operation in spec.operations.values() if _resembles(path, operation.path)]


def _resembles(path: str, template: str) -> bool:
    words, others = path.rstrip("/").split("/"), template.rstrip("/").split("/")
    pairs = zip(words, others, strict=False)
    return len(words) == len(others) and all(
        "{" in other or find_similar(word, [other], cutoff=0.75) for word, other in pairs if word != other
    )


def _expects_failure(expectation: Expectation) -> bool:
    is_refused = expectation.success is False or get_error_code(expectation) is not None
    return is_refused or all(status >= 300 for status in find_statuses(expectation))


def check_known(subject: Subject, today: date) -> Iterator[Problem]:
    """Yield the entries, and the quarantines, whose last day is past or within NOTICE; `today` is in UTC."""
    scenarios = [scenario for scenario, _ in subject.scenarios]
    known = [(f"of '{scenario.id}'", entry.location, entry.until) for scenario in scenarios for entry in scenario.known]
    found = subject.project.known_properties
    known += [(f"of {entry.operation}, {entry.check},", entry.location, entry.until) for entry in found]
    checks = (check for contract in subject.project.warehouses for check in contract.checks)
    known += [(f"of '{check.name}'", entry.location, entry.until) for check in checks for entry in check.known]
    named = [(f"the known deviation {name}", location, until) for name, location, until in known]
    quarantines = {each.quarantine: each.of or each.id for each in scenarios if each.quarantine}
    named += [(f"the quarantine of '{name}'", each.location, each.until) for each, name in quarantines.items()]
    hint = "check whether it still holds, then renew or remove it"
    for name, location, until in named:
        if until < today:
            yield warn(location, f"{name} expired on {until}", hint, rule=Rule.EXPIRED_KNOWN)
        elif until - today <= NOTICE:
            yield warn(location, f"{name} expires on {until}", hint, rule=Rule.EXPIRING_KNOWN)
