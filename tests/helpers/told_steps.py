"""One step as its author writes it, against one answer, in process."""

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from contracts_runner.model.contract import Scenario
from contracts_runner.model.exchange import Request, Response
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.engine import Ran, run_scenario
from helpers.specs import load_document, make_document

_HEAD = 'contract: things\nspec: api\nscenarios:\n  - id: "1"\n    title: One\n'


def load_answers(folder: Path, content: Mapping[str, Any] | None = None) -> Spec:
    """Return a spec whose one operation, `getA`, answers with the content: media type -> schema."""
    declared = {name: {"schema": schema} for name, schema in (content or {}).items()}
    answer = {"description": "ok", **({"content": declared} if declared else {})}
    paths = {"/a": {"get": {"operationId": "getA", "responses": {"200": answer}}}}
    return load_document(folder, make_document(paths=paths))


def read_scenario(text: str) -> Scenario:
    """Return the scenario whose keys beside its id are the text."""
    contract, problems = read_contract(
        parse_yaml(_HEAD + textwrap.indent(textwrap.dedent(text), "    "), "contracts/a.yaml")
    )
    assert problems == []
    assert contract is not None
    return contract.scenarios[0]


def find_problems(text: str) -> list[str]:
    """Return what is wrong with a scenario of one step that has the keys of the text."""
    step = f"steps:\n  - operation: getA\n{textwrap.indent(textwrap.dedent(text), '    ')}\n"
    _, problems = read_contract(parse_yaml(_HEAD + textwrap.indent(step, "    "), "contracts/a.yaml"))
    return [f"{problem.message}; {problem.hint}".removesuffix("; ") for problem in problems]


def run_step(
    spec: Spec, keys: str, answer: Response | Callable[[Request], Response], *, then: str = "", **changes: Any
) -> Ran:
    """Run a scenario of one step with these keys, in YAML's flow style, and the steps `then`."""
    text = f"steps: [{{operation: getA, {keys}}}{', ' + then if then else ''}]"
    handle = answer if callable(answer) else lambda _: answer
    return run_scenario(spec, read_scenario(text), handle, **changes)
