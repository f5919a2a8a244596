"""Describes the failure of one JSON Schema keyword; combinators such as `oneOf` are left to explain."""

from collections.abc import Callable, Mapping

from jsonschema_rs import ValidationError

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.patterns import show_pattern
from contracts_runner.openapi.explain_text import (
    add_article,
    clip_value,
    join_words,
    name_type,
    quote_name,
    render_value,
    shorten,
)

_FORMATS = {
    "date-time": "a date-time (RFC 3339, as in 2026-01-31T12:00:00+03:00)",
    "date": "a date (RFC 3339, as in 2026-01-31)",
    "time": "a time (RFC 3339, as in 12:00:00Z)",
    "duration": "a duration (ISO 8601, as in P3DT4H)",
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "hostname": "a host name",
    "idn-hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uri": "an absolute URI",
    "iri": "an absolute IRI",
    "uuid": "a UUID",
    "regex": "a regular expression",
    "byte": "base64 (RFC 4648 §4, with padding)",
    "base64url": "base64url (RFC 4648 §5)",
    "char": "one character",
    "decimal": "a decimal number",
    "http-date": "an HTTP date (RFC 9110 §5.6.7, as in Tue, 15 Nov 1994 08:12:31 GMT)",
    "imf-fixdate": "an HTTP date (RFC 9110 §5.6.7, as in Tue, 15 Nov 1994 08:12:31 GMT)",
    "date-time-local": "a date-time without an offset (as in 2026-01-31T12:00:00)",
    "time-local": "a time without an offset (as in 12:00:00)",
}
_SHOWN = 20
_MEMBERS, _LONGEST_NAME = 8, 40
_COUNTED = {"Length": "character", "Items": "item", "Properties": "property"}


@dataclass(frozen=True, slots=True)
class Description:
    """What is wrong (a predicate, as in "is a string, not an integer"), what was expected, what is there."""

    message: str
    expected: Json = None
    actual: Json = None


def describe(error: ValidationError, keyword: str, schema: Mapping[str, Json]) -> Description:
    """Describe the failure of `keyword`; `schema` is the one that it is in, empty if that is unknown."""
    if describer := _DESCRIBERS.get(keyword):
        return describer(error, schema)
    if keyword[3:] in _COUNTED:
        return _describe_size(error, keyword)
    return Description(f"is {_render(error)}, which breaks '{keyword}'", schema.get(keyword), _clip(error))


def describe_type(types: list[str], value: Json) -> Description:
    """Describe a value that has none of the types."""
    actual = f"the number {value}" if isinstance(value, float) and "integer" in types else add_article(name_type(value))
    types = sorted(types, key="null".__eq__)  # null last
    wanted = join_words([add_article(name) for name in types], "or")
    return Description(f"is {actual}, not {wanted}", types if len(types) > 1 else types[0], clip_value(value))


def describe_choice(allowed: list[Json], value: Json) -> Description:
    """Describe a value that is none of the allowed ones."""
    words = [render_value(item) for item in allowed]
    wanted = words[0] if len(words) == 1 else f"one of {join_words(words, 'or')}"
    return Description(f"is {render_value(value)}, not {wanted}", allowed, clip_value(value))


def _describe_type(error: ValidationError, _: Mapping[str, Json]) -> Description:
    return describe_type(list(error.kind.as_dict()["types"]), error.instance)


def _describe_required(error: ValidationError, schema: Mapping[str, Json]) -> Description:
    name = error.kind.as_dict()["property"]
    if error.schema_path[-1:] == ["dependentRequired"]:
        rules, value = schema.get("dependentRequired", {}), _read(error)
        causes = [quote_name(cause) for cause, names in rules.items() if cause in value and name in names]
        because = f", which {join_words(causes, 'and')} asks for" if causes else ""
        return Description(f"is missing the property {quote_name(name)}{because}", name, _list_members(error))
    return Description(f"is missing the required property {quote_name(name)}", name, _list_members(error))


def _list_members(error: ValidationError) -> str:
    """Return how many members an object has that lacks one, and the first ones."""
    names = list(_read(error))
    shown = ", ".join(render_value(name, _LONGEST_NAME) for name in names[:_MEMBERS])
    more = ", …" if len(names) > _MEMBERS else ""
    return f"no such member, of {len(names)}" + (f": {shown}{more}" if shown else "")


def _describe_const(error: ValidationError, _: Mapping[str, Json]) -> Description:
    expected = error.kind.as_dict()["expected_value"]
    return Description(f"is {_render(error)}, not {render_value(expected)}", clip_value(expected), _clip(error))


