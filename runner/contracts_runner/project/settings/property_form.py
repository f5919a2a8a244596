"""The form of `properties:` of an environment: what may be generated, how much of it (docs/design.md, Project file)."""

from collections.abc import Mapping

from contracts_runner.model.json import Json
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXTS, choice, either, integer

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


def _words(*known: str) -> Reader[tuple[str, ...]]:
    """A list of words, each once; they are read in the order of the tool's own list: the author's has no meaning."""
    word = choice(*known)

    def read(value: Value) -> tuple[str, ...]:
        words = value.read_texts()
        for item in value.read_list() if words else ():
            if item.value in words:
                word.read(item)
        return tuple(name for name in known if name in words)

    schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": word.schema}
    return Reader(read, schema, f"list; each item: {word.words}")


def _read_seconds(value: Value) -> float | None:
    number = value.read_number()
    if number is not None and number <= 0:
        value.report(f"{value.name} must be more than 0, not {number:g}")
    return number


_OPERATIONS = either("array", TEXTS, choice(READ, ALL))


class PropertiesForm(Form):
    """What is generated from the spec, and how much of it; without any key, requests for all operations."""

    noun = "properties"
    operations = Key(_OPERATIONS, "`read`, `all`, or a list of operations and tags.", example="[listOrders, orders]")
    phases = Key(_words(*PHASES), "Which kinds of requests are generated.", example="[examples, coverage]")
    max_examples = Key(integer(1), "Most requests per operation and phase.", example="50")
    seconds = Key(
        Reader(_read_seconds, Scalar(type="number", exclusiveMinimum=0), "number above 0"),
        "Most seconds for all of them.",
        example="60",
    )
    workers = Key(integer(1), "Operations at the same time.", example="2")
    checks = Key(_words(*CHECKS), "Which checks their answers must hold.", example="[not_a_server_error]")


def _build_properties(form: PropertiesForm) -> Mapping[str, Json]:
    """Return what the author says, never empty: without a word it is `{operations: all}`.

    Whether there is what `operations` names is looked for with the specs.
    """
    found = {name: form.find(key) for name, key in form.keys.items()}
    return {name: value for name, value in found.items() if value is not None} or {"operations": ALL}


PROPERTIES = PropertiesForm.reader().then(_build_properties)
