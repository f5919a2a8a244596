"""Tells which kind of object is where in an OpenAPI document, so that data is never taken for structure.

A property that is called `nullable` or `$ref`, and a `$ref` inside of an example, are data. OpenAPI 3.0 to 3.2
(Schema Object: JSON Schema draft 2020-12, core, applicator and unevaluated vocabularies).
"""

from collections.abc import Iterator, Mapping

from contracts_runner.model.json import Json

# `query` is of OpenAPI 3.2, as are the methods of `additionalOperations`.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

# Field -> kind of its value: "{kind}" a mapping of them, "[kind]" a list. A field that is not here holds data.
_OPERATION_RULES = {"x-success": "schema"}
_SERIALIZED = {"schema": "schema", "content": "{media_type}", "examples": "{example}"}
_SHAPES: dict[str, dict[str, str]] = {
    "document": {"paths": "{path_item}", "webhooks": "{path_item}", "components": "components", **_OPERATION_RULES},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{request_body}",
        "headers": "{header}",
        "securitySchemes": "{security_scheme}",
        "links": "{link}",
        "callbacks": "{callback}",
        "pathItems": "{path_item}",
    },
    "path_item": {
        **dict.fromkeys(METHODS, "operation"),
        "additionalOperations": "{operation}",
        "parameters": "[parameter]",
        **_OPERATION_RULES,
    },
    "operation": {
        "parameters": "[parameter]",
        "requestBody": "request_body",
        "responses": "{response}",
        "callbacks": "{callback}",
        **_OPERATION_RULES,
    },
    "parameter": _SERIALIZED,
    "header": _SERIALIZED,
    "request_body": {"content": "{media_type}"},
    "response": {"headers": "{header}", "content": "{media_type}", "links": "{link}"},
    "media_type": {"schema": "schema", "itemSchema": "schema", "examples": "{example}", "encoding": "{encoding}"},
    "encoding": {"headers": "{header}"},
    "schema": {
        **dict.fromkeys(
            ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"), "schema"
        ),
        **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems", "contentSchema"), "schema"),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[schema]"),
        **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"), "{schema}"),
        "discriminator": "discriminator",
    },
}
# In these mappings `x-…` is an extension; elsewhere, as in `properties`, it is a name like any other.
_EXTENSIBLE = frozenset({"{path_item}", "{response}", "callback"})


def iter_children(kind: str, value: Json) -> Iterator[tuple[str | int, str]]:
    """Yield (key, kind) for each entry of an object of that kind which is structure; values of wrong type have none."""
    if kind.startswith("["):
        if isinstance(value, list):
            yield from ((index, kind[1:-1]) for index in range(len(value)))
    elif kind == "schema" and isinstance(value, list):
        # `items` of drafts before 2020-12.
        yield from ((index, "schema") for index in range(len(value)))
    elif not isinstance(value, Mapping):
        return
    elif kind.startswith("{") or kind == "callback":
        inner = "path_item" if kind == "callback" else kind[1:-1]
        yield from ((key, inner) for key in value if not (kind in _EXTENSIBLE and key.startswith("x-")))
    else:
        shape = _SHAPES.get(kind, {})
        yield from ((key, shape[key]) for key in value if key in shape)


def is_reference(value: Json) -> bool:
    """Tell whether an object of the document's structure refers to another one."""
    return isinstance(value, Mapping) and isinstance(value.get("$ref"), str)
