"""Explains in one clear sentence what is wrong with a value that breaks a JSON Schema."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice

from jsonschema_rs import ValidationError, ValidationErrorKind

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_child, find_value
from contracts_runner.openapi.differences import iter_differences, name_keyword
from contracts_runner.openapi.explain_branches import Branch, Choice, build_branches, choose_branch
from contracts_runner.openapi.explain_keywords import Description, describe, describe_choice, describe_type
from contracts_runner.openapi.explain_text import clip_value, join_words, name_type, quote_name, render_path

# The keyword of a violation whose place is not told.
UNLISTED = "unlisted"

_MAX_INNER = 3
_MAX_DIFFERENCES = 20
_CONDITIONS = frozenset({"then", "else", "dependentSchemas", "contains"})
_UNEVALUATED = frozenset({"unevaluatedProperties", "unevaluatedItems"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaError:
    """One violation: "{path} {message}" is a sentence.

    `path` is an RFC 9535 JSONPath of the value, `keyword` the one of JSON Schema that does not hold, `expected` what it
    asks for, `actual` what is there (a collection as shortened text), `pointer` the unshortened path. `cause` is where
    the value is that the validator looked at, None where it depends on another one, too. `inner`: of a choice of
    branches, what is wrong with the one that is meant. `place` is where the keyword is in the schema that was given, ()
    if that is not known. `found` is the JSON Schema type of what is there, "" for nothing; `case` the keyword that says
    of a name of a `const` that it is missing, or was not expected.
    """

    path: str
    keyword: str
    message: str
    expected: Json = None
    actual: Json = None
    pointer: Pointer = ()
    cause: Pointer | None = field(default=None, compare=False)
    inner: tuple["SchemaError", ...] = field(default=(), compare=False)
    place: Pointer = field(default=(), compare=False, repr=False)
    found: str = field(default="", compare=False, repr=False)
    case: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path} {self.message}"

    @property
    def first(self) -> "SchemaError":
        """The first thing that is wrong with the branch that is meant, itself where there is no choice."""
        return self.inner[0].first if self.inner else self


def explain(
    errors: Iterable[ValidationError],
    value: Json,
    *,
    schema: Json,
    find_place: Callable[[ValidationError], Pointer],
    is_flat: bool = False,
) -> list[SchemaError]:
    """Return how `value` breaks `schema`, each violation once, in the order of the validator's errors.

    `find_place` tells where in the schema an error is. `is_flat` explains of a `oneOf` or `anyOf` only the errors of
    the most likely branch.
    """
    return _Explainer(schema, value, find_place, is_flat).explain_all(list(errors))


@dataclass(frozen=True, slots=True)
class _Explainer:
    root: Json
    value: Json
    find_place: Callable[[ValidationError], Pointer]
    is_flat: bool

    def explain_all(self, errors: Sequence[ValidationError]) -> list[SchemaError]:
        explained = (
            dataclasses.replace(sentence, cause=self._find_cause(error))
            for error in _drop_echoes(errors)
            for sentence in self.explain(error)
        )
        return list({(sentence.pointer, sentence.message): sentence for sentence in explained}.values())

    def explain(self, error: ValidationError) -> Iterator[SchemaError]:
        schema = self._find_schema(error)
        match error.kind:
            case ValidationErrorKind.OneOfNotValid(context=context) | ValidationErrorKind.AnyOf(context=context):
                branches = build_branches(schema, error.kind.name, context, self.root)
                yield from self._explain_branches(error, schema, branches)
            case ValidationErrorKind.OneOfMultipleValid(context=context):
                branches = build_branches(schema, "oneOf", context, self.root)
                names = [f"'{branch.name}'" for branch in branches if not branch.errors]
                message = f"matches {join_words(names, 'and')} at once, where exactly one may match"
                yield self._build(error, Description(message, None, clip_value(error.instance)))
            case ValidationErrorKind.PropertyNames(error=inner):
                for sentence in self.explain(inner):
                    message = f"has the property name {quote_name(str(inner.instance))}, which {sentence.message}"
                    yield self._build(error, Description(message, sentence.expected, sentence.actual))
            case ValidationErrorKind.Constant(expected_value=expected):
                differences = islice(iter_differences(error.instance, expected), _MAX_DIFFERENCES)
                below = [
                    dataclasses.replace(
                        self._build(error, Description(message), *pointer),
                        case=name_keyword(error.instance, expected, pointer),
                    )
                    for pointer, message in differences
                ]
                yield from below or [self._build(error, describe(error, error.kind.name, schema))]
            case _:
                yield self._build(error, describe(error, error.kind.name, schema))

    def _explain_branches(
        self, error: ValidationError, schema: Mapping[str, Json], branches: Sequence[Branch]
    ) -> Iterator[SchemaError]:
        base = tuple(error.instance_path)
        possible = [branch for branch in branches if not _is_foreign(branch, base)] or branches
        if merged := _merge(possible, branches, base, error.instance):
            yield self._build(error, merged)
        elif len(possible) == 1:
            yield from self.explain_all(possible[0].errors)
        else:
            choice = choose_branch(possible, schema, error.instance, base)
            yield from self._explain_choice(error, choice, possible)

    def _explain_choice(
        self, error: ValidationError, choice: Choice, branches: Sequence[Branch]
    ) -> Iterator[SchemaError]:
        branch = choice.branch
        if branch is None:
            value: Json = error.instance
            yield self._build(error, describe_choice(list(choice.allowed), value[choice.tag]), choice.tag)
        elif self.is_flat or (choice.is_by_type and not branch.is_named):
            yield from self.explain_all(branch.errors)
        else:
            errors = self.explain_all(branch.errors)
            inner = [str(sentence) for sentence in errors]
            rest = f" (and {len(inner) - _MAX_INNER} more)" if len(inner) > _MAX_INNER else ""
            count = "neither branch" if len(branches) == 2 else f"none of {len(branches)} branches"
            wrong = "; ".join(inner[:_MAX_INNER]) + rest
            message = f"matches {count}; taken as '{branch.name}' ({choice.reason}): {wrong}"
            names = [branch.name for branch in branches]
            found = self._build(error, Description(message, names, clip_value(error.instance)))
            yield dataclasses.replace(found, inner=tuple(errors))

    def _find_cause(self, error: ValidationError) -> Pointer | None:
        place = self._find_place(error)
        is_told = place and _CONDITIONS.isdisjoint(map(str, place))
        return _restore_path(error.instance_path, self.value) if is_told else None

    def _find_schema(self, error: ValidationError) -> Mapping[str, Json]:
        place = self._find_place(error)
        schema = find_value(self.root, place[:-1]) if place else {}
        return schema if isinstance(schema, Mapping) else {}

    def _find_place(self, error: ValidationError) -> Pointer:
        try:
            return self.find_place(error)
        except KeyError:
            return ()

    def _build(self, error: ValidationError, description: Description, *below: str | int) -> SchemaError:
        pointer = (*_restore_path(error.instance_path, self.value), *below)
        return SchemaError(
            pointer=pointer,
            path=render_path(pointer),
            keyword=error.kind.name,
            message=description.message,
            expected=description.expected,
            actual=description.actual,
            place=self._find_place(error),
            found=find_type(error.instance, below),
        )


def find_type(value: Json, pointer: Pointer = ()) -> str:
    """Return the JSON Schema type of what a pointer leads to, "" for nothing."""
    try:
        return name_type(find_value(value, pointer))
    except KeyError:
        return ""


def _restore_path(parts: Iterable[str | int], value: Json) -> Pointer:
    """Return a path with its names as the value has them: the validator gives `"200"` and `"007"` as numbers."""
    found: Pointer = ()
    for part in parts:
        if isinstance(value, Mapping) and isinstance(part, int):
            names = (name for name in value if name.isdecimal() and int(name) == part)
            part = str(part) if str(part) in value else next(names, str(part))
        found = (*found, part)
        try:
            value = find_child(value, part)
        except KeyError:
            value = None
    return found


def _merge(
    possible: Sequence[Branch], branches: Sequence[Branch], base: tuple[str | int, ...], value: Json
) -> Description | None:
    """Return one description where each branch fails for the same simple reason: the value's type, or the value."""
    if all(branch.has_wrong_type(base) for branch in possible):
        return describe_type(_collect_types(branches, base), value)
    choices = [_find_allowed(branch, base) for branch in possible]
    if all(choices):
        return describe_choice([item for allowed in choices for item in allowed], value)
    return None


