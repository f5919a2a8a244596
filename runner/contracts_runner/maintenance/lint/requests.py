"""Rules on what steps send, for every environment: parameters and bodies against the spec, and credentials."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.environment_check import check_environment
from contracts_runner.engine.outgoing import OutgoingStep, decide_step
from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import StepSubject, Subject
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.reading.suggest import suggest_or_list

CREDENTIAL = "credential"


def check_requests(subject: Subject) -> Iterator[Problem]:
    """Yield what steps send that breaks the spec, and what environments lack, in each environment and for probes.

    Values that are known only when a step runs are left to the engine; what `writes` keeps back is left out.
    """
    project = subject.project
    # `--writes probe` may send them anywhere.
    probed = {step.scenario.id: step.scenario for step in subject.steps if step.site.step.probe}
    for environment, problems in subject.environments:
        yield from problems
        if environment:
            yield from check_environment(project, project.scenarios, environment)
            probing = dataclasses.replace(environment, writes=WritePolicy.PROBE)
            yield from check_environment(project, tuple(probed.values()), probing)


def check_credentials(subject: Subject) -> Iterator[Problem]:
    """Yield the steps whose `auth` names a credential that an environment lacks: there they could not be sent.

    Writes that an environment keeps back are left out, but for their probes, which `--writes probe` may send.
    """
    for environment, _ in subject.environments:
        if environment is None:
            continue
        probing = dataclasses.replace(environment, writes=WritePolicy.PROBE)
        for step in subject.steps:
            if step.spec and step.operation:
                chosen = probing if step.site.step.probe else environment
                yield from _check_step(step, decide_step(step.site.step, step.spec, chosen), chosen)


def _check_step(step: StepSubject, outgoing: OutgoingStep, environment: Environment) -> Iterator[Problem]:
    if outgoing.is_kept_back:
        return
    name, auth = environment.name, outgoing.step.auth
    # What `$NAME` holds is another matter; the author has named it.
    known = dict.fromkeys([*environment.credentials, *environment.missing_credentials])
    if auth in (None, NO_AUTH, INVALID_AUTH) or auth in known:
        return
    hint = f"name another one under `in: {{{name}: {{auth: …}}}}`; {suggest_or_list(str(auth), known)}"
    place = step.site.place.at(*outgoing.origins.auth)
    message = f"the environment '{name}' has no credential '{auth}'"
    yield Problem(location=place.location, message=message, hint=hint, rule=CREDENTIAL)
