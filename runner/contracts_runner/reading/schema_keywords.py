"""The keywords of JSON Schema that a contract may use: what is below each one, and what it says.

Draft 2020-12 with those of OpenAPI. A validator ignores all others: a misspelt one would be a check that cannot fail.
"""

# One schema; false and true are schemas, too.
ONE_SCHEMA = {
    "additionalProperties": "Schema of all other properties; false for none.",
    "propertyNames": "Schema of the properties' names.",
    "unevaluatedProperties": "Schema of properties that nothing else looked at.",
    "items": "Schema of every item, after those of prefixItems.",
    "contains": "Schema that at least one item has.",
    "unevaluatedItems": "Schema of items that nothing else looked at.",
    "contentSchema": "Schema of the decoded text.",
    "not": "Schema that does not hold.",
    "if": "Schema that decides between `then` and `else`.",
    "then": "Schema where that of `if` holds.",
    "else": "Schema where that of `if` does not hold.",
}
SCHEMA_LISTS = {
    "prefixItems": "Schemas of the first items, in order.",
    "allOf": "Schemas that all hold.",
    "anyOf": "Schemas of which at least one holds.",
    "oneOf": "Schemas of which exactly one holds.",
}
SCHEMA_MAPS = {
    "properties": "Property -> schema.",
    "patternProperties": "Pattern of property names -> schema.",
    "dependentSchemas": "Property -> schema that the object then has.",
    "$defs": "Name -> schema, for $ref.",
    "definitions": "Name -> schema, for $ref; the older word.",
}
NUMBERS = {
    "minProperties": "The least number of properties.",
    "maxProperties": "The greatest number of properties.",
    "minContains": "The least number of items that fit `contains`.",
    "maxContains": "The greatest number of items that fit `contains`.",
    "minItems": "The least number of items.",
    "maxItems": "The greatest number of items.",
    "minimum": "The least number.",
    "maximum": "The greatest number.",
    "exclusiveMinimum": "The number is greater.",
    "exclusiveMaximum": "The number is less.",
    "multipleOf": "The number is a multiple of this one.",
    "minLength": "The least number of characters.",
    "maxLength": "The greatest number of characters.",
}
FLAGS = {
    "uniqueItems": "True if no item is repeated.",
    "deprecated": "Deprecated; nothing is checked.",
    "readOnly": "Only in answers; nothing is checked.",
    "writeOnly": "Only in requests; nothing is checked.",
}
LISTS = {
    "enum": "The value is one of these.",
    "required": "Properties that must exist.",
    "examples": "Examples; nothing is checked.",
}
TEXTS = {
    "pattern": "A regular expression that is found in the text.",
    "contentEncoding": "How the text is encoded, such as base64.",
    "contentMediaType": "What the decoded text is.",
    "$ref": "A schema of the spec, such as #/components/schemas/Order, or one of $defs.",
    "$anchor": "A name of this schema.",
    "$dynamicAnchor": "A name of this schema for $dynamicRef.",
    "$dynamicRef": "A schema with a $dynamicAnchor.",
    "$id": "The URI of this schema.",
    "$schema": "The dialect of this schema.",
    "$comment": "A note for readers.",
    "title": "A title; nothing is checked.",
    "description": "A description; nothing is checked.",
}
VALUES = {
    "const": "The value is equal to this one.",
    "dependentRequired": "Property -> those that must then exist.",
    "default": "A default; nothing is checked.",
    "example": "An example; nothing is checked.",
    "discriminator": "OpenAPI's hint for oneOf; nothing is checked.",
    "externalDocs": "OpenAPI's link to documents; nothing is checked.",
    "xml": "OpenAPI's hint for XML; nothing is checked.",
}
TYPE = {"type": "The type, or a list of types."}
FORMAT = {"format": "The form of the text."}
KEYWORDS = TYPE | FORMAT | ONE_SCHEMA | SCHEMA_LISTS | SCHEMA_MAPS | LISTS | NUMBERS | FLAGS | TEXTS | VALUES

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# Of the OpenAPI format registry and of JSON Schema. Of numbers alone; of numbers and texts; of texts.
_NUMBER_FORMATS = "int8 int16 int32 uint8 uint16 uint32 float double double-int unixtime"
_EITHER_FORMATS = "int64 uint64 decimal decimal128 sf-integer sf-decimal"
_TEXT_FORMATS = (
    "base64url binary byte char commonmark date date-time date-time-local duration email hostname html http-date "
    "idn-email idn-hostname imf-fixdate ipv4 ipv6 iri iri-reference json-pointer media-range password regex "
    "relative-json-pointer sf-binary sf-boolean sf-string sf-token time time-local uri uri-reference uri-template uuid"
)
# Format -> the types of the values that it is about.
FORMATS = {
    **dict.fromkeys(_NUMBER_FORMATS.split(), frozenset({"number"})),
    **dict.fromkeys(_EITHER_FORMATS.split(), frozenset({"number", "string"})),
    **dict.fromkeys(_TEXT_FORMATS.split(), frozenset({"string"})),
}
# They describe no form.
FORMLESS = frozenset({"binary", "commonmark", "html", "password", "unixtime"})

_MEANT = {
    "number": "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
    "string": "minLength maxLength pattern",
    "array": "items prefixItems contains minContains maxContains minItems maxItems uniqueItems unevaluatedItems",
    "object": (
        "properties patternProperties additionalProperties propertyNames unevaluatedProperties required "
        "dependentRequired dependentSchemas minProperties maxProperties"
    ),
}
# Keyword -> the type of the values that it is about; it holds for all others.
KEYWORD_TYPES = {word: frozenset({name}) for name, words in _MEANT.items() for word in words.split()}
# They check nothing themselves.
_ANNOTATIONS = (
    "title description default example examples deprecated readOnly writeOnly discriminator externalDocs xml "
    "contentEncoding contentMediaType contentSchema minContains maxContains "
    "$anchor $dynamicAnchor $id $schema $comment $defs definitions"
)
ANNOTATIONS = frozenset(_ANNOTATIONS.split())
