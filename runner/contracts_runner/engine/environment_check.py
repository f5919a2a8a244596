"""Checks before the first request what steps would send in one environment: variables, credentials, values."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.credential_check import check_step_credential
from contracts_runner.engine.foresight import foresee
from contracts_runner.engine.links import resolve_link
from contracts_runner.engine.outgoing import Keys, OutgoingStep, decide_step
from contracts_runner.engine.request_conformance import HINT, Mismatch, iter_mismatches, iter_obstacles
from contracts_runner.engine.request_values import UNKNOWN, Unknown, Values, read_body, read_parameters, read_type
from contracts_runner.engine.scope import Scope, UnresolvedError, UnusableValueError, ValueSource
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import WHOLE, Expectation, Scenario, Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.function_calls import check_arguments
from contracts_runner.project.parts import Project
from contracts_runner.project.references.need_references import list_shared
from contracts_runner.project.references.value_references import check_reference
from contracts_runner.reading.expressions import (
    ROW,
    ExpressionError,
    Reference,
    iter_references,
    iter_texts,
    parse_template,
)
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
                    check = _SiteCheck(project, scenario, place, spec, site, outgoing, environment)
                    problems += check.iter_problems()
    # Those of a table share their mistakes.
    return list({(problem, problem.owner): problem for problem in problems}.values())


@dataclass(frozen=True, slots=True)
class _SiteCheck:
    """The check of one step; `scenario_place` is where its scenario is written."""

    project: Project
    scenario: Scenario
    scenario_place: Place
    spec: Spec
    site: StepSite
    outgoing: OutgoingStep
    environment: Environment

    def iter_problems(self) -> Iterator[Problem]:
        outgoing, operation = self.outgoing, self.outgoing.operation
        # What cannot be read in the document has no promise to be checked by: its scenarios are errored.
        if outgoing.is_kept_back or operation.fault:
            return
        yield from self._check_claims()
        declared = self.project.settings.find_names("credentials")
        scope = _build_scope(self.project, self.site, self.scenario, self.environment)
        yield from check_step_credential(
            self.spec, self.site, outgoing, self.environment, declared=declared, given=self._foresee_auth(scope)
        )
        files = ProjectFiles(self.project.root)
        try:
            body = read_body(outgoing.step, operation, files, lambda value: self._foresee(value, scope))
        except UnsendableError as error:
            yield self._build_problem(Mismatch(subject=str(error), path="$"), None, scope)
            return
        texts = list(self._iter_texts(body))
        yield from self._check_variables(texts)
        yield from _check_expressions(texts, scope)
        if outgoing.step.body_file is not None:
            yield from self._check_names(body)
        try:
            values = self._foresee_step(body, scope, files)
        except UnsendableError as error:
            origins = outgoing.origins
            keys = {"media_type": origins.media_type, "accept": origins.accept}.get(error.field)
            keys = keys or origins.parameters.get(WHOLE, ())
            yield Problem(location=self.site.place.at(*keys).location, message=str(error), rule=Rule.PARAMETER)
            return
        obstacles = list(iter_obstacles(operation, values))
        for mismatch in obstacles:
            yield self._build_problem(mismatch, values, scope)
        unsendable = {(mismatch.key, mismatch.name) for mismatch in obstacles}
        for mismatch in iter_mismatches(self.spec, operation, values):
            if not outgoing.step.is_invalid_request and (mismatch.key, mismatch.name) not in unsendable:
                hint = " ".join(filter(None, (mismatch.hint, HINT)))
                yield dataclasses.replace(self._build_problem(mismatch, values, scope), hint=hint)
        yield from self._check_link(values)

    def _check_claims(self) -> Iterator[Problem]:
        """Yield that nothing of the answer would be checked: a step that passes without a check would prove nothing."""
        expect, operation = self.outgoing.step.expect, self.outgoing.operation
        unclaimed = Expectation(
            success=None,
            namespaces=expect.namespaces,
            is_schema_checked=expect.is_schema_checked,
            locations=expect.locations,
        )
        if expect == unclaimed and not (expect.is_schema_checked and operation.is_described):
            message = "nothing of the answer would be checked: a check that cannot fail is no check"
            hint = "say what is expected, such as its `status`, or leave `success: null` out"
            keys = self.outgoing.origins.expect
            yield Problem(location=self.site.place.at(*keys).location, message=message, hint=hint, rule=Rule.SCHEMA)

    @property
    def _body_place(self) -> Place:
        return self.site.place.at(*self.outgoing.origins.body)

    def _iter_texts(self, body: Json | Unset | Unknown) -> Iterator[tuple[Place, str]]:
        """Yield the texts with expressions of what goes out, and of what is expected, each with its place; of a file
        its key."""
        origins = self.outgoing.origins
        types = (origins.media_type, origins.accept)
        named = (*types, *origins.parameters.values(), *origins.query.values(), *origins.headers.values())
        places = (*named, origins.url, origins.auth, origins.expect, ("when",), ("retry",))
        at, written = self.site.place.at, self.site.place.find()
        for keys in (keys for keys in places if keys[0] in written):
            found = iter_texts(self.site.place.find(*keys))
            yield from ((at(*keys, *pointer), text) for pointer, text in found if "$" in text)
        if not isinstance(body, Unset | Unknown):
            keys = origins.body
            yield from ((at(*keys, *pointer), text) for pointer, text in iter_texts(body) if "$" in text)

    def _check_variables(self, texts: Sequence[tuple[Place, str]]) -> Iterator[Problem]:
        declared, environment = self.project.settings.find_names("variables"), self.environment
        own = {**environment.variables, **self.scenario.variables, **self.site.captures}
        for place, reference in _iter_named(texts):
            name = reference.name
            # A name that no environment has is not a variable: value_references.py reports it.
            if name in own or name not in declared:
                continue
            if name in environment.undecodable_variables:
                message = f"the variable '{name}' cannot be used: {environment.undecodable_variables[name]}"
                yield place.build_problem(message, "set it to a text in UTF-8")
                continue
            message = f"the environment '{environment.name}' has no variable '{name}'"
            yield place.build_problem(message, f"it is in: {', '.join(declared[name])}")

    def _check_names(self, body: Json | Unset | Unknown) -> Iterator[Problem]:
        """Yield the names without a value in the body's file; value_references.py sees the contract file alone."""
        scenarios = {each.id: each for each in self.project.scenarios}
        shared = list_shared(self.scenario, self.scenario_place, scenarios)
        known = dict.fromkeys([*self.scenario.variables, *self.project.settings.find_names("variables"), *shared])
        texts = [(self._body_place, text) for _, text in iter_texts(body)]
        for place, reference in _iter_named(texts):
            yield from check_reference(self.project, place, reference, self.site, known, shared)

    def _foresee_step(self, body: Json | Unset | Unknown, scope: Scope, files: ProjectFiles) -> Values:
        """Return the values with variables and samples filled in; unknown where one depends on a capture or on a name
        without a value."""
        step = self.outgoing.step
        found = None if isinstance(body, Unset | Unknown) else foresee(body, scope)
        is_unknown = found is not None and found.unknown.get((), True) is False

        def evaluate(value: Json) -> Json:
            return self._foresee(value, scope)

        media_type, accept = read_type(step, "media_type", evaluate), read_type(step, "accept", evaluate)
        is_unknown = is_unknown or isinstance(media_type, Unknown)
        return Values(
            parameters=read_parameters(step, self.outgoing.operation, evaluate),
            query={name: self._foresee(value, scope) for name, value in step.query.items()},
            headers={name: self._foresee(value, scope) for name, value in step.headers.items()},
            media_type="" if isinstance(media_type, Unknown) else media_type,
            accept="" if isinstance(accept, Unknown) else accept,
            body=body if found is None else UNKNOWN if is_unknown else found.value,
            unknown=found.unknown if found else {},
            url=Unset.UNSET if step.url is None else self._foresee(step.url, scope),
            files=files,
        )

    def _foresee_auth(self, scope: Scope) -> dict[str, Json]:
        """Return the values that stand in `auth` and are known."""
        auth = self.outgoing.step.auth
        found = {name: self._foresee(value, scope) for name, value in auth.items()} if isinstance(auth, Mapping) else {}
        return {name: value for name, value in found.items() if not isinstance(value, Unknown)}

    def _foresee(self, value: Json, scope: Scope) -> Json | Unknown:
        found = foresee(value, scope)
        return UNKNOWN if found.unknown else found.value

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

    def _build_problem(self, mismatch: Mismatch, values: Values | None, scope: Scope) -> Problem:
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
            place = self._body_place.at(*(_find_parts(mismatch.path, values.body) if values else ()))
            written = step.body
        detail = _name_variables(mismatch.detail, written, scope)
        return Problem(
            location=place.location,
            message=f"{mismatch.subject} {detail}".strip(),
            rule=Rule.BODY if mismatch.key in ("body", "media_type") else Rule.PARAMETER,
        )


