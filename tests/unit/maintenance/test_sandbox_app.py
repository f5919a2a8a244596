"""Which application is served, with which arguments; and the example requests that go with it."""

import sys
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.maintenance.examples import iter_examples
from contracts_runner.maintenance.sandbox_app import choose_environment, configure_app, find_faults
from contracts_runner.model.environment import Environment, SandboxApp
from contracts_runner.project.project import load_project
from helpers.small_projects import SETTINGS, SPEC, plant, write_project

HERE = SourceLocation("contracts.yaml", 5)
SANDBOX = """\
  twin:
    base_url: sandbox
    sandbox: {app: "shop_twin.app:create_app"}
"""


def make_app(app: str = "shop_twin.app:create_app", **options: Any) -> SandboxApp:
    return SandboxApp(app=app, options=options, location=HERE)


@pytest.fixture
def twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with an application that takes a seed and faults, and a plain one that takes neither."""
    folder = tmp_path / "shop_twin"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "app.py").write_text(
        "def create_app(*, seed=1, faults=()): return None\ndef create_plain(): return None\n"
        "def create_any(**options): return None\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("shop_twin", "shop_twin.app", "shop_twin.faults"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def test_seed_and_faults_are_added_to_the_options(twin: Path) -> None:
    app = configure_app(make_app(seed=1), seed=7, faults=("slow",))

    assert app.options == {"seed": 7, "faults": ["slow"]}


def test_what_is_not_chosen_is_left_to_the_environment(twin: Path) -> None:
    assert configure_app(make_app(seed=3), seed=None, faults=()).options == {"seed": 3}


@pytest.mark.parametrize("choice", [{"seed": 1, "faults": ()}, {"seed": None, "faults": ("slow",)}])
def test_an_application_that_takes_no_such_argument_is_wrong_use(twin: Path, choice: Any) -> None:
    with pytest.raises(UsageError, match=r"takes no '(seed|faults)'"):
        configure_app(make_app("shop_twin.app:create_plain"), **choice)


def test_an_application_with_free_options_takes_both(twin: Path) -> None:
    app = configure_app(make_app("shop_twin.app:create_any"), seed=1, faults=("slow",))

    assert app.options == {"seed": 1, "faults": ["slow"]}


@pytest.mark.parametrize("app", ["shop_twin.app:create_nothing", "shop_twin.nothing:create_app"])
def test_an_application_that_is_not_there_is_wrong_use(twin: Path, app: str) -> None:
    with pytest.raises(UsageError, match="cannot be"):
        configure_app(make_app(app), seed=1, faults=())


def test_an_unknown_fault_is_told_before_anything_is_served(twin: Path) -> None:
    (twin / "faults.py").write_text("FAULTS = ['slow']\n", encoding="utf-8")

    with pytest.raises(UsageError, match="there is no fault 'slwo'; Did you mean 'slow'"):
        configure_app(make_app(), seed=None, faults=("slwo",))


@pytest.mark.parametrize("module", ["app.py", "__init__.py", "faults.py"])
def test_faults_are_found_in_the_module_the_package_or_its_faults(twin: Path, module: str) -> None:
    with (twin / module).open("a", encoding="utf-8") as file:
        file.write("FAULTS = {'slow': type('F', (), {'description': 'Waits'}), 'bare': 5}\n")

    assert find_faults("shop_twin.app:create_app") == {"slow": "Waits", "bare": ""}


def test_an_application_without_faults_has_none(twin: Path) -> None:
    assert find_faults("shop_twin.app:create_app") == {}


@pytest.mark.parametrize(
    ("settings", "name", "chosen"),
    [
        (SETTINGS + SANDBOX, None, "twin"),
        (SETTINGS + SANDBOX, "twin", "twin"),
        (SETTINGS.replace("default_environment: test", "default_environment: twin") + SANDBOX, None, "twin"),
    ],
)
def test_the_environment_with_a_sandbox_is_served(tmp_path: Path, settings: str, name: str | None, chosen: str) -> None:
    project = load_project(write_project(tmp_path, {"contracts.yaml": settings}))

    assert choose_environment(project.settings, name) == chosen


@pytest.mark.parametrize(
    ("settings", "name", "says"),
    [
        (SETTINGS, None, "the environment 'test' has no sandbox; environments with a sandbox: none"),
        (SETTINGS + SANDBOX, "prod", "the environment 'prod' has no sandbox; environments with a sandbox: twin"),
        (SETTINGS + SANDBOX, "twn", r"there is no environment 'twn'; Did you mean 'twin'\?"),
        (SETTINGS.replace("default_environment: test\n", ""), None, "no environment is chosen"),
    ],
)
def test_where_no_sandbox_can_be_meant_the_choices_are_told(
    tmp_path: Path, settings: str, name: str | None, says: str
) -> None:
    project = load_project(write_project(tmp_path, {"contracts.yaml": settings}))

    with pytest.raises(UsageError, match=says):
        choose_environment(project.settings, name)


def make_environment(**changes: Any) -> Environment:
    values: dict[str, Any] = {"name": "test", "base_url": None, "location": HERE, "credentials": {"shopKey": "it's"}}
    return Environment(**{**values, **changes})


def list_examples(folder: Path, environment: Environment, files: dict[str, str] | None = None) -> list[str]:
    spec = load_project(write_project(folder, files)).specs["shop"]
    return [*iter_examples(spec, environment, "http://127.0.0.1:80")]


def test_an_example_is_a_read_that_can_be_pasted(tmp_path: Path) -> None:
    lines = list_examples(tmp_path, make_environment(variables={"id": 7}))

    assert lines == [
        "# getOrder, shopKey",
        "curl -i -H 'Accept: application/json' -H 'Authorization: Bearer it'\"'\"'s' http://127.0.0.1:80/orders/7",
    ]


def test_required_parameters_come_from_the_spec_where_the_environment_has_none(tmp_path: Path) -> None:
    files = plant("spec.yaml", "{enum: [north, south]}", "{enum: [north, south], default: south}")

    assert list_examples(tmp_path, make_environment(), files)[1].endswith("'http://127.0.0.1:80/orders?region=south'")


def test_a_missing_credential_is_told_instead(tmp_path: Path) -> None:
    lines = list_examples(tmp_path, make_environment(credentials={}, variables={"id": 7}))

    assert lines == ["# getOrder: the environment has no credential 'shopKey'"]


def test_without_parameters_there_is_no_example(tmp_path: Path) -> None:
    assert list_examples(tmp_path, make_environment()) == []


def test_an_api_without_credentials_has_an_example_too(tmp_path: Path) -> None:
    spec = SPEC.replace("security: [{shopKey: []}]\n", "").replace(
        "  securitySchemes:\n    shopKey: {type: http, scheme: bearer}\n", ""
    )
    settings = SETTINGS.replace("    credentials: {shopKey: $SHOP_KEY}\n", "")
    environment = make_environment(credentials={}, variables={"region": "north"})

    lines = list_examples(tmp_path, environment, {"spec.yaml": spec, "contracts.yaml": settings})

    assert lines == [
        "# listOrders, none",
        "curl -i -H 'Accept: application/json' 'http://127.0.0.1:80/orders?region=north'",
    ]
