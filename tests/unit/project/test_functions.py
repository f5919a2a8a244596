"""The functions of a project that `${…}` may call are read without being run, and called with values that fit."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.project.function_calls import CallError, FunctionCaller
from contracts_runner.project.functions import load_functions
from contracts_runner.project.hooks import Hooks
from contracts_runner.project.project import load_project
from contracts_runner.results.rows import FindingStatus
from contracts_runner.run.diagnosis import examine_functions
from helpers.project_files import SETTINGS, check_files, write_project, write_steps

MODULE = '''\
"""What is read, and not run."""
raise SystemExit("it was imported")


def sign(token: str, id: int | None = None) -> str:
    return token


def join(*parts):
    return parts


def now() -> float:
    return 1.0


def _hidden(): ...


class Thing: ...
'''


def check(folder: Path, *steps: str, module: str | None = MODULE, name: str = "signing") -> list[str]:
    """Return the mistakes of a project whose steps call functions."""
    files = {"contracts.yaml": SETTINGS.replace("environments:", f"functions: {name}\nenvironments:")}
    return check_files(folder, *steps, files=files | ({"signing.py": module} if module else {}))


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("${sign(sku)}", ""),
        ("${sign(sku, shop_id)}", ""),
        ("${signing.sign(sku):base64}", ""),
        ("${sign(sign(sku), shop_id)}", ""),
        ("${join()}", ""),
        ("${join(sku, sku, now+1h:unix)}", ""),
        ("${sgn(sku)}", "'${sgn(sku)}': signing.py has no function 'sgn'; Did you mean 'sign'?"),
        ("${other.sign(sku)}", "'${other.sign(sku)}': signing.py has no function 'other.sign'; Did you mean 'sign'?"),
        ("${_hidden()}", "'${_hidden()}': signing.py has no function '_hidden'; known: sign, join, now"),
        ("${sign()}", "'${sign()}': sign takes token, [id], not 0 values"),
        ("${sign(sku, sku, sku)}", "'${sign(sku, sku, sku)}': sign takes token, [id], not 3 values"),
        ("${now(sku)}", "'${now(sku)}': now takes nothing, not 1 value"),
        ("${sign(skuu)}", "'${skuu}' has no value; Did you mean 'sku'?"),
        ("${sign(shop_id)}", "${sign(shop_id)}: sign takes a text as 'token', not a number"),
        ("${sign(sku, sku)}", "${sign(sku, sku)}: sign takes an integer or null as 'id', not a text"),
        ("${sign(sku.x)}", "${sku.x}: the value has no member 'x': it is a text"),
    ],
)
def test_a_call_is_checked_without_running_it(tmp_path: Path, expression: str, problem: str) -> None:
    found = check(tmp_path, f"{{operation: createOrder, body: {{sku: '{expression}', quantity: 1}}}}")

    assert found == ([f"contracts/a.yaml:7: {problem}"] if problem else [])


def test_what_a_function_makes_is_known_to_a_run_only(tmp_path: Path) -> None:
    steps = write_steps("{operation: createOrder, body: {sku: '${sealed}-${sealed:base64}', quantity: '${n}'}}")
    contract = steps.replace("scenarios:", "variables: {sealed: '${sign(sku)}', n: '${now().x}'}\nscenarios:")
    settings = SETTINGS.replace("environments:", "functions: signing\nenvironments:")

    files = {"contracts.yaml": settings, "contracts/a.yaml": contract, "signing.py": MODULE}
    assert check_files(tmp_path, files=files) == []


@pytest.mark.parametrize(
    ("module", "name", "problem"),
    [
        (MODULE, "sining", "contracts.yaml:3: there is no module 'sining' below the project; Did you mean 'signing'?"),
        (None, "a.b", "contracts.yaml:3: there is no module 'a.b' below the project; write a/b.py"),
        ("x = (\n", "signing", "signing.py:1: not Python: '(' was never closed"),
        (
            MODULE,
            "signing.py:sign",
            "contracts.yaml:3: 'signing.py:sign' does not name a module; write its name as Python imports it: "
            "shop_functions",
        ),
    ],
)
def test_a_module_that_cannot_be_read_is_told(tmp_path: Path, module: str | None, name: str, problem: str) -> None:
    [found] = check(tmp_path, "{operation: listOrders}", module=module, name=name)

    assert found.startswith(problem)


def test_without_a_module_a_call_is_a_mistake(tmp_path: Path) -> None:
    assert check_files(tmp_path, "{operation: listOrders, expect: {body: {$.a: '${sign(sku)}'}}}") == [
        "contracts/a.yaml:7: '${sign(sku)}' calls a function, and the project names none; name the module in "
        "contracts.yaml: `functions: shop_functions`"
    ]


@pytest.mark.parametrize(
    ("module", "value", "status"),
    [
        ("def a() -> str: ...", "SHA-256 ", FindingStatus.OK),
        ("import nothing_like_it", "DIAGNOSED", FindingStatus.PROBLEM),
    ],
)
def test_the_doctor_says_whether_the_module_can_be_imported(
    tmp_path: Path, module: str, value: str, status: FindingStatus
) -> None:
    name = f"diagnosed_{status}"
    settings = SETTINGS.replace("environments:", f"functions: {name}\nenvironments:")
    root = write_project(tmp_path, {"contracts.yaml": settings, f"{name}.py": module})

    [finding] = examine_functions(load_project(root), Hooks(root=root))

    assert (finding.value, finding.status) == (f"{name}.py", status)
    assert value.replace("DIAGNOSED", f"{name} cannot be imported: ModuleNotFoundError") in finding.detail


CALLED = """\
def double(values: list) -> list:
    values += values
    return values

def give(what: str):
    if what == "raise":
        raise ValueError("no " + what)
    return {"bytes": b"", "nan": float("nan"), "object": {"a": [1, None]}, "keys": {1: 2}}[what]
"""


@pytest.fixture
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FunctionCaller:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"called_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(CALLED, encoding="utf-8")
    module, problems = load_functions(tmp_path, name, SourceLocation("contracts.yaml", 1))
    assert module
    assert problems == []
    return FunctionCaller(module, Hooks(root=tmp_path))


def test_a_function_gets_copies_and_gives_a_value(caller: FunctionCaller) -> None:
    values: list[Any] = [[1]]

    assert caller("double", values) == [1, 1]
    assert values == [[1]]
    assert caller("give", ["object"]) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("raise", r"MODULE:give failed: ValueError: no raise \(MODULE.py:7\)"),
        ("bytes", "give returned bytes, which is no value of JSON"),
        ("keys", "give returned dict, which is no value of JSON"),
    ],
)
def test_what_a_function_does_wrong_is_said_with_its_place(caller: FunctionCaller, what: str, problem: str) -> None:
    with pytest.raises(CallError, match=problem.replace("MODULE", caller.module.name)):
        caller("give", [what])
