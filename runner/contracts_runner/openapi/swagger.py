"""Reads a Swagger 2.0 document as one of OpenAPI 3.0: the same operations in the newer form, every line kept.

Sources: https://spec.openapis.org/oas/v2.0.html, OpenAPI 3.0.4. What says nothing of requests and answers is left out
(examples, the `schemes` of an operation). Parts of the wrong form stay as they are: the rules of OpenAPI 3.0 tell them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

from contracts_runner.model.http import FORM, JSON, MULTIPART
from contracts_runner.model.json import Json
from contracts_runner.openapi.object_kinds import METHODS
from contracts_runner.reading.yaml_source import YamlDocument
from contracts_runner.reading.yaml_tree import Node

_VERSION = "3.0.4"
_Entry = tuple[int, Node]  # the line of a key, and its value
_DROPPED = frozenset(
    [
        *("swagger", "host", "basePath", "schemes", "consumes", "produces"),
        *("definitions", "parameters", "responses", "securityDefinitions"),
    ]
)
_DEFINITIONS, _SCHEMAS = "#/definitions/", "#/components/schemas/"
# What of a parameter or header is not about its value.
_OUTSIDE = frozenset({"name", "in", "description", "required", "allowEmptyValue", "collectionFormat"})
_STYLES: Mapping[str, Mapping[str, Json]] = {
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
    "tsv": {"style": "tabDelimited"},  # which no version since knows
}
_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}
# Some of them are none of Swagger's, and in real documents all the same.
_SCHEMA_KEYS = frozenset({"items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"})
_BINARY = {"type": "string", "format": "binary"}
_MOST_HOPS = 100


def read_name(text: str, section: str) -> str:
    """Return the name in a reference to what the document shares, of `#/parameters/limit` limit."""
    name = text.removeprefix(f"#/{section}/")
    return unquote(name).replace("~1", "/").replace("~0", "~")


def is_swagger(document: YamlDocument) -> bool:
    """Tell whether a document is one of Swagger 2.0."""
    value = document.value
    return isinstance(value, Mapping) and "openapi" not in value and str(value.get("swagger")) == "2.0"


def read_swagger(document: YamlDocument) -> YamlDocument:
    """Return the document in the form of OpenAPI 3.0."""
    return document.replace_root(_Converter(document.find_node(())).convert())


class _Converter:
    def __init__(self, root: Node) -> None:
        self._root = root
        self._consumes = _list_texts(root, "consumes")
        self._produces = _list_texts(root, "produces")

    def convert(self) -> Node:
        """Return the whole document."""
        root = self._root
        schemas, schemes = (root.entries.get(key) for key in ("definitions", "securityDefinitions"))
        components = {
            **({"schemas": (schemas[0], _map_entries(schemas[1], _convert_schema))} if schemas else {}),
            **({"securitySchemes": (schemes[0], _map_entries(schemes[1], _convert_scheme))} if schemes else {}),
        }
        kept = {key: entry for key, entry in root.entries.items() if key not in _DROPPED}
        if "paths" in kept:
            line, paths = kept["paths"]
            kept["paths"] = (line, _map_entries(paths, self._convert_path))
        return _mapping(
            root,
            {
                "openapi": (root.line, _plain(_VERSION, root.line)),
                "servers": (root.line, _plain(list(self._iter_servers()), root.line)),
                **kept,
                "components": (root.line, _make(root, components)),
            },
        )

    def _iter_servers(self) -> Iterator[Json]:
        value = self._root.value
        host, base = value.get("host"), str(value.get("basePath") or "").rstrip("/")
        schemes = _list_texts(self._root, "schemes") or ["https"]
        yield from ({"url": f"{scheme}://{host}{base}"} for scheme in (schemes if host else ()))
        if not host and base:
            yield {"url": base}

    def _convert_path(self, item: Node) -> Node:
        shared = [self._follow(each, "parameters") for each in _items(item, "parameters")]
        entries = dict(item.entries)
        for method in METHODS:
            if method in entries and isinstance(entries[method][1].value, Mapping):
                line, operation = entries[method]
                entries[method] = (line, self._convert_operation(operation, shared))
        if shared:
            line, written = entries["parameters"]
            entries["parameters"] = (line, _list(written, map(_convert_parameter, filter(_is_outside_body, shared))))
        return _mapping(item, entries)

    def _convert_operation(self, operation: Node, shared: Iterable[Node]) -> Node:
        consumes = _list_texts(operation, "consumes") or self._consumes
        produces = _list_texts(operation, "produces") or self._produces
        entries = {
            key: entry for key, entry in operation.entries.items() if key not in ("consumes", "produces", "schemes")
        }
        own = [self._follow(each, "parameters") for each in _items(operation, "parameters")]
        if own:
            line, written = entries["parameters"]
            entries["parameters"] = (line, _list(written, map(_convert_parameter, filter(_is_outside_body, own))))
        if body := _build_body([*shared, *own], consumes):
            entries["requestBody"] = (body.line, body)
        if responses := entries.get("responses"):
            line, written = responses
            found = _map_entries(written, lambda each: _convert_response(self._follow(each, "responses"), produces))
            entries["responses"] = (line, found)
        return _mapping(operation, entries)

    def _follow(self, node: Node, key: str) -> Node:
        """Return what a reference to a shared parameter or response leads to: each use has it itself."""
        for _ in range(_MOST_HOPS):
            found = self._find_shared(node.value, key)
            if found is None:
                break
            # What refers to it may be of another file.
            node = replace(found, file=found.file or self._root.file, origin=found.origin or found)
        return node

    def _find_shared(self, value: Json, key: str) -> Node | None:
        text, shared = value.get("$ref") if isinstance(value, Mapping) else None, self._root.entries.get(key)
        if shared is None or not isinstance(text, str) or not text.startswith(f"#/{key}/"):
            return None
        found = shared[1].entries.get(read_name(text, key))
        return found[1] if found else None


def _is_outside_body(parameter: Node) -> bool:
    return not isinstance(parameter.value, Mapping) or parameter.value.get("in") not in ("body", "formData")


def _convert_parameter(parameter: Node) -> Node:
    """Return a parameter or header with its value described by a schema."""
    if not isinstance(parameter.value, Mapping) or "$ref" in parameter.value:
        return parameter
    entries = {key: entry for key, entry in parameter.entries.items() if _is_beside(key)}
    form = entries.pop("collectionFormat", None)
    entries["schema"] = (parameter.line, _build_schema(parameter))
    if parameter.value.get("type") == "array":
        style = _find_style(str(form[1].value) if form else "csv", str(parameter.value.get("in", "header")))
        for key, value in style.items():
            entries[key] = (parameter.line, replace(_plain(value, parameter.line), origin=form and form[1]))
    return _mapping(parameter, entries)


def _is_beside(key: str) -> bool:
    return key in _OUTSIDE or key.startswith("x-")


def _build_schema(parameter: Node) -> Node:
    inner = {key: entry for key, entry in parameter.entries.items() if not _is_beside(key)}
    return _convert_schema(_make(parameter, inner))


def _find_style(collection_format: str, placement: str) -> Mapping[str, Json]:
    # In a path or a header, commas are what OpenAPI 3 writes there anyway.
    is_simple = collection_format == "csv" and placement in ("path", "header")
    return {} if is_simple else _STYLES.get(collection_format, {"style": collection_format})


def _build_body(parameters: Iterable[Node], consumes: list[str]) -> Node | None:
    found = {
        str(each.value.get("name")): each
        for each in parameters
        if isinstance(each.value, Mapping) and not _is_outside_body(each)
    }
    bodies = [each for each in found.values() if each.value["in"] == "body"]
    fields = {name: each for name, each in found.items() if each.value["in"] == "formData"}
    if bodies:
        body = bodies[-1]
        kept = {key: entry for key, entry in body.entries.items() if key in ("description", "required")}
        schema = body.entries.get("schema")
        content = _build_content(body, consumes or [JSON], _convert_schema(schema[1]) if schema else None)
        return _mapping(body, {**kept, "content": (body.line, content)})
    return _build_form(fields, consumes) if fields else None


def _build_form(fields: Mapping[str, Node], consumes: list[str]) -> Node:
    first = next(iter(fields.values()))
    required = [name for name, each in fields.items() if each.value.get("required") is True]
    schema = _make(
        first,
        {
            "type": (first.line, _plain("object", first.line)),
            "properties": (
                first.line,
                _make(first, {name: (each.line, _build_schema(each)) for name, each in fields.items()}),
            ),
            **({"required": (first.line, _plain(required, first.line))} if required else {}),
        },
    )
    encoding = {
        name: _find_style(str(each.value.get("collectionFormat", "csv")), "formData")
        for name, each in fields.items()
        if each.value.get("type") == "array"
    }
    has_file = any(each.value.get("type") == "file" for each in fields.values())
    forms = [name for name in consumes if name in (FORM, MULTIPART) and not (has_file and name == FORM)]
    content = _build_content(first, forms or [MULTIPART if has_file else FORM], schema, encoding)
    entries = {"content": (first.line, content)}
    return _make(first, {**entries, **({"required": (first.line, _plain(True, first.line))} if required else {})})


def _convert_response(response: Node, produces: list[str]) -> Node:
    if not isinstance(response.value, Mapping):
        return response
    entries = {key: entry for key, entry in response.entries.items() if key not in ("schema", "headers", "examples")}
    if schema := response.entries.get("schema"):
        content = _build_content(schema[1], produces or [JSON], _convert_schema(schema[1]))
        entries["content"] = (schema[0], content)
    if headers := response.entries.get("headers"):
        entries["headers"] = (headers[0], _map_entries(headers[1], _convert_parameter, has_extensions=False))
    return _mapping(response, entries)


def _build_content(
    place: Node, names: Iterable[str], schema: Node | None, encoding: Mapping[str, Json] | None = None
) -> Node:
    parts = {"schema": (schema.line, schema)} if schema else {}
    more = {"encoding": (place.line, _plain(encoding, place.line))} if encoding else {}
    return _make(place, {name: (place.line, _make(place, {**parts, **more})) for name in names})


def _convert_schema(schema: Node) -> Node:
    value = schema.value
    if not isinstance(value, Mapping):
        return schema
    line, entries = schema.line, dict(schema.entries)
    if isinstance(text := value.get("$ref"), str) and text.startswith(_DEFINITIONS):
        entries["$ref"] = (entries["$ref"][0], _write(entries["$ref"][1], _SCHEMAS + text.removeprefix(_DEFINITIONS)))
    for key in _SCHEMA_KEYS & entries.keys():
        place, inner = entries[key]
        is_list = isinstance(inner.value, list)
        entries[key] = (place, _list(inner, map(_convert_schema, inner.items)) if is_list else _convert_schema(inner))
    if "properties" in entries:
        entries["properties"] = (entries["properties"][0], _map_entries(entries["properties"][1], _convert_schema))
    if isinstance(name := value.get("discriminator"), str):
        entries["discriminator"] = (entries["discriminator"][0], _plain({"propertyName": name}, line))
    if value.get("type") == "file":
        entries |= {key: (line, _plain(word, line)) for key, word in _BINARY.items()}
    if value.get("x-nullable") is True:
        if "$ref" in entries:
            # Beside a reference, OpenAPI 3.0 ignores it.
            entries = {"allOf": (line, _list(Node(line), [_make(schema, {"$ref": entries["$ref"]})]))}
        entries["nullable"] = (line, _plain(True, line))
    return _mapping(schema, entries)


def _convert_scheme(scheme: Node) -> Node:
    if not isinstance(scheme.value, Mapping):
        return scheme
    entries, line = dict(scheme.entries), scheme.line
    match scheme.value.get("type"):
        case "basic":
            entries |= {key: (line, _plain(word, line)) for key, word in (("type", "http"), ("scheme", "basic"))}
        case "oauth2":
            flow = str(scheme.value.get("flow", "implicit"))
            keys = ("authorizationUrl", "tokenUrl", "scopes")
            inner = {key: entries.pop(key) for key in keys if key in entries}
            entries.pop("flow", None)
            flows = _make(scheme, {_FLOWS.get(flow, flow): (line, _make(scheme, inner))})
            entries["flows"] = (line, flows)
    return _mapping(scheme, entries)


def _mapping(written: Node, entries: Mapping[str, _Entry]) -> Node:
    """Return a mapping that is another form of a node."""
    return replace(_make(written, entries), origin=written.origin or written)


def _make(place: Node, entries: Mapping[str, _Entry]) -> Node:
    """Return a mapping in the place of a node that its author did not write."""
    value = {key: node.value for key, (_, node) in entries.items()}
    return Node(place.line, value, entries=dict(entries), file=place.file)


def _list(written: Node, items: Iterable[Node]) -> Node:
    found = list(items)
    value = [item.value for item in found]
    return Node(written.line, value, items=found, file=written.file, origin=written.origin or written)


def _write(written: Node, value: str) -> Node:
    """Return another text in the place of one."""
    return replace(written, value=value, text=value, origin=written.origin or written)


def _plain(value: Json, line: int) -> Node:
    """Return a value as if it were written in one line."""
    if isinstance(value, Mapping):
        return _make(Node(line), {key: (line, _plain(item, line)) for key, item in value.items()})
    if isinstance(value, list):
        return _list(Node(line), [_plain(item, line) for item in value])
    return Node(line, value, str(value))


def _map_entries(node: Node, convert: Callable[[Node], Node], *, has_extensions: bool = True) -> Node:
    """Return a mapping with each value converted but those of extensions; what is no mapping stays."""
    if not isinstance(node.value, Mapping):
        return node
    found = {
        key: (line, each if has_extensions and key.startswith("x-") else convert(each))
        for key, (line, each) in node.entries.items()
    }
    return _mapping(node, found)


def _items(node: Node, key: str) -> list[Node]:
    found = node.entries.get(key)
    return found[1].items if found else []


def _list_texts(node: Node, key: str) -> list[str]:
    return [str(item.value) for item in _items(node, key)]
