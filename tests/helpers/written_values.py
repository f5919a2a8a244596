"""Operations with one parameter or one form body each, and the value that a contract writes: every place, style and
explode times every kind of value that OpenAPI defines there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

RESERVED = ":/?#[]@!$&'()*+,;=%"
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
# name -> (schema, value)
SCALARS: Mapping[str, tuple[dict[str, Any], Any]] = {
    "text": (TEXT, "blue"),
    "cyrillic": (TEXT, "Иван Петров"),
    "reserved": (TEXT, f"a{RESERVED}b"),
    "blank": (TEXT, "two words"),
    "encoded": (TEXT, "50%25"),
    "integer": (NUMBER, -12),
    "number": ({"type": "number"}, 2.5),
    "true": ({"type": "boolean"}, True),
    "false": ({"type": "boolean"}, False),
}
COLLECTIONS: Mapping[str, tuple[dict[str, Any], Any]] = {
    "one item": ({"type": "array", "items": TEXT}, ["blue"]),
    "texts": ({"type": "array", "items": TEXT}, ["blue", "black"]),
    "cyrillic texts": ({"type": "array", "items": TEXT}, ["Казань", "Москва"]),
    "reserved texts": ({"type": "array", "items": TEXT}, [f"a{RESERVED}b", "c"]),
    "integers": ({"type": "array", "items": NUMBER}, [3, -4, 5]),
    "booleans": ({"type": "array", "items": {"type": "boolean"}}, [True, False]),
    "object": ({"type": "object", "properties": {"R": NUMBER, "G": NUMBER}}, {"R": 100, "G": 200}),
    "object of texts": (
        {"type": "object", "properties": {"role": TEXT, "city": TEXT}},
        {"role": "x y", "city": "Тула"},
    ),
    "object of one": ({"type": "object", "properties": {"on": {"type": "boolean"}}}, {"on": True}),
}
# Texts that are not percent-encoded: what stands between items, or ends a cookie, cannot be within one.
PLAIN = {
    "reserved": (TEXT, "a/b?c#d+e=[f]"),
    "reserved texts": ({"type": "array", "items": TEXT}, ["a/b?c#d+[e]", "c"]),
}
DELIMITED = [("pipeDelimited", False), ("spaceDelimited", False)]
STYLES = {
    "path": [
        ("simple", False),
        ("simple", True),
        ("label", False),
        ("label", True),
        ("matrix", False),
        ("matrix", True),
    ],
    "query": [
        ("form", True),
        ("form", False),
        ("pipeDelimited", False),
        ("spaceDelimited", False),
        ("deepObject", True),
    ],
    "header": [("simple", False), ("simple", True)],
    "cookie": [("form", True), ("form", False)],
}
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True, kw_only=True)
class Written:
    """One operation and the value that its step writes. `place` is "body" for the field of a form."""

    name: str
    place: str
    value: Any
    parameter: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None

    @property
    def style(self) -> tuple[str, bool]:
        """Style and explode of the parameter, or of the field."""
        media = next(iter((self.content or {}).values()), {})
        stated = self.parameter or media.get("encoding", {}).get("p", {})
        return stated.get("style", "content"), stated.get("explode", False)


def list_written() -> list[Written]:
    """Return all of them, in a fixed order."""
    return [*_iter_parameters(), *_iter_contents(), *_iter_forms(), *_iter_parts()]


def _iter_values(place: str, style: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for name, (schema, value) in {**SCALARS, **COLLECTIONS}.items():
        is_list, is_object = isinstance(value, list), isinstance(value, dict)
        is_defined = {
            "deepObject": is_object,
            "pipeDelimited": is_list or is_object,
            "spaceDelimited": is_list or (is_object and "x y" not in value.values()),
        }.get(style, True)
        if is_defined:
            yield (name, *(PLAIN.get(name, (schema, value)) if place in ("header", "cookie") else (schema, value)))


def _iter_parameters() -> Iterator[Written]:
    for place, styles in STYLES.items():
        for style, explode in styles:
            for kind, schema, value in _iter_values(place, style):
                if style == "label" and explode and isinstance(value, list) and "." in str(value):
                    continue
                parameter = {"name": "p", "in": place, "required": True, "style": style, "explode": explode}
                name = f"{place} {style} {'exploded ' if explode else ''}{kind}"
                yield Written(name=name, place=place, value=value, parameter={**parameter, "schema": schema})
    for kind in ("text", "cyrillic", "reserved", "blank", "integer"):
        schema, value = SCALARS[kind]
        parameter = {"name": "p", "in": "query", "required": True, "allowReserved": True, "schema": schema}
        yield Written(name=f"query allowReserved {kind}", place="query", value=value, parameter=parameter)


def _iter_contents() -> Iterator[Written]:
    for place, kind in product(("path", "query", "header"), ("cyrillic", "integer", "texts", "object of texts")):
        schema, value = {**SCALARS, **COLLECTIONS}[kind]
        content = {"application/json": {"schema": schema}}
        parameter = {"name": "p", "in": place, "required": True, "content": content}
        yield Written(name=f"{place} content {kind}", place=place, value=value, parameter=parameter)


def _iter_forms() -> Iterator[Written]:
    """Yield fields of forms; a reader that decodes before it splits cannot tell what is reserved within an item."""
    styles = [(None, True), ("form", True), ("form", False), ("pipeDelimited", False), ("deepObject", True)]
    for style, explode in styles:
        for kind, schema, value in _iter_values("body", style or "form"):
            if isinstance(value, dict) and style in (None, "form") and explode:
                continue
            if kind == "reserved texts" and not explode:
                continue
            encoding = {} if style is None else {"encoding": {"p": {"style": style, "explode": explode}}}
            yield _build_body(f"form {style} {explode} {kind}", FORM, schema, value, encoding)
    schema, value = COLLECTIONS["object of texts"]
    yield _build_body("form as JSON", FORM, schema, value, {"encoding": {"p": {"contentType": "application/json"}}})


def _iter_parts() -> Iterator[Written]:
    for kind in ("text", "cyrillic", "reserved", "blank", "object of texts"):
        schema, value = {**SCALARS, **COLLECTIONS}[kind]
        yield _build_body(f"multipart {kind}", MULTIPART, schema, value, {})
    schema, value = COLLECTIONS["cyrillic texts"]
    yield _build_body("multipart items", MULTIPART, schema, value, {})


def _build_body(name: str, media_type: str, schema: Any, value: Any, encoding: dict[str, Any]) -> Written:
    form = {"type": "object", "properties": {"p": schema}, "required": ["p"]}
    return Written(name=name, place="body", value=value, content={media_type: {"schema": form, **encoding}})
