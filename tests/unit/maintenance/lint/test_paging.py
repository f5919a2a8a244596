"""What `contracts check` says of `x-paging`, and of operations that seem to need it."""

from itertools import product
from pathlib import Path

import pytest

from contracts_runner.engine.page_signs import CONTAINERS, MORE, NEXT
from helpers.small_projects import FILES, check

PAGING = "      x-paging: {in: query, name: page, total: $.total}\n"
TOTAL = "        total: {type: integer}\n"
ORDERS = "    Orders:\n      description: Orders, or an error.\n"


def list_messages(folder: Path, *changes: tuple[str, str], has_warehouse: bool = True) -> list[tuple[str, str]]:
    """Return (severity, message) of the problems of the rule in a project whose spec was changed."""
    spec = FILES["spec.yaml"]
    for old, new in changes:
        assert spec.count(old) == 1
        spec = spec.replace(old, new)
    problems = check(folder, {"spec.yaml": spec} | ({} if has_warehouse else {"contracts/warehouse.yaml": ""}))
    return [(problem.severity, problem.message) for problem in problems if problem.rule == "paging"]


@pytest.mark.parametrize(("container", "name"), list(product(("", *CONTAINERS), (*NEXT, *MORE))))
def test_a_described_sign_without_paging_is_a_warning(tmp_path: Path, container: str, name: str) -> None:
    member = (
        f"{name}: {{}}" if not container else f"{container}: {{properties: {{{name}: {{type: [string, 'null']}}}}}}"
    )

    found = list_messages(tmp_path, (PAGING, ""), (TOTAL, f"{TOTAL}        {member}\n"))

    path = ".".join(filter(None, ("$", container, name)))
    message = "'listOrders' has no 'x-paging', and its answers show a sign of further pages: "
    assert found == [("warning", message + path)]


@pytest.mark.parametrize("header", ["Link", "link", "X-Total-Count"])
def test_a_declared_header_that_tells_of_pages_is_a_warning(tmp_path: Path, header: str) -> None:
    declared = f"{ORDERS}      headers: {{{header}: {{schema: {{type: string}}}}}}\n"

    [(severity, message)] = list_messages(tmp_path, (PAGING, ""), (ORDERS, declared))

    assert (severity, message.rpartition(": ")[2]) == ("warning", f"the header {header}")


@pytest.mark.parametrize(
    "member", ["", "        next: {type: 'null'}\n", "        other: {properties: {next: {}}}\n", "        nexts: {}\n"]
)
def test_what_is_no_sign_gives_no_warning(tmp_path: Path, member: str) -> None:
    assert list_messages(tmp_path, (PAGING, ""), (TOTAL, TOTAL + member)) == []


def test_with_paging_a_sign_gives_no_warning(tmp_path: Path) -> None:
    assert list_messages(tmp_path, (TOTAL, f"{TOTAL}        next: {{type: string}}\n")) == []


@pytest.mark.parametrize(
    ("paging", "message"),
    [
        ("{in: query, name: page, total: {pages: $.total}}", ""),
        ("{in: query, name: page, total: {header: X-Count}}", ""),
        ("{in: query, name: page, total: {header: X-Total}}", "never answers with the header X-Total: no such header"),
        ("{in: query, name: page, total: {pages: $.data.pages}}", "never answers with $.data.pages: "),
        ("{in: query, name: page, more: $.data.more}", "never answers with $.data.more: "),
        ("{style: cursor, in: query, name: page, next: {header: X-Next}}", "never answers with the header X-Next: "),
        ("{style: link, next: $.total}", ""),
        ("{in: query, name: page, total: $.total, size: {name: region, value: 9}}", ""),
        # An error of the warehouse check that asks.
        ("{in: query, name: page, total: $.total, size: {name: size, value: 9}}", ""),
    ],
)
def test_what_paging_names_must_be_declared(tmp_path: Path, paging: str, message: str) -> None:
    headers = f"{ORDERS}      headers: {{X-Count: {{schema: {{type: integer}}}}}}\n"

    found = list_messages(tmp_path, (PAGING, f"      x-paging: {paging}\n"), (ORDERS, headers))

    assert [severity for severity, _ in found] == (["warning"] if message else [])
    assert all(message in text for _, text in found)


def test_without_warehouse_checks_a_sign_gives_no_warning(tmp_path: Path) -> None:
    changes = (PAGING, ""), (TOTAL, f"{TOTAL}        next: {{}}\n")

    assert [severity for severity, _ in list_messages(tmp_path / "with", *changes)] == ["warning"]
    assert list_messages(tmp_path / "without", *changes, has_warehouse=False) == []
