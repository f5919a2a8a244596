"""docs/how-to.md: each piece of a file is read without a mistake of its form."""

import json
import re
import sys
from textwrap import indent
from types import ModuleType

import pytest

from contracts_runner.project.contract.contracts import ContractFileForm
from contracts_runner.project.contract.warehouse_contracts import WarehouseFileForm
from contracts_runner.project.settings.settings import ProjectForm
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.command import REPOSITORY
from helpers.servers import always, answer, serve_raw
from helpers.warehouse_desk import Desk

PAGE = (REPOSITORY / "docs" / "how-to.md").read_text(encoding="utf-8")
PIECES = re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
[LOADER] = re.findall(r"^```python shop_loader.py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FORMS = {"contracts.yaml": ProjectForm, "warehouse": WarehouseFileForm}
_CONTRACT = "contract: users\nspec: shop\nsource: {document: spec.json}\n"


@pytest.mark.parametrize(("kind", "text"), PIECES, ids=range(len(PIECES)))
def test_a_piece_is_read(kind: str, text: str) -> None:
    form = FORMS.get(kind, ContractFileForm)
    before = {"contracts.yaml": "version: 1\nspecs: {shop: spec.json}\n", "warehouse": ""}.get(kind, _CONTRACT)
    whole = before + (f"scenarios:\n{indent(text, '  ')}" if kind == "scenario" else text)
    reading = Reading(parse_yaml(whole, "piece.yaml"))

    found = form.reader().read(reading.start())

    assert [str(problem) for problem in reading.problems] == []
    assert found is not None


def test_every_fenced_block_is_such_a_piece() -> None:
    assert {kind for kind, _ in PIECES} == {"contracts.yaml", "contract", "scenario", "warehouse"}
    assert PAGE.count("```") == 2 * len([*PIECES, LOADER])


def test_the_loader_loads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("shop_loader")
    exec(LOADER, vars(module))
    monkeypatch.setitem(sys.modules, "shop_loader", module)
    phase = desk.phase(snapshots=["orders"], prepare="shop_loader:create_tables", load="shop_loader:load")
    order = {"id": "1", "price": "10.50", "sold_ms": 1_767_225_600_000}

    phase.prepare()
    with serve_raw(always(answer(body=json.dumps([order]).encode()))) as server:
        event = phase.load(base_url=server.base_url, credentials={"apiKey": "key"})

    assert (event.outcome, event.message, event.rows) == ("passed", "", {"orders": 1})
    assert phase.snapshot("after").tables == {"orders": 1}
