"""Translates Schema Objects of OpenAPI 3.0 to 3.2, those of older drafts too, into self-contained JSON Schemas, draft
2020-12.

Sources: OpenAPI 3.0.4 and 3.1.1, Schema Object. A schema of 3.0 says `nullable` and has boolean `exclusiveMinimum` and
`exclusiveMaximum`; what is next to its `$ref` is ignored. In both, what is `readOnly` need not be in a request, what is
`writeOnly` need not be in a response and must not come back in one; `required` and the mark may be in different
branches. Numeric formats become bounds. Annotations are left out, and with them `$id`: the bundle has rewritten every
reference already.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from contracts_runner.dataclass import dataclass
from contracts_runner.model.ecma import split_length
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import (
    Pointer,
    find_value,
    parse_pointer,
    render_fragment,
    render_pointer,
)
from contracts_runner.model.patterns import translate_pattern
from contracts_runner.openapi.drafts import Draft, find_document_draft, find_draft, modernise, translate_limits
from contracts_runner.openapi.formats import add_bounds
from contracts_runner.openapi.object_kinds import is_reference, iter_children
from contracts_runner.reading import schema_keywords

Direction = Literal["request", "response"]

_INLINE = "inline"
_WITHOUT = "without "
_DATA = frozenset(
    [
        *("type", "enum", "const", "format", "pattern", "required", "dependentRequired", "uniqueItems"),
        *schema_keywords.NUMBERS,
        "title",  # for the sentences of explain
        "x-evidence",  # for `contracts check`, which walks through the translation
    ]
)
# What is in them is collected when something refers to it.
_CONTAINERS = frozenset({"$defs", "definitions"})
_NEED_NOT_BE_IN: Mapping[Direction, str] = {"request": "readOnly", "response": "writeOnly"}
_COMBINATORS = ("allOf", "anyOf", "oneOf", "not")
# What is below them is about the same object: a property that it need not have, it need not have there either.
_SAME_OBJECT = frozenset({*_COMBINATORS, "if", "then", "else", "dependentSchemas"})
_COMES_BACK: Json = {"writeOnly": True, "not": {}}  # explain knows it by its mark

# A schema of the document, and the properties that what refers to it says need not be there.
_Wanted = tuple[Pointer, frozenset[str]]
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How schemas of a bundled document are read for messages of one direction."""

    document: Mapping[str, Json]
    is_3_0: bool
    direction: Direction
    # A schema that is not part of the document and may also refer to itself.
    inline: Json = None
    # Of the schema that is read: a schema of 3.1 may name an older one.
    draft: Draft = Draft.DRAFT_2020

    def build(self, pointer: str) -> Json:
        """Return the schema at `pointer` with all that it refers to; raises KeyError where it leads to nothing."""
        root = (parse_pointer(pointer), _NONE)
        return {"$ref": _render_definition(root), "$defs": self._collect({root})}

    def build_inline(self, schema: Json) -> Json:
        """Return a schema of draft 2020-12 with what it refers to in the document, or else in itself (`#/$defs/x`).

        Raises ValueError for a reference that leads to nothing.
        """
        wanted: set[_Wanted] = set()
        definition = replace(self, is_3_0=False, inline=schema)._translate(schema, wanted, _NONE)
        return {"$ref": f"#/$defs/{_INLINE}", "$defs": {_INLINE: definition, **self._collect(wanted)}}

    def list_words(self, pointer: str, keyword: str) -> frozenset[str]:
        """Return the words (types, formats) that the schema at `pointer`, its `$ref` and its `allOf` name."""
        schema = find_value(self.document, parse_pointer(pointer))
        named = [part.get(keyword, ()) for part in self._iter_parts(schema)]
        return frozenset(word for words in named for word in ([words] if isinstance(words, str) else words))

    def _collect(self, wanted: set[_Wanted]) -> dict[str, Json]:
        definitions: dict[str, Json] = {}
        while wanted:
            found = wanted.pop()
            name = _name_definition(found)
            if name not in definitions:
                pointer, optional = found
                definitions[name] = self._enter(pointer)._translate(
                    find_value(self.document, pointer), wanted, optional
                )
        return definitions

    def _enter(self, pointer: Pointer) -> "Dialect":
        """Return the dialect in which the schema at a pointer is written."""
        draft = find_document_draft(self.document)
        for length in range(1, len(pointer)):
            draft = find_draft(find_value(self.document, pointer[:length]), draft)
        return self if self.is_3_0 or draft is self.draft else replace(self, draft=draft)

    def _translate(self, schema: Json, wanted: set[_Wanted], optional: frozenset[str]) -> Json:
        """Return the schema's translation; what it refers to is added to `wanted`.

        `optional`: what an object need not have by what it is composed of around this schema.
        """
        if not isinstance(schema, Mapping):
            return schema
        if self.is_3_0 and is_reference(schema):
            return {"$ref": self._refer(schema["$ref"], wanted, optional)}
        draft = Draft.DRAFT_2020 if self.is_3_0 else find_draft(schema, self.draft)
        inner = self if draft is self.draft else replace(self, draft=draft)
        return inner._translate_own(modernise(schema, draft), wanted, optional)

    def _translate_own(self, schema: Mapping[str, Json], wanted: set[_Wanted], optional: frozenset[str]) -> Json:
        if self.inline is None:
            optional |= self._find_marked(schema)
        if isinstance(schema.get("items"), list):
            # As before 2020-12: OpenAPI 3.0 and 3.1 have no such list, and documents do.
            schema = {key: value for key, value in schema.items() if key != "items"} | {"prefixItems": schema["items"]}
        result = {key: value for key, value in schema.items() if key in _DATA}
        for key, kind in iter_children("schema", schema):
            if key in _CONTAINERS and self.inline is None:
                continue
            inner = optional if key in _SAME_OBJECT or kind == "discriminator" else _NONE
            result[str(key)] = self._translate_child(kind, schema[str(key)], wanted, inner)
        self._translate_references(schema, result, wanted, optional)
        _drop_slips(result)
        if isinstance(pattern := result.get("pattern"), str):
            own, length = split_length(pattern)
            result["pattern"] = translate_pattern(own)
            if length:
                result["allOf"] = [*result.get("allOf", ()), length]
        if isinstance(patterns := result.get("patternProperties"), Mapping):
            result["patternProperties"] = {translate_pattern(name): each for name, each in patterns.items()}
        if isinstance(required := result.get("required"), list):
            result["required"] = [name for name in _list_once(required) if name not in optional]
        if self.direction == "response" and self.inline is None:
            self._forbid_write_only(schema, result)
        return add_bounds(_translate_3_0(schema, result) if self.is_3_0 else translate_limits(result))

    def _translate_child(self, kind: str, value: Json, wanted: set[_Wanted], optional: frozenset[str]) -> Json:
        if kind == "discriminator":
            return self._translate_discriminator(value, optional)
        if kind == "schema":
            return self._translate(value, wanted, optional)
        if isinstance(value, Mapping):
            return {name: self._translate(schema, wanted, optional) for name, schema in value.items()}
        return [self._translate(schema, wanted, optional) for schema in value] if isinstance(value, list) else value

    def _translate_references(
        self, schema: Mapping[str, Json], result: dict[str, Json], wanted: set[_Wanted], optional: frozenset[str]
    ) -> None:
        if is_reference(schema):
            result["$ref"] = self._refer(schema["$ref"], wanted, optional)
        if isinstance(dynamic := schema.get("$dynamicRef"), str):
            # Without `$id` there is one scope only, and the reference is like any other.
            result["allOf"] = [*result.get("allOf", ()), {"$ref": self._refer(dynamic, wanted, optional)}]

    def _translate_discriminator(self, value: Json, optional: frozenset[str]) -> Json:
        """Return {propertyName, mapping}, the mapping's values in the form that translated references have."""
        mapping = value.get("mapping") if isinstance(value, Mapping) else None
        if not isinstance(mapping, Mapping):
            return value
        names = {name: text for name, text in mapping.items() if isinstance(text, str)}
        pointers = {
            name: parse_pointer(text) if text.startswith("#/") else ("components", "schemas", text)
            for name, text in names.items()
        }
        named = {name: _render_definition(self._want(pointer, optional)) for name, pointer in pointers.items()}
        return {**value, "mapping": named}

    def _forbid_write_only(self, schema: Mapping[str, Json], result: dict[str, Json]) -> None:
        marked = self._find_marked_here(schema)
        if marked:
            result["properties"] = {**result["properties"], **dict.fromkeys(marked, _COMES_BACK)}

    def _refer(self, text: str, wanted: set[_Wanted], optional: frozenset[str]) -> str:
        if not text.startswith("#"):
            raise ValueError(f"the reference '{text}' leads out of the document; it begins with '#/components/'")
        pointer = parse_pointer(text)
        if self.inline is None or (pointer and _is_in(self.document, pointer)):
            found = self._want(pointer, optional)
            wanted.add(found)
            return _render_definition(found)
        if not _is_in(self.inline, pointer):
            raise ValueError(f"the reference '{text}' leads to nothing")
        return render_fragment(("$defs", _INLINE, *pointer))

    def _want(self, pointer: Pointer, optional: frozenset[str]) -> _Wanted:
        """Return what a reference leads to, with what it does not say itself: most references share one translation."""
        if not optional or not _is_in(self.document, pointer):
            return pointer, _NONE
        return pointer, optional - self._find_marked(find_value(self.document, pointer))

    def _find_marked(self, schema: Json) -> frozenset[str]:
        """Return the properties of a schema, and of what it is composed of, that messages of our direction can omit."""
        return frozenset(name for part in self._iter_parts(schema) for name in self._find_marked_here(part))

    def _find_marked_here(self, part: Mapping[str, Json]) -> list[str]:
        flag, properties = _NEED_NOT_BE_IN[self.direction], part.get("properties")
        pairs = properties.items() if isinstance(properties, Mapping) else ()
        return [name for name, value in pairs if any(inner.get(flag) is True for inner in self._iter_parts(value))]

    def _iter_parts(self, schema: Json, seen: frozenset[str] = frozenset()) -> Iterator[Mapping[str, Json]]:
        """Yield a schema with what its `$ref` and `allOf` add to it."""
        if not isinstance(schema, Mapping):
            return
        if not (self.is_3_0 and is_reference(schema)):
            yield schema
        if is_reference(schema) and schema["$ref"] not in seen and _is_in(self.document, parse_pointer(schema["$ref"])):
            text = schema["$ref"]
            yield from self._iter_parts(find_value(self.document, parse_pointer(text)), seen | {text})
        if isinstance(branches := schema.get("allOf"), list):
            for branch in branches:
                yield from self._iter_parts(branch, seen)


