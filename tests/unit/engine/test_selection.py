"""Which scenarios a run takes."""

import dataclasses
from pathlib import Path

import pytest

from contracts_runner.engine.selection import parse_shard, select_scenarios
from contracts_runner.errors import SourceLocation, UsageError
from helpers.contracts import make_contract, make_scenario

ROOT = Path("/project")
IDS = ["3.3", "3.4", "6.1", "6.10", "V.R13"]


def build_contracts() -> list[object]:
    scenarios = [
        dataclasses.replace(
            make_scenario(number, tags=("write",) if number == "6.1" else ("read",)),
            location=SourceLocation(f"contracts/section-{number[0]}.yaml", 3),
        )
        for number in IDS
    ]
    return [make_contract(*scenarios)]


def select(*patterns: str, **options: object) -> list[str]:
    selection = select_scenarios(build_contracts(), root=ROOT, patterns=patterns, **options)  # type: ignore[arg-type]
    assert selection.deselected == len(IDS) - len(selection.scenarios)
    return [scenario.id for scenario in selection.scenarios]


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        ((), IDS),
        (("6.1",), ["6.1"]),
        (("3.*", "V.*"), ["3.3", "3.4", "V.R13"]),
        (("V.R13", "3.3"), ["3.3", "V.R13"]),
        (("contracts/section-6.yaml",), ["6.1", "6.10"]),
        (("/project/contracts/section-3.yaml",), ["3.3", "3.4"]),
        (("contracts",), IDS),
    ],
)
def test_a_pattern_is_an_id_a_glob_or_a_file(patterns: tuple[str, ...], ids: list[str]) -> None:
    assert select(*patterns) == ids


def test_a_tag_narrows_the_selection() -> None:
    assert select("6.*", tags=["write"]) == ["6.1"]


@pytest.mark.parametrize(("pattern", "hint"), [("6.11", "6.1"), ("nothing-like-it", "contracts list")])
def test_a_pattern_that_matches_nothing_is_an_error_with_a_hint(pattern: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        select(pattern)


def test_an_excluded_tag_narrows_the_selection() -> None:
    assert select("6.*", excluded_tags=["write"]) == ["6.10"]
    assert select(tags=["write", "read"], excluded_tags=["read"]) == ["6.1"]


@pytest.mark.parametrize("option", ["tags", "excluded_tags"])
def test_an_unknown_tag_is_an_error(option: str) -> None:
    with pytest.raises(UsageError, match="did you mean 'write'"):
        select(**{option: ["wirte"]})


@pytest.mark.parametrize(("pattern", "ids"), [("T", ["T[a]", "T[b]"]), ("T[b]", ["T[b]"]), ("T*", ["T[a]", "T[b]"])])
def test_the_id_of_a_table_names_all_of_its_items(pattern: str, ids: list[str]) -> None:
    contracts = [make_contract(*(make_scenario(each, of="T", row={}) for each in ("T[a]", "T[b]")), make_scenario("U"))]

    selection = select_scenarios(contracts, root=ROOT, patterns=[pattern])

    assert [scenario.id for scenario in selection.scenarios] == ids


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "1", "1/0", "-1/2"])
def test_a_wrong_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="I/N"):
        parse_shard(text)


def test_what_is_needed_is_run_with_it_selected_or_not() -> None:
    contracts = [make_contract(make_scenario("1", needs={"login": "login"}), make_scenario("login"))]

    selection = select_scenarios(contracts, root=ROOT, patterns=["1"])

    assert ([scenario.id for scenario in selection.scenarios], selection.deselected) == (["1", "login"], 0)
