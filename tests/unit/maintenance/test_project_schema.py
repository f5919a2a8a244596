"""The schema of one project: an editor knows its names, and tells those that it does not have."""

from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from contracts_runner.maintenance.reference.project_schema import build_schemas
from contracts_runner.project.project import Project, read_project
from helpers.command import REPOSITORY


@cache
def read_shipped() -> Project:
    project, _ = read_project(REPOSITORY)
    assert project is not None
    return project


@cache
def build_validator(name: str) -> Any:
    return jsonschema_rs.validator_for(build_schemas(read_shipped())[f"schema/{name}.schema.json"])


def build_file(step: dict[str, Any], **scenario: Any) -> dict[str, Any]:
    return {
        "contract": "shop",
        "spec": "qtickets",
        "source": {"document": "shop.md"},
        "scenarios": [{"id": "1", "title": "One", "steps": [step], **scenario}],
    }


def test_all_files_of_a_project_are_valid() -> None:
    project = read_shipped()

    assert len(project.documents) > 20
    for document in project.documents.values():
        build_validator("contract").validate(document.value)
    build_validator("project").validate(project.settings.document.value)


STEP = {"operation": "getEvent", "parameters": {"event_id": 1}}


@pytest.mark.parametrize(
    "step",
    [
        STEP,
        {"operation": "GET /not/described"},
        STEP | {"parameters": "${all}"},
        STEP | {"parameters": {"path:event_id": 1}},
        STEP | {"auth": "none"},
        STEP | {"auth": ["restToken", "partnerKey"]},
        STEP | {"in": {"prod": {"parameters": {"event_id": 2}}}},
    ],
)
def test_what_there_is_may_be_written(step: dict[str, Any]) -> None:
    assert build_validator("contract").is_valid(build_file(step, tags=["smoke", "a-new-tag"]))


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "getEvnt"},
        {"operation": "FETCH /events"},
        STEP | {"spec": "qticket"},
        STEP | {"parameters": {"event": 1}},
        STEP | {"in": {"prod": {"parameters": {"event": 1}}}},
        STEP | {"probe": {"parameters": {"event": 1}}},
        STEP | {"auth": "resttoken"},
        STEP | {"auth": ["restToken", "partnerkey"]},
        STEP | {"in": {"production": {}}},
    ],
)
def test_what_there_is_not_is_told(step: dict[str, Any]) -> None:
    assert not build_validator("contract").is_valid(build_file(step))


QUARANTINE = {"owner": "shop", "because": "It is flaky.", "until": "2027-01-31"}


@pytest.mark.parametrize(("name", "is_there"), [("prod", True), ("prd", False)])
def test_environments_are_those_of_the_project(name: str, is_there: bool) -> None:
    for key, entry in (("skip", {"because": "It is gone."}), ("quarantine", QUARANTINE)):
        written = build_file(STEP, **{key: entry | {"environments": [name]}})

        assert build_validator("contract").is_valid(written) is is_there


def test_the_default_environment_is_one_of_the_project() -> None:
    written = read_shipped().settings.document.value

    assert not build_validator("project").is_valid(written | {"default_environment": "sandbx"})
