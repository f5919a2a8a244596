"""Checks the values of a step: what `${…}` names, the names of captures, what schemas refer to."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.contract import WITH_OPERAND_SCHEMA, Expectation
from contracts_runner.model.json import Json
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import BUILTINS, Reference
from contracts_runner.reading.places import Place, StepSite
from contracts_runner.reading.suggest import suggest_or_list

# Name -> the members that it has; None where they are not known.
Shared = Mapping[str, Collection[str] | None]


def check_values(project: Project, site: StepSite, shared: Shared) -> Iterator[Problem]:
    """Yield the names that have no value, captures that hide another name, and schemas that refer to nothing. `shared`
    are the names whose members other scenarios, or a row, give."""
    variables = project.settings.find_names("variables")
    yield from _check_captures(site, variables)
    for place, reference in site.iter_references():
        yield from check_reference(place, reference, site, [*variables, *shared], shared)
    if spec := project.specs.get(site.step.spec):
        for expectation in site.step.iter_expectations():
            for schema, location in _iter_schemas(expectation):
                if _has_reference(schema) and (mistake := spec.schemas.find_mistake(_close(schema))):
                    message = f"the schema cannot be used: {mistake}"
                    yield Problem(location=location, message=message, rule=Rule.REFERENCE)


def check_reference(
    place: Place, reference: Reference, site: StepSite, variables: Iterable[str], shared: Shared
) -> Iterator[Problem]:
    """Yield a name without a value; `variables` are those that have one, `shared` are names with members."""
    if reference.name in shared:
        yield from _check_member(place, reference, shared[reference.name])
    else:
        yield from _check_name(place, reference.name, site, variables)


def _check_name(place: Place, name: str, site: StepSite, variables: Iterable[str]) -> Iterator[Problem]:
    known = list(dict.fromkeys([*site.captures, *variables, *sorted(BUILTINS)]))
    if name in known:
        return
    if name in site.later:
        yield place.build_problem(
            f"'${{{name}}}' has no value yet: it is captured by the step '{site.later[name]}'",
            "a step sees the captures of the steps before it",
        )
    else:
        yield place.build_problem(f"'${{{name}}}' has no value", suggest_or_list(name, known))


def _check_member(place: Place, reference: Reference, members: Collection[str] | None) -> Iterator[Problem]:
    """Yield a member that is not there, or that none is named."""
    member = str(reference.path[0]) if reference.path else ""
    if members is not None and member not in members:
        shown = f"{reference.name}.{member}" if member else reference.name
        yield place.build_problem(f"'${{{shown}}}' has no value", suggest_or_list(member, members))


def _check_captures(site: StepSite, variables: Mapping[str, list[str]]) -> Iterator[Problem]:
    for capture in site.step.captures:
        if capture.name in BUILTINS:
            other = "the built-in value"
        elif capture.name in variables:
            other = f"the variable of the environment '{variables[capture.name][0]}'"
        else:
            continue
        place = site.place.at("capture", capture.name)
        yield place.build_problem(f"the capture '{capture.name}' hides {other}", "choose another name")


def _iter_schemas(expectation: Expectation) -> Iterator[tuple[Json, SourceLocation]]:
    for body in expectation.body:
        yield body.matcher.value, body.location
    for header in expectation.headers:
        yield header.matcher.value, header.location
    for relation in expectation.relations:
        if relation.kind in WITH_OPERAND_SCHEMA:
            yield relation.operand, relation.location


def _has_reference(schema: Json) -> bool:
    if isinstance(schema, Mapping):
        return "$ref" in schema or any(map(_has_reference, schema.values()))
    return isinstance(schema, list) and any(map(_has_reference, schema))


def _close(schema: Json) -> Json:
    """Return the schema without the keywords whose values are known only when the step runs."""
    if isinstance(schema, Mapping):
        return {key: _close(child) for key, child in schema.items() if not (isinstance(child, str) and "${" in child)}
    return [_close(child) for child in schema] if isinstance(schema, list) else schema
