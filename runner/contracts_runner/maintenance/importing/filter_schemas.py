"""Filters of JSONPath (RFC 9535) as JSON Schemas: what a value must be for which a filter holds."""

from collections.abc import Sequence

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpression,
    FilterExpressionLiteral,
    FunctionExtension,
    LogicalExpression,
    PrefixExpression,
    RelativeFilterQuery,
)
from jsonpath_rfc9535.segments import JSONPathChildSegment
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, JSONPathSelector, NameSelector, WildcardSelector

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.exporting.filter_queries import UnsayableError, render_query
from contracts_runner.model.json import Json
from contracts_runner.reading.jsonpaths import compile_jsonpath

Schema = dict[str, Json]
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_BOUNDS = {"<": "exclusiveMaximum", ">": "exclusiveMinimum", "<=": "maximum", ">=": "minimum"}
_SIZES = (
    ("string", "minLength", "maxLength"),
    ("array", "minItems", "maxItems"),
    ("object", "minProperties", "maxProperties"),
)


class UnreadableFilterError(Exception):
    """No schema says what a filter says; the message names why."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is wanted of the value at a singular path below that which a filter looks at."""

    steps: tuple[str | int, ...]
    schema: Schema

    def nest(self) -> Schema:
        """Return what is wanted of the whole value."""
        return _nest(self.steps, self.schema)


@dataclass(frozen=True, slots=True)
class Equal:
    """Two singular paths lead to equal values."""

    left: tuple[str | int, ...]
    right: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many values a path finds: a number, or a schema of it."""

    path: str
    matcher: Json


def read_filter(condition: str, *, is_of_item: bool = False) -> list[Found | Equal | Counted]:
    """Return what `$[?…]` wants of the value that `@` is, all together; of an item of a list by schemas alone. Raises
    UnreadableFilterError."""
    try:
        segments = compile_jsonpath(condition).segments
    except (JSONPathError, RecursionError):
        raise UnreadableFilterError("it is no JSONPath of RFC 9535") from None
    selectors = [selector for segment in segments for selector in segment.selectors]
    if len(selectors) != 1 or not isinstance(selectors[0], FilterSelector):
        raise UnreadableFilterError("it is no filter of the whole value, $[?…]")
    expression = selectors[0].expression
    return [_find(expression)] if is_of_item else _split(expression)


def _split(expression: Expression) -> list[Found | Equal | Counted]:
    match expression:
        case FilterExpression():
            return _split(expression.expression)
        case LogicalExpression(operator="&&"):
            return [*_split(expression.left), *_split(expression.right)]
        case ComparisonExpression(
            operator="==", left=RelativeFilterQuery() as left, right=RelativeFilterQuery() as right
        ):
            return [Equal(_read_steps(left.query), _read_steps(right.query))]
        case RelativeFilterQuery() if not expression.query.singular_query():
            return [Counted(_render_path(expression), {"minimum": 1})]
        case PrefixExpression(right=RelativeFilterQuery() as query) if not query.query.singular_query():
            return [Counted(_render_path(query), 0)]
        case ComparisonExpression(
            left=FunctionExtension(name="count", args=[RelativeFilterQuery() as query]),
            right=FilterExpressionLiteral() as right,
        ) if expression.operator != "!=" and not query.query.singular_query():
            least, most = _read_range(expression.operator, right.value)
            bounds = {"minimum": least} if most is None else {"minimum": least, "maximum": most}
            return [Counted(_render_path(query), most if least == most else bounds)]
        case _:
            return [_find(expression)]


def _render_path(query: RelativeFilterQuery) -> str:
    try:
        return render_query(query.query, "$")
    except UnsayableError as error:
        raise UnreadableFilterError(str(error)) from None


def _find(expression: Expression) -> Found:
    match expression:
        case FilterExpression():
            return _find(expression.expression)
        case LogicalExpression():
            both = [_find(expression.left).nest(), _find(expression.right).nest()]
            return Found((), {"allOf" if expression.operator == "&&" else "anyOf": both})
        case PrefixExpression():
            return Found((), {"not": _find(expression.right).nest()})
        case RelativeFilterQuery():
            return _find_existence(expression.query)
        case ComparisonExpression():
            return _find_comparison(expression)
        case FunctionExtension(name="match" | "search"):
            return _find_pattern(expression)
        case _:
            raise UnreadableFilterError(f"`{expression}` has no schema")


def _find_existence(query: JSONPathQuery) -> Found:
    selectors = _list_selectors(query)
    last = max((index for index, each in enumerate(selectors) if not _is_step(each)), default=None)
    if last is None:
        return Found(_read_steps(query), {})
    found = Found((), _contain(_build_item(selectors[last], selectors[last + 1 :])))
    for index in range(last - 1, -1, -1):
        selector = selectors[index]
        found = (
            Found((_take_step(selector), *found.steps), found.schema)
            if _is_step(selector)
            else Found((), _contain({"allOf": [_build_item(selector, ()), found.nest()]}))
        )
    return found


def _contain(item: Schema) -> Schema:
    """Return what holds of a list with such an item, or an object with such a member."""
    in_object = {"type": "object", "not": {"type": "object", "additionalProperties": {"not": item}}}
    return {"anyOf": [{"type": "array", "contains": item}, in_object]}


def _build_item(selector: JSONPathSelector, tail: Sequence[JSONPathSelector]) -> Schema:
    """Return what is wanted of an item that a selector of many takes, and that has what the tail leads to."""
    rest = _nest(tuple(map(_take_step, tail)), {})
    match selector:
        case WildcardSelector():
            return rest
        case FilterSelector():
            wanted = _find(selector.expression).nest()
            return {"allOf": [wanted, rest]} if tail else wanted
        case _:
            raise UnreadableFilterError("a slice has no schema")


def _find_comparison(expression: ComparisonExpression) -> Found:
    left, right, operator = expression.left, expression.right, expression.operator
    if isinstance(left, FilterExpressionLiteral):
        left, right, operator = right, left, _SWAPPED[operator]
    if not isinstance(right, FilterExpressionLiteral):
        raise UnreadableFilterError("two values of the answer are compared")
    if operator == "!=":
        equal = ComparisonExpression(expression.token, left, "==", right)
        return Found((), {"not": _find_comparison(equal).nest()})
    match left:
        case RelativeFilterQuery():
            return Found(_read_steps(left.query), _compare(operator, right.value))
        case FunctionExtension(name="length", args=[RelativeFilterQuery() as query]):
            least, most = _read_range(operator, right.value)
            return Found(_read_steps(query.query), _build_size(least, most))
        case FunctionExtension(name="count", args=[RelativeFilterQuery() as query]):
            least, most = _read_range(operator, right.value)
            if (least, most) == (1, None):
                return _find_existence(query.query)
            return Found((), _build_count(query.query, least, most))
        case FunctionExtension(name="value", args=[RelativeFilterQuery() as query]):
            return Found(_read_steps(query.query), _compare(operator, right.value))
        case _:
            raise UnreadableFilterError(f"`{left}` has no schema")


def _compare(operator: str, value: Json) -> Schema:
    if operator == "==":
        return {"const": value}
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableFilterError("texts have no order in a schema")
    return {"type": "number", _BOUNDS[operator]: value}


def _read_range(operator: str, value: Json) -> tuple[int, int | None]:
    """Return the least and the most that a number may be, None for no bound."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableFilterError("a size is no whole number")
    match operator:
        case "==":
            return value, value
        case "<" | "<=":
            return 0, value - (operator == "<")
        case _:
            return max(0, value + (operator == ">")), None


