"""Checks before the first request what steps would send in one environment: variables, credentials, values."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts_runner.engine.credential_check import check_step_credential
from contracts_runner.engine.links import resolve_link
from contracts_runner.engine.outgoing import Keys, OutgoingStep, decide_step
from contracts_runner.engine.request_conformance import HINT, Mismatch, iter_mismatches, iter_obstacles
from contracts_runner.engine.request_values import UNKNOWN, Unknown, Values, evaluate_values, read_body_file
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import Scenario, Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.parts import Project
from contracts_runner.project.references.need_references import list_shared
from contracts_runner.project.references.value_references import check_reference
from contracts_runner.reading.expressions import ExpressionError, Reference, iter_references, iter_texts
from contracts_runner.reading.jsonpaths import compile_jsonpath
from contracts_runner.reading.places import Place, StepSite, iter_scenarios, iter_sites

# Values of the right form for what is known only when a step runs.
_SAMPLE_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE_RUN_ID = "20260101T000000Z"
# What is shorter may be a part of any other word.
_LEAST_NAMED = 5


def check_environment(project: Project, scenarios: Sequence[Scenario], environment: Environment) -> list[Problem]:
    """Return the credentials that cannot be sent, the variables that the environment does not have, and the bodies and
    parameters that break the spec, or cannot be sent, once its variables are filled in.

    Steps that the environment's `writes` keeps back are left out. So are values that depend on captures: the engine
    checks them when it has the values.
    """
    selected = {scenario.id for scenario in scenarios}
    problems: list[Problem] = []
    for contract in project.contracts:
        for scenario, place in iter_scenarios(contract, project.documents[contract.location.path]):
            for site in iter_sites(scenario, place) if scenario.id in selected else ():
                if spec := project.specs.get(site.step.spec):
                    outgoing = decide_step(site.step, project.specs, environment)
                    problems += _SiteCheck(project, scenario, spec, site, outgoing, environment).iter_problems()
    return problems


@dataclass(frozen=True, slots=True)
class _SiteCheck:
    project: Project
    scenario: Scenario
    spec: Spec
    site: StepSite
    outgoing: OutgoingStep
    environment: Environment

    def iter_problems(self) -> Iterator[Problem]:
        outgoing, operation = self.outgoing, self.outgoing.operation
        # What cannot be read in the document has no promise to be checked by: its scenarios are errored.
        if outgoing.is_kept_back or operation.fault:
            return
        yield from check_step_credential(self.spec, self.site, outgoing, self.environment)
        try:
            held = list(self._iter_held())
            values = self._evaluate_step()
        except UnsendableError as error:
            yield self._build_problem(Mismatch(subject=str(error), path="$"), None)
            return
        yield from self._check_variables(held)
        obstacles = list(iter_obstacles(operation, values))
        for mismatch in obstacles:
            yield self._build_problem(mismatch, values)
        unsendable = {(mismatch.key, mismatch.name) for mismatch in obstacles}
        for mismatch in iter_mismatches(self.spec, operation, values):
            if not outgoing.step.is_invalid_request and (mismatch.key, mismatch.name) not in unsendable:
                yield dataclasses.replace(self._build_problem(mismatch, values), hint=HINT)
        yield from self._check_link(values)

    @property
    def _files(self) -> ProjectFiles:
        return ProjectFiles(self.project.root)

    def _iter_held(self) -> Iterator[tuple[Place, Reference]]:
        """Yield the expressions that the body's file holds; raises UnsendableError."""
        step, place = self.outgoing.step, self.site.place.at(*self.outgoing.origins.body)
        if step.body_file is not None and not any(iter_references(step.body_file)):
            body = read_body_file(step.body_file, step, self.outgoing.operation, self._files)
            yield from ((place, reference) for reference in iter_references(body))

    def _check_variables(self, held: Sequence[tuple[Place, Reference]]) -> Iterator[Problem]:
        declared, environment = self.project.settings.find_names("variables"), self.environment
        shared = list_shared(self.scenario, {each.id: each for each in self.project.scenarios} if held else {})
        for place, reference in held:
            yield from check_reference(place, reference, self.site, [*declared, *shared], shared)
        origins = self.outgoing.origins
        named = (*origins.parameters.values(), *origins.query.values(), *origins.headers.values())
        places = (self.site.place.at(*keys) for keys in (*named, origins.body, origins.url, origins.expect))
        for place, reference in (*(found for each in places for found in each.iter_references()), *held):
            name = reference.name
            # A name that no environment has is not a variable: value_references.py reports it.
            if name in environment.variables or name in self.site.captures or name not in declared:
                continue
            if name in environment.undecodable_variables:
                message = f"the variable '{name}' cannot be used: {environment.undecodable_variables[name]}"
                yield place.build_problem(message, "set it to a text in UTF-8")
                continue
            message = f"the environment '{environment.name}' has no variable '{name}'"
            yield place.build_problem(message, f"it is in: {', '.join(declared[name])}")

    def _evaluate_step(self) -> Values:
        """Return the values with variables and samples filled in; unknown where one depends on a capture or on a name
        without a value. Raises UnsendableError."""
        variables, captures = self.environment.variables.items(), self.site.captures
        known = {name: value for name, value in variables if name not in captures and value is not Unset.UNSET}
        scope = Scope(variables=known, run_id=_SAMPLE_RUN_ID, scenario_id="")
        scope.begin_step(_SAMPLE_TIME)
        outgoing = self.outgoing
        return evaluate_values(outgoing.step, outgoing.operation, lambda value: _evaluate(value, scope), self._files)

    def _check_link(self, values: Values) -> Iterator[Problem]:
        """Yield why a link that is known already leads nowhere; without a base URL that is not known."""
        if isinstance(values.url, Unset | Unknown) or self.environment.base_url is None:
            return
        operation, base_url = self.outgoing.operation, self.environment.base_url
        operations = self.spec.operations.values() if operation.is_described else (operation,)
        try:
            addresses = (base_url, *self.environment.addresses)
            resolve_link(values.url, operation, operations=operations, base_url=base_url, addresses=addresses)
        except UnsendableError as error:
            place = self.site.place.at(*self.outgoing.origins.url)
            yield Problem(location=place.location, message=str(error), rule=Rule.PARAMETER)

    def _build_problem(self, mismatch: Mismatch, values: Values | None) -> Problem:
        """Return a problem at the place of what cannot be sent; without `values` the body's file is the reason."""
        origins, step, name = self.outgoing.origins, self.outgoing.step, mismatch.name
        if mismatch.is_of_document:
            return _build_undefined(self.outgoing.operation, mismatch)
        place, written = self.site.place, None
        if mismatch.key == "media_type":
            place = place.at(*origins.media_type)
        elif mismatch.key != "body":
            keys: Mapping[str, Keys] = getattr(origins, mismatch.key)
            place = place.at(*keys.get(name, (mismatch.key,)))
            written = getattr(step, mismatch.key).get(name)
        elif mismatch.path:
            place = place.at(*origins.body, *(_find_parts(mismatch.path, values.body) if values else ()))
            written = step.body
        detail = _name_variables(mismatch.detail, written, self.environment)
        return Problem(
            location=place.location,
            message=f"{mismatch.subject} {detail}".strip(),
            rule=Rule.BODY if mismatch.key in ("body", "media_type") else Rule.PARAMETER,
        )


