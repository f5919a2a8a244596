"""Checks values against the schemas of one OpenAPI document, compiled when they are first needed."""

import json
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from threading import Lock
from typing import Literal

from jsonschema_rs import ValidationError

from contracts_runner.errors import UndecidedError
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer, render_fragment
from contracts_runner.openapi.bounded import MOST_STEPS, Validator, Work, has_heavy_patterns
from contracts_runner.openapi.dialect import Dialect, Direction, read_place
from contracts_runner.openapi.drafts import DIALECTS, Draft
from contracts_runner.openapi.explain import UNLISTED, SchemaError, explain
from contracts_runner.openapi.explain_text import render_path

# Errors cost far more than values: an array of millions of wrong items would take minutes to explain.
_MANY_VALUES = 100_000


class SchemaStore:
    """The schemas of a bundled document of OpenAPI `version` ("3.0.3", "3.1.0"); safe to use from several threads.
    `tell_place` returns where its author wrote what a pointer leads to.

    Formats are asserted. A number is an integer by its value: 1.0 is one.
    """

    def __init__(
        self, document: Mapping[str, Json], version: str, tell_place: Callable[[Pointer], str] = lambda _: ""
    ) -> None:
        self._tell_place = tell_place
        is_3_0 = version.startswith("3.0")
        self._dialects: dict[Direction, Dialect] = {
            "request": Dialect(document=document, is_3_0=is_3_0, direction="request"),
            "response": Dialect(document=document, is_3_0=is_3_0, direction="response"),
        }
        self._compiled: dict[tuple[str, str], CompiledSchema] = {}
        self._words: dict[tuple[str, str], frozenset[str]] = {}
        self._lock = Lock()
        # Inline schemas may contain values of a run, so their number is not limited.
        self._compile_inline = lru_cache(maxsize=1000)(self._build_inline)
        # Asked for with each answer.
        self.is_open = lru_cache(maxsize=4096)(self._is_open)
        self.find_item_schema = lru_cache(maxsize=4096)(self._find_item_schema)

    def check_request(self, pointer: str, value: Json) -> list[SchemaError]:
        """Return how a value that is sent breaks the schema at `pointer`; "" (no schema) is never broken.

        Raises KeyError if the pointer leads to nothing, ValueError for what is not a schema.
        """
        return self._check(pointer, "request", value)

    def check_response(self, pointer: str, value: Json) -> list[SchemaError]:
        """Return how a received value breaks the schema at `pointer`; see check_request."""
        return self._check(pointer, "response", value)

    def check_inline(self, schema: Json, value: Json) -> list[SchemaError]:
        """Return how a received value breaks a schema of draft 2020-12 that may refer to `#/components/schemas/…`.

        Raises ValueError for a schema that find_mistake describes.
        """
        return self._compile_inline(json.dumps(schema)).check(value)

    def tell_place(self, place: Pointer) -> str:
        """Return where the author of the document wrote what an error says of its place, "" if that is not known."""
        pointer = read_place(place)
        return self._tell_place(pointer) if pointer else ""

    def list_words(self, pointer: str, keyword: Literal["type", "format"]) -> frozenset[str]:
        """Return the types or the formats that a schema names, with what it refers to and is composed of."""
        found = self._words.get((pointer, keyword))
        if found is None:
            found = self._words[pointer, keyword] = self._dialects["response"].list_words(pointer, keyword)
        return found

    def _is_open(self, pointer: str) -> bool:
        """Return whether the schema at `pointer` allows everything."""
        return find_value(self._dialects["response"].document, parse_pointer(pointer)) in (True, {})

    def _find_item_schema(self, pointer: str) -> str:
        """Return the pointer of the schema of each item of a sequence that has another schema, at `pointer`, as a whole
        (OpenAPI 3.2), "" if there is none."""
        *holder, last = parse_pointer(pointer)
        media_type = find_value(self._dialects["response"].document, tuple(holder))
        if last != "schema" or not isinstance(media_type, dict) or "itemSchema" not in media_type:
            return ""
        items = render_fragment((*holder, "itemSchema"))
        # That of the list is made of it where the document has no other (spec.py).
        return "" if media_type["schema"] == {"type": "array", "items": {"$ref": items}} else items

    def find_mistake(self, schema: Json) -> str | None:
        """Return in words why check_inline could not use this schema, None if it could."""
        if sentences := load_meta_schema().check(schema):
            return str(sentences[0])
        try:
            self._compile_inline(json.dumps(schema))
        except ValueError as error:
            return str(error)
        return None

    def _check(self, pointer: str, direction: Direction, value: Json) -> list[SchemaError]:
        if not pointer:
            return []
        with self._lock:
            if (compiled := self._compiled.get((direction, pointer))) is None:
                compiled = CompiledSchema(self._dialects[direction].build(pointer))
                self._compiled[direction, pointer] = compiled
        return compiled.check(value)

    def _build_inline(self, text: str) -> "CompiledSchema":
        return CompiledSchema(self._dialects["response"].build_inline(json.loads(text)))