def _build_size(least: int, most: int | None) -> Schema:
    kinds: list[Json] = []
    for name, minimum, maximum in _SIZES:
        bounds = {minimum: least, **({} if most is None else {maximum: most})}
        kinds.append({"type": name, **{key: value for key, value in bounds.items() if (key, value) != (minimum, 0)}})
    return {"anyOf": kinds}


def _build_count(query: JSONPathQuery, least: int, most: int | None) -> Schema:
    """Return how many matches a path has; where it leads nowhere it has none. Members of an object are not counted one
    by one: no keyword does."""
    selectors = _list_selectors(query)
    many = [index for index, each in enumerate(selectors) if not _is_step(each)]
    if len(many) != 1:
        raise UnreadableFilterError("a path through several lists is counted")
    [index] = many
    base = tuple(map(_take_step, selectors[:index]))
    item = _build_item(selectors[index], selectors[index + 1 :])

    def have(number: int) -> Schema:
        wanted: Schema = {"type": "array", "contains": item, "minContains": number}
        if not item:
            in_object = {"type": "object", "minProperties": number}
            wanted = {"anyOf": [{"type": "array", "minItems": number}, in_object]}
        return _nest(base, wanted)

    bounds: list[Json] = [have(least)] if least > 0 else []
    if most is not None:
        bounds.append({"not": have(most + 1)})
    if not bounds:
        raise UnreadableFilterError("it holds for each answer")
    return {"allOf": bounds} if len(bounds) > 1 else bounds[0]


def _find_pattern(expression: FunctionExtension) -> Found:
    text, pattern = expression.args
    if not isinstance(text, RelativeFilterQuery) or not isinstance(pattern, FilterExpressionLiteral):
        raise UnreadableFilterError(f"`{expression}` has no schema")
    wanted = f"^(?:{pattern.value})$" if expression.name == "match" else pattern.value
    return Found(_read_steps(text.query), {"type": "string", **({"pattern": wanted} if wanted else {})})


def _nest(steps: Sequence[str | int], schema: Schema) -> Schema:
    for step in reversed(steps):
        if isinstance(step, str):
            schema = {"type": "object", "required": [step], **({"properties": {step: schema}} if schema else {})}
        elif step < 0:
            raise UnreadableFilterError("it counts from the end")
        else:
            schema = {
                "type": "array",
                "minItems": step + 1,
                **({"prefixItems": [*([{}] * step), schema]} if schema else {}),
            }
    return schema


def _list_selectors(query: JSONPathQuery) -> list[JSONPathSelector]:
    if any(not isinstance(each, JSONPathChildSegment) or len(each.selectors) != 1 for each in query.segments):
        raise UnreadableFilterError("`..` or several selectors at once have no schema")
    return [each.selectors[0] for each in query.segments]


def _read_steps(query: JSONPathQuery) -> tuple[str | int, ...]:
    return tuple(map(_take_step, _list_selectors(query)))


def _is_step(selector: JSONPathSelector) -> bool:
    return isinstance(selector, NameSelector | IndexSelector)


def _take_step(selector: JSONPathSelector) -> str | int:
    if isinstance(selector, NameSelector):
        return selector.name
    if isinstance(selector, IndexSelector):
        return selector.index
    raise UnreadableFilterError("it looks at several values")
