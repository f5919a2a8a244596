"""Rules on what is sent, for every environment: what a run finds before its first request."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.engine.asked_check import check_asked
from contracts_runner.engine.credential_check import check_asked_credentials, check_own_credentials
from contracts_runner.engine.environment_check import check_environment
from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.environment import WritePolicy


def check_requests(subject: Subject) -> Iterator[Problem]:
    """Yield what steps and warehouse checks send that breaks the spec, and what environments lack, in each environment
    and for probes.

    Values that are known only when a step runs are left to the engine; what `writes` keeps back is left out.
    """
    project = subject.project
    # `--writes probe` may send them anywhere.
    probed = {step.scenario.id: step.scenario for step in subject.steps if step.site.step.probe}
    for spec in project.specs.values():
        yield from check_asked(project.warehouses, spec)
    for environment, problems in subject.environments:
        yield from problems
        if environment:
            yield from check_environment(project, project.scenarios, environment)
            probing = dataclasses.replace(environment, writes=WritePolicy.PROBE)
            yield from check_environment(project, tuple(probed.values()), probing)


def check_credentials(subject: Subject) -> Iterator[Problem]:
    """Yield what generated requests, and those that warehouse checks ask, cannot carry in an environment that has these
    phases."""
    for environment in filter(None, (environment for environment, _ in subject.environments)):
        for spec in subject.project.specs.values():
            if environment.properties is not None:
                yield from check_own_credentials(subject.find_generated(spec, environment), spec, environment)
            if environment.warehouse is not None:
                yield from check_asked_credentials(subject.project.warehouses, spec, environment)