def _build_scope(project: Project, site: StepSite, scenario: Scenario, environment: Environment) -> Scope:
    """Return the values that are known before the run, with samples for what is built in."""
    known = {name: value for name, value in environment.variables.items() if value is not Unset.UNSET}

    def call(name: str, values: Sequence[Json]) -> NoReturn:
        # A wrong name or number of arguments is a mistake in references, reported there.
        function = project.functions and project.functions.find(name)
        if project.functions and function and not function.explain_count(len(values)):
            check_arguments(project.functions, name, values)
        raise UnresolvedError(f"{name} is called by a run only")

    source = ValueSource(environment=environment.name, call=call)
    scope = Scope(variables=known, run_id=_SAMPLE_RUN_ID, scenario_id="", source=source)
    scope.begin_step(_SAMPLE_TIME, 0)
    scope.define(scenario.variables)
    if scenario.row is not None:
        scope.share(ROW, scenario.row)
    scope.hide(site.captures)
    return scope


def _iter_named(texts: Sequence[tuple[Place, str]]) -> Iterator[tuple[Place, Reference]]:
    """Yield the references in texts, each with its place; texts that cannot be read, which are reported, have none."""
    for place, text in texts:
        try:
            parts = parse_template(text)
        except ExpressionError:
            continue
        yield from ((place, part) for part in parts if isinstance(part, Reference))


