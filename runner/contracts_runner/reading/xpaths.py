"""XPath 1.0 as authors write it: what is wrong with an expression is told when it is read, not when an answer came."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from contracts_runner.late_pattern import compile_late
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.suggest import suggest, suggest_or_list

_LITERAL = compile_late(r"\"[^\"]*\"|'[^']*'")
_PREFIX = compile_late(r"([^\W\d][\w.-]*):(?!:)")
_CALL = compile_late(r"(?<![\w.:-])([^\W\d][\w.-]*)\s*\(")
_VARIABLE = compile_late(r"\$[\w:.-]+")
_OPERATORS = ("and", "or", "div", "mod")
_NODE_TYPES = ("node", "text", "comment", "processing-instruction")
# The whole core library (XPath 1.0 §4); `id` needs a DTD, which is not read.
_FUNCTIONS = (
    *("last", "position", "count", "local-name", "namespace-uri", "name", "string", "concat", "starts-with"),
    *("contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate"),
    *("boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round"),
)


def blank_literals(text: str) -> str:
    """Return an expression with nothing in its quotation marks."""
    return _LITERAL.sub("''", text)


def parse_xpath(text: str, namespaces: Mapping[str, str]) -> str:
    """Return a valid expression as it is; raises FormError."""
    if "${" in text:
        raise FormError(f"'{text}' is not an XPath: expressions are not replaced inside of a path")
    code = blank_literals(text)
    for name in _CALL.findall(code):
        if name not in (*_FUNCTIONS, *_NODE_TYPES, *_OPERATORS):
            hint = suggest(name, _FUNCTIONS)
            raise FormError(f"'{text}' calls {name}(), no function of XPath 1.0" + (f"; {hint}" if hint else ""))
    if variable := _VARIABLE.search(code):
        raise FormError(f"'{text}' names {variable[0]}: there are no variables")
    for prefix in _PREFIX.findall(code):
        if prefix not in (*namespaces, "xml"):
            hint = suggest_or_list(prefix, namespaces) or "write `namespaces: {PREFIX: URI}` beside it"
            raise FormError(f"'{text}' has the prefix '{prefix}', which `namespaces` does not name; {hint}")
    from lxml import etree  # of the commands that need it, not of all

    try:
        compile_xpath(text, tuple(namespaces.items()))(etree.ElementTree(etree.Element("a")))
    except (etree.XPathError, TypeError, ValueError) as error:  # the latter two of names that XML cannot have
        raise FormError(f"'{text}' is not an XPath: {error}") from None
    return text


@lru_cache(maxsize=1024)
def compile_xpath(text: str, namespaces: tuple[tuple[str, str], ...]) -> Any:
    """Return the compiled expression, to be applied to a tree of lxml; raises its XPathError."""
    from lxml import etree

    # Python's regular expressions, which the library would offer as functions, may take any time.
    return etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
