"""Reads values back from how they were sent: the reverse of engine/parameters.py and engine/request_body.py.

What is read is written again by those, so that a value counts only if it gives the same text, or one of the same
meaning.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote, unquote_plus

from contracts_runner.engine.parameters import SerialisedParameters, place_parameter
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.errors import UndecidedError
from contracts_runner.maintenance.importing.foreign_requests import MOST_LEVELS
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json, is_deeper
from contracts_runner.model.json_pointer import render_pointer
from contracts_runner.model.spec import Parameter, Style
from contracts_runner.openapi.spec import Spec

Pair = tuple[str, str]
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING_OR_OPEN = re.compile(r'"(?:\\.|[^"\\])*"|(_contracts_open_[0-9a-f]+_)')
_DELIMITERS = {Style.LABEL: (".", ","), Style.SPACE_DELIMITED: ("%20", "+"), Style.PIPE_DELIMITED: ("|", "%7C", "%7c")}


class UnreadableValueError(Exception):
    """A text is not what its place says; the message is a sentence without the text."""


def read_pairs(spec: Spec, parameter: Parameter, pairs: Sequence[Pair]) -> Json | Unset:
    """Return the value of a query parameter or a cookie from its pairs, as they were sent; UNSET where no value gives
    them."""
    is_query = parameter.placement == "query"
    sent = [f"{name}={value}" for name, value in pairs]
    decode = unquote_plus if is_query else str

    def write(value: Json) -> list[str]:
        placed = SerialisedParameters("")
        place_parameter(placed, parameter, value)
        return placed.query if is_query else placed.cookies

    decoded = [(decode(name), value) for name, value in pairs]
    candidates = _iter_pair_values(parameter, decoded, decode)
    return _choose(spec, parameter.pointer, candidates, write, sent, lambda texts: [decode(text) for text in texts])


def read_text(spec: Spec, parameter: Parameter, sent: str) -> Json | Unset:
    """Return the value of a path parameter or a header from its text, as it was sent; UNSET where no value gives it."""
    is_path = parameter.placement == "path"
    decode = unquote if is_path else str

    def write(value: Json) -> list[str]:
        placed = SerialisedParameters(f"{{{parameter.name}}}")
        place_parameter(placed, parameter, value)
        return [placed.path] if is_path else [text for _, text in placed.headers]

    plain: Callable[[str], str] = unquote if is_path else (lambda text: re.sub(r"\s*,\s*", ",", text))
    candidates = _iter_texts(parameter, sent, decode)
    return _choose(spec, parameter.pointer, candidates, write, [sent], lambda texts: [plain(text) for text in texts])


def read_json(text: str) -> Json:
    """Return a JSON body; raises UnreadableValueError. An open variable may stand in it without quotes."""
    quoted = _STRING_OR_OPEN.sub(lambda found: f'"{found[1]}"' if found[1] else found[0], text)
    try:
        value = json.loads(quoted, object_pairs_hook=_build_object, parse_constant=_refuse, parse_float=_read_float)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, UnreadableValueError) else "its body is no JSON"
        raise UnreadableValueError(said) from None
    if is_deeper(value, MOST_LEVELS):
        raise UnreadableValueError(f"its body is nested more than {MOST_LEVELS} times")
    return value


def read_fields(spec: Spec, pointer: str, pairs: Sequence[Pair]) -> dict[str, Json]:
    """Return the fields of a form, decoded already; one that comes several times is a list. `pointer` leads to the
    schema of the form, "" without one."""
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        fields.setdefault(name, []).append(text)
    return {name: _read_field(spec, _find_property(spec, pointer, name), texts) for name, texts in fields.items()}


def accepts(spec: Spec, pointer: str, value: Json) -> bool:
    """Tell whether the schema at a pointer accepts a value that is sent, as it is."""
    try:
        return not spec.schemas.check_request(pointer, value)
    except (UndecidedError, KeyError, ValueError):
        return True


def _choose(
    spec: Spec,
    pointer: str,
    candidates: Iterator[Json],
    write: Callable[[Json], list[str]],
    sent: list[str],
    simplify: Callable[[list[str]], list[str]],
) -> Json | Unset:
    """Return the best candidate that says what was sent: one that the schema accepts, then one that gives the very
    text."""
    best: tuple[tuple[bool, bool], Json] | None = None
    for value in candidates:
        try:
            written = write(value)
        except UnsendableError:
            continue
        if simplify(written) != simplify(sent):
            continue
        rank = (not accepts(spec, pointer, value), written != sent)
        if best is None or rank < best[0]:
            best = rank, value
    return UNSET if best is None else best[1]


def _iter_pair_values(parameter: Parameter, pairs: Sequence[Pair], decode: Callable[[str], str]) -> Iterator[Json]:
    values = [value for _, value in pairs]
    if parameter.style is Style.DEEP_OBJECT:
        yield from _iter_typings(_nest([(name, decode(value)) for name, value in pairs]).get(parameter.name))
        return
    if len(pairs) == 1 and pairs[0][0] == parameter.name:
        yield from _iter_texts(parameter, values[0], decode)
    elif any(name != parameter.name for name, _ in pairs):
        yield from _iter_typings({name: decode(value) for name, value in pairs})
    yield from _iter_typings([decode(value) for value in values])


def _iter_texts(parameter: Parameter, sent: str, decode: Callable[[str], str]) -> Iterator[Json]:
    """Yield what one text may be."""
    text = decode(sent)
    if is_json_type(parameter.media_type):
        try:
            yield read_json(text)
        except UnreadableValueError:
            return
    if parameter.style is Style.LABEL:
        sent = sent.removeprefix(".")
    if parameter.style is Style.MATRIX:
        sent = re.sub(rf"(^|;){re.escape(parameter.name)}=", r"\1", sent.removeprefix(";")).replace(";", ",")
    yield from _iter_typings(decode(sent))
    for delimiter in _DELIMITERS.get(parameter.style, (",",)):
        items = [decode(item).strip() for item in sent.split(delimiter)]
        yield from _iter_typings(items)
        if all("=" in item for item in items):
            yield from _iter_typings(dict(item.partition("=")[::2] for item in items))
        if len(items) % 2 == 0:
            yield from _iter_typings(dict(zip(items[::2], items[1::2], strict=True)))


def _iter_typings(value: Json) -> Iterator[Json]:
    """Yield a value of texts with its numbers and truth values read, where that loses nothing, and as it is."""
    typed = _read_types(value)
    if typed != value:
        yield typed
    if value is not None:
        yield value


def _read_types(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _read_types(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_read_types(item) for item in value]
    return read_scalar(value) if isinstance(value, str) else value


def read_scalar(text: str) -> Json:
    """Return the number or the truth value whose text in JSON this is, else the text."""
    if text in ("true", "false"):
        return text == "true"
    if not _NUMBER.fullmatch(text) or len(text) > 300:
        return text
    number = json.loads(text)
    return number if json.dumps(number) == text else text


def _nest(pairs: Sequence[Pair]) -> dict[str, Json]:
    """Return `a[b][c]=1` as nested mappings."""
    nested: dict[str, Json] = {}
    for name, value in pairs:
        keys = [name.partition("[")[0], *re.findall(r"\[([^\[\]]*)\]", name)][:MOST_LEVELS]
        place = nested
        for key in keys[:-1]:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[keys[-1]] = value
    return nested


def _find_property(spec: Spec, pointer: str, name: str) -> str:
    """Return the pointer to the schema of a property, "" where there is none."""
    found = spec.bundle.get(pointer) if pointer else None
    if found is None or not isinstance(found[1], Mapping) or name not in found[1].get("properties", {}):
        return ""
    return render_pointer((*found[0], "properties", name))


def _read_field(spec: Spec, pointer: str, texts: list[str]) -> Json:
    """Return the texts of a field as the schema wants them: as they are, as numbers, as JSON, as a list."""
    single: list[Json] = [texts[0], read_scalar(texts[0])] if len(texts) == 1 else []
    if single and texts[0][:1] in ("{", "["):
        with suppress(UnreadableValueError):
            single.append(read_json(texts[0]))
    candidates: list[Json] = [*single, texts, [read_scalar(text) for text in texts]]
    return next((value for value in candidates if accepts(spec, pointer, value)), candidates[0])


def _build_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused("its JSON has a name twice")
    return value


class _Refused(UnreadableValueError, ValueError):
    """Raised within the parser of JSON."""


def _refuse(_: str) -> None:
    raise _Refused("its body is no JSON")


def _read_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Refused("its JSON has a number that is out of range")
    return number
