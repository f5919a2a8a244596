"""`contracts check` warns of a credential that goes to several services because their documents use the same word."""

from pathlib import Path

import pytest

from contracts_runner.errors import Severity
from helpers.small_projects import check

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{key: []}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /things:
    get: {operationId: listThings, responses: {"200": {description: Things.}}}
    post: {operationId: addThing, responses: {"201": {description: Made.}}}
"""
ONE = "contract: {0}\ntitle: {0}\nspec: {0}\n{1}scenarios: [{{id: {0}.1, title: A, steps: [{{{2}}}]}}]\n"
OWN = "base_urls: {pay: https://pay.example.com}"
READ, WRITE = "operation: listThings", "operation: addThing"


def list_warnings(folder: Path, more: str, second: str) -> list[str]:
    settings = f"""\
version: 1
specs: {{shop: shop.yaml, pay: pay.yaml}}
contracts: contracts
default_environment: prod
environments:
  prod:
    base_url: https://shop.example.com
    credentials: {{key: a-key-1, payKey: a-key-2}}
    {more}
"""
    files = {
        "contracts.yaml": settings,
        "shop.yaml": SPEC,
        "pay.yaml": SPEC,
        "contracts/orders.yaml": ONE.format("shop", "", READ),
        "contracts/warehouse.yaml": second,
    }
    found = [each for each in check(folder, files) if "several services" in each.message]
    assert all((each.severity, each.rule) == (Severity.WARNING, "credential") for each in found)
    return [f"{each.location}: {each.message}; {each.hint}" for each in found]


def test_it_is_told_with_a_way_out(tmp_path: Path) -> None:
    assert list_warnings(tmp_path, OWN, ONE.format("pay", "", READ)) == [
        "contracts.yaml:8: the credential 'key' goes to several services: the documents of 'shop' and 'pay' have a "
        "security scheme of that name; are they not one account, add another credential, and name it in the files of "
        "'pay': `defaults: {auth: NAME}`"
    ]


@pytest.mark.parametrize(
    ("more", "second"),
    [
        ("writes: block", ONE.format("pay", "", READ)),
        (OWN, ONE.format("pay", "defaults: {auth: payKey}\n", READ)),
        (OWN, ONE.format("pay", "", f"{READ}, auth: key")),
        (OWN, ONE.format("pay", "", f"{READ}, auth: none")),
        (OWN, ONE.format("pay", "", WRITE)),
    ],
    ids=["one service", "another one", "named", "none", "kept back"],
)
def test_what_goes_to_one_service_or_is_named_is_not(tmp_path: Path, more: str, second: str) -> None:
    assert list_warnings(tmp_path, more, second) == []


def test_generated_requests_send_it_too(tmp_path: Path) -> None:
    [warning] = list_warnings(tmp_path, f"{OWN}\n    properties: {{operations: read}}", ONE.format("pay", "", WRITE))

    assert "'shop' and 'pay'" in warning
