"""What values of contracts may be that hold `${…}`, a JSONPath or a JSON Schema; see readers.py for plain ones."""

from collections.abc import Mapping
from typing import Any

from contracts_runner.model.json import Json
from contracts_runner.reading import schema_keywords
from contracts_runner.reading.declarations import Described, Named, Reader, Schema
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import BUILTINS, ExpressionError, is_whole_expression, iter_texts
from contracts_runner.reading.forms import Value
from contracts_runner.reading.jsonpaths import parse_jsonpath
from contracts_runner.reading.matchers import check_expressions, read_matcher
from contracts_runner.reading.readers import IDENTIFIER, WORD, Names, named, parsed
from contracts_runner.reading.time_values import DIRECTIVES, UNIX, UNIX_MS
from contracts_runner.reading.value_changes import CHANGES

_MEMBERS = rf"(\.{WORD}+|\[(-?[0-9]{{1,9}}|'[^'{{}}]*'|\"[^\"{{}}]*\")\])*"
_SHIFT = r"([-+][0-9]{1,18}(\.[0-9]{1,18})?[smhd])*"
_CHANGE = "|".join(CHANGES)
_FORMAT = rf"{UNIX}|{UNIX_MS}|([^{{}}%]*%[{DIRECTIVES}])+[^{{}}%]*"
_ENDING = rf"(@[^:@{{}}]+)?(:({_CHANGE}|{_FORMAT}))?"
_ALTERNATIVES = (
    rf"(now|today){_SHIFT}{_ENDING}",
    rf"(run_id|env|uuid(\.[0-9]+)?|random\.[0-9]+)(:({_CHANGE}))?",
    rf"{IDENTIFIER}(\.{WORD}+)*\([^{{}}]*\){_MEMBERS}{_ENDING}",
    rf"(?!({'|'.join(sorted(BUILTINS))})(?!{WORD})){IDENTIFIER}{_MEMBERS}({_SHIFT}|([-+][0-9]+(\.[0-9]+)?)*){_ENDING}",
)
_EXPRESSION = rf"\$\{{({'|'.join(_ALTERNATIVES)})\}}"
_EXPRESSION_SCHEMA = Named(
    "expression",
    lambda: {
        "$comment": "One expression and nothing else: its value keeps its type.",
        "type": "string",
        "pattern": f"^{_EXPRESSION}$",
        "patternErrorMessage": "write one expression such as ${event_id} or ${now+1h}",
    },
)
TEMPLATE_SCHEMA = Named(
    "template",
    lambda: {
        "$comment": "A text in which ${…} is a variable, a capture or a built-in; $${ is a plain ${.",
        "pattern": rf"^(\$\$\{{|{_EXPRESSION}|\$(?!\$?\{{)|[^$])*$",
        "patternErrorMessage": "write expressions as in ${event_id} or ${now+1h}, and $${ for a plain ${",
    },
)
_VALUE_SCHEMA: Named = Named(
    "value",
    lambda: {
        "$comment": "Any value; each text in it is a template.",
        "allOf": [TEMPLATE_SCHEMA],
        "items": _VALUE_SCHEMA,
        "additionalProperties": _VALUE_SCHEMA,
    },
)


def _read_value(value: Value) -> Json:
    check_expressions(value)
    return value.value


VALUE: Reader[Json] = Reader(_read_value, _VALUE_SCHEMA, "any value, with `${…}` in its texts")


def _read_template(value: Value) -> str | None:
    check_expressions(value)
    return value.read_text()


TEMPLATE = Reader(_read_template, {"type": "string", "pattern": r"\S", "allOf": [TEMPLATE_SCHEMA]}, "text, with `${…}`")


def _read_plain(value: Value) -> Json:
    found = value.read_json()
    for pointer, text in iter_texts(found):
        if "${" in text:
            value.at(*pointer).report(f"{value.name} holds an expression", "write a value as it is")
    return found


