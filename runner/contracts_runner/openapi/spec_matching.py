"""Finds the operation that a concrete path belongs to (OpenAPI 3.1 §4.8.8.2: literal segments go first)."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from contracts_runner.model.spec import Operation

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


@dataclass(frozen=True, slots=True)
class _Template:
    operation: Operation
    pattern: re.Pattern[str]
    rank: tuple[int, ...]


class PathMatcher:
    """The operations of a document by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._exact: dict[tuple[str, str], Operation] = {}
        self._templates: dict[tuple[str, int], list[_Template]] = defaultdict(list)
        for operation in operations:
            self._exact[operation.method, operation.path] = operation
            self._templates[operation.method, operation.path.count("/")].append(_build_template(operation))
        for templates in self._templates.values():
            templates.sort(key=lambda template: template.rank)

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation with exactly this template."""
        return self._exact.get((method, path))

    def match(self, method: str, path: str) -> Operation | None:
        """Return the operation whose template fits a concrete path without query; a value holds no slash."""
        templates = self._templates.get((method, path.count("/")), ())
        # Literal text may be written with percent signs; a value with an encoded slash stays in its segment.
        decoded = unquote(path.replace("%2F", "%252F").replace("%2f", "%252F"))
        return next((template.operation for template in templates if template.pattern.fullmatch(decoded)), None)


def _build_template(operation: Operation) -> _Template:
    segments = operation.path.split("/")
    pattern = "/".join(map(_build_pattern, segments))
    return _Template(operation, re.compile(pattern, re.DOTALL), tuple(map(_rank, segments)))


def _build_pattern(segment: str) -> str:
    parts = _PLACEHOLDER.split(segment)
    return "".join("[^/]+" if _PLACEHOLDER.fullmatch(part) else re.escape(part) for part in parts)


def _rank(segment: str) -> int:
    """0 for a literal segment, 1 for text around a placeholder, 2 for a placeholder."""
    if _PLACEHOLDER.fullmatch(segment):
        return 2
    return 1 if _PLACEHOLDER.search(segment) else 0
