"""Rule on credentials: a step names one that the environment it would be sent in has."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.outgoing import OutgoingStep, decide_step
from contracts_runner.errors import Problem
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.subject import StepSubject, Subject
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.reading.suggest import suggest_or_list

RULE = "credential"


def check_credentials(subject: Subject) -> Iterator[Problem]:
    """Yield the steps whose `auth` names a credential that an environment lacks: there they could not be sent.

    Writes that an environment keeps back are left out, but for their probes, which `--writes probe` may send.
    """
    for name in subject.project.settings.environments:
        environment, _ = read_open_environment(subject.project.settings, name)
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
    yield Problem(location=place.location, message=message, hint=hint, rule=RULE)
