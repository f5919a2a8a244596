"""Rules on what steps send: bodies and parameters against the spec, for every environment."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.errors import Problem
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.environment import WritePolicy


def check_requests(subject: Subject) -> Iterator[Problem]:
    """Yield what steps send that breaks the spec, and what environments lack, in each environment and for probes.

    Values that are known only when a step runs are left to the engine; what `writes` keeps back is left out.
    """
    project = subject.project
    # `--writes probe` may send them anywhere.
    probed = {step.scenario.id: step.scenario for step in subject.steps if step.site.step.probe}
    for name in project.settings.environments:
        environment, problems = read_open_environment(project.settings, name)
        yield from problems
        if environment:
            yield from check_environment(project, project.scenarios, environment)
            probing = dataclasses.replace(environment, writes=WritePolicy.PROBE)
            yield from check_environment(project, tuple(probed.values()), probing)
