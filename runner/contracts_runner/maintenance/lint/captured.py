"""Rule on credentials that scenarios give: under `writes: block` such a scenario may only read."""

from collections.abc import Iterator

from contracts_runner.engine.outgoing import decide_step
from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.credential import list_captured


def check_captured(subject: Subject) -> Iterator[Problem]:
    """Yield the credentials whose scenarios have a step that `writes` of their environment keeps back."""
    project = subject.project
    scenarios = {scenario.id: scenario for scenario in project.scenarios}
    for environment in filter(None, (each for each, _ in subject.environments)):
        for name, credential in list_captured(environment.credentials).items():
            scenario = scenarios.get(credential.scenario)
            steps = [decide_step(step, project.specs, environment) for step in scenario.steps] if scenario else []
            for outgoing in (step for step in steps if step.is_kept_back):
                message = (
                    f"the credential '{name}' cannot be got in environment '{environment.name}': {outgoing.reason}"
                )
                hint = (
                    f"what needs it is blocked; if {outgoing.operation.label} changes nothing, say so in an overlay: "
                    "`x-effect: read`"
                )
                yield warn(credential.location, message, hint, rule=Rule.CREDENTIAL)
