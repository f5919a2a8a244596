"""A credential without its value is told before anything is sent, or what needs it is skipped: of every kind. A dry run
says what would be asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ProjectError, Rule
from contracts_runner.model.outcome import Outcome
from contracts_runner.project.project import load_project
from contracts_runner.run.options import build_options
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.preview.output import show_plan

SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "query", "name": "k"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {}}}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "/o"},
    "mtls": {"type": "mutualTLS"},
}
# Scheme -> the credentials of the environment.
LACKING = {
    "key": "{key: $GONE}",
    "basic": "{basic: {username: ann, password: $GONE}}",
    "digest": "{digest: {username: $GONE, password: p}}",
    "bearer": "{bearer: {client_id: me, client_secret: $GONE, token_url: /t}}",
    "oauth": "{oauth: {client_id: $GONE, scopes: [read]}}",
    "oidc": "{oidc: {client_id: me, client_secret: $GONE}}",
    "mtls": "{mtls: {certificate: spec.json, key: $GONE}}",
}
# What a scenario gives that lacks a credential itself, directly or not.
GIVEN = {
    "key": '{basic: $GONE, key: {from: login, value: "${token}"}}',
    "bearer": '{basic: $GONE, key: {from: login, value: "${token}"}, bearer: {from: again, value: "${token}"}}',
}
CASES = [*LACKING.items(), *GIVEN.items()]
CONTRACT = """
contract: c
title: C
spec: api
scenarios:
  - {id: login, title: L, steps: [{operation: byBasic, auth: basic, capture: {token: $.t}}]}
  - {id: again, title: A, steps: [{operation: byKey, auth: key, capture: {token: $.t}}]}
  - {id: public, title: P, steps: [{operation: byNone}]}
"""


def make_plan(folder: Path, scheme: str, credentials: str, *, is_skipping: bool, needing: str = "") -> RunPlan:
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": {}}}}}
    operations = {name: {"operationId": f"by{name.title()}", "security": [{name: []}]} for name in SCHEMES}
    operations["none"] = {"operationId": "byNone"}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {f"/{name}": {"get": {**each, "responses": answers}} for name, each in operations.items()},
        "components": {"securitySchemes": SCHEMES},
    }
    (folder / "contracts").mkdir()
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    steps = needing or f"{{operation: by{scheme.title()}}}"
    text = f"{CONTRACT}  - {{id: needing, title: N, steps: [{steps}]}}\n"
    (folder / "contracts" / "c.yaml").write_text(text, encoding="utf-8")
    (folder / "contracts.yaml").write_text(
        "version: 1\nspecs: {api: spec.json}\ncontracts: contracts\ndefault_environment: here\nenvironments:\n"
        f"  here: {{base_url: 'http://shop.example.com', credentials: {credentials}}}\n",
        encoding="utf-8",
    )
    given = {"selectors": ("needing", "public"), "phases": ("scenarios",), "is_missing_skipped": is_skipping}
    return plan_run(load_project(folder), build_options(given))


@pytest.mark.parametrize(("scheme", "credentials"), CASES)
def test_it_is_told_before_the_first_request(tmp_path: Path, scheme: str, credentials: str) -> None:
    with pytest.raises(ProjectError) as caught:
        make_plan(tmp_path, scheme, credentials, is_skipping=False)

    problems = [str(problem) for problem in caught.value.problems]
    assert {problem.rule for problem in caught.value.problems} == {Rule.MISSING_CREDENTIAL}
    assert any(f"the credential '{scheme}' of environment 'here' is missing: $GONE" in text for text in problems)


# What a dry run says of the tokens that are needed: nothing where the credential is no such one.
SHOWN = [
    ("oauth", "{oauth: {client_id: me}}", "    oauth: POST http://shop.example.com/t"),
    ("oidc", "{oidc: {client_id: me}}", "    oidc: GET http://shop.example.com/o"),
    ("bearer", "{bearer: {client_id: me, token_url: /t}}", "    bearer: POST http://shop.example.com/t"),
    ("bearer", "{bearer: secret-1}", None),
]


@pytest.mark.parametrize(("scheme", "credentials", "line"), SHOWN)
def test_a_dry_run_shows_where_tokens_would_be_asked_for(
    tmp_path: Path, scheme: str, credentials: str, line: str | None
) -> None:
    plan = make_plan(tmp_path, scheme, credentials, is_skipping=False)

    shown = show_plan(plan).splitlines()

    header = "tokens, each when it is first needed:"
    assert [each for each in shown if each in (header, line)] == ([header, line] if line else [])


def test_a_dry_run_shows_a_value_in_auth_as_its_expression(tmp_path: Path) -> None:
    step = '{operation: byKey, auth: {key: "${token}"}}, {operation: byBasic, auth: {basic: "${token}"}}'
    steps = f"{{operation: byBasic, capture: {{token: $.t}}}}, {step}"
    plan = make_plan(tmp_path, "none", "{basic: a:b}", is_skipping=False, needing=steps)

    assert "byKey: GET http://shop.example.com/key?k=${token}" in show_plan(plan)
    assert "byBasic: GET http://shop.example.com/basic\n" in show_plan(plan)


@pytest.mark.parametrize(("scheme", "credentials"), CASES)
def test_what_needs_it_is_skipped_and_all_else_is_run(tmp_path: Path, scheme: str, credentials: str) -> None:
    plan = make_plan(tmp_path, scheme, credentials, is_skipping=True)

    found = {each.id: plan.find_hindrance(each) for each in plan.selection.scenarios}
    assert found == {
        "public": None,
        "needing": (Outcome.SKIPPED, f"the credential {scheme} ($GONE) is not set"),
    }
