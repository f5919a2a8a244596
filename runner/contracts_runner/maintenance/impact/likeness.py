"""Tells whether what came is what went, under another name."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

from contracts_runner.model.json import Json
from contracts_runner.openapi.object_kinds import is_reference

_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "externalDocs", "xml", "$comment"})
_WORD = re.compile(r"[^\W\d_A-Z]+|[A-Z]+[^\W\d_A-Z]*|\d+")
_ALIKE = 0.6


def read_print(schema: Json) -> str:
    """Return what a schema says as text, without annotations, the same for schemas that are written alike."""
    return json.dumps(_strip(schema), sort_keys=True, ensure_ascii=False)


def _strip(value: Json) -> Json:
    if is_reference(value):
        return value["$ref"].rpartition("/")[2]
    if isinstance(value, Mapping):
        return {
            key: _strip(item) for key, item in value.items() if key not in _ANNOTATIONS or isinstance(item, Mapping)
        }
    return [_strip(item) for item in value] if isinstance(value, list) else value


def match_renamed(
    gone: Sequence[str], came: Sequence[str], is_same: Callable[[str, str], bool], is_placed: Callable[[str, str], bool]
) -> dict[str, str]:
    """Return old name -> new name, of what says the same and is either the one of nearly that name, or the only one, in
    the same place."""
    renamed: dict[str, str] = {}
    for name in gone:
        fitting = [other for other in came if other not in renamed.values() and is_same(name, other)]
        similar = [other for other in fitting if _is_similar(name, other)]
        chosen = similar if similar else fitting if len(gone) == len(came) == 1 and is_placed(name, came[0]) else []
        if len(chosen) == 1:
            renamed[name] = chosen[0]
    return renamed


def _is_similar(name: str, other: str) -> bool:
    words = [{word.lower() for word in _WORD.findall(text)} for text in (name, other)]
    if words[0] and words[1] and (words[0] <= words[1] or words[1] <= words[0]):
        return True
    first, second = (re.sub(r"[\W_]", "", text).lower() for text in (name, other))
    return SequenceMatcher(None, first, second).ratio() > _ALIKE