def _check_expressions(texts: Sequence[tuple[Place, str]], scope: Scope) -> Iterator[Problem]:
    """Yield what asks of a value that is known what it does not have."""
    for place, text in texts:
        try:
            scope.evaluate(text)
        except UnusableValueError as error:
            yield Problem(location=place.location, message=str(error), rule=Rule.EXPRESSION)
        except (UnresolvedError, ExpressionError):
            continue


def _build_undefined(operation: Operation, mismatch: Mismatch) -> Problem:
    """Return a problem at the place in the document."""
    found = operation.find_parameters(mismatch.name) if mismatch.key == "parameters" else ()
    location = found[0].location if found else operation.location
    return Problem(location=location, message=f"{operation.label}: {mismatch.subject}", rule=Rule.UNDEFINED)


def _name_variables(message: str, value: Json, scope: Scope) -> str:
    """Return a message with expressions instead of their values, which may be secret or personal."""
    try:
        references = list(iter_references(value))
    except ExpressionError:
        return message  # what cannot be read is reported
    for reference in references:
        try:
            held = scope.evaluate(reference.text)
        except UnresolvedError:
            continue
        texts = [str(held)] if isinstance(held, int | float) else [text for _, text in iter_texts(held)]
        for form in [form for text in texts for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])]:
            if len(form) >= _LEAST_NAMED:
                message = message.replace(form, reference.text)
    return message


def _find_parts(path: str, value: Json) -> tuple[str | int, ...]:
    """Return the keys and indexes that a singular JSONPath goes through, none where it leads to nothing."""
    found = compile_jsonpath(path).find_one(value)
    return tuple(found.location) if found else ()
