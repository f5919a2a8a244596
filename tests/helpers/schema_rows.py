"""Pairs of schemas that differ in one thing, with what that is for who sends and for who receives; for tests."""

import json
from typing import Any, NamedTuple

from helpers.specs import make_answer, make_document

# What a change is for who sends and for who receives: (breaks a request, breaks an answer).
NARROWED, WIDENED, CHANGED, HARMLESS = (True, False), (False, True), (True, True), (False, False)
Kinds = dict[str, tuple[bool, bool]]


class Row(NamedTuple):
    """Two schemas, what changes from the first to the second, and back."""

    old: Any
    new: Any
    there: Kinds
    back: Kinds


def pair(word: str, old: Any, new: Any) -> Row:
    """Return the row of a rule that comes, or that goes."""
    return Row(old, new, {f"{word}-added": NARROWED}, {f"{word}-removed": WIDENED})


def bound(keyword: str, low: float, high: float, *, is_lower: bool, **more: Any) -> Row:
    """Return the row of a bound that becomes greater, or less."""
    there, back = (NARROWED, WIDENED) if is_lower else (WIDENED, NARROWED)
    word = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword) + "-changed"
    return Row({keyword: low, **more}, {keyword: high, **more}, {word: there}, {word: back})


TEXT: Any = {"type": "string"}
NUMBER: Any = {"type": "integer"}
LIST: Any = {"type": "array", "items": TEXT}


def obj(*required: str, **properties: Any) -> Any:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


CAT, DOG = obj("meows", meows=TEXT), obj("barks", barks=NUMBER)
BIRD = obj("sings", sings={"type": "boolean"})
TOLD_APART = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}