def _collect_types(branches: Sequence[Branch], base: tuple[str | int, ...]) -> list[str]:
    errors = [error for branch in branches for error in branch.errors if tuple(error.instance_path) == base]
    types = [name for error in errors if error.kind.name == "type" for name in error.kind.as_dict()["types"]]
    return list(dict.fromkeys(types))


def _find_allowed(branch: Branch, base: tuple[str | int, ...]) -> list[Json]:
    """Return the values that the branch allows, if it is only a list of them."""
    if len(branch.errors) != 1 or tuple(branch.errors[0].instance_path) != base:
        return []
    match branch.errors[0].kind:
        case ValidationErrorKind.Constant(expected_value=value):
            return [value]
        case ValidationErrorKind.Enum(options=options):
            return list(options)
    return []


def _is_foreign(branch: Branch, base: tuple[str | int, ...]) -> bool:
    """Tell whether the branch is not intended: null for another value, a reference for an object without `$ref`."""
    if branch.has_wrong_type(base):
        return _collect_types([branch], base) == ["null"]
    missing = [error.kind.as_dict()["property"] for error in branch.errors if error.kind.name == "required"]
    return "$ref" in missing


def _drop_echoes(errors: Sequence[ValidationError]) -> Iterator[ValidationError]:
    """Leave out what only follows from other errors: in a schema that fails, no property counts as evaluated."""
    causes = (tuple(error.instance_path) for error in errors if error.kind.name not in _UNEVALUATED)
    failed = {cause[:length] for cause in causes for length in range(len(cause) + 1)}
    for error in errors:
        if error.kind.name not in _UNEVALUATED or tuple(error.instance_path) not in failed:
            yield error
