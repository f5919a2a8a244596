"""The form of `properties:` of an environment: what may be generated, how much of it (docs/design.md, Project file)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from contracts_runner.model.checks import CHOSEN_CHECKS
from contracts_runner.model.environment import OperationGroup, PropertySettings
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXTS, choice, either, integer, member

E = TypeVar("E", bound=StrEnum)


def _members(known: Iterable[E]) -> Reader[tuple[E, ...]]:
    """A list of members, each once; they are read in the order of the tool's own list: the author's has no meaning."""
    word = choice(*known)

    def read(value: Value) -> tuple[E, ...] | None:
        words = value.read_texts()
        for item in value.read_list() if words else ():
            if item.value in words:
                word.read(item)
        return tuple(name for name in known if name in words) or None

    schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": word.schema}
    return Reader(read, schema, f"list; each item: {word.words}")


def _read_seconds(value: Value) -> float | None:
    number = value.read_number()
    if number is not None and number <= 0:
        value.report(f"{value.name} must be more than 0, not {number:g}")
    return number


_OPERATIONS = either("array", TEXTS, member(OperationGroup))


class PropertiesForm(Form):
    """What is generated from the spec, and how much of it; without any key, requests for all operations."""

    noun = "properties"
    operations = Key(_OPERATIONS, "`read`, `all`, or a list of operations and tags.", example="[listOrders, orders]")
    phases = Key(_members(GenerationPhase), "Which kinds of requests are generated.", example="[examples, coverage]")
    max_examples = Key(
        integer(1),
        "Most requests per operation and kind; without it, all that the kinds `examples` and `coverage` have.",
        example="50",
    )
    max_requests = Key(integer(1), "Most requests in all.", example="500")
    max_writes = Key(integer(0), "Most requests that change something.", example="20")
    seconds = Key(
        Reader(_read_seconds, Scalar(type="number", exclusiveMinimum=0), "number above 0"),
        "Most seconds for all of them.",
        example="60",
    )
    workers = Key(integer(1), "Operations at the same time, each in a process where that can be.", example="2")
    checks = Key(_members(CHOSEN_CHECKS), "Which checks their answers must hold.", example="[not_a_server_error]")


def _build_properties(form: PropertiesForm) -> PropertySettings:
    """Return what the author says. Whether there is what `operations` names is looked for with the specs."""
    return PropertySettings(
        operations=form.operations,
        phases=form.phases,
        max_examples=form.max_examples,
        max_requests=form.max_requests,
        max_writes=form.max_writes,
        seconds=form.seconds,
        workers=form.workers,
        checks=form.checks,
    )


PROPERTIES = PropertiesForm.reader().then(_build_properties)