def _evaluate(value: Json, scope: Scope) -> Json | Unknown:
    try:
        return scope.evaluate(value)
    except (UnresolvedError, ExpressionError):
        # Reading the file, or the check of variables, has reported it if it is a mistake.
        return UNKNOWN


def _build_undefined(operation: Operation, mismatch: Mismatch) -> Problem:
    """Return a problem at the place in the document."""
    found = operation.find_parameters(mismatch.name) if mismatch.key == "parameters" else ()
    location = found[0].location if found else operation.location
    return Problem(location=location, message=f"{operation.label}: {mismatch.subject}", rule=Rule.UNDEFINED)


def _name_variables(message: str, value: Json, environment: Environment) -> str:
    """Return a message with names of variables instead of their values, which may be secret or personal."""
    for reference in iter_references(value):
        held = environment.variables.get(reference.name)
        texts = [str(held)] if isinstance(held, int | float) else [text for _, text in iter_texts(held)]
        for form in [form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])]:
            if len(form) >= _LEAST_NAMED:
                message = message.replace(form, f"${{{reference.name}}}")
    return message


def _find_parts(path: str, value: Json) -> tuple[str | int, ...]:
    """Return the keys and indexes that a singular JSONPath goes through, none where it leads to nothing."""
    found = compile_jsonpath(path).find_one(value)
    return tuple(found.location) if found else ()
