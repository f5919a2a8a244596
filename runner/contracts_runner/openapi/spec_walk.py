"""Goes through all objects of a bundled OpenAPI document, those of external files included."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.spec_shape import iter_children


@dataclass(frozen=True, slots=True)
class SpecObject:
    """An object of the document, its kind (spec_shape) and the kind of the object that holds it, "" for the root."""

    pointer: Pointer
    value: Json
    kind: str
    owner: str = ""


def iter_objects(bundle: Bundle) -> Iterator[SpecObject]:
    """Yield each object once for each kind that it is used as, in the order of the document."""
    seen: set[tuple[Pointer, str]] = set()
    starts = [((), "document"), *sorted(bundle.targets, key=lambda target: (len(target[0]), target))]
    for pointer, kind in starts:
        stack = [SpecObject(pointer, find_value(bundle.document, pointer), kind)]
        while stack:
            found = stack.pop()
            if (found.pointer, found.kind) in seen:
                continue
            seen.add((found.pointer, found.kind))
            is_container = found.kind[0] in "{["
            if not is_container:
                yield found
            owner = found.owner if is_container else found.kind
            stack += reversed(
                [
                    SpecObject((*found.pointer, key), found.value[key], child_kind, owner)
                    for key, child_kind in iter_children(found.kind, found.value)
                ]
            )
