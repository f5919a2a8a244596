"""Reads the form of `properties:` of an environment: what may be generated, and how much of it.

See docs/design.md, Project file.
"""

from collections.abc import Mapping

from contracts_runner.model.json import Json
from contracts_runner.reading.forms import Value

KEYS = ("operations", "phases", "max_examples", "seconds", "workers", "checks")
# Words that `operations` has for a whole group; a list there holds labels and tags.
READ, ALL = "read", "all"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)


def read_properties(value: Value) -> Mapping[str, Json] | None:
    """Return what the author says, never empty: without a word it is `{operations: all}`. Mistakes are reported;
    whether there is what `operations` names is looked for with the specs."""
    section = value.read_section("properties", KEYS)
    if section is None:
        return None
    said = {
        "operations": section.read("operations", _read_operations),
        "phases": section.read("phases", lambda words: _read_words(words, PHASES)),
        "max_examples": section.read("max_examples", lambda number: number.read_integer(1)),
        "seconds": section.read("seconds", _read_seconds),
        "workers": section.read("workers", lambda number: number.read_integer(1)),
        "checks": section.read("checks", lambda words: _read_words(words, CHECKS)),
    }
    return {key: found for key, found in said.items() if found is not None} or {"operations": ALL}


def _read_operations(value: Value) -> str | tuple[str, ...] | None:
    return value.read_texts() if isinstance(value.value, list) else value.read_choice((READ, ALL))


def _read_words(value: Value, known: tuple[str, ...]) -> tuple[str, ...]:
    words = value.read_texts()
    for item in value.read_list():
        if item.value in words:
            item.read_choice(known)
    # In the order of the tool's own list: the author's has no meaning.
    return tuple(word for word in known if word in words)


def _read_seconds(value: Value) -> float | None:
    number = value.read_number()
    if number is not None and number <= 0:
        value.report(f"{value.name} must be more than 0, not {number:g}")
    return number
