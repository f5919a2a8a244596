"""Finds which declared media type a response has (OpenAPI 3.1 §4.8.14, RFC 9110 §12.5.1)."""

from collections.abc import Mapping


def find_media_type(declared: Mapping[str, str], actual: str) -> str | None:
    """Return the key of `declared` that fits best: the type itself, `application/*+json`, `application/*`, `*/*`.

    Parameters and case are ignored.
    """
    by_name = {_normalise(key): key for key in reversed(list(declared))}
    return next((by_name[name] for name in _list_ranges(_normalise(actual)) if name in by_name), None)


def _list_ranges(media_type: str) -> list[str]:
    type_, _, subtype = media_type.partition("/")
    _, plus, suffix = subtype.rpartition("+")
    with_suffix = [f"{type_}/*+{suffix}"] if plus else []
    return [media_type, *with_suffix, f"{type_}/*", "*/*"]


def _normalise(media_type: str) -> str:
    return media_type.split(";")[0].strip().lower()