def _describe_enum(error: ValidationError, _: Mapping[str, Json]) -> Description:
    return describe_choice(list(error.kind.as_dict()["options"]), error.instance)


def _describe_limit(words: str) -> Callable[[ValidationError, Mapping[str, Json]], Description]:
    def describe_limit(error: ValidationError, _: Mapping[str, Json]) -> Description:
        limit = next(iter(error.kind.as_dict().values()))
        return Description(f"is {_render(error)}, {words} {limit}", limit, _clip(error))

    return describe_limit


def _describe_size(error: ValidationError, keyword: str) -> Description:
    unit, limit, size = _COUNTED[keyword[3:]], error.kind.as_dict()["limit"], len(_read(error))
    words = f"fewer than {limit}" if keyword.startswith("min") else f"more than {limit}"
    counted = unit if size == 1 else "properties" if unit == "property" else f"{unit}s"
    return Description(f"has {size} {counted}, {words}", limit, size)


def _describe_pattern(error: ValidationError, _: Mapping[str, Json]) -> Description:
    pattern = show_pattern(error.kind.as_dict()["pattern"])
    return Description(f"is {_render(error)}, which does not match {shorten(pattern)}", pattern, _clip(error))


def _describe_format(error: ValidationError, _: Mapping[str, Json]) -> Description:
    name = error.kind.as_dict()["format"]
    return Description(f"is {_render(error)}, not {_FORMATS.get(name, f'of format {name}')}", name, _clip(error))


def _describe_unexpected(error: ValidationError, schema: Mapping[str, Json]) -> Description:
    names = sorted(error.kind.as_dict()["unexpected"])
    noun = "property" if len(names) == 1 else "properties"
    allowed = sorted(schema.get("properties", {}))
    return Description(
        f"has the unexpected {noun} {join_words([*map(quote_name, names)], 'and')}", allowed, names[:_SHOWN]
    )


def _describe_extra_items(error: ValidationError, schema: Mapping[str, Json]) -> Description:
    limit, size = len(schema.get("prefixItems", ())), len(_read(error))
    return Description(f"has {size} items, more than {limit}", limit, size)


def _describe_never(error: ValidationError, _: Mapping[str, Json]) -> Description:
    return Description("must not be there", False, _clip(error))


def _describe_not(error: ValidationError, schema: Mapping[str, Json]) -> Description:
    if schema.get("writeOnly") is True:
        return Description("is writeOnly, so it must not come back")
    forbidden = schema.get("not")
    return Description(f"is {_render(error)}, which 'not' {render_value(forbidden)} forbids", None, _clip(error))


def _describe_contains(error: ValidationError, schema: Mapping[str, Json]) -> Description:
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    wanted = f"at least {least}" if error.schema_path[-1] != "maxContains" else f"at most {most}"
    return Description(
        f"does not hold {wanted} of the items that 'contains' {render_value(schema.get('contains'))} describes",
        schema.get("contains"),
        _clip(error),
    )


def _describe_unique(error: ValidationError, _: Mapping[str, Json]) -> Description:
    # Quadratic, so only for lists that a person could look through.
    items = _read(error)[:200]
    pairs = ((i, j) for j in range(len(items)) for i in range(j) if is_equal(items[i], items[j]))
    pair = next(pairs, None)
    where = f": {pair[0]} and {pair[1]} are equal" if pair else ""
    return Description(f"has items that are not unique{where}", True, _clip(error))


def _read(error: ValidationError) -> Json:
    return error.instance


def _render(error: ValidationError) -> str:
    return render_value(error.instance)


def _clip(error: ValidationError) -> Json:
    return clip_value(error.instance)


_DESCRIBERS: Mapping[str, Callable[[ValidationError, Mapping[str, Json]], Description]] = {
    "type": _describe_type,
    "required": _describe_required,
    "const": _describe_const,
    "enum": _describe_enum,
    "minimum": _describe_limit("below the minimum of"),
    "maximum": _describe_limit("above the maximum of"),
    "exclusiveMinimum": _describe_limit("not above"),
    "exclusiveMaximum": _describe_limit("not below"),
    "multipleOf": _describe_limit("not a multiple of"),
    "pattern": _describe_pattern,
    "format": _describe_format,
    "additionalProperties": _describe_unexpected,
    "unevaluatedProperties": _describe_unexpected,
    "unevaluatedItems": _describe_extra_items,
    "falseSchema": _describe_never,
    "not": _describe_not,
    "contains": _describe_contains,
    "uniqueItems": _describe_unique,
}
