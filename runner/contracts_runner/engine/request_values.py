"""The values of a step's request once its expressions are evaluated, the body of a file among them."""

import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from enum import Enum
from typing import Literal, assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body_fields import find_text_charset
from contracts_runner.engine.media_types import BodyKind, choose_media_type, find_body_kind
from contracts_runner.engine.parameters import find_parameter
from contracts_runner.engine.scope import Placeholder
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.contract import UNSET, WHOLE, Step, StepVariant, Unset
from contracts_runner.model.http import find_codec
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Operation
from contracts_runner.project.contract.content_forms import parse_media_type
from contracts_runner.project.contract.sending import parse_accept
from contracts_runner.project.files import NO_FILES, FileError, ProjectFiles
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import ExpressionError, iter_references
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import parse_yaml

Evaluate = Callable[[Json], Json]
_TYPES: Mapping[str, Callable[[str], str]] = {"media_type": parse_media_type, "accept": parse_accept}


class Unknown(Enum):
    """What is known only when the step runs: it is not checked."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a request is made of, its expressions evaluated. A parameter that is None is left out, and so is a part of
    the query, and a header; `query` and `headers` are beyond the spec. `media_type` and `accept` are "" where the
    document says them, `url` is UNSET where the parameters make it. `files` are those that parts of the body name."""

    parameters: Mapping[str, Json | Unknown]
    body: Json | Unset | Unknown
    query: Mapping[str, Json | Unknown] = field(default_factory=dict)
    headers: Mapping[str, Json | Unknown] = field(default_factory=dict)
    media_type: str = ""
    accept: str = ""
    url: Json | Unset | Unknown = UNSET
    files: ProjectFiles = NO_FILES
    unknown: Mapping[Pointer, bool] = field(default_factory=dict)


def evaluate_values(step: Step, operation: Operation, evaluate: Evaluate, files: ProjectFiles) -> Values:
    """Return the values of a step; raises UnsendableError for its body's file, and what `evaluate` raises."""
    body = read_body(step, operation, files, evaluate)
    media_type, accept = read_type(step, "media_type", evaluate), read_type(step, "accept", evaluate)
    assert not isinstance(media_type, Unknown)
    assert not isinstance(accept, Unknown)
    return Values(
        parameters=read_parameters(step, operation, evaluate),
        query={name: evaluate(value) for name, value in step.query.items()},
        headers={name: evaluate(value) for name, value in step.headers.items()},
        media_type=media_type,
        accept=accept,
        body=body if isinstance(body, Unset) else evaluate(body),
        url=UNSET if step.url is None else evaluate(step.url),
        files=files,
    )


def read_parameters(step: Step, operation: Operation, evaluate: Evaluate) -> dict[str, Json | Unknown]:
    """Return the parameters by name. Where one expression gives them all, those beside it win; as long as it is not
    known, it stands for each that is required. Raises UnsendableError, and what `evaluate` raises."""
    given: dict[str, Json | Unknown] = {name: evaluate(value) for name, value in step.parameters.items()}
    whole = given.pop(WHOLE, None)
    if isinstance(whole, Unknown | Placeholder):
        required = (each for each in operation.parameters if each.is_required)
        return {**{operation.name_parameter(each): whole for each in required}, **given}
    if whole is None:
        return given
    if not isinstance(whole, Mapping):
        raise UnsendableError("the parameters are no mapping", field="parameters")
    parameters = {**whole, **given}
    _check_names(operation, parameters)
    return parameters


def _check_names(operation: Operation, names: Collection[str]) -> None:
    """Raise UnsendableError for a name that the operation does not have, and for one of its path that is missing: what
    is written in its place was checked as a reference."""
    known = [operation.name_parameter(each) for each in operation.parameters]
    for name in names:
        try:
            find_parameter(operation, name)
        except UnsendableError as error:
            raise UnsendableError(f"{error}; {suggest_or_list(name, known)}", field="parameters") from None
    for each in operation.parameters:
        if each.placement == "path" and not {each.name, f"path:{each.name}"} & {*names}:
            raise UnsendableError(f"the path parameter '{each.name}' is missing", field="parameters")


def read_type(step: Step, key: Literal["media_type", "accept"], evaluate: Evaluate) -> str | Unknown:
    """Return the media type that a step says, "" for none and in a preview that does not know it; raises
    UnsendableError, and what `evaluate` raises."""
    text = getattr(step, key)
    if text is None or "${" not in text:
        return text or ""
    value = evaluate(text)
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Placeholder):
        return ""
    try:
        return _TYPES[key](value if isinstance(value, str) else json.dumps(value))
    except FormError as error:
        raise UnsendableError(str(error), field=key) from None


def read_body(step: Step, operation: Operation, files: ProjectFiles, evaluate: Evaluate) -> Json | Unset | Unknown:
    """Return the body as it is written, in the step or in its file, whose name is evaluated; unknown where that is.
    Raises UnsendableError, and what `evaluate` raises."""
    if step.body_file is None:
        return step.body
    name = evaluate(step.body_file)
    if isinstance(name, Unknown) or files.is_placeholder(str(name)):
        return name
    media_type = read_type(step, "media_type", evaluate)
    if isinstance(media_type, Unknown):
        return UNKNOWN
    return _read_body_file(str(name), media_type, operation, files)


def list_held_names(part: Step | StepVariant, operation: Operation, files: ProjectFiles) -> frozenset[str]:
    """Return the names of the values that the body's file uses, as far as that can be read before the step runs."""
    if part.body_file is None or "${" in f"{part.body_file} {part.media_type}":
        return frozenset()
    try:
        body = _read_body_file(part.body_file, part.media_type, operation, files)
    except UnsendableError:
        return frozenset()
    return frozenset(reference.name for reference in iter_references(body))


def _read_body_file(name: str, media_type: str | None, operation: Operation, files: ProjectFiles) -> Json:
    """Return the body that a file holds, in the form in which a contract has it in its place, its expressions not yet
    evaluated; raises UnsendableError."""
    try:
        content = files.read(name)
    except FileError as error:
        raise UnsendableError(str(error)) from None
    chosen = choose_media_type(operation, UNSET, media_type or "")
    match find_body_kind(chosen):
        case BodyKind.BYTES:
            return {"file": name}
        case BodyKind.TEXT:
            body = _decode(name, content, chosen)
        case BodyKind.JSON | BodyKind.FORM | BodyKind.MULTIPART:
            body = _parse(name, content)
        case kind:
            assert_never(kind)
    try:
        list(iter_references(body))
    except ExpressionError as error:
        raise UnsendableError(f"{name}: {error}") from None
    return body


def _decode(name: str, content: bytes, media_type: str) -> str:
    """Return a text that is in UTF-8, or else in the charset in which it goes out."""
    for charset in ("utf-8-sig", find_text_charset(media_type, content[:1000].decode("ascii", "replace"))):
        with contextlib.suppress(UnicodeError):
            return content.decode(find_codec(charset) or "utf-8-sig")
    raise UnsendableError(f"the file '{name}' is neither in UTF-8 nor in the charset of {media_type}")


def _parse(name: str, content: bytes) -> Json:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError:
        raise UnsendableError(f"the file '{name}' is not in UTF-8") from None
    is_yaml = name.lower().endswith((".yaml", ".yml"))
    document = parse_yaml(text, name if is_yaml else f"{name.removesuffix('.json')}.json")
    for problem in document.problems:
        raise UnsendableError(str(problem))
    return document.value
