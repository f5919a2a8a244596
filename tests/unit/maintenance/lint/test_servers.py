"""`contracts check` warns where `base_url` has another path than the servers of a document."""

from pathlib import Path

import pytest

from contracts_runner.errors import Problem
from helpers.small_projects import FILES, SETTINGS, SPEC, check, find_line, plant

BASE_URL = "base_url: https://test.example.com"
VERSION = "variables: {version: {default: v3, enum: [v2, v3]}}"


def find_warnings(folder: Path, servers: str, base_url: str, **variables: str) -> list[Problem]:
    """Return the problems of the rule where the environment `test` has a base URL and `prod` is left out."""
    settings = SETTINGS[: SETTINGS.index("  prod:\n")].replace(BASE_URL, f"base_url: {base_url}")
    files = {"contracts.yaml": settings, **_plant_servers(servers)}
    return [problem for problem in check(folder, files, variables=variables) if problem.rule == "servers"]


def _plant_servers(servers: str) -> dict[str, str]:
    return {"spec.yaml": SPEC.replace("paths:\n", f"servers: {servers}\npaths:\n", 1)}


@pytest.mark.parametrize(
    ("servers", "base_url", "paths"),
    [
        ("[{url: https://api.example.com/v3}]", "https://test.example.com", "/v3"),
        ("[{url: https://api.example.com/v3}]", "https://test.example.com/v2", "/v3"),
        ("[{url: https://api.example.com/v3}]", "https://test.example.com/V3", "/v3"),
        ("[{url: https://api.example.com/v3}]", "https://test.example.com/api/v3", "/v3"),
        ("[{url: https://api.example.com}]", "https://test.example.com/v3", "/"),
        ("[{url: https://a.example.com/}, {url: //b.example.com/v1/}]", "https://test.example.com/v3", "/ or /v1"),
        ("[{url: https://a.example.com/v1}, {url: https://b.example.com/v1}]", "https://test.example.com", "/v1"),
        ("[{url: /v3}]", "https://test.example.com", "/v3"),
        ("[{url: /}]", "https://test.example.com/v3", "/"),
        ("[{url: ./v3}]", "https://test.example.com/v2", "…/v3"),
        (f"[{{url: 'https://x.example.com/{{version}}', {VERSION}}}]", "https://test.example.com/v1", "/v3 or /v2"),
        ("[{url: '{all}', variables: {all: {default: 'https://a.b/v1'}}}]", "https://test.example.com", "/v1"),
    ],
)
def test_a_path_that_no_server_has_is_a_warning(tmp_path: Path, servers: str, base_url: str, paths: str) -> None:
    [warning] = find_warnings(tmp_path, servers, base_url)

    assert str(warning.location) == f"contracts.yaml:{find_line(SETTINGS, BASE_URL)}"
    assert (warning.severity, warning.message) == (
        "warning",
        f"the base_url of environment 'test' differs in its path from the servers of spec 'shop': {paths}",
    )


@pytest.mark.parametrize(
    ("servers", "base_url"),
    [
        ("[]", "https://test.example.com/v3"),
        ("{url: /v1}", "https://test.example.com/v3"),
        ("[null, {}, {url: 5}, {url: {}}]", "https://test.example.com/v3"),
        ("[{url: 'https://a.b/{x}', variables: [x]}]", "https://test.example.com/v3"),
        ("[{url: 'https://a.b/{x}', variables: {x: v1}}]", "https://test.example.com/v3"),
        ("[{url: 'https://a.b/{x}', variables: {x: {default: [a], enum: v1}}}]", "https://test.example.com/v3"),
        ("[{url: https://api.example.com/v3}]", "http://127.0.0.1:8080/v3/"),
        ("[{url: https://api.example.com/v3/}]", "https://test.example.com/v3"),
        ("[{url: https://api.example.com}, {url: https://api.example.com/v3}]", "https://test.example.com/v3"),
        ("[{url: /v3}]", "https://test.example.com/v3"),
        ("[{url: v3}]", "https://test.example.com/docs/v3"),
        ("[{url: .}]", "https://test.example.com/docs"),
        (f"[{{url: 'https://x.example.com/{{version}}', {VERSION}}}]", "https://test.example.com/v2"),
        ("[{url: 'https://x.example.com/{version}'}]", "https://test.example.com/v1"),
        (
            "[{url: 'https://x.example.com:{port}/v1', variables: {port: {default: '1'}}}]",
            "https://test.example.com/v1",
        ),
        ("[{url: 'localhost:8080/v3'}]", "https://test.example.com"),
        ("[{url: 'http://[::/v3'}]", "https://test.example.com"),
        ("[{url: https://api.example.com/v3}]", "$UNSET_URL"),
        ("[{url: https://api.example.com/v3}]", 'sandbox\n    sandbox: {app: "shop:app"}'),
    ],
)
def test_a_path_that_a_server_has_or_that_is_not_known_is_no_warning(
    tmp_path: Path, servers: str, base_url: str
) -> None:
    assert find_warnings(tmp_path, servers, base_url) == []


