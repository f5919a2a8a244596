"""A mistake of a contract file keeps back the run that selects what has it, and no other."""

from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError
from contracts_runner.model.phase import Phase
from contracts_runner.project.project import load_project
from contracts_runner.run.options import RunOptions
from contracts_runner.run.plan import plan_run
from helpers.project_files import SETTINGS, SPEC, write_project

GOOD = "  - {id: good, title: Good, steps: [{operation: listOrders}]}\n"
HEAD = "contract: a\nspec: shop\nscenarios:\n"
OTHER = "contract: b\nspec: shop\nscenarios: [{id: other, title: Other, steps: [{operation: listOrders}]}]\n"
TABLES = "warehouse: shop\ntables:\n  t:\n    checks:\n"

# A mistake of the scenario `bad`, of each kind that reading and the references of a contract file find.
IN_A_SCENARIO = {
    "unknown operation": "{id: bad, title: Bad, steps: [{operation: listOrdrs}]}",
    "unknown key": "{id: bad, title: Bad, stps: [], steps: [{operation: listOrders}]}",
    "no steps": "{id: bad, title: Bad}",
    "a wrong type": "{id: bad, title: Bad, steps: [{operation: listOrders, expect: {status: many}}]}",
    "unknown credential": "{id: bad, title: Bad, steps: [{operation: listOrders, auth: nobody}]}",
    "no such variable": '{id: bad, title: Bad, steps: [{operation: listOrders, parameters: {page: "${nothing}"}}]}',
    "unknown environment": "{id: bad, title: Bad, steps: [{operation: listOrders, in: {moon: {}}}]}",
    "the same id": "{id: bad, title: Bad, steps: [{operation: listOrders}]}\n"
    "  - {id: bad, title: Bad, steps: [{operation: listOrders}]}",
}
OF_A_FILE = {"unknown spec": OTHER.replace("shop", "shp"), "unknown key": OTHER + "tgs: [a]\n"}


def plan(root: Path, *selectors: str) -> list[str]:
    """Return the warnings of a run that sends only scenarios and checks; raises ProjectError."""
    options = RunOptions(selectors=selectors, environment="test")
    return list(map(str, plan_run(load_project(root), options).warnings))


@pytest.mark.parametrize("mistake", IN_A_SCENARIO.values(), ids=IN_A_SCENARIO)
def test_a_mistake_of_a_scenario_is_an_error_only_where_that_is_selected(tmp_path: Path, mistake: str) -> None:
    root = write_project(tmp_path, {"contracts/a.yaml": f"{HEAD}{GOOD}  - {mistake}\n"})

    warnings = plan(root, "good")
    with pytest.raises(ProjectError) as chosen:
        plan(root, "bad")
    with pytest.raises(ProjectError) as everything:
        plan(root)

    assert len(warnings) == 1
    assert warnings == str(chosen.value).splitlines() == str(everything.value).splitlines()


def test_a_credential_that_the_environment_lacks_is_a_mistake_of_what_is_selected(tmp_path: Path) -> None:
    bad = "  - {id: bad, title: Bad, steps: [{operation: listOrders, auth: other}]}\n"
    good = GOOD.replace("listOrders", "listOrders, auth: none")
    moon = "  moon: {base_url: https://moon.example.com, credentials: {other: x}}\n"
    secured = SPEC.replace("listOrders\n", "listOrders\n      security: [{other: []}]\n").replace(
        "components:\n", "components:\n  securitySchemes: {other: {type: http, scheme: bearer}}\n"
    )
    files = {"contracts.yaml": SETTINGS + moon, "spec/shop.yaml": secured, "contracts/a.yaml": HEAD + good + bad}
    root = write_project(tmp_path, files)

    assert plan(root, "good") == []
    with pytest.raises(ProjectError, match=r"a\.yaml:5: the environment 'test' has no credential 'other'"):
        plan(root, "bad")


