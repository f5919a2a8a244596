"""Each option of `contracts run` is declared once: the ledger records it and a resumed run recalls it."""

import dataclasses
import json
from typing import Any

import pytest

from contracts_runner.cli.running import run
from contracts_runner.errors import UsageError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.phase import GenerationPhase, Phase
from contracts_runner.run.options import (
    OPTIONS,
    OnResume,
    RunOptions,
    build_options,
    recall_options,
    record_options,
)

# The plain form of every option that a ledger holds, other than its default.
RECORDED: dict[str, Any] = {
    "selectors": ["1.1", "2.*"],
    "environment": "prod",
    "tags": ["read"],
    "excluded_tags": ["slow"],
    "phases": ["scenarios"],
    "is_phase_chosen": True,
    "property_phases": ["fuzzing"],
    "jobs": 3,
    "seed": 7,
    "is_seed_chosen": True,
    "shard": "1/4",
    "balanced_by": "3f2a9c01",
    "is_fail_fast": True,
    "formats": ["md", "json"],
    "artifacts": "packed",
    "writes": "probe",
    "is_missing_skipped": True,
    "is_strict": True,
    "is_published": True,
    "language": "ru",
    "chosen": ["scenarios 1.1", "properties GET /orders"],
    "is_failed_first": True,
}
# What version 0.1.0 recorded for `contracts run --jobs 1`.
OLD: dict[str, Any] = {
    "environment": None,
    "selectors": [],
    "tags": [],
    "phases": ["scenarios", "properties", "warehouse"],
    "property_phases": [],
    "seed": 1,
    "shard": None,
    "is_fail_fast": False,
    "writes": None,
    "is_missing_skipped": False,
    "jobs": 1,
    "formats": ["html", "md", "junit", "csv"],
    "is_strict": False,
    "is_published": False,
    "is_phase_chosen": False,
}


def list_names(*policies: OnResume) -> list[str]:
    return [name for name, option in OPTIONS.items() if option.on_resume in policies]


# What another option says (is_phase_chosen) is never given.
SAME = [name for name in list_names(OnResume.SAME) if OPTIONS[name].flag is not None]


def test_every_option_that_is_recorded_has_an_example_here() -> None:
    assert RECORDED.keys() == set(list_names(OnResume.SAME, OnResume.FREE))


def test_options_that_are_recorded_and_recalled_are_the_same() -> None:
    options = recall_options(RECORDED, {})

    assert json.loads(json.dumps(record_options(options))) == RECORDED
    assert recall_options(record_options(options), {}) == options


def test_each_recorded_option_differs_from_its_default_in_the_example() -> None:
    defaults = record_options(RunOptions())

    assert [name for name in RECORDED if RECORDED[name] == defaults[name]] == []


def test_plain_forms_become_values() -> None:
    options = recall_options(RECORDED, {})

    assert (options.shard, options.writes, options.selectors) == ((1, 4), WritePolicy.PROBE, ("1.1", "2.*"))
    assert (options.phases, options.property_phases) == ((Phase.SCENARIOS,), (GenerationPhase.FUZZING,))


def test_plain_forms_hold_no_members() -> None:
    recorded = record_options(recall_options(RECORDED, {}))
    values = [item for value in recorded.values() for item in (value if isinstance(value, list) else [value])]

    assert {type(value) for value in values} <= {str, int, bool}


def test_what_the_first_version_recorded_is_recalled_and_recorded_alike() -> None:
    options = recall_options(OLD, {})

    assert options == RunOptions(jobs=1, formats=("html", "md", "junit", "csv"))
    assert record_options(options) == OLD | {
        "is_seed_chosen": False,
        "excluded_tags": [],
        "balanced_by": None,
        "language": "en",
        "artifacts": "files",
        "chosen": [],
        "is_failed_first": False,
    }


def test_an_option_that_is_newer_than_the_run_is_as_it_is_given() -> None:
    older = {name: value for name, value in RECORDED.items() if name not in ("shard", "jobs")}

    options = recall_options(older, {"jobs": 2})

    assert (options.jobs, options.shard) == (2, None)


@pytest.mark.parametrize("name", SAME)
def test_what_must_stay_is_refused_when_it_says_something_else(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        recall_options({**RECORDED, name: record_options(RunOptions())[name]}, {name: RECORDED[name]})

    assert f"the run was started with other options ({OPTIONS[name].flag})" in str(refused.value)


@pytest.mark.parametrize("name", SAME)
def test_what_must_stay_may_be_said_again(name: str) -> None:
    assert recall_options(RECORDED, {name: RECORDED[name]}) == recall_options(RECORDED, {})


@pytest.mark.parametrize("name", list_names(OnResume.FREE))
def test_what_may_differ_is_as_it_is_given(name: str) -> None:
    given = {name: RECORDED[name]}

    options = recall_options({**RECORDED, name: record_options(RunOptions())[name]}, given)

    assert getattr(options, name) == getattr(build_options(given), name)


@pytest.mark.parametrize("name", list_names(OnResume.REFUSED))
def test_what_makes_no_sense_beside_resume_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{OPTIONS[name].flag} cannot be used with --resume"):
        recall_options(RECORDED, {name: "x"})


def test_what_is_not_recorded_is_as_it_is_given() -> None:
    options = recall_options(RECORDED, {"resume": "last", "confirmed": "prod"})

    assert (options.resume, options.confirmed) == ("last", "prod")


def test_phases_are_chosen_only_by_the_command_line() -> None:
    assert build_options({}).is_phase_chosen is False
    assert build_options({"phases": ("warehouse",)}).is_phase_chosen is True


def test_a_shard_that_is_none_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="--shard 5/4"):
        build_options({"shard": "5/4"})


@pytest.mark.parametrize(
    ("name", "plain", "message"),
    [
        ("phases", ["scenarios", "fleet"], "--phase cannot be ['scenarios', 'fleet']; known: scenarios, properties"),
        ("property_phases", ["guessing"], "--properties cannot be ['guessing']; known: examples, coverage"),
        ("writes", "later", "--writes cannot be 'later'; known: block, probe, allow"),
    ],
)
def test_a_word_that_only_another_version_has_is_wrong_use(name: str, plain: Any, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        recall_options({**RECORDED, name: plain}, {})

    assert message in str(refused.value)


def test_every_field_is_declared_and_on_the_command_line() -> None:
    fields = {each.name for each in dataclasses.fields(RunOptions)}
    on_command_line = {parameter.name for parameter in run.params} - {"project"}

    assert fields == OPTIONS.keys()
    assert on_command_line == {name for name, option in OPTIONS.items() if option.flag is not None}


def test_the_help_says_every_option() -> None:
    flags = {name for name, option in OPTIONS.items() if (option.flag or "").startswith("--")}
    undocumented = [name for name in flags if not OPTIONS[name].help]

    assert undocumented == []


@pytest.mark.parametrize("text", ["0", "257", "many", "-1", "١"])
def test_a_number_of_jobs_that_is_none_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match=r"--jobs .*: write a number from 1 to 256, or auto"):
        build_options({"jobs": text})


def test_jobs_may_be_as_many_as_the_machine_allows() -> None:
    jobs = build_options({"jobs": "auto"}).jobs

    assert jobs is not None
    assert 5 <= jobs <= 32
