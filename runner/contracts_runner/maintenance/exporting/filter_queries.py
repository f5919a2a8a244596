"""JSONPath (RFC 9535) inside of filters: where `@` is the body, and what of its values is compared."""

import json
import re
from collections.abc import Sequence

from jsonpath_rfc9535 import JSONPathQuery
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
from jsonpath_rfc9535.segments import JSONPathChildSegment, JSONPathSegment
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, JSONPathSelector, NameSelector, WildcardSelector

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reading.jsonpaths import compile_jsonpath, is_path, read_steps

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ROOT = "@"


class UnsayableError(Exception):
    """What the other format has no words for; the message names it."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The matches of a path that may be many: the values at `tail` of the items of `base` for which `condition` holds
    ("" for each)."""

    base: str
    condition: str
    tail: str

    @property
    def text(self) -> str:
        """The path inside of a filter."""
        return self.base + (f"[?{self.condition}]" if self.condition else "[*]") + self.tail.removeprefix(ROOT)

    def find_item(self, test: str) -> str:
        """Return what holds if a test, of one value at `@`, holds for one of the items."""
        return f"{self.base}[?{f'({self.condition}) && ({test})' if self.condition else test}]"


def split_path(path: str) -> tuple[Sequence[str | int], str | Nodes]:
    """Return a path as the way to where a filter begins, and what it is in the filter, a text for a singular one. A
    filter begins behind the last index: libraries compare nothing behind one. Raises UnsayableError."""
    steps = read_steps(path) if is_path(path) else None
    if steps is None:
        return (), build_query(path)
    count = max((number for number, step in enumerate(steps, start=1) if isinstance(step, int)), default=0)
    if not all(_is_plain(step) for step in steps[:count]):
        return (), build_query(path)
    return steps[:count], ROOT + "".join(map(render_step, steps[count:]))


def _is_plain(step: str | int) -> bool:
    return step >= 0 if isinstance(step, int) else bool(_PLAIN.fullmatch(step))


def build_query(path: str) -> str | Nodes:
    """Return a path as it is written in a filter on the whole body: a text for a singular one. Raises
    UnsayableError."""
    if not is_path(path):
        raise UnsayableError("it looks at another value than the answer")
    steps = read_steps(path)
    if steps is not None:
        return ROOT + "".join(map(render_step, steps))
    segments = compile_jsonpath(path).segments
    if any(not isinstance(each, JSONPathChildSegment) or len(each.selectors) != 1 for each in segments):
        raise UnsayableError("`..` or several selectors at once")
    selectors = [each.selectors[0] for each in segments]
    last = max(index for index, each in enumerate(selectors) if not isinstance(each, NameSelector | IndexSelector))
    head, chosen, tail = selectors[:last], selectors[last], selectors[last + 1 :]
    if not isinstance(chosen, FilterSelector | WildcardSelector):
        raise UnsayableError("a slice")
    texts = [_render_selector(each) for each in (*head, chosen, *tail)]
    condition = texts[last][2:-1] if isinstance(chosen, FilterSelector) else ""
    return Nodes(ROOT + "".join(texts[:last]), condition, ROOT + "".join(texts[last + 1 :]))


def _render_selector(selector: JSONPathSelector) -> str:
    match selector:
        case NameSelector():
            return render_step(selector.name)
        case IndexSelector():
            return render_step(selector.index)
        case WildcardSelector():
            return "[*]"
        case FilterSelector():
            text = _render_expression(selector.expression)
            return f"[?{text[1:-1] if isinstance(selector.expression.expression, LogicalExpression) else text}]"
        case _:
            return f"[{selector}]"


def render_query(query: JSONPathQuery, root: str = ROOT) -> str:
    """Return a path that begins at `root`; raises UnsayableError for one that looks at the whole body again."""
    return root + "".join(map(_render_segment, query.segments))


def _render_segment(segment: JSONPathSegment) -> str:
    texts = [_render_selector(selector) for selector in segment.selectors]
    text = texts[0] if len(texts) == 1 else f"[{','.join(each.strip('[]') for each in texts)}]"
    if isinstance(segment, JSONPathChildSegment):
        return text
    return f"..{text.removeprefix('.')}"


def _render_expression(expression: Expression) -> str:
    """The library's own text loses brackets."""
    match expression:
        case FilterExpression():
            return _render_expression(expression.expression)
        case LogicalExpression():
            return (
                f"({_render_expression(expression.left)} {expression.operator} {_render_expression(expression.right)})"
            )
        case ComparisonExpression():
            return f"{_render_expression(expression.left)} {expression.operator} {_render_expression(expression.right)}"
        case PrefixExpression():
            text = _render_expression(expression.right)
            return f"!({text})" if isinstance(expression.right, ComparisonExpression | PrefixExpression) else f"!{text}"
        case RelativeFilterQuery():
            return render_query(expression.query)
        case FunctionExtension():
            return f"{expression.name}({', '.join(map(_render_expression, expression.args))})"
        case FilterExpressionLiteral():
            return render_literal(expression.value)
        case _:
            raise UnsayableError("a filter that looks at the whole body")


def render_step(step: str | int) -> str:
    """Return a name or an index as a segment of a path."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{render_literal(step)}]"


def render_literal(value: Json) -> str:
    """Return a scalar as a literal of a filter; raises UnsayableError for a text that would be evaluated."""
    if not isinstance(value, str):
        return json.dumps(value)
    if "{$" in value:
        raise UnsayableError("a text with `{$`")
    return "'" + json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
