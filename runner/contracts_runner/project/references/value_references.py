"""Checks the values of a step: what `${…}` names, the names of captures, what schemas refer to."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.contract import WITH_OPERAND_SCHEMA, Contract, Expectation, Scenario
from contracts_runner.model.json import Json
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import BUILTINS, ROW, Reference
from contracts_runner.reading.places import Place, StepSite
from contracts_runner.reading.suggest import suggest_or_list

# Name -> the members that it has; None where they are not known.
Shared = Mapping[str, Collection[str] | None]


def check_values(project: Project, scenario: Scenario, site: StepSite, shared: Shared) -> Iterator[Problem]:
    """Yield the names that have no value, captures that hide another name, and schemas that refer to nothing. `shared`
    are the names whose members other scenarios, or a row, give."""
    yield from _check_captures(site, project.settings.find_names("variables"), scenario.variables)
    variables = dict.fromkeys([*scenario.variables, *project.settings.find_names("variables"), *shared])
    for place, reference in site.iter_references():
        yield from check_reference(project, place, reference, site, variables, shared)
    if spec := project.specs.get(site.step.spec):
        for expectation in site.step.iter_expectations():
            for schema, location in _iter_schemas(expectation):
                if _has_reference(schema) and (mistake := spec.schemas.find_mistake(_close(schema))):
                    message = f"the schema cannot be used: {mistake}"
                    yield Problem(location=location, message=message, rule=Rule.REFERENCE)


def check_reference(
    project: Project, place: Place, reference: Reference, site: StepSite, variables: Iterable[str], shared: Shared
) -> Iterator[Problem]:
    """Yield a name without a value; `variables` are those that have one, `shared` are names with members."""
    if reference.arguments is not None:
        yield from _check_call(place, reference, project)
    elif reference.name in shared:
        yield from _check_member(place, reference, shared[reference.name])
    else:
        yield from _check_name(place, reference.name, site, variables)


def check_variables(project: Project, contract: Contract, place: Place) -> Iterator[Problem]:
    """Yield the names without a value in the variables of a file: they see those of the environment, and those before
    them."""
    known = dict.fromkeys(project.settings.find_names("variables"))
    for name in contract.variables:
        for found, reference in place.at("variables", name).iter_references():
            if reference.arguments is not None:
                yield from _check_call(found, reference, project)
            else:
                yield from _check_name(found, reference.name, None, known)
        known[name] = None


def _check_name(place: Place, name: str, site: StepSite | None, variables: Iterable[str]) -> Iterator[Problem]:
    known = list(dict.fromkeys([*(site.captures if site else ()), *variables, *sorted(BUILTINS)]))
    if name in known:
        return
    if site and name in site.later:
        yield place.build_problem(
            f"'${{{name}}}' has no value yet: it is captured by the step '{site.later[name]}'",
            "a step sees the captures of the steps before it",
        )
    else:
        hint = "the scenario has no table: `each`" if name == ROW else suggest_or_list(name, known)
        yield place.build_problem(f"'${{{name}}}' has no value", hint)


def _check_call(place: Place, reference: Reference, project: Project) -> Iterator[Problem]:
    """Yield a function that there is not, or that does not take so many values."""
    name, count, module = reference.name, len(reference.arguments or ()), project.functions
    if module is None:
        if project.settings.functions is not None:
            return  # why its module cannot be read is told already
        hint = "name the module in contracts.yaml: `functions: shop_functions`"
        yield place.build_problem(f"'{reference.text}' calls a function, and the project names none", hint)
    elif function := module.find(name):
        if reason := function.explain_count(count):
            yield place.build_problem(f"'{reference.text}': {reason}")
    else:
        hint = suggest_or_list(name.rpartition(".")[2], module.functions)
        yield place.build_problem(f"'{reference.text}': {module.file} has no function '{name}'", hint)


def _check_member(place: Place, reference: Reference, members: Collection[str] | None) -> Iterator[Problem]:
    """Yield a member that is not there, or that none is named."""
    member = str(reference.path[0]) if reference.path else ""
    if members is not None and member not in members:
        shown = f"{reference.name}.{member}" if member else reference.name
        yield place.build_problem(f"'${{{shown}}}' has no value", suggest_or_list(member, members))


def _check_captures(site: StepSite, variables: Mapping[str, list[str]], of_file: Collection[str]) -> Iterator[Problem]:
    for capture in site.step.captures:
        if capture.name in BUILTINS:
            other = "the built-in value"
        elif capture.name in of_file:
            other = "the variable of the file"
        elif capture.name in variables:
            other = f"the variable of the environment '{variables[capture.name][0]}'"
        else:
            continue
        place = site.place.at("capture", capture.name)
        yield place.build_problem(f"the capture '{capture.name}' hides {other}", "choose another name")


def _iter_schemas(expectation: Expectation) -> Iterator[tuple[Json, SourceLocation]]:
    for body in expectation.body:
        yield body.matcher.value, body.location
    for entry in expectation.xml:
        yield entry.matcher.value, entry.location
    for key, matcher in (("text", expectation.text), ("bytes", expectation.bytes)):
        if matcher is not None:
            yield matcher.value, expectation.locations[key]
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
