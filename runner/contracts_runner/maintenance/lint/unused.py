"""Rules on what nothing uses: captures, variables of environments."""

from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.model.contract import Contract
from contracts_runner.model.credential import CapturedCredential, list_captured
from contracts_runner.reading.expressions import Reference, iter_references
from contracts_runner.reading.places import Place


def check_captures(subject: Subject) -> Iterator[Problem]:
    """Yield the captures that no later step of their scenario uses, its cleanup included, and no scenario that needs
    it."""
    shared = _list_shared(subject)
    used: set[str] = set()
    previous: StepSubject | None = None
    for step in reversed(subject.steps):
        if previous is None or previous.scenario is not step.scenario:
            used = set()
        for capture in step.site.step.captures:
            if capture.name not in used and (step.scenario.of or step.scenario.id, capture.name) not in shared:
                message = f"the capture '{capture.name}' is never used"
                yield warn(capture.location, message, "remove it, or use it in a later step", rule=Rule.UNUSED_CAPTURE)
        used.update(step.names)
        previous = step


def _list_shared(subject: Subject) -> set[tuple[str, str]]:
    """Return (scenario, capture) of what is used by those that need the scenario, and by credentials."""
    given = {(each.scenario, reference.name) for each, reference in _iter_given(subject)}
    return given | {
        (step.scenario.needs[reference.name].partition("[")[0], str(reference.path[0]))
        for step in subject.steps
        if step.scenario.needs
        for _, reference in step.site.iter_references()
        if reference.name in step.scenario.needs and reference.path
    }


def _iter_given(subject: Subject) -> Iterator[tuple[CapturedCredential, Reference]]:
    """Yield the credentials of all environments that scenarios give, with what is in their values."""
    for environment, _ in subject.environments:
        for credential in list_captured(environment.credentials).values() if environment else ():
            yield from ((credential, reference) for reference in iter_references(credential.value))


def check_variables(subject: Subject) -> Iterator[Problem]:
    """Yield the variables that no step of any contract uses."""
    used = {name for step in subject.steps for name in step.names} | _list_names_of_files(subject)
    used |= {reference.name for _, reference in _iter_given(subject)}
    settings = subject.project.settings
    for name, environments in settings.find_names("variables").items():
        for environment in environments if name not in used else ():
            location = settings.document.location(("environments", environment, "variables", name))
            message = f"no contract uses the variable '{name}' of environment '{environment}'"
            yield warn(location, message, "remove it", rule=Rule.UNUSED_VARIABLE)
    for contract in subject.project.contracts:
        yield from _check_file(contract, subject)


def _check_file(contract: Contract, subject: Subject) -> Iterator[Problem]:
    """Yield the variables of a file that neither its steps nor later variables use."""
    document = subject.project.documents[contract.location.path]
    own = {scenario.location for scenario in contract.scenarios}
    used = {name for step in subject.steps if step.scenario.location in own for name in step.names}
    used |= {reference.name for _, reference in Place(document, ("variables",)).iter_references()}
    for name in contract.variables:
        if name not in used:
            message = f"no step of the file uses the variable '{name}'"
            location = document.location(("variables", name))
            yield warn(location, message, "remove it", rule=Rule.UNUSED_VARIABLE)


def _list_names_of_files(subject: Subject) -> set[str]:
    """Return what the variables of the files use."""
    places = (
        Place(subject.project.documents[each.location.path], ("variables",)) for each in subject.project.contracts
    )
    return {reference.name for place in places for _, reference in place.iter_references()}
