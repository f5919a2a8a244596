"""The rule on what steps send, for every environment: what a run finds before its first request."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.environment import WritePolicy


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