PLAIN: Reader[Json] = Reader(
    _read_plain,
    Named(
        "plain",
        lambda: {
            "$comment": "Any value without an expression.",
            "not": {"type": "string", "pattern": r"\$\{"},
            "items": PLAIN.schema,
            "additionalProperties": PLAIN.schema,
        },
    ),
    "any value",
)
VARIABLE_NAMES = Names("a variable", str.isidentifier, "use letters, digits and _", IDENTIFIER, reserved=BUILTINS)

JSONPATH = named(
    parsed(
        parse_jsonpath,
        "JSONPath",
        r"^(?![\s\S]*\$\{)\$(\s*[.\[]|$)",
        "a JSONPath begins with $, such as $.data.id, and holds no expression",
    ),
    "jsonPath",
)


def _parse_path_or_expression(text: str) -> str:
    if not text.startswith("${"):
        return parse_jsonpath(text)
    return _parse_expression(text, "neither a JSONPath nor one expression")


def _parse_expression(text: str, problem: str = "not one expression, such as ${state}") -> str:
    try:
        if is_whole_expression(text):
            return text
    except ExpressionError as error:
        raise FormError(str(error)) from None
    raise FormError(f"'{text}' is {problem}")


ONE_EXPRESSION = Reader(lambda value: value.read_parsed(_parse_expression), _EXPRESSION_SCHEMA, "one expression")

PATH_OR_EXPRESSION = Reader(
    lambda value: value.read_parsed(_parse_path_or_expression),
    Named(
        "pathOrExpression",
        lambda: {"if": {"type": "string", "pattern": r"^\$\{"}, "then": _EXPRESSION_SCHEMA, "else": JSONPATH.schema},
    ),
    "JSONPath, or one expression",
)


def _or_expression(kind: str, schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a list or mapping, or of the expression that gives one."""
    return {"if": {"type": kind}, "then": schema, "else": _EXPRESSION_SCHEMA}


def _unless_expression(kind: str) -> Schema:
    return {"if": {"type": "string"}, "then": _EXPRESSION_SCHEMA, "else": {"type": kind}}


def _build_json_schema() -> Schema:
    words = {"enum": list(schema_keywords.TYPES)}
    kinds: list[tuple[Mapping[str, str], Schema]] = [
        (schema_keywords.TYPE, {"anyOf": [words, {"type": "array", "items": words}, _EXPRESSION_SCHEMA]}),
        (schema_keywords.FORMAT, {"anyOf": [{"enum": list(schema_keywords.FORMATS)}, _EXPRESSION_SCHEMA]}),
        (schema_keywords.ONE_SCHEMA, _SUBSCHEMA),
        (schema_keywords.SCHEMA_LISTS, _or_expression("array", {"minItems": 1, "items": _SUBSCHEMA})),
        (schema_keywords.SCHEMA_MAPS, _or_expression("object", {"additionalProperties": _SUBSCHEMA})),
        (schema_keywords.LISTS, _or_expression("array", {"items": _VALUE_SCHEMA})),
        (schema_keywords.NUMBERS, _unless_expression("number")),
        (schema_keywords.FLAGS, _unless_expression("boolean")),
        (schema_keywords.TEXTS, {"type": "string", "allOf": [TEMPLATE_SCHEMA]}),
        (schema_keywords.VALUES, _VALUE_SCHEMA),
    ]
    return {
        "$comment": "Draft 2020-12, in which an expression may replace any value that is not a schema.",
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {"^x-": _VALUE_SCHEMA},
        "properties": {word: Described(schema, text) for words, schema in kinds for word, text in words.items()},
    }


JSON_SCHEMA: Named = Named("jsonSchema", _build_json_schema)
_SUBSCHEMA = Named("subschema", lambda: {"type": ["object", "boolean"], "if": {"type": "object"}, "then": JSON_SCHEMA})
MATCHER = Reader(
    read_matcher,
    Named("matcher", lambda: {"if": {"type": "object"}, "then": JSON_SCHEMA, "else": _VALUE_SCHEMA}),
    "value, or JSON Schema",
)
