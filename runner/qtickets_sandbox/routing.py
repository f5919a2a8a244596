"""Match a method and a path to the handler that was registered for them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[Handler]):
    """A handler and the path parameters, still text."""

    handler: Handler
    parameters: Mapping[str, str]


class Router(Generic[Handler]):
    """Routes below one base path; a literal path wins over one with parameters."""

    def __init__(self, base: str, routes: Iterable[tuple[str, str, Handler]]) -> None:
        self._literal: dict[str, dict[str, Handler]] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Handler]]] = {}
        for method, template, handler in routes:
            path = base + template
            if "{" not in path:
                self._literal.setdefault(path, {})[method] = handler
                continue
            pattern = re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", path))
            self._patterns.setdefault(path, (pattern, {}))[1][method] = handler

    def match(self, method: str, path: str) -> Match[Handler] | None:
        """Return the match, or None if the path has no such method."""
        methods, parameters = self._find(path)
        handler = methods.get(method)
        return None if handler is None else Match(handler, parameters)

    def knows(self, path: str) -> bool:
        """Say whether any method is registered for the path."""
        return bool(self._find(path)[0])

    def _find(self, path: str) -> tuple[dict[str, Handler], dict[str, str]]:
        if path in self._literal:
            return self._literal[path], {}
        for pattern, methods in self._patterns.values():
            found = pattern.fullmatch(path)
            if found:
                return methods, found.groupdict()
        return {}, {}
