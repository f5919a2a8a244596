"""Replaces values that an earlier answer has given by captures."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from contracts_runner.model.json import Json


def capture_values(
    steps: Sequence[Mapping[str, Json]], answers: Sequence[Json], *, is_taken: Callable[[Json], bool]
) -> list[dict[str, Json]]:
    """Return the steps, by the keys of a contract file, in which a value of an earlier answer is an expression, and the
    step that had the answer captures it. `is_taken` tells which values of answers count."""
    captured: list[dict[str, Json]] = [dict(step) for step in steps]
    known: dict[str, tuple[int, str]] = {}  # value -> step that answered it, JSONPath
    for number, step in enumerate(captured):
        for key in ("parameters", "body"):
            if key in step:
                step[key] = _refer(step[key], known, captured)
        leaves = _iter_leaves(answers[number], "$")
        known = {**{str(value): (number, path) for value, path in leaves if is_taken(value)}, **known}
    return captured


def is_name(value: Json) -> bool:
    """Tell whether a value can name a resource: a number, or a text that is not empty."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _refer(value: Json, known: Mapping[str, tuple[int, str]], steps: list[dict[str, Json]]) -> Json:
    if isinstance(value, Mapping):
        return {name: _refer(item, known, steps) for name, item in value.items()}
    if isinstance(value, list):
        return [_refer(item, known, steps) for item in value]
    if isinstance(value, bool) or str(value) not in known:
        return value
    number, path = known[str(value)]
    name = f"{re.sub(r'[^a-zA-Z]+', '_', path).strip('_') or 'value'}_{number + 1}"
    steps[number]["capture"] = {**steps[number].get("capture", {}), name: path}
    return "${" + name + "}"


def _iter_leaves(value: Json, path: str) -> Iterator[tuple[Json, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if re.fullmatch(r"[A-Za-z_]\w*", name):
                yield from _iter_leaves(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _iter_leaves(item, f"{path}[{index}]")
    elif is_name(value):
        yield value, path