@pytest.mark.parametrize("skips", [False, True])
def test_an_auth_of_the_environment_that_nothing_has_is_a_mistake_of_what_would_send_it(
    tmp_path: Path, skips: bool
) -> None:
    settings = SETTINGS.replace("  test:\n", "  test:\n    auth: nobody\n")
    secured = SPEC.replace("listOrders\n", "listOrders\n      security: [{other: []}]\n").replace(
        "components:\n", "components:\n  securitySchemes: {other: {type: http, scheme: bearer}}\n"
    )
    open_step = "  - {id: open, title: Open, steps: [{operation: listOrders, auth: none}]}\n"
    files = {"contracts.yaml": settings, "spec/shop.yaml": secured, "contracts/a.yaml": HEAD + GOOD + open_step}
    root = write_project(tmp_path, files)
    chosen = RunOptions(selectors=("good",), environment="test", is_missing_skipped=skips)

    assert plan(root, "open") == []
    with pytest.raises(ProjectError, match=r"contracts\.yaml:\d+: unknown credential 'nobody'"):
        plan_run(load_project(root), chosen)


@pytest.mark.parametrize("text", OF_A_FILE.values(), ids=OF_A_FILE)
def test_a_mistake_of_a_file_is_an_error_where_anything_of_the_file_is_selected(tmp_path: Path, text: str) -> None:
    root = write_project(tmp_path, {"contracts/a.yaml": HEAD + GOOD, "contracts/b.yaml": text})

    warnings = plan(root, "good")
    with pytest.raises(ProjectError, match=r"b\.yaml"):
        plan(root, "other")

    assert [warning.split(":")[0] for warning in warnings] == ["contracts/b.yaml"]


def test_a_file_of_which_nothing_could_be_read_is_an_error_where_everything_is_selected(tmp_path: Path) -> None:
    files = {"contracts/a.yaml": HEAD + GOOD, "contracts/b.yaml": "contract: b\nspec: shop\n"}
    root = write_project(tmp_path, files)

    assert len(plan(root, "good")) == 1
    with pytest.raises(ProjectError, match="needs the key 'scenarios'"):
        plan(root)


def test_a_mistake_behind_an_alias_is_one_of_each_scenario_that_has_it(tmp_path: Path) -> None:
    first = "  - {id: first, title: A, steps: &steps [{operation: listOrdrs}]}\n"
    second = "  - {id: second, title: B, steps: *steps}\n"
    root = write_project(tmp_path, {"contracts/a.yaml": HEAD + first + second + GOOD})

    assert set(plan(root, "good")) == {"contracts/a.yaml:4: unknown operation 'listOrdrs'; Did you mean 'listOrders'?"}
    for identifier in ("first", "second"):
        with pytest.raises(ProjectError, match="listOrdrs"):
            plan(root, identifier)


@pytest.mark.parametrize(
    "mistake",
    ["unique: [a], final: 5", "reconcile: {operation: listOrdrs, rows: $.a, key: $.id, column: id}", "uniq: [a]"],
)
def test_a_mistake_of_a_warehouse_check_is_none_of_a_scenario(tmp_path: Path, mistake: str) -> None:
    tables = f"{TABLES}      - {{id: W.1, not_null: [a]}}\n      - {{id: W.2, {mistake}}}\n"
    root = write_project(tmp_path, {"contracts/a.yaml": HEAD + GOOD, "contracts/w.yaml": tables})

    assert {warning.split(":")[0] for warning in plan(root, "good")} == {"contracts/w.yaml"}


def test_a_required_parameter_that_a_warehouse_check_lacks_is_a_mistake_of_that_check(tmp_path: Path) -> None:
    asking = "reconcile: {operation: listOrders, rows: $.a, key: $.id, column: id}"
    tables = f"{TABLES}      - {{id: W.1, not_null: [a]}}\n      - {{id: W.2, {asking}}}\n"
    required = SPEC.replace("{name: page, in: query,", "{name: page, in: query, required: true,")
    root = write_project(tmp_path, {"spec/shop.yaml": required, "contracts/w.yaml": tables})

    def plan_checks(*selectors: str) -> int:
        options = RunOptions(selectors=selectors, environment="test", phases=(Phase.WAREHOUSE,), is_phase_chosen=True)
        return sum(len(contract.checks) for contract in plan_run(load_project(root), options).warehouses)

    assert plan_checks("W.1") == 1
    for selectors in (("W.2",), ()):
        with pytest.raises(ProjectError, match=r"w\.yaml:6: listOrders requires the query parameter 'page'"):
            plan_checks(*selectors)


def test_a_contract_file_that_cannot_be_read_keeps_back_everything(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"contracts/a.yaml": HEAD + GOOD, "contracts/b.yaml": 'contract: "b\n'})

    with pytest.raises(ProjectError, match=r"b\.yaml:"):
        load_project(root)
