"""`contracts overlay`: what mends the mistakes of a document, printed, or written beside it."""

from pathlib import Path

import pytest

from helpers.command import run_contracts

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a/{id}:
    get: {operationId: one, security: [{nope: []}], responses: {"200": {$ref: "#/components/responses/Gone"}}}
  /b:
    get: {operationId: unused, responses: {"200": {$ref: "#/components/responses/Gone"}}}
"""
SETTINGS = """\
version: 1
# The vendor's.
specs:
  shop: spec/shop.yaml   # as it is published
environments: {test: {base_url: "http://127.0.0.1:9"}}
"""
CONTRACT = """\
contract: c
spec: shop
source: {document: d}
scenarios: [{id: "1", title: One, steps: [{operation: one, parameters: {id: 1}}]}]
"""
ACTIONS = [
    "- {target: '$.paths[''/a/{id}''].get.responses[''200''][''$ref'']', remove: true}",
    "- {target: '$.paths[''/a/{id}''].get.security[0]', remove: true}",
    "- {target: '$.paths[''/a/{id}''].get', update: {parameters: [{name: id, in: path, required: true, "
    "schema: {type: string}}]}}",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"contracts.yaml": SETTINGS, "spec/shop.yaml": SPEC, "contracts/c.yaml": CONTRACT}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_actions_are_printed_and_nothing_is_written(project: Path) -> None:
    before = sorted(project.rglob("*"))

    done = run_contracts("overlay", cwd=project)

    lines = done.stdout.splitlines()
    assert (done.code, lines[0]) == (0, "# spec/shop.overlay.yaml")
    assert sorted(line for line in lines if line.startswith("- ")) == sorted(ACTIONS)
    assert sorted(project.rglob("*")) == before


def test_a_new_overlay_is_written_and_named_and_mends_the_document(project: Path) -> None:
    done = run_contracts("overlay", "--fix", cwd=project)
    checked = run_contracts("check", cwd=project)
    again = run_contracts("overlay", cwd=project)

    assert (done.code, checked.code) == (0, 0), checked.stdout
    assert done.stdout.splitlines() == ["spec/shop.overlay.yaml: written", "contracts.yaml: written"]
    named = SETTINGS.replace(
        "shop: spec/shop.yaml", "shop: {document: spec/shop.yaml, overlays: [spec/shop.overlay.yaml]}"
    )
    assert (project / "contracts.yaml").read_text(encoding="utf-8") == named
    assert (project / "spec" / "shop.yaml").read_text(encoding="utf-8") == SPEC
    assert again.stdout == "no document has a mistake that an overlay is known to mend\n"


def test_actions_go_behind_those_that_an_overlay_has(project: Path) -> None:
    overlay = project / "ours.yaml"
    own = "overlay: 1.0.0\ninfo: {title: Ours, version: '1'}\nactions:  # all\n- {target: $.info, update: {x: 1}}\n"
    overlay.write_text(own, encoding="utf-8")
    named = SETTINGS.replace("shop: spec/shop.yaml", "shop: {document: spec/shop.yaml, overlays: [ours.yaml]}")
    (project / "contracts.yaml").write_text(named, encoding="utf-8")

    done = run_contracts("overlay", "--fix", cwd=project)

    assert done.stdout == "ours.yaml: written\n"
    text = overlay.read_text(encoding="utf-8")
    assert text.startswith(own)
    assert sorted(text.removeprefix(own).splitlines()) == sorted(ACTIONS)
    assert run_contracts("check", cwd=project).code == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("contracts.yaml", "  shop: spec/shop.yaml", "  shop: ./spec/shop.yaml", "write `shop: {document"),
        ("spec/shop.overlay.yaml", "", "a: 1", "exists, and contracts.yaml does not name it"),
    ],
)
def test_what_must_be_done_by_hand_is_told_and_changes_nothing(
    project: Path, name: str, old: str, new: str, says: str
) -> None:
    file = project / name
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(text.replace(old, new) if old else new, encoding="utf-8")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    done = run_contracts("overlay", "--fix", cwd=project)

    assert done.code == 2
    assert says in done.stderr
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
