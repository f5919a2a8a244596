"""Checks the values of a step: what `${…}` names, the names of captures, what schemas refer to."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import Expectation, Step
from contracts_runner.model.json import Json
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import (
    BUILTINS,
    ExpressionError,
    Reference,
    iter_texts,
    parse_template,
)
from contracts_runner.reading.places import Place, StepSite
from contracts_runner.reading.suggest import suggest_or_list

_VALUE_KEYS = ("parameters", "body", "expect", "in", "probe")


def check_values(project: Project, spec_key: str, site: StepSite) -> Iterator[Problem]:
    """Yield the names that have no value, captures that hide another name, and schemas that refer to nothing."""
    variables = project.settings.find_names("variables")
    yield from _check_captures(site, variables)
    for key in _VALUE_KEYS:
        for place, reference in iter_places(site.place.at(key)):
            yield from _check_name(place, reference.name, site, variables)
    if spec := project.specs.get(spec_key):
        for expectation in _iter_expectations(site.step):
            for schema, location in _iter_schemas(expectation):
                if _has_reference(schema) and (mistake := spec.schemas.find_mistake(_close(schema))):
                    message = f"the schema cannot be used: {mistake}"
                    yield Problem(location=location, message=message, rule="reference")


def iter_places(place: Place) -> Iterator[tuple[Place, Reference]]:
    """Yield the references in a value of a contract file, each with its place; texts that cannot be read have none."""
    for pointer, text in iter_texts(place.find()):
        try:
            parts = parse_template(text)
        except ExpressionError:
            # Reading the file has reported it.
            continue
        yield from ((place.at(*pointer), part) for part in parts if isinstance(part, Reference))


def _check_name(place: Place, name: str, site: StepSite, variables: Mapping[str, object]) -> Iterator[Problem]:
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


def _iter_expectations(step: Step) -> Iterator[Expectation]:
    yield step.expect
    for variant in (*step.variants.values(), step.probe):
        if variant and variant.expect:
            yield variant.expect


def _iter_schemas(expectation: Expectation) -> Iterator[tuple[Json, SourceLocation]]:
    for body in expectation.body:
        yield body.matcher.value, body.location
    for header in expectation.headers:
        yield header.matcher.value, header.location
    for relation in expectation.relations:
        if relation.kind in (CheckName.COUNT, CheckName.EVERY):
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
