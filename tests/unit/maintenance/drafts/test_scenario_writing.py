"""Drafts of scenarios are written so that what a file has stays as it is."""

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.scenario_writing import (
    add_to_file,
    list_contents,
    make_unique,
    render_file,
)
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.reading.yaml_source import parse_yaml

NEW = ScenarioDraft(id="new", title="One", steps=(StepDraft(content={"operation": "a"}),))
ITEM = "- id: new\n  title: One\n  steps:\n    - operation: a\n"
LAYOUTS = {
    "one item, nothing else": (
        "scenarios:\n  - id: a\n",
        f"scenarios:\n  - id: a\n\n{'  - ' + ITEM[2:].replace(chr(10), chr(10) + '  ').rstrip(' ')}",
    ),
    "items close together, dashes at the margin": (
        "scenarios:\n- {id: a}   # first\n- id: b\n",
        f"scenarios:\n- {{id: a}}   # first\n- id: b\n{ITEM}",
    ),
    "blank lines between, comments above": (
        "scenarios:\n- id: a\n\n\n# On b.\n- id: b",
        f"scenarios:\n- id: a\n\n\n# On b.\n- id: b\n\n\n{ITEM}",
    ),
    "a key behind, with its comment": (
        "scenarios:\n- id: a\n- id: b\n  # of b\n\n# On x.\nx: 1\n",
        f"scenarios:\n- id: a\n- id: b\n  # of b\n{ITEM}\n# On x.\nx: 1\n",
    ),
    "a comment at the end": (
        "scenarios:\n- id: a\n- id: b\n# That is all.\n\n",
        f"scenarios:\n- id: a\n- id: b\n# That is all.\n{ITEM}\n",
    ),
    "a text of several lines": (
        "scenarios:\n- id: a\n- id: |\n    # not a comment\n\n",
        f"scenarios:\n- id: a\n- id: |\n    # not a comment\n{ITEM}\n",
    ),
    "lines of Windows": (
        "scenarios:\r\n- id: а\r\n- id: б\r\n",
        f"scenarios:\n- id: а\n- id: б\n{ITEM}".replace("\n", "\r\n"),
    ),
}


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_scenario_is_added_in_the_layout_of_the_file(layout: str) -> None:
    before, after = LAYOUTS[layout]

    assert add_to_file(before, "c.yaml", [NEW]) == after


@pytest.mark.parametrize("text", ["scenarios: [{id: a}]\n", "scenarios:\n", "x: 1\n", "- 1\n", "a: b: c\n", ""])
def test_what_is_no_list_in_block_style_is_left_to_its_author(text: str) -> None:
    with pytest.raises(UsageError, match=r"^c\.yaml: scenarios cannot be added"):
        add_to_file(text, "c.yaml", [NEW])


VALUES: list[Json] = [
    "",
    "no",
    "1",
    "a: b # c",
    "x\n y\n\n",
    "${a}",
    "\u202eabc",
    "Ж" * 300,
    [],
    {},
    [[1, None]],
    {"a": ["1"]},
    1e5,
]


def test_every_value_is_read_again_as_it_was() -> None:
    steps = tuple(StepDraft(content={"operation": "a", "body": value}, comments=("x\ny",)) for value in VALUES)
    draft = ScenarioDraft(id="1", title="да: нет", tags=("t",), steps=steps, cleanup=steps, comments=("Ж",))

    text = render_file({"contract": "c"}, [draft, draft], ["Head"])

    assert parse_yaml(text, "c.yaml").value == {"contract": "c", "scenarios": [list_contents(draft)] * 2}
    assert text.startswith("# Head\ncontract: c\nscenarios:\n  # Ж\n  - id: '1'\n")
    assert "\u202e" not in text


def test_ids_are_unique_and_of_the_form_of_ids() -> None:
    drafts = [ScenarioDraft(id=name, title="", steps=()) for name in ("a", "a", "GET /a/{b}", "b", "***")]

    assert [each.id for each in make_unique(drafts, {"a", "b.2"})] == ["a.2", "a.3", "GET-a-b", "b", "new"]
