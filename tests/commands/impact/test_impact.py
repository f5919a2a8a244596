"""`contracts impact`: what changed between two documents, in all forms; files and revisions of git."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.command import COLD, run_contracts

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses:
        "200":
          description: Orders
          content: {application/json: {schema: {$ref: "schemas.yaml#/Orders"}}}
"""
SCHEMAS = """\
Orders:
  type: object
  properties:
    total: {type: integer}
    buyer: {type: string}
"""
SETTINGS = """\
version: 1
specs: {shop: {document: spec/shop.yaml, overlays: [spec/shop.overlay.yaml]}}
environments: {test: {base_url: "https://shop.example.com"}}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Ours, version: "1"}
actions:
  - {target: "$.paths['/orders'].get", update: {x-source: {document: handbook}}}
"""
CONTRACT = """\
contract: orders
spec: shop
scenarios:
  - {id: TOTAL, title: The total, steps: [{operation: listOrders, expect: {body: {$.total: 1}}}]}
  - {id: PAGE, title: A page, steps: [{operation: listOrders, parameters: {page: 1}}]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "contracts.yaml": SETTINGS,
        "spec/shop.yaml": SPEC,
        "spec/schemas.yaml": SCHEMAS,
        "spec/shop.overlay.yaml": OVERLAY,
        "contracts/orders.yaml": CONTRACT,
    }
    for name, text in files.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "shop"


def commit(folder: Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=user@example.com", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "One"], check=True)


def change(project: Path) -> None:
    """Make the total a text, and rename the page."""
    (project / "spec/schemas.yaml").write_text(SCHEMAS.replace("total: {type: integer}", "total: {type: string}"))
    (project / "spec/shop.yaml").write_text(SPEC.replace("name: page", "name: page_number"))


RENAMED = {
    "operation": "listOrders",
    "kind": "parameter-renamed",
    "breaking": True,
    "pointer": "/paths/~1orders/get/parameters/0/name",
    "message": "the query parameter 'page' is called 'page_number' now",
    "scenarios": ["PAGE"],
}
RETYPED = {
    "operation": "listOrders",
    "kind": "response-type-changed",
    "breaking": True,
    "pointer": "/Orders/properties/total/type",
    "message": "the answer 200: $.total is a string, not an integer as before",
    "scenarios": ["TOTAL"],
}


@pytest.mark.parametrize("old", ["HEAD:", "HEAD:spec/shop.yaml", "HEAD:shop/spec/shop.yaml"])
def test_a_revision_is_compared_with_the_spec_of_the_project(project: Path, old: str) -> None:
    commit(project.parent)
    change(project)

    done = run_contracts("impact", old, "--format", "json", cwd=project)

    assert done.code == 1, done.stderr
    assert json.loads(done.stdout) == {"breaking": True, "changes": [RENAMED, RETYPED]}


def test_files_are_compared_and_told_as_text(project: Path) -> None:
    for name in ("shop.yaml", "schemas.yaml"):
        (project / "old").mkdir(exist_ok=True)
        (project / "old" / name).write_text((project / "spec" / name).read_text())
    change(project)

    done = run_contracts("impact", "old/shop.yaml", cwd=project, **COLD)

    assert done.stdout.splitlines() == [
        "spec/shop.yaml:7: breaking: listOrders: the query parameter 'page' is called 'page_number' now "
        "(parameter-renamed)",
        "    used by PAGE",
        "spec/schemas.yaml:4: breaking: listOrders: the answer 200: $.total is a string, not an integer as before "
        "(response-type-changed)",
        "    used by TOTAL",
        "2 changes, 2 breaking; scenarios and checks that use what changed: 2, what breaks: 2",
    ]
    mistake = "warning: contracts/orders.yaml:5: 'listOrders' has no parameter 'page'; known: page_number\n"
    assert (done.code, done.stderr) == (1, mistake)


def compare(project: Path, *arguments: str) -> Any:
    old = project / "old.yaml"
    old.write_text(SPEC.replace('{$ref: "schemas.yaml#/Orders"}', "{type: object}"))
    new = project / "new.yaml"
    new.write_text(old.read_text().replace("name: page", "required: true, name: page"))
    return run_contracts("impact", "old.yaml", "new.yaml", *arguments, cwd=project)


def test_changes_are_told_as_markdown(project: Path) -> None:
    done = compare(project, "--format", "markdown")

    assert done.stdout.splitlines()[:3] == [
        "|  | operation | change | place | scenarios |",
        "| --- | --- | --- | --- | --- |",
        "| breaking | listOrders | the query parameter 'page' is required | new.yaml:7 | TOTAL, PAGE |",
    ]


def test_changes_are_told_as_annotations(project: Path) -> None:
    done = compare(project, "--format", "github")

    assert done.stdout == (
        "::error file=shop/new.yaml,line=7,title=parameter-became-required::listOrders: the query parameter 'page' is "
        "required; used by TOTAL, PAGE\n"
    ).replace("shop/new.yaml", "new.yaml")


def test_without_a_project_nobody_uses_what_changed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPEC.replace('{$ref: "schemas.yaml#/Orders"}', "{}"))
    (tmp_path / "b.yaml").write_text((tmp_path / "a.yaml").read_text().replace("integer", "string"))

    done = run_contracts("impact", "a.yaml", "b.yaml", "--format", "json", cwd=tmp_path)

    assert [each["scenarios"] for each in json.loads(done.stdout)["changes"]] == [[]]
    assert (done.code, done.stderr) == (1, "no project: nobody is known to use what changed\n")


def test_places_are_those_of_the_author_in_swagger_too(tmp_path: Path) -> None:
    old = """\