ROWS = {
    "type": Row(TEXT, NUMBER, {"type-changed": CHANGED}, {"type-changed": CHANGED}),
    "number of integer": Row(NUMBER, {"type": "number"}, {"type-changed": WIDENED}, {"type-changed": NARROWED}),
    "types": Row(TEXT, {"type": ["string", "integer"]}, {"type-changed": WIDENED}, {"type-changed": NARROWED}),
    "any type": Row({}, TEXT, {"type-changed": NARROWED}, {"type-changed": WIDENED}),
    "null": Row(TEXT, {"type": ["string", "null"]}, {"became-nullable": WIDENED}, {"became-not-nullable": NARROWED}),
    "null of alternatives": Row(
        {"oneOf": [CAT, DOG]},
        {"oneOf": [CAT, DOG, {"type": "null"}]},
        {"became-nullable": WIDENED},
        {"became-not-nullable": NARROWED},
    ),
    "enum value": Row(
        {"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}, {"enum-value-added": WIDENED}, {"enum-value-removed": NARROWED}
    ),
    "enum": Row(TEXT, {**TEXT, "enum": ["a"]}, {"enum-added": NARROWED}, {"enum-removed": WIDENED}),
    "const": Row(TEXT, {**TEXT, "const": "a"}, {"enum-added": NARROWED}, {"enum-removed": WIDENED}),
    "another const": Row(
        {"const": 1},
        {"const": 2},
        {"enum-value-removed": NARROWED, "enum-value-added": WIDENED},
        {"enum-value-removed": NARROWED, "enum-value-added": WIDENED},
    ),
    "values listed one by one": Row(
        {"oneOf": [{"const": "a", "title": "A"}]},
        {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]},
        {"enum-value-added": WIDENED},
        {"enum-value-removed": NARROWED},
    ),
    "minimum": bound("minimum", 1, 2, is_lower=True, type="number"),
    "maximum": bound("maximum", 1, 2, is_lower=False, type="number"),
    "a minimum": pair("minimum", {"type": "number"}, {"type": "number", "minimum": 1}),
    "a maximum": pair("maximum", {"type": "number"}, {"type": "number", "maximum": 1}),
    "exclusive minimum": Row(
        {"type": "number", "minimum": 1},
        {"type": "number", "exclusiveMinimum": 1},
        {"minimum-changed": NARROWED},
        {"minimum-changed": WIDENED},
    ),
    "exclusive maximum": Row(
        {"type": "number", "exclusiveMaximum": 5},
        {"type": "number", "exclusiveMaximum": 6},
        {"maximum-changed": WIDENED},
        {"maximum-changed": NARROWED},
    ),
    "minLength": bound("minLength", 1, 2, is_lower=True, type="string"),
    "maxLength": bound("maxLength", 1, 2, is_lower=False, type="string"),
    "a maxLength": pair("max-length", TEXT, {**TEXT, "maxLength": 5}),
    "a minLength": pair("min-length", TEXT, {**TEXT, "minLength": 5}),
    "minItems": bound("minItems", 1, 2, is_lower=True, **LIST),
    "maxItems": bound("maxItems", 1, 2, is_lower=False, **LIST),
    "a maxItems": pair("max-items", LIST, {**LIST, "maxItems": 5}),
    "minProperties": bound("minProperties", 1, 2, is_lower=True, type="object"),
    "maxProperties": bound("maxProperties", 1, 2, is_lower=False, type="object"),
    "minContains": bound("minContains", 2, 3, is_lower=True, **LIST, contains={"const": "a"}),
    "maxContains": bound("maxContains", 2, 3, is_lower=False, **LIST, contains={"const": "a"}),
    "multipleOf": pair("multiple-of", NUMBER, {**NUMBER, "multipleOf": 5}),
    "format": pair("format", TEXT, {**TEXT, "format": "date"}),
    "another format": Row(
        {**TEXT, "format": "date"},
        {**TEXT, "format": "date-time"},
        {"format-changed": CHANGED},
        {"format-changed": CHANGED},
    ),
    "wider format": Row(
        {**NUMBER, "format": "int32"},
        {**NUMBER, "format": "int64"},
        {"format-changed": WIDENED},
        {"format-changed": NARROWED},
    ),
    "pattern": pair("pattern", TEXT, {**TEXT, "pattern": "^a"}),
    "another pattern": Row(
        {**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "^b"}, {"pattern-changed": CHANGED}, {"pattern-changed": CHANGED}
    ),
    "content": pair("content-encoding", TEXT, {**TEXT, "contentEncoding": "base32"}),
    "content media type": pair("content-media-type", TEXT, {**TEXT, "contentMediaType": "image/png"}),
    "unique items": Row(LIST, {**LIST, "uniqueItems": True}, {"unique-items": NARROWED}, {"not-unique-items": WIDENED}),
    "default": Row(TEXT, {**TEXT, "default": "a"}, {"default-added": HARMLESS}, {"default-removed": HARMLESS}),
    "another default": Row(
        {**TEXT, "default": "b"}, {**TEXT, "default": "a"}, {"default-changed": HARMLESS}, {"default-changed": HARMLESS}
    ),
    "deprecated": Row(TEXT, {**TEXT, "deprecated": True}, {"deprecated": HARMLESS}, {"not-deprecated": HARMLESS}),
    "items": pair("items", {"type": "array"}, LIST),
    "an item": Row(LIST, {"type": "array", "items": NUMBER}, {"type-changed": CHANGED}, {"type-changed": CHANGED}),
    "first items": pair("prefix-items", LIST, {**LIST, "prefixItems": [TEXT]}),
    "a first item": Row(
        {"type": "array", "prefixItems": [TEXT, TEXT]},
        {"type": "array", "prefixItems": [TEXT, NUMBER]},
        {"type-changed": CHANGED},
        {"type-changed": CHANGED},
    ),
    "contains": pair("contains", LIST, {**LIST, "contains": {"const": "a"}}),
    "contained": Row(
        {**LIST, "contains": {"minLength": 1}},
        {**LIST, "contains": {"minLength": 2}},
        {"min-length-changed": NARROWED},
        {"min-length-changed": WIDENED},
    ),
    "property": Row(obj(a=TEXT), obj(a=TEXT, b=NUMBER), {"property-added": HARMLESS}, {"property-removed": CHANGED}),
    "required property": Row(
        obj(a=TEXT), obj("b", a=TEXT, b=NUMBER), {"required-property-added": NARROWED}, {"property-removed": CHANGED}
    ),
    "required": Row(
        obj(a=TEXT), obj("a", a=TEXT), {"property-became-required": NARROWED}, {"property-became-optional": WIDENED}
    ),
    "required without a schema": Row(
        {"type": "object"},
        obj("a") | {"properties": {}},
        {"property-became-required": NARROWED},
        {"property-became-optional": WIDENED},
    ),
    "renamed property": Row(
        obj(a=NUMBER, seat_id=TEXT),
        obj(a=NUMBER, seatId=TEXT),
        {"property-renamed": CHANGED},
        {"property-renamed": CHANGED},
    ),
    "property of the same place": Row(
        obj(a=NUMBER, name=TEXT),
        obj(a=NUMBER, title=TEXT),
        {"property-renamed": CHANGED},
        {"property-renamed": CHANGED},
    ),
    "another property": Row(
        obj(a=NUMBER, name=TEXT),
        obj(a=NUMBER, size=NUMBER),
        {"property-added": HARMLESS, "property-removed": CHANGED},
        {"property-added": HARMLESS, "property-removed": CHANGED},
    ),
    "type of a property": Row(obj(a=TEXT), obj(a=NUMBER), {"type-changed": CHANGED}, {"type-changed": CHANGED}),
    "closed": Row(
        obj(a=TEXT),
        obj(a=TEXT) | {"additionalProperties": False},
        {"additional-properties-narrowed": NARROWED},
        {"additional-properties-widened": WIDENED},
    ),
    "typed": Row(
        obj(a=TEXT),
        obj(a=TEXT) | {"additionalProperties": TEXT},
        {"additional-properties-narrowed": NARROWED},
        {"additional-properties-widened": WIDENED},
    ),
    "other properties": Row(
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": NUMBER},
        {"type-changed": CHANGED},
        {"type-changed": CHANGED},
    ),
    "unevaluated": Row(
        obj(a=TEXT),
        obj(a=TEXT) | {"unevaluatedProperties": False},
        {"unevaluated-properties-narrowed": NARROWED},
        {"unevaluated-properties-widened": WIDENED},
    ),
    "unevaluated items": pair("unevaluated-items", LIST, {**LIST, "unevaluatedItems": False}),
    "pattern properties": pair(
        "pattern-properties", {"type": "object"}, {"type": "object", "patternProperties": {"^a": TEXT}}
    ),
    "pattern property": Row(
        {"type": "object", "patternProperties": {"^a": TEXT}},
        {"type": "object", "patternProperties": {"^a": NUMBER}},
        {"type-changed": CHANGED},
        {"type-changed": CHANGED},
    ),
    "names": pair("property-names", {"type": "object"}, {"type": "object", "propertyNames": {"maxLength": 3}}),
    "a name": Row(
        {"type": "object", "propertyNames": {"maxLength": 3}},
        {"type": "object", "propertyNames": {"maxLength": 4}},
        {"max-length-changed": WIDENED},
        {"max-length-changed": NARROWED},
    ),
    "dependent required": Row(
        {"type": "object"},
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"dependent-required-changed": NARROWED},
        {"dependent-required-changed": WIDENED},
    ),
    "dependent schemas": pair(
        "dependent-schemas", {"type": "object"}, {"type": "object", "dependentSchemas": {"a": obj("b", b=TEXT)}}
    ),
    "not": pair("not", TEXT, {**TEXT, "not": {"const": "a"}}),
    "in not": Row(
        {**TEXT, "not": {"minLength": 3}},
        {**TEXT, "not": {"minLength": 4}},
        {"min-length-changed": WIDENED},
        {"min-length-changed": NARROWED},
    ),
    "then": pair("then", {**TEXT, "if": {"const": "a"}}, {**TEXT, "if": {"const": "a"}, "then": {"maxLength": 3}}),
    "else": pair("else", {**TEXT, "if": {"const": "a"}}, {**TEXT, "if": {"const": "a"}, "else": {"maxLength": 3}}),
    "in then": Row(
        {**TEXT, "if": {"const": "a"}, "then": {"maxLength": 3}},
        {**TEXT, "if": {"const": "a"}, "then": {"maxLength": 4}},
        {"max-length-changed": WIDENED},
        {"max-length-changed": NARROWED},
    ),
    "if": Row(
        {**TEXT, "if": {"const": "a"}, "then": {"maxLength": 3}},
        {**TEXT, "if": {"const": "b"}, "then": {"maxLength": 3}},
        {"condition-changed": CHANGED},
        {"condition-changed": CHANGED},
    ),
    "alternative of anyOf": Row(
        {"anyOf": [CAT, DOG]},
        {"anyOf": [CAT, DOG, BIRD]},
        {"alternative-added": WIDENED},
        {"alternative-removed": NARROWED},
    ),
    "alternative of oneOf": Row(
        {"oneOf": [CAT, DOG]},
        {"oneOf": [DOG, CAT, BIRD]},
        {"alternative-added": WIDENED},
        {"alternative-removed": NARROWED},
    ),
    "alternatives": Row(CAT, {"oneOf": [CAT, DOG]}, {"alternative-added": WIDENED}, {"alternative-removed": NARROWED}),
    "alternatives with a discriminator": Row(
        {"$ref": "#/components/schemas/Cat"},
        {**TOLD_APART, "discriminator": {"propertyName": "kind"}},
        {"alternative-added": WIDENED, "discriminator-added": NARROWED},
        {"alternative-removed": NARROWED, "discriminator-removed": WIDENED},
    ),
    "alternatives beside others": pair("alternatives", obj(a=TEXT), {**obj(a=TEXT), "anyOf": [CAT, DOG]}),
    "anyOf of oneOf": Row(
        {"oneOf": [CAT, DOG]},
        {"anyOf": [CAT, DOG]},
        {"alternatives-changed": WIDENED},
        {"alternatives-changed": NARROWED},
    ),
    "in an alternative": Row(
        {"oneOf": [CAT, DOG]},
        {"oneOf": [CAT, obj("barks", barks=TEXT)]},
        {"type-changed": CHANGED},
        {"type-changed": CHANGED},
    ),
    "in allOf": Row(
        {"allOf": [CAT, obj(a=TEXT)]},
        {"allOf": [CAT, obj(a=NUMBER)]},
        {"type-changed": CHANGED},
        {"type-changed": CHANGED},
    ),
    "one more of allOf": Row(
        {"allOf": [CAT]},
        {"allOf": [CAT, obj("a", a=TEXT)]},
        {"required-property-added": NARROWED},
        {"property-removed": CHANGED},
    ),
    "discriminator": pair("discriminator", TOLD_APART, {**TOLD_APART, "discriminator": {"propertyName": "kind"}}),
    "property of a discriminator": Row(
        {**TOLD_APART, "discriminator": {"propertyName": "kind"}},
        {**TOLD_APART, "discriminator": {"propertyName": "type"}},
        {"discriminator-property-changed": CHANGED},
        {"discriminator-property-changed": CHANGED},
    ),
    "kind": Row(
        {**TOLD_APART, "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Cat"}}},
        {
            **TOLD_APART,
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"a": "#/components/schemas/Cat", "b": "#/components/schemas/Dog"},
            },
        },
        {"discriminator-mapping-added": WIDENED},
        {"discriminator-mapping-removed": NARROWED},
    ),
    "meaning of a kind": Row(
        {**TOLD_APART, "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Cat"}}},
        {**TOLD_APART, "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Dog"}}},
        {"discriminator-mapping-changed": CHANGED},
        {"discriminator-mapping-changed": CHANGED},
    ),
    "false": Row({}, False, {"not-added": NARROWED}, {"not-removed": WIDENED}),
}


