"""docs/how-to: each piece of a file is read without a mistake of its form."""

from textwrap import indent

import pytest

from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.project.contract.contracts import ContractFileForm
from contracts_runner.project.contract.warehouse_contracts import WarehouseFileForm
from contracts_runner.project.settings.settings import ProjectForm
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.warehouse.account import render_account_sql
from helpers.command import REPOSITORY
from helpers.documents import PIECES, Block, read_blocks

FORMS = dict.fromkeys(PIECES, ContractFileForm) | {"contracts.yaml": ProjectForm, "warehouse": WarehouseFileForm}
_CONTRACT = "contract: users\nspec: shop\nsource: {document: spec.json}\n"
_BEFORE = {"contracts.yaml": "version: 1\nspecs: {shop: spec.json}\n", "warehouse": "", "contract-file": ""}
PATHS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs" / "how-to").glob("*.md"))]
PAGES = {path.stem: read_blocks(path) for path in PATHS}
FOUND = [(page, block) for page, blocks in PAGES.items() for block in blocks if block.about in PIECES]
# Those with commands are typed in test_typed_pages.py.
OTHERS = {page for page, blocks in PAGES.items() if any(block.language == "sh" for block in blocks)}
OTHERS |= {"ci", "editors"}  # test_ci.py, test_editor_schemas.py
[ACCOUNT] = [block.text for block in PAGES["clickhouse-account"] if block.language == "sql"]


@pytest.mark.parametrize(("page", "block"), FOUND, ids=[f"{page}-{n}" for n, (page, _) in enumerate(FOUND)])
def test_a_piece_is_read(page: str, block: Block) -> None:
    scenario = f"scenarios:\n{indent(block.text, '  ')}"
    whole = _BEFORE.get(block.about, _CONTRACT) + (scenario if block.about == "scenario" else block.text)
    reading = Reading(parse_yaml(whole, f"{page}.yaml"))

    found = FORMS[block.about].reader().read(reading.start())

    assert [str(problem) for problem in reading.problems] == []
    assert found is not None


def test_every_fenced_block_is_such_a_piece() -> None:
    blocks = [block for page in PAGES.keys() - OTHERS for block in PAGES[page]]

    assert {block.about for block in blocks} <= {*PIECES, "shop_loader.py", "contracts_ro"}


def test_the_statements_for_an_account_are_those_of_the_doctor() -> None:
    assert render_account_sql(["zakaz"], QueryLimits(rows=500_000_000)).splitlines() == ACCOUNT.splitlines()
