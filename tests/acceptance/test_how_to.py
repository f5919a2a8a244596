"""docs/how-to.md: each piece of a file is read without a mistake of its form."""

import re
from textwrap import indent

import pytest

from contracts_runner.project.contract.contracts import ContractFileForm
from contracts_runner.project.settings.settings import ProjectForm
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.command import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how-to.md").read_text(encoding="utf-8")
PIECES = re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
_CONTRACT = "contract: users\nspec: shop\nsource: {document: spec.json}\n"


@pytest.mark.parametrize(("kind", "text"), PIECES, ids=range(len(PIECES)))
def test_a_piece_is_read(kind: str, text: str) -> None:
    form = ProjectForm if kind == "contracts.yaml" else ContractFileForm
    before = "version: 1\nspecs: {shop: spec.json}\n" if kind == "contracts.yaml" else _CONTRACT
    whole = before + (f"scenarios:\n{indent(text, '  ')}" if kind == "scenario" else text)
    reading = Reading(parse_yaml(whole, "piece.yaml"))

    found = form.reader().read(reading.start())

    assert [str(problem) for problem in reading.problems] == []
    assert found is not None


def test_every_fenced_block_is_such_a_piece() -> None:
    assert {kind for kind, _ in PIECES} == {"contracts.yaml", "contract", "scenario"}
    assert PAGE.count("```") == 2 * len(PIECES)
