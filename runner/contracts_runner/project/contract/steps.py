"""Reads steps with their variants, captures and retries (docs/design.md, Contract file)."""

from contracts_runner.model.contract import UNSET, Capture, Expectation, Retry, Step, StepVariant, Unset
from contracts_runner.model.json import Json
from contracts_runner.project.contract.expectations import read_expectation
from contracts_runner.reading.durations import parse_positive_duration
from contracts_runner.reading.forms import Section, Value
from contracts_runner.reading.matchers import check_expressions, parse_jsonpath

VARIANT_KEYS = ("parameters", "body", "auth", "expect")
KEYS = ("name", "operation", *VARIANT_KEYS, "capture", "retry", "in", "probe", "invalid_request")


def read_steps(value: Value) -> tuple[Step, ...]:
    """Return the steps in order; what is no mapping is left out."""
    steps = [_read_step(item) for item in value.read_items()]
    return tuple(step for step in steps if step)


def _read_step(value: Value) -> Step | None:
    section = value.read_section("a step", KEYS, required=("operation",))
    if section is None:
        return None
    operation = section.read_text("operation")
    return Step(
        name=section.read_text("name") or operation,
        operation=operation,
        parameters=section.read("parameters", _read_parameters) or {},
        auth=section.read("auth", Value.read_text),
        body=_read_body(section),
        expect=section.read("expect", read_expectation) or Expectation(locations={"expect": value.location}),
        captures=section.read("capture", _read_captures) or (),
        retry=section.read("retry", _read_retry),
        variants=section.read("in", _read_variants) or {},
        probe=section.read("probe", lambda probe: _read_variant(probe, "a probe")),
        is_invalid_request=section.read("invalid_request", Value.read_boolean) is True,
        location=value.location,
    )


def _read_parameters(value: Value) -> dict[str, Json]:
    check_expressions(value)
    return {name: entry.value for name, entry in value.read_entries().items()}


def _read_body(section: Section) -> Json | Unset:
    value = section.get("body")
    if value is None:
        return UNSET
    check_expressions(value)
    return value.value


def _read_captures(value: Value) -> tuple[Capture, ...]:
    return tuple(_read_capture(name, entry) for name, entry in value.read_entries().items())


def _read_capture(name: str, value: Value) -> Capture:
    if not name.isidentifier():
        value.report(f"'{name}' cannot be the name of a capture", "use letters, digits and _")
    return Capture(name=name, path=value.read_parsed(parse_jsonpath) or "", location=value.location)


def _read_retry(value: Value) -> Retry | None:
    section = value.read_section("a retry", ("until", "every", "for"), required=("until", "every", "for"))
    if section is None:
        return None
    section.read("until", lambda until: until.read_choice(("expect",)))
    every = section.read_parsed("every", parse_positive_duration) or 0.0
    total = section.read_parsed("for", parse_positive_duration) or 0.0
    if 0 < total < every:
        section.value.at("for").report("'for' is shorter than 'every', so the step would never be sent again")
    return Retry(every_seconds=every, for_seconds=total)


def _read_variants(value: Value) -> dict[str, StepVariant]:
    variants = {name: _read_variant(entry, "a variant") for name, entry in value.read_entries().items()}
    return {name: variant for name, variant in variants.items() if variant}


def _read_variant(value: Value, noun: str) -> StepVariant | None:
    section = value.read_section(noun, VARIANT_KEYS)
    if section is None:
        return None
    return StepVariant(
        parameters=section.read("parameters", _read_parameters) or {},
        body=_read_body(section),
        auth=section.read("auth", Value.read_text),
        expect=section.read("expect", read_expectation),
        location=value.location,
    )
