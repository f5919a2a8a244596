"""What the rules of `contracts check` look at: a project, and its steps with their operations and expectations."""

from dataclasses import dataclass, field
from functools import cached_property

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.maintenance.lint.answers import Answers
from contracts_runner.model.contract import Scenario
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place, StepSite, iter_scenarios, iter_sites


@dataclass(frozen=True, slots=True)
class StepSubject:
    """A step where it stands; `operation` is None where the spec lacks it, and `spec` where there is none. `names` are
    those that its `${…}` use."""

    scenario: Scenario
    site: StepSite
    spec: Spec | None
    operation: Operation | None
    names: frozenset[str]


@dataclass(frozen=True)
class Subject:
    """A project under check, read as far as it can be."""

    project: Project
    _answers: dict[str, Answers] = field(default_factory=dict)

    @cached_property
    def scenarios(self) -> tuple[tuple[Scenario, Place], ...]:
        """Every scenario with its place."""
        return tuple(
            found
            for contract in self.project.contracts
            for found in iter_scenarios(contract, self.project.documents[contract.location.path])
        )

    @cached_property
    def steps(self) -> tuple[StepSubject, ...]:
        """All steps, those of cleanups too."""
        return tuple(
            self._build_step(scenario, site)
            for scenario, place in self.scenarios
            for site in iter_sites(scenario, place)
        )

    def _build_step(self, scenario: Scenario, site: StepSite) -> StepSubject:
        spec = self.project.specs.get(scenario.spec)
        operation = spec.find_operation(site.step.operation) if spec else None
        names = frozenset(reference.name for _, reference in site.iter_references())
        return StepSubject(scenario, site, spec, operation, names)

    def find_answers(self, spec: Spec) -> Answers:
        """Return the answers of a spec."""
        if spec.key not in self._answers:
            self._answers[spec.key] = Answers(spec)
        return self._answers[spec.key]


def warn(location: SourceLocation, message: str, hint: str = "", *, rule: str) -> Problem:
    """Return a problem that is no error."""
    return Problem(location=location, message=message, hint=hint, rule=rule, severity="warning")
