"""What an environment of contracts.yaml reads of the process environment: where it is filled in, and what of it is
secret."""

import re
from collections.abc import Mapping

from contracts_runner.model.json import Json, iter_scalars, parse_json
from contracts_runner.reading.declarations import Named
from contracts_runner.reading.variables import NAME, iter_names, substitute

# A part of a path that is neither a word nor a version: letters and digits in one.
_KEY = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{12,}")
# Shorter parts of a JSON text are ordinary values.
_SHORTEST_PART = 4
FILLED: Named = Named(
    "filled",
    lambda: {
        "$comment": "Any value; in its texts a $ is $NAME, the whole text, part of ${NAME}, or $$, a dollar. In the "
        "`value` of a captured credential it is a capture.",
        "if": {"type": "object", "required": ["from", "value"]},
        "then": {"properties": {"from": FILLED}},
        "else": {
            "pattern": rf"^(\${NAME}|([^$]|\$\$|\$\{{{NAME}\}})*)$",
            "patternErrorMessage": "write $NAME alone, ${NAME} inside a longer text, and $$ for a dollar",
            "items": FILLED,
            "additionalProperties": FILLED,
        },
    },
)


def fill(entries: Json, variables: Mapping[str, str] | None) -> Json:
    """Return the environment with its variables replaced; in the `value` of a captured credential `${…}` is none."""
    filled = substitute(entries, variables)
    if isinstance(entries, dict) and isinstance(entries.get("credentials"), dict):
        for name, written in entries["credentials"].items():
            if _is_captured(written):
                filled["credentials"][name]["value"] = written["value"]
    return filled


def _is_captured(written: Json) -> bool:
    return isinstance(written, dict) and {"from", "value"} <= written.keys()


def _cut_captured(credentials: Json) -> Json:
    """Return credentials as they are written, without the texts in which `${…}` is a capture."""
    if not isinstance(credentials, dict):
        return credentials
    return {name: None if _is_captured(written) else written for name, written in credentials.items()}


def list_read_variables(
    entries: Json, addresses: Mapping[str, str | Mapping[str, str] | None], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that an environment reads, by `$NAME`; of an address only what in its path is a key. Where
    it says files, databases and words that the tool knows, such as `writes: $WRITES`, nothing is secret."""
    if not isinstance(entries, dict):
        return {}
    watch = entries.get("watch")
    alerts = watch.get("alerts") if isinstance(watch, dict) else None
    written = [
        _cut_captured(entries.get("credentials")),
        alerts,
        *map(entries.get, ("variables", "sandbox", "headers")),
    ]
    names = dict.fromkeys(iter_names(written))
    found = {f"${name}": variables[name] for name in names if variables.get(name)}
    for name, text in tuple(found.items()):
        found |= {f"{name}:{number}": part for number, part in enumerate(_list_parts(text))}
    for place, address in addresses.items():
        found |= _list_keys(place, entries.get(place), address)
    return found


def _list_parts(text: str) -> list[str]:
    """Return the texts and numbers of a text that is a JSON object or list: `${…}` may name each of them."""
    try:
        value = parse_json(text) if text[:1] in "{[" else None
    except (ValueError, RecursionError):
        return []
    return list(dict.fromkeys(part for part in iter_scalars(value) if len(part) >= _SHORTEST_PART))


def _list_keys(place: str, written: Json, address: str | Mapping[str, str] | None) -> dict[str, str]:
    """Return what in the paths of addresses is a key, where `$NAME` is a part of them."""
    if isinstance(address, Mapping):
        named = (_list_keys(f"{place}:{name}", written[name], each) for name, each in address.items())
        return {name: key for keys in named for name, key in keys.items()}
    keys = filter(_KEY.fullmatch, (address or "").split("/")[3:] if any(iter_names(written)) else ())
    return {f"{place}:{number}": key for number, key in enumerate(keys)}
