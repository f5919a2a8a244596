"""Which operations requests are generated for."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import OperationGroup, PropertySettings, WritePolicy
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.document import cut_document
from contracts_runner.properties.selection import (
    OperationFilter,
    build_settings,
    find_unknown_operations,
    is_operation_match,
    select_operations,
)
from helpers.property_runs import load_library, make_environment
from library_app import SPEC


def select(spec: Spec, chosen: OperationFilter | None = None, **environment: Any) -> list[str]:
    settings = build_settings(make_environment(**environment))
    return [operation.label for operation in select_operations(spec, settings, chosen or OperationFilter())]


def change_library(folder: Path, path: str, method: str, **parts: Any) -> Spec:
    item = {**SPEC["paths"][path], method: {**SPEC["paths"][path][method], **parts}}
    return load_library(folder, {**SPEC, "paths": {**SPEC["paths"], path: item}})


def test_all_operations_stand_in_the_order_of_the_spec(library: Spec) -> None:
    assert select(library) == ["listBooks", "addBook", "getBook", "removeBook", "findBooks"]


@pytest.mark.parametrize(
    ("operations", "selected"),
    [
        (OperationGroup.READ, ["listBooks", "getBook", "findBooks"]),
        (("addBook", "getBook"), ["addBook", "getBook"]),
        (("writing",), ["addBook", "removeBook"]),
    ],
)
def test_the_environment_chooses_reads_labels_or_tags(
    library: Spec, operations: OperationGroup | tuple[str, ...], selected: list[str]
) -> None:
    assert select(library, properties=PropertySettings(operations=operations)) == selected


def test_no_environment_chooses_writes_that_it_does_not_allow(library: Spec) -> None:
    assert select(
        library, writes=WritePolicy.BLOCK, properties=PropertySettings(operations=("addBook", "getBook"))
    ) == ["getBook"]


@pytest.mark.parametrize("evidence", ["refuted", "unknown"])
def test_what_the_service_may_not_have_is_left_out(tmp_path: Path, evidence: str) -> None:
    spec = change_library(tmp_path, "/books", "get", **{"x-evidence": evidence})

    assert "listBooks" not in select(spec)


@pytest.mark.parametrize(
    ("chosen", "selected"),
    [
        (OperationFilter(patterns=("*Book",)), ["addBook", "getBook", "removeBook"]),
        (OperationFilter(tags=("writing",)), ["addBook", "removeBook"]),
        (OperationFilter(patterns=("get*",), tags=("writing",)), []),
    ],
)
def test_the_command_line_chooses_by_glob_and_tag(library: Spec, chosen: OperationFilter, selected: list[str]) -> None:
    assert select(library, chosen) == selected


def test_a_name_that_no_spec_has_is_a_mistake(library: Spec) -> None:
    environment = make_environment(properties=PropertySettings(operations=("getBook", "writting")))

    (problem,) = find_unknown_operations({"api": library}, environment)

    assert (problem.message, problem.hint) == (
        "properties: no operation and no tag is called 'writting'",
        "did you mean 'writing'?",
    )


def test_a_pattern_names_operations_by_label(library: Spec) -> None:
    assert is_operation_match([library], "list*")
    assert not is_operation_match([library], "6.1")


def test_the_document_holds_the_chosen_operations_only(library: Spec) -> None:
    document = cut_document(library, {("GET", "/books/{id}"), ("POST", "/books")})

    assert {path: set(item) - {"parameters"} for path, item in document["paths"].items()} == {
        "/books": {"post"},
        "/books/{id}": {"get"},
    }


def test_links_to_what_is_not_chosen_go_too(library: Spec) -> None:
    document = cut_document(library, {("GET", "/books/{id}"), ("POST", "/books")})

    assert set(document["paths"]["/books"]["post"]["responses"]["201"]["links"]) == {"getBook"}


def test_the_original_document_stays_whole(library: Spec) -> None:
    cut_document(library, {("GET", "/books")})

    assert set(library.document["paths"]) == set(SPEC["paths"])


def test_the_body_of_a_link_is_the_whole_body(tmp_path: Path) -> None:
    link = {"operationId": "addBook", "requestBody": {"title": "$response.body#/0/title", "pages": 1}}
    answer = {**SPEC["paths"]["/books"]["get"]["responses"]["200"], "links": {"copy": link}}
    spec = change_library(tmp_path, "/books", "get", responses={"200": answer})

    document = cut_document(spec, {("GET", "/books"), ("POST", "/books")})

    found = document["paths"]["/books"]["get"]["responses"]["200"]["links"]["copy"]
    assert found == {**link, "x-schemathesis": {"merge_body": False}}
