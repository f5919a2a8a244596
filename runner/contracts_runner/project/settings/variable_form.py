"""The form of `variables` of an environment: any values, also typed texts of the process environment."""

from contracts_runner.model.json import Json
from contracts_runner.reading.declarations import Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import mapping, member
from contracts_runner.reading.value_readers import VARIABLE_NAMES
from contracts_runner.reading.variables import NAME, NoText, UndecodableText, VariableText, VariableType

_TYPE = member(VariableType)


def _read_variable(value: Value) -> Json | UndecodableText:
    """Return any value; `{from: $NAME, type: TYPE}` is the text of a variable, read as that type. Bytes that are not
    UTF-8 are a mistake of what uses the variable."""
    undecodable = _find_undecodable(value.value)
    if undecodable is not None:
        return undecodable
    entries = value.value if isinstance(value.value, dict) else {}
    is_typed = entries.keys() == {"from", "type"} and isinstance(entries["from"], VariableText | NoText)
    return _read_typed(value) if is_typed else value.read_json()


def _find_undecodable(value: object) -> UndecodableText | None:
    if isinstance(value, UndecodableText):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, map(_find_undecodable, parts)), None)


def _read_typed(value: Value) -> Json:
    kind = _TYPE.read(value.at("type"))
    text = value.at("from").read_text()
    if kind is None or text is None:
        return None
    try:
        return kind.parse(text)
    except (ValueError, RecursionError):
        # Not quoted: every value of a variable may be a secret.
        value.report(f"the text of the variable for {value.name} is not of the type {kind}")
        return None


_SCHEMA = {
    "if": {
        "type": "object",
        "required": ["from", "type"],
        "maxProperties": 2,
        "properties": {"from": {"type": "string", "pattern": rf"^(\${NAME}$|([^$]|\$\$)*\$\{{{NAME}\}})"}},
    },
    "then": {"properties": {"type": _TYPE.schema}},
}
VARIABLES = mapping(
    Reader(_read_variable, _SCHEMA, f"any value, or `{{from: $NAME, type: {' | '.join(VariableType)}}}`"),
    VARIABLE_NAMES,
    has_null=True,
)
