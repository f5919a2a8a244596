"""The habits of PHP that show on the wire: JSON spelling, integer casts, bracketed query parameters."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

_LEADING_INTEGER = re.compile(r"\s*([+-]?\d{1,18})")
_BRACKETS = re.compile(r"\[([^\]]*)\]")


def encode_json(value: object) -> bytes:
    r"""Return compact JSON with `\/` for slashes and `\uXXXX` for non-ASCII text (docs/qtickets.md, Captures)."""
    # A slash can stand only inside a JSON string, so the replacement touches nothing else.
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def cast_int(text: str) -> int:
    """Return what `(int)$text` gives: the leading digits, or 0.

    See docs/qtickets.md, Statuses and envelopes: `info.id` of `colors` is 0.
    """
    match = _LEADING_INTEGER.match(text)
    return int(match[1]) if match else 0


def parse_query(query: str) -> dict[str, Any]:
    """Return the parameters of a query string; `a[b]=1` nests, and `a[]=1` and `a[0]=1` become lists."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        head, bracket, _ = name.partition("[")
        keys = [head, *_BRACKETS.findall(name)] if bracket and head else [name]
        _insert(tree, keys, value)
    return {key: _listify(value) for key, value in tree.items()}


def _insert(tree: dict[str, Any], keys: list[str], value: str) -> None:
    for position, key in enumerate(keys):
        name = key or str(len(tree))
        if position == len(keys) - 1:
            tree[name] = value
            return
        branch = tree.get(name)
        if not isinstance(branch, dict):
            branch = tree[name] = {}
        tree = branch


def _listify(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    branches = {key: _listify(item) for key, item in value.items()}
    if list(branches) == [str(index) for index in range(len(branches))]:
        return list(branches.values())
    return branches
