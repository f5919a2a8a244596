"""What a step's values will be, as far as it is known before the run; of the rest where it is, and perhaps its type."""

from collections.abc import Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.reference import Reference
from contracts_runner.reading.expressions import ExpressionError, iter_texts, parse_template
from contracts_runner.reading.time_values import UNIX, UNIX_MS

_TEXT, _NUMBER = "text", 1
_NUMBERS = frozenset({"integer", "number", UNIX, UNIX_MS})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A value with samples in the places that only the run knows: `unknown` is pointer -> whether the sample has the
    type that the value will have."""

    value: Json
    unknown: Mapping[Pointer, bool] = field(default_factory=dict)


def foresee(value: Json, scope: Scope) -> Foreseen:
    """Return a value with its expressions replaced by what the scope has for them."""
    unknown: dict[Pointer, bool] = {}
    made: dict[Pointer, Json] = {}
    for pointer, text in iter_texts(value):
        try:
            made[pointer] = scope.evaluate(text)
        except (UnresolvedError, ExpressionError):
            # Reading the file, or the check of variables, has reported it if it is a mistake.
            sample = _choose_sample(text)
            made[pointer], unknown[pointer] = sample, sample is not None
    return Foreseen(_fill(value, (), made), unknown)


def _choose_sample(text: str) -> Json:
    """Return a value of the type that the text will have, None where it may have any."""
    try:
        parts = parse_template(text)
    except ExpressionError:
        return None
    if len(parts) != 1 or not isinstance(parts[0], Reference):
        return _TEXT
    reference = parts[0]
    if reference.change in _NUMBERS or (reference.addend is not None and not reference.change):
        return _NUMBER
    is_text = reference.offset_seconds or reference.zone or reference.change not in ("", "json")
    return _TEXT if is_text else None


def _fill(value: Json, pointer: Pointer, made: Mapping[Pointer, Json]) -> Json:
    if pointer in made:
        return made[pointer]
    if isinstance(value, Mapping):
        return {key: _fill(child, (*pointer, key), made) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(child, (*pointer, index), made) for index, child in enumerate(value)]
    return value
