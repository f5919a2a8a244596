"""What an environment wants generated: its form, its defaults, and what the write policy leaves of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.model.checks import CHOSEN_CHECKS, PropertyCheck
from contracts_runner.model.environment import OperationGroup, PropertySettings, WritePolicy
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings
from contracts_runner.properties.selection import build_settings
from helpers.property_runs import make_environment


def read_properties(folder: Path, section: Any, **environ: str) -> PropertySettings | None:
    """Return `properties` of an environment, None without them; raises ProjectError with its mistakes."""
    environment = {"base_url": "http://127.0.0.1:9", **({} if section is None else {"properties": section})}
    settings = {"version": 1, "specs": {}, "environments": {"here": environment}}
    (folder / "contracts").mkdir()
    (folder / "contracts.yaml").write_text(json.dumps(settings), encoding="utf-8")
    loaded, problems = load_settings(folder)
    assert loaded is not None
    if problems:
        raise ProjectError(problems)
    return resolve_environment(loaded, "here", environ).properties


def test_what_the_author_says_is_read_in_the_order_of_the_tool(tmp_path: Path) -> None:
    section = {"phases": ["fuzzing", "examples"], "max_examples": 7, "seconds": 1.5, "operations": ["a", "b"]}

    found = read_properties(tmp_path, section)

    assert found == PropertySettings(
        operations=("a", "b"),
        phases=(GenerationPhase.EXAMPLES, GenerationPhase.FUZZING),
        max_examples=7,
        seconds=1.5,
    )


def test_an_empty_section_switches_the_phase_on(tmp_path: Path) -> None:
    assert read_properties(tmp_path, {}) == PropertySettings()


def test_without_a_section_the_phase_is_off(tmp_path: Path) -> None:
    assert read_properties(tmp_path, None) is None


@pytest.mark.parametrize("group", OperationGroup)
def test_operations_may_be_a_group(tmp_path: Path, group: OperationGroup) -> None:
    assert read_properties(tmp_path, {"operations": str(group)}) == PropertySettings(operations=group)


def test_checks_are_members_in_the_order_of_the_tool(tmp_path: Path) -> None:
    found = read_properties(tmp_path, {"checks": ["ignored_auth", "not_a_server_error"]})

    assert found == PropertySettings(checks=(PropertyCheck.NOT_A_SERVER_ERROR, PropertyCheck.IGNORED_AUTH))


def test_a_number_may_come_from_a_variable(tmp_path: Path) -> None:
    assert read_properties(tmp_path, {"max_examples": "$MANY"}, MANY="12") == PropertySettings(max_examples=12)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"max_example": 3}, "properties has no key 'max_example'; Did you mean 'max_examples'?"),
        ({"operations": "reads"}, "'operations' cannot be 'reads'; Did you mean 'read'?"),
        ({"operations": []}, "'operations' is empty"),
        ({"phases": ["fuzing"]}, "an item of 'phases' cannot be 'fuzing'; Did you mean 'fuzzing'?"),
        ({"phases": "fuzzing"}, "'phases' must be a list, not text"),
        ({"checks": ["no_such"]}, "an item of 'checks' cannot be 'no_such'"),
        ({"max_examples": 0}, "'max_examples' must be at least 1, not 0"),
        ({"workers": "two"}, "'workers' must be a whole number"),
        ({"seconds": 0}, "'seconds' must be more than 0, not 0"),
        ([], "'properties' must be a mapping"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, section: Any, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_properties(tmp_path, section)

    assert str(caught.value).startswith("contracts.yaml:1: ")
    assert message in str(caught.value)


def test_where_writes_are_allowed_everything_is_tried() -> None:
    settings = build_settings(make_environment(properties=PropertySettings(operations=OperationGroup.ALL)))

    assert (settings.operations, settings.phases, settings.checks) == (
        OperationGroup.ALL,
        tuple(GenerationPhase),
        CHOSEN_CHECKS,
    )
    assert not settings.is_safe
    assert settings.is_shrinking


@pytest.mark.parametrize("writes", [WritePolicy.BLOCK, WritePolicy.PROBE])
def test_elsewhere_only_reads_with_valid_data_are_left(writes: WritePolicy) -> None:
    settings = build_settings(
        make_environment(writes=writes, properties=PropertySettings(phases=tuple(GenerationPhase)))
    )

    assert settings.is_safe
    assert settings.phases == (GenerationPhase.EXAMPLES, GenerationPhase.COVERAGE, GenerationPhase.FUZZING)
    assert PropertyCheck.IGNORED_AUTH not in settings.checks
    assert not settings.is_shrinking


def test_a_check_that_is_asked_for_by_name_is_made_anywhere() -> None:
    environment = make_environment(
        writes=WritePolicy.BLOCK, properties=PropertySettings(checks=(PropertyCheck.IGNORED_AUTH,))
    )

    assert build_settings(environment).checks == (PropertyCheck.IGNORED_AUTH,)


def test_no_smaller_example_is_looked_for_where_requests_are_counted() -> None:
    assert not build_settings(make_environment(rate_limit_per_second=2.0)).is_shrinking


def test_the_command_line_stands_before_the_environment() -> None:
    settings = build_settings(
        make_environment(properties=PropertySettings(phases=(GenerationPhase.EXAMPLES,))),
        phases=(GenerationPhase.FUZZING,),
    )

    assert settings.phases == (GenerationPhase.FUZZING,)


def test_flows_alone_are_wrong_use_where_writes_are_not_allowed() -> None:
    with pytest.raises(UsageError, match="'stateful' needs `writes: allow`, not block"):
        build_settings(make_environment(writes=WritePolicy.BLOCK), phases=(GenerationPhase.STATEFUL,))