@pytest.mark.parametrize(("url", "warnings"), [("https://a.example.com", 1), ("https://a.example.com/v3", 0)])
def test_a_base_url_from_a_variable_is_compared_and_not_quoted(tmp_path: Path, url: str, warnings: int) -> None:
    found = find_warnings(tmp_path, "[{url: /v3}]", "$SHOP_URL", SHOP_URL=url)

    assert len(found) == warnings
    assert all("a.example.com" not in problem.message for problem in found)


def test_each_environment_and_spec_has_its_warning(tmp_path: Path) -> None:
    files = {
        **plant("contracts.yaml", "specs: {shop: spec.yaml}", "specs: {shop: spec.yaml, other: other.yaml}"),
        **_plant_servers("[{url: /v1}]"),
        "other.yaml": _plant_servers("[{url: /v2}]")["spec.yaml"],
    }

    found = [problem for problem in check(tmp_path, {**FILES, **files}) if problem.rule == "servers"]

    assert [(problem.message.split("'")[1], problem.message.rpartition(" ")[2]) for problem in found] == [
        ("test", "/v2"),
        ("test", "/v1"),
        ("prod", "/v2"),
        ("prod", "/v1"),
    ]


def test_a_spec_with_a_service_of_its_own_is_compared_with_that(tmp_path: Path) -> None:
    more = "\n    base_urls: {shop: $OWN_URL}"
    servers = "[{url: https://api.example.com/v3}]"

    found = [
        find_warnings(tmp_path, servers, f"https://test.example.com/v3{more}", **variables)
        for variables in ({"OWN_URL": "https://a.example.com"}, {"OWN_URL": "https://a.example.com/v3"}, {})
    ]

    assert [len(warnings) for warnings in found] == [1, 0, 0]
    assert str(found[0][0].location) == f"contracts.yaml:{find_line(SETTINGS, BASE_URL) + 1}"


def test_a_mapped_server_that_no_operation_has_is_a_warning(tmp_path: Path) -> None:
    mapped = (
        '{"https://files.example.com/v2": https://a.example.com, "https://files.example.com/v3": https://b.example.com}'
    )
    settings = SETTINGS.replace(BASE_URL, f"{BASE_URL}\n    servers: {mapped}", 1)
    own = 'operationId: listOrders\n      servers: [{url: "https://files.example.com/v2"}]'
    spec = SPEC.replace("operationId: listOrders", own)

    found = [
        each for each in check(tmp_path, {"contracts.yaml": settings, "spec.yaml": spec}) if each.rule == "servers"
    ]

    assert [(each.severity, each.message, each.hint) for each in found] == [
        (
            "warning",
            "no path and no operation of a document has the server 'https://files.example.com/v3'",
            "Did you mean 'https://files.example.com/v2'?",
        ),
        (
            "error",
            "listOrders is served at https://files.example.com/v2, which the environment 'prod' does not map",
            'add to its `servers`: {"https://files.example.com/v2": ADDRESS}',
        ),
    ]
