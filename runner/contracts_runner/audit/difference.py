"""Compares a JSON value of a report with the one that it must be; rows are compared by what names them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.model.json import Json, is_equal

# What names a row, the first that fits: a row that is missing is then one difference and not one for each after it.
_KEYS = (("table", "id"), ("number",), ("id",), ("operation",), ("scenario",), ("name",))


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is the JSONPath in the printed value, `figure` the same in words."""

    path: str
    figure: str
    printed: Json
    recomputed: Json


def find_differences(
    printed: Json, recomputed: Json, *, path: str = "$", figure: str = "", is_whole: bool = False
) -> Iterator[Difference]:
    """Yield where the printed value is not the recomputed one. What only the printed one has counts if `is_whole`."""
    if isinstance(printed, dict) and isinstance(recomputed, Mapping):
        for key in (*recomputed, *(key for key in printed if is_whole and key not in recomputed)):
            inner, words = f"{path}{_render_key(key)}", f"{figure} {key}".strip()
            if key not in printed or key not in recomputed:
                yield Difference(inner, words, printed.get(key), recomputed.get(key))
            else:
                yield from find_differences(printed[key], recomputed[key], path=inner, figure=words, is_whole=is_whole)
    elif isinstance(printed, list) and isinstance(recomputed, Sequence) and not isinstance(recomputed, str):
        yield from _compare_rows(printed, recomputed, path, figure, is_whole)
    elif not is_equal(printed, recomputed):
        yield Difference(path, figure, printed, recomputed)


def _compare_rows(
    printed: Sequence[Json], recomputed: Sequence[Json], path: str, figure: str, is_whole: bool
) -> Iterator[Difference]:
    key = _find_key(recomputed)
    expected = {_name(row, index, key): row for index, row in enumerate(recomputed)}
    seen = set()
    for index, row in enumerate(printed):
        name, inner = _name(row, index, key), f"{path}[{index}]"
        words = f"{figure} {name}"
        if name in seen or name not in expected:
            yield Difference(inner, words, _brief(row), "stands there already" if name in seen else None)
        else:
            yield from find_differences(row, expected[name], path=inner, figure=words, is_whole=is_whole)
        seen.add(name)
    for name, row in expected.items():
        if name not in seen:
            yield Difference(path, f"{figure} {name}", None, _brief(row))
    names = [_name(row, index, key) for index, row in enumerate(printed)]
    if sorted(names) == sorted(expected) and names != [*expected]:
        yield Difference(path, f"{figure} order", ", ".join(names), ", ".join(expected))


def _find_key(rows: Sequence[Json]) -> tuple[str, ...]:
    for key in _KEYS:
        if rows and all(isinstance(row, Mapping) and all(name in row for name in key) for row in rows):
            names = [_name(row, 0, key) for row in rows]
            if len(set(names)) == len(names):
                return key
    return ()


def _name(row: Json, index: int, key: tuple[str, ...]) -> str:
    if key and isinstance(row, Mapping):
        return " ".join(str(row.get(name)) for name in key)
    return str(index + 1)


def _brief(row: Json) -> Json:
    """Return what a missing or additional row claims: its outcome, if it has one."""
    if isinstance(row, Mapping):
        return row.get("outcome") or row.get("state") or "a row"
    return row


def _render_key(key: str) -> str:
    return f".{key}" if key.isidentifier() else f"['{key}']"