swagger: "2.0"
info: {title: Shop, version: "1"}
basePath: /v1
paths:
  /a: {get: {operationId: a, parameters: [{name: n, in: query, type: string}], responses: {200: {description: A}}}}
"""
    (tmp_path / "a.yaml").write_text(old)
    (tmp_path / "b.yaml").write_text(old.replace("/v1", "/v2").replace("type: string", "type: integer"))

    done = run_contracts("impact", "a.yaml", "b.yaml", "--format", "json", cwd=tmp_path)

    pointers = [each["pointer"] for each in json.loads(done.stdout)["changes"]]
    assert pointers == ["/basePath", "/paths/~1a/get/parameters/0/type"]


def test_what_is_the_same_ends_with_0(project: Path) -> None:
    done = run_contracts("impact", "spec/shop.yaml", "--format", "json", cwd=project)

    assert (done.code, json.loads(done.stdout)) == (0, {"breaking": False, "changes": []})


def test_overlays_that_do_not_fit_are_left_out_and_told(project: Path) -> None:
    (project / "old.yaml").write_text(SPEC.replace("/orders", "/all").replace('"schemas.yaml', '"spec/schemas.yaml'))

    done = run_contracts("impact", "old.yaml", "--format", "json", cwd=project)

    assert [each["kind"] for each in json.loads(done.stdout)["changes"]] == ["operation-moved"]
    assert done.stderr.splitlines()[-1] == "the overlays do not fit both documents, which are compared without them"


NAMED = "name a file, or a revision as in HEAD~1: or HEAD~1:spec/api.yaml"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("nothing.yaml",),
            "there is no file 'nothing.yaml'; name a file, or a revision as in HEAD~1: or HEAD~1:spec/api.yaml",
        ),
        (("spec/shop.yml",), "there is no file 'spec/shop.yml'; Did you mean 'shop.yaml'?"),
        (("HEAD~9:",), "there is no revision 'HEAD~9'"),
        (("HEAD:none.yaml",), "HEAD: has no file 'none.yaml'"),
        (("spec/shop.yaml", "--spec", "shp"), "there is no spec 'shp'; Did you mean 'shop'?"),
        (("contracts/orders.yaml",), None),
    ],
)
def test_wrong_use_is_told(project: Path, arguments: tuple[str, ...], message: str | None) -> None:
    if arguments[0].startswith("HEAD"):
        commit(project)

    done = run_contracts("impact", *arguments, cwd=project)

    assert (done.code, done.stdout) == (2, "")
    assert message is None or done.stderr == f"{message}\n"