def build(*, is_new: bool) -> dict[str, Any]:
    """Return a document with the schemas of all rows, each as the property x of what is set and got."""
    paths = {}
    for name, row in ROWS.items():
        whole = {"type": "object", "properties": {"y": TEXT, "x": row.new if is_new else row.old}}
        paths[f"/{name}"] = {
            "get": {"operationId": f"get {name}", "responses": {"200": make_answer(whole)}},
            "put": {
                "operationId": f"set {name}",
                "requestBody": {"content": {"application/json": {"schema": whole}}},
                "responses": {"204": {"description": "Done"}},
            },
        }
    return make_document(paths=paths, components={"schemas": {"Cat": CAT, "Dog": DOG}})


def write_contract() -> str:
    """Return scenarios that send and read x, and others that send and read y."""
    steps = {
        "SENDS": {"operation": "set {}", "body": {"x": "${env}"}},
        "READS": {"operation": "get {}", "expect": {"relations": [{"equal": {"this": "$.x", "to": 1}}]}},
        "SENDS-Y": {"operation": "set {}", "body": {"y": "a"}},
        "READS-Y": {"operation": "get {}", "expect": {"body": {"$.y": "a"}}},
    }
    scenarios = [
        {
            "id": f"{word}.{name.replace(' ', '-')}",
            "title": word,
            "steps": [{**step, "operation": step["operation"].format(name)}],
        }
        for name in ROWS
        for word, step in steps.items()
    ]
    return json.dumps({"contract": "things", "spec": "shop", "scenarios": scenarios})
