"""The schemas for editors and the pages of docs/reference come from the declarations of the file formats."""

from typing import Any

import pytest

from contracts_runner.cli.generated_files import build_files
from contracts_runner.maintenance.reference.pages import PAGES, list_forms, render_page
from contracts_runner.maintenance.reference.schemas import SchemaBuilder
from contracts_runner.model.environment import Limits
from contracts_runner.project.settings.environment_form import EnvironmentForm, LimitsForm
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.readers import DURATION, TEXT, choice, items
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.command import REPOSITORY

FORMS = [form for root in PAGES.values() for form in list_forms(root)]
KEYS = [(form, key) for form in FORMS for key in form.keys.values()]


class RetryForm(Form):
    """Sends a request again."""

    noun = "a retry"
    every = Key(DURATION, "The pause.", required=True, example="500ms")
    until = Key(choice("expect", "success"), "What must hold.", default="expect")


class CallForm(Form, rules={"minProperties": 1}):
    """One request, with a sentence
    of two lines.

    Not for readers."""

    noun = "a call"
    retry = Key(items(RetryForm.reader()), "When to send it again.", example="[{every: 1s}]")
    if_ = Key(TEXT, "When to send it at all.", example="ready")


@pytest.mark.parametrize(("name", "text"), build_files().items())
def test_the_generated_files_are_fresh(name: str, text: str) -> None:
    assert (REPOSITORY / name).read_bytes() == text.encode(), "run `tox -e generate`"


@pytest.mark.parametrize(("form", "key"), KEYS, ids=lambda part: getattr(part, "name", None) or part.__name__)
def test_an_example_is_read_without_a_mistake(form: type[Form], key: Key[Any]) -> None:
    reading = Reading(parse_yaml(f"{key.name}: {key.example or key.default}\n", "example.yaml"))

    found = key.reader.read(reading.start().at(key.name))

    assert [str(problem) for problem in reading.problems] == []
    assert found is not None


def test_a_schema_has_each_form_once_with_its_keys() -> None:
    builder = SchemaBuilder()

    root = builder.build(CallForm)

    assert root == {"$ref": "#/$defs/call"}
    assert list(builder.definitions) == ["call", "retry", "duration", "text"]
    assert builder.definitions["call"] == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "retry": {
                "description": "When to send it again.",
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/retry"},
            },
            "if": {"description": "When to send it at all.", "$ref": "#/$defs/text"},
        },
        "minProperties": 1,
    }
    assert builder.definitions["retry"]["required"] == ["every"]
    assert builder.definitions["retry"]["properties"]["until"] == {
        "description": "What must hold.",
        "enum": ["expect", "success"],
        "default": "expect",
    }


def test_two_schemas_with_one_name_are_refused() -> None:
    class OtherForm(Form):
        noun = "another retry"

    OtherForm.__name__ = "RetryForm"
    builder = SchemaBuilder()
    builder.build(CallForm)

    with pytest.raises(ValueError, match="two schemas have the name 'retry'"):
        builder.build(OtherForm)


def test_a_page_has_a_table_for_each_form() -> None:
    page = render_page(CallForm)

    assert page.endswith(
        "# Call\n\nOne request, with a sentence of two lines.\n\n"
        "| Key | Value | Required | Meaning | Example |\n| --- | --- | --- | --- | --- |\n"
        "| `retry` | list; each item: [a retry](#retry) |  | When to send it again. | `[{every: 1s}]` |\n"
        "| `if` | text |  | When to send it at all. | `ready` |\n\n"
        "## Retry\n\nSends a request again.\n\n"
        "| Key | Value | Required | Meaning | Example |\n| --- | --- | --- | --- | --- |\n"
        "| `every` | duration | yes | The pause. | `500ms` |\n"
        "| `until` | `expect` \\| `success` |  | What must hold. Default: `expect`. | `expect` |\n"
    )


def test_a_heading_cuts_no_name() -> None:
    headings = [line for line in render_page(PAGES["project-file.md"]).splitlines() if line.startswith("## ")]

    assert {"## User password", "## OAuth"} <= set(headings)


def test_the_defaults_of_limits_are_those_of_the_model() -> None:
    defaults = ", ".join(f"{key.name}: {key.default}" for key in LimitsForm.keys.values())
    value = Reading(parse_yaml(f"limits: {{{defaults}}}", "contracts.yaml")).start().at("limits")

    assert EnvironmentForm.limits.reader.read(value) == Limits()