def read_place(place: Pointer) -> Pointer:
    """Return where in the document a place of a translation is, () for one that is in no schema of the document."""
    name = str(place[1]) if place[:1] == ("$defs",) and len(place) > 1 else ""
    if not name.startswith("/"):
        return ()
    pointer = parse_pointer(name)
    return (*(pointer[1:] if str(pointer[0]).startswith(_WITHOUT) else pointer), *place[2:])


def _drop_slips(result: dict[str, Json]) -> None:
    """Take out what says nothing: `required: true`, as draft 3 marked a property, empty lists."""
    if not isinstance(result.get("title", ""), str):
        del result["title"]
    if not isinstance(result.get("required", []), list):
        del result["required"]
    if result.get("enum") == []:
        del result["enum"]
    for keyword in ("prefixItems", "allOf"):
        if result.get(keyword) == []:
            del result[keyword]
    if result.get("type") == "file":  # of Swagger 2.0
        result["type"] = "string"


def _list_once(names: list[Json]) -> list[Json]:
    """Return names without repetition; what is no text stays, for the compiler to refuse it."""
    return [
        *dict.fromkeys(name for name in names if isinstance(name, str)),
        *(n for n in names if not isinstance(n, str)),
    ]


def _translate_3_0(schema: Mapping[str, Json], result: dict[str, Json]) -> Json:
    translate_limits(result)
    if schema.get("nullable") is not True:
        return result
    if any(key in result for key in _COMBINATORS):
        return {"anyOf": [result, {"type": "null"}]}
    if isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    if isinstance(result.get("enum"), list) and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    return result


def _render_definition(found: _Wanted) -> str:
    return render_fragment(("$defs", _name_definition(found)))


def _name_definition(found: _Wanted) -> str:
    """Return a name whose last word is that of the schema, as explain shows it."""
    pointer, optional = found
    return render_pointer((f"{_WITHOUT}{','.join(sorted(optional))}", *pointer) if optional else pointer)


def _is_in(document: Json, pointer: Pointer) -> bool:
    try:
        find_value(document, pointer)
    except KeyError:
        return False
    return True
