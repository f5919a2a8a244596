"""Links: what they evaluate to, the ways along them, and what is tried at their end."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import PropertySettings
from contracts_runner.model.exchange import Request, Response, Timings
from contracts_runner.model.json import Json
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.links import Evidence, UnresolvedError, evaluate, find_ways, read_links
from helpers.property_runs import load_library, make_environment, run_phase
from helpers.specs import read_spec, render_problems
from library_app import SPEC, Library

EVIDENCE = Evidence(
    request=Request(method="POST", url="http://h/books/7?a=b", operation="addBook", effect=Effect.WRITE),
    response=Response(
        status_code=201, headers=(("Location", "/books/8"),), body=b"{}", timings=Timings(first_byte_ms=1, total_ms=1)
    ),
    parameters={("path", "id"): 7, ("query", "a"): "b"},
    sent={"title": "T"},
    received={"id": 8, "tags": ["x", None]},
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$url", "http://h/books/7?a=b"),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$request.path.id", 7),
        ("$request.query.a", "b"),
        ("$request.body#/title", "T"),
        ("$request.body", {"title": "T"}),
        ("$response.header.location", "/books/8"),
        ("$response.body#/id", 8),
        ("$response.body#/tags/1", None),
        ("book {$response.body#/id} of {$method}", "book 8 of POST"),
        ({"a": ["$statusCode", "plain", 5]}, {"a": [201, "plain", 5]}),
    ],
)
def test_an_expression_gives_what_was_sent_or_answered(expression: Json, value: Json) -> None:
    assert evaluate(expression, EVIDENCE) == value


@pytest.mark.parametrize(
    "expression",
    ["$request.path.other", "$response.header.other", "$response.body#/none", "$response.cookie.x", "a {$nothing}"],
)
def test_an_expression_without_a_value_says_so(expression: str) -> None:
    with pytest.raises(UnresolvedError):
        evaluate(expression, EVIDENCE)


def test_links_are_read_with_their_operations(library: Spec) -> None:
    links = read_links(library, list(library.operations.values()))

    assert [(link.source.label, link.name, link.target.label, link.is_gone) for link in links] == [
        ("addBook", "getBook", "getBook", False),
        ("addBook", "removeBook", "removeBook", False),
        ("removeBook", "gone", "getBook", False),
    ]


def test_a_way_ends_where_no_link_leads_on(library: Spec) -> None:
    links = read_links(library, list(library.operations.values()))

    ways = find_ways(links, [library.operations["addBook"]], longest=5, limit=10)

    assert [[link.name for link in way] for way in ways] == [["getBook"], ["removeBook", "gone"]]


@pytest.mark.parametrize(("longest", "limit", "ways"), [(1, 10, 2), (5, 1, 1)])
def test_ways_are_bounded_in_length_and_number(library: Spec, longest: int, limit: int, ways: int) -> None:
    links = read_links(library, list(library.operations.values()))

    found = find_ways(links, [library.operations["addBook"]], longest=longest, limit=limit)

    assert len(found) == ways
    assert max(map(len, found)) <= longest


def build_shop(folder: Path) -> Spec:
    """Return the library as an API that removes by POST, so that only `x-gone` says what must be refused."""
    example = {"title": "Linked", "pages": 3}
    paths: dict[str, Any] = {path: {**item} for path, item in SPEC["paths"].items()}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}, "example": example}}}
    paths["/books"]["post"] = {**paths["/books"]["post"], "requestBody": body}
    removal = paths["/books/{id}"]["delete"]
    gone = {"operationId": "getBook", "parameters": {"id": "$request.path.id"}, "x-gone": True}
    removed = {"description": "Removed", "links": {"gone": gone}}
    responses = {**removal["responses"], "204": removed}
    paths["/books/{id}"]["delete"] = {**removal, "responses": responses}
    return load_library(folder, {**SPEC, "paths": paths})


@pytest.mark.parametrize(("fault", "outcome"), [((), "passed"), (("use after remove",), "failed")])
def test_what_a_link_calls_gone_must_be_refused(
    tmp_path: Path, scratch: Path, fault: tuple[str, ...], outcome: str
) -> None:
    environment = make_environment(properties=PropertySettings(phases=(GenerationPhase.STATEFUL,)))

    found = run_phase(build_shop(tmp_path), Library(*fault), scratch, environment=environment)

    assert {row["outcome"] for row in found.find("getBook", "use_after_free")} == {outcome}


def test_the_walk_begins_with_the_examples_of_the_spec(tmp_path: Path, scratch: Path) -> None:
    application = Library()
    environment = make_environment(properties=PropertySettings(phases=(GenerationPhase.STATEFUL,)))

    run_phase(build_shop(tmp_path), application, scratch, environment=environment)

    assert ("POST", "/books?", b'{"title":"Linked","pages":3}') in application.seen


def test_x_gone_that_is_not_ours_is_told(tmp_path: Path) -> None:
    gone = {"operationId": "getBook", "x-gone": "yes"}
    operation = {**SPEC["paths"]["/books"]["get"]}
    operation["responses"] = {"200": {"description": "An answer", "links": {"gone": gone}}}
    document = {**SPEC, "paths": {**SPEC["paths"], "/books": {"get": operation}}}

    _, problems = read_spec(tmp_path, {"openapi.yaml": document})

    [told] = [text for text in render_problems(problems) if "'x-gone'" in text]
    assert "here it says: " in told
