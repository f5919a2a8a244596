"""What the rules of `contracts check` look at: a project, and its steps with their operations and expectations."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.engine.request_values import list_held_names
from contracts_runner.errors import Problem, Rule, Severity, SourceLocation
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import iter_asked
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place, StepSite, iter_sites, iter_written

FindMistakes = Callable[[Project, Environment], Iterable[Problem]]
FindGenerated = Callable[[Project, Environment], Mapping[str, Sequence[Operation]]]


@dataclass(frozen=True, slots=True)
class StepSubject:
    """A step with its place; `operation` is None if the spec lacks it or it cannot be read, `spec` if the project lacks
    it. `names`: those that its `${…}` use."""

    scenario: Scenario
    site: StepSite
    spec: Spec | None
    operation: Operation | None
    names: frozenset[str]


@dataclass(frozen=True)
class Subject:
    """A project under check, read as far as it can be. `variables` are those that `$NAME` may name; `find_generated`
    returns the operations, by the key of their spec, for which an environment has requests generated."""

    project: Project
    variables: Mapping[str, str]
    find_generated: FindGenerated
    _responses: dict[str, DeclaredResponses] = field(default_factory=dict)

    @cached_property
    def environments(self) -> list[tuple[Environment | None, list[Problem]]]:
        """Every environment with its mistakes, None for one that cannot be read."""
        settings = self.project.settings
        return [read_open_environment(settings, name) for name in settings.environments]

    @cached_property
    def asked(self) -> frozenset[int]:
        """The ids of the operations that warehouse checks ask."""
        return frozenset(
            id(spec.find_operation(name))
            for contract in self.project.warehouses
            if (spec := self.project.specs.get(contract.spec))
            for check in contract.checks
            for name in iter_asked(check)
        )

    @cached_property
    def scenarios(self) -> tuple[tuple[Scenario, Place], ...]:
        """Every scenario with its place, one with a table once."""
        return tuple(
            found
            for contract in self.project.contracts
            for found in iter_written(contract, self.project.documents[contract.location.path])
        )

    @cached_property
    def steps(self) -> tuple[StepSubject, ...]:
        """All steps, those of cleanups too."""
        return tuple(
            self._build_step(scenario, site)
            for scenario, place in self.scenarios
            for site in iter_sites(scenario, place)
        )

    def find_used(self, spec: Spec) -> frozenset[str]:
        """Return the labels of the operations of a spec that contracts or generated requests use."""
        environments = (environment for environment, _ in self.environments if environment)
        generated = (self.find_generated(self.project, environment).get(spec.key, ()) for environment in environments)
        return self.find_named(spec) | {operation.label for found in generated for operation in found}

    def find_named(self, spec: Spec) -> frozenset[str]:
        """Return the labels of the operations of a spec that contracts use."""
        names = [site.site.step.operation for site in self.steps if site.spec is spec]
        used = {found.label for name in names if name and (found := spec.find_operation(name))}
        return frozenset(used | {label for label, each in spec.operations.items() if id(each) in self.asked})

    def _build_step(self, scenario: Scenario, site: StepSite) -> StepSubject:
        spec = self.project.specs.get(site.step.spec)
        found = spec.find_operation(site.step.operation) if spec else None
        operation = None if found and found.fault else found
        names = {reference.name for _, reference in site.iter_references()}
        files, asked = ProjectFiles(self.project.root), find_operation(self.project.specs, site.step)
        for part, _ in site.iter_parts():
            names |= list_held_names(part, asked, files)
        return StepSubject(scenario, site, spec, operation, frozenset(names))

    def get_responses(self, spec: Spec) -> DeclaredResponses:
        """Return the responses that a spec declares."""
        if spec.key not in self._responses:
            self._responses[spec.key] = DeclaredResponses(spec)
        return self._responses[spec.key]

    def iter_described_steps(self) -> Iterator[tuple[StepSubject, Operation, DeclaredResponses]]:
        """Yield the steps whose operation declares responses."""
        for step in self.steps:
            if step.spec and step.operation and step.operation.responses:
                yield step, step.operation, self.get_responses(step.spec)


def warn(location: SourceLocation, message: str, hint: str = "", *, rule: Rule) -> Problem:
    """Return a problem that is not an error: an answer decides it, so that a run sends what has it and judges."""
    return Problem(location=location, message=message, hint=hint, rule=rule, severity=Severity.WARNING)
