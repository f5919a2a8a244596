"""The library that compiles JSONPath, with functions whose work is bounded; runs with plain paths alone need none."""

import re

import jsonpath_rfc9535
from iregexp_check import check
from jsonpath_rfc9535.function_extensions import Match, Search

from contracts_runner.model.patterns import compile_pattern

_DOT = re.compile(r"\\.|\[(?:\\.|[^]\\])*\]|\.", re.DOTALL)


class _BoundedMatch(Match):
    """`match`, whose texts and patterns may both be a service's, by an engine that does not go back."""

    def __call__(self, string: object, pattern: object) -> bool:
        return _is_in(string, pattern, "^(?:{})$")


class _BoundedSearch(Search):
    """`search`, likewise."""

    def __call__(self, string: object, pattern: object) -> bool:
        return _is_in(string, pattern, "{}")


def _is_in(text: object, pattern: object, form: str) -> bool:
    if not (isinstance(text, str) and isinstance(pattern, str) and check(pattern)):
        return False
    # The one difference between I-Regexp and what the engine reads (RFC 9485 §5.3).
    translated = _DOT.sub(lambda match: r"[^\n\r]" if match[0] == "." else match[0], pattern)
    try:
        return compile_pattern(form.format(translated)).is_in(text)
    except ValueError:
        return False


class _Environment(jsonpath_rfc9535.JSONPathEnvironment):
    """Without a limit on `$..` beside that of the bodies, which are never nested so deep (engine/body.py)."""

    max_recursion_depth = 1_000

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions |= {"match": _BoundedMatch(), "search": _BoundedSearch()}


ENVIRONMENT = _Environment()
