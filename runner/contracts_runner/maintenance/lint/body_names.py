"""Rules on the names in request bodies: one that the schema allows and does not describe may be a misspelt one."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.schema_paths.navigation import ShapeNavigator, collect_shapes
from contracts_runner.maintenance.lint.schema_paths.paths import find_property
from contracts_runner.maintenance.lint.schema_paths.shapes import Shape
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.json import Json
from contracts_runner.reading.places import Place


def check_body_names(subject: Subject) -> Iterator[Problem]:
    """Yield the properties of bodies that no schema describes, and that are nearly one which is described."""
    for step, operation, responses in subject.iter_described_steps():
        if step.site.step.is_invalid_request or not operation.body:
            continue
        pointers = filter(None, operation.body.schemas.values())
        shapes = tuple(shape for pointer in pointers for shape in responses.list_request_shapes(pointer))
        for _, place in step.site.iter_parts() if shapes else ():
            body = place.at("body")
            yield from _check(body.find(), shapes, body, "$", responses.navigator)


def _check(
    value: Json, shapes: tuple[Shape, ...], place: Place, path: str, navigator: ShapeNavigator
) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            found = find_property(navigator, name, shapes, path)
            # What no shape allows is an error of its own.
            if found.reason and found.shapes:
                location = place.at(name).location
                yield warn(location, f"the body: {found.reason}", found.hint, rule=Rule.BODY)
            else:
                yield from _check(child, found.shapes, place.at(name), f"{path}.{name}", navigator)
    elif isinstance(value, list):
        items = collect_shapes(navigator.get_any_item(shape) for shape in shapes)
        for index, item in enumerate(value):
            yield from _check(item, items, place.at(index), f"{path}[{index}]", navigator)