class CompiledSchema:
    """A schema without outside references, ready for use: draft 2020-12, or that of its `$schema`.

    Raises ValueError for what is not a schema. `is_flat`: see explain.
    """

    def __init__(self, schema: Json, *, has_formats: bool = True, is_flat: bool = False) -> None:
        self._schema = schema
        self._is_flat = is_flat
        self._has_formats = has_formats
        try:
            self._judge = Validator.build(schema, has_formats=has_formats, choose=has_heavy_patterns)
        except ValidationError as error:
            raise ValueError(f"{render_path(error.instance_path)}: {error.message}") from None

    def check(self, value: Json) -> list[SchemaError]:
        """Return the violations; of a very large value the first one only.

        Raises UndecidedError where a pattern came to its bound.
        """
        try:
            return [] if self._is_valid(value) else self._list_errors(value)
        except UnicodeEncodeError:
            return [
                SchemaError(path="$", keyword="encoding", message="holds a lone surrogate, which is not a character")
            ]

    def _is_valid(self, value: Json) -> bool:
        if not self._judge.has_bounds:
            return bool(self._judge.rust.is_valid(value))
        work = Work()
        is_valid: bool = work.watch(value, self._judge.rust.is_valid)
        if work.problem:
            raise UndecidedError(work.problem)
        return is_valid

    def _list_errors(self, value: Json) -> list[SchemaError]:
        is_large = _is_larger(value, _MANY_VALUES)
        has_branches = self._lister.has_branches
        work = Work(steps=MOST_STEPS, is_single=is_large and not has_branches, has_branches=has_branches)
        errors = work.watch(
            value, self._find_first if is_large else lambda each: list(self._lister.rust.iter_errors(each))
        )
        if work.problem:
            message = f"breaks the schema; where is not told, because {work.problem}"
            return [SchemaError(path="$", keyword=UNLISTED, message=message)]
        return explain(errors, value, schema=self._schema, is_flat=self._is_flat, find_place=self._lister.find_place)

    @cached_property
    def _lister(self) -> Validator:
        """The validator that says what is wrong."""
        return Validator.build(self._schema, has_formats=self._has_formats, choose=lambda _: True)

    def _find_first(self, value: Json) -> list[ValidationError]:
        try:
            self._lister.rust.validate(value)
        except ValidationError as error:
            return [error]
        return []


def _is_larger(value: Json, limit: int) -> bool:
    count, pending = 0, [value]
    while pending and count <= limit:
        item = pending.pop()
        children = item.values() if isinstance(item, Mapping) else item if isinstance(item, list) else ()
        count += 1 + len(children)
        pending += [child for child in children if isinstance(child, Mapping | list)]
    return count > limit


@cache
def load_meta_schema(draft: Draft = Draft.DRAFT_2020) -> CompiledSchema:
    """Return the schema that every schema of a draft satisfies."""
    address = next(address for address, named in DIALECTS.items() if named is draft)
    return CompiledSchema({"$schema": address, "$ref": address})
