"""The value of `auth`: a credential, several, or values by scheme (docs/design.md, Contract file)."""

from contracts_runner.model.json import Json
from contracts_runner.project.names import CREDENTIAL
from contracts_runner.reading.declarations import Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT, TEXTS, either, mapping
from contracts_runner.reading.value_readers import TEMPLATE_SCHEMA, VALUE

_BUILT_IN = ("none", "invalid")


def _read_names(value: Value) -> tuple[str, ...]:
    names = TEXTS.read(value) or ()
    for index, name in enumerate(names):
        if name in _BUILT_IN:
            value.at(index).report(f"'{name}' stands alone", f"write `auth: {name}`")
    return names


def _read_inline(value: Value) -> Json:
    """Return the value of a scheme: a text, or a user with a password."""
    if isinstance(value.value, dict):
        entries = value.read_entries()
        if entries.keys() != {"username", "password"}:
            value.report(f"{value.name} must be text, or {{username, password}}")
        return {name: _read_text(entry) for name, entry in entries.items()}
    return _read_text(value)


def _read_text(value: Value) -> str | None:
    text = value.read_text()
    return None if text is None else VALUE.read(value)


_NAME_SCHEMA = {"allOf": [CREDENTIAL.schema], "not": {"enum": list(_BUILT_IN)}}
_NAMES: Reader[str | tuple[str, ...]] = Reader(
    _read_names,
    {"type": "array", "minItems": 1, "uniqueItems": True, "items": _NAME_SCHEMA},
    "list of names, each once",
)
_NAME: Reader[str | tuple[str, ...]] = Reader(
    Value.read_text, {"anyOf": [{"enum": list(_BUILT_IN)}, CREDENTIAL.schema]}, "`none` | `invalid` | text"
)
# Names of credentials, where no value is known.
CREDENTIAL_NAMES: Reader[str | tuple[str, ...]] = either("array", _NAMES, _NAME)
TEMPLATE: Reader[str] = Reader(_read_text, {"allOf": [TEXT.schema, TEMPLATE_SCHEMA]}, "text, with `${…}`")
_GIVEN: Reader[Json] = Reader(
    _read_inline,
    {
        "if": {"type": "object"},
        "then": {
            "required": ["username", "password"],
            "additionalProperties": False,
            "properties": {"username": TEMPLATE.schema, "password": TEMPLATE.schema},
        },
        "else": TEMPLATE.schema,
    },
    "text, with `${…}`",
)
_VALUES = mapping(_GIVEN)


def _read_values(value: Value) -> dict[str, Json] | None:
    if not value.value:
        value.report(f"{value.name} is empty", "write `none` to send no credential")
    return _VALUES.read(value)


_INLINE_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": _GIVEN.schema}
_INLINE: Reader[dict[str, Json]] = Reader(_read_values, _INLINE_SCHEMA, _VALUES.words)
AUTH = either("object", _INLINE, CREDENTIAL_NAMES)
