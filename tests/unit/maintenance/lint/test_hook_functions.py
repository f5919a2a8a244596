"""`contracts check` looks for the functions that environments name as hooks, without running their modules."""

from pathlib import Path

import pytest

from helpers.small_projects import check

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths: {/things: {get: {operationId: listThings, responses: {"200": {description: Things.}}}}}
"""
SETTINGS = """\
version: 1
specs: {{shop: shop.yaml}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: https://shop.example.com
    {}
"""
ONE = "contract: a\ntitle: A\nspec: shop\nscenarios: [{id: a.1, title: A, steps: [{operation: listThings}]}]\n"
LOADER = """\
raise SystemExit("it was run")
from elsewhere import prepare_all as prepare
load = lambda **_: {}
if True:
    def load_later(**_): ...
"""


def list_told(folder: Path, hooks: str) -> list[str]:
    files = {
        "contracts.yaml": SETTINGS.format(hooks),
        "shop.yaml": SPEC,
        "contracts/a.yaml": ONE,
        "shop_loader.py": LOADER,
        "parts/__init__.py": "",
        "parts/more.py": "from shop_loader import *\n",
        "broken.py": "def load(:",
    }
    return [f"{each.message}; {each.hint}" for each in check(folder, files) if "hook" in each.message]


@pytest.mark.parametrize(
    "hooks",
    [
        'warehouse: {dsn: "chdb://memory", load: "shop_loader:load", prepare: "shop_loader:prepare"}',
        'warehouse: {dsn: "chdb://memory", load: "shop_loader:load_later"}',
        # What these have only running them would tell.
        'warehouse: {dsn: "chdb://memory", load: "parts.more:load"}',
        'warehouse: {dsn: "chdb://memory", load: "broken:load"}',
        'warehouse: {dsn: "chdb://memory", load: "json:loads"}',
        'warehouse: {dsn: "chdb://memory", load: "json.decoder:any"}',
    ],
)
def test_a_hook_that_is_there_or_may_be_is_not_told(tmp_path: Path, hooks: str) -> None:
    assert list_told(tmp_path, hooks) == []


@pytest.mark.parametrize(
    ("hooks", "told"),
    [
        (
            'warehouse: {dsn: "chdb://memory", load: "shop_loder:load"}',
            "the hook 'shop_loder:load' is not there: no module 'shop_loder' below the project, and none installed; "
            "Did you mean 'shop_loader'?",
        ),
        (
            'warehouse: {dsn: "chdb://memory", load: "shop_loader:loda"}',
            "the hook 'shop_loader:loda' is not there: shop_loader.py has no 'loda'; Did you mean 'load'?",
        ),
        (
            'warehouses: {main: {dsn: "chdb://memory", prepare: "shop_loader:prepaer"}}',
            "the hook 'shop_loader:prepaer' is not there: shop_loader.py has no 'prepaer'; Did you mean 'prepare'?",
        ),
        (
            'sandbox: {app: "parts:create_app"}',
            "the hook 'parts:create_app' is not there: parts/__init__.py has no 'create_app'; ",
        ),
    ],
)
def test_a_hook_that_is_not_there_is_told(tmp_path: Path, hooks: str, told: str) -> None:
    assert list_told(tmp_path, hooks) == [told]
