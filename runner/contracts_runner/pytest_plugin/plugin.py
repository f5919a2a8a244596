"""What a session of pytest does for scenarios, where it is asked for."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ContractsError
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.root import find_root
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.pytest_plugin import RUN_OPTIONS
from contracts_runner.pytest_plugin.items import ContractFile, ScenarioItem
from contracts_runner.pytest_plugin.scenario_run import FinishedRun, run_scenarios
from contracts_runner.run.options import OPTIONS, Given, build_options

_OUTPUT = "contracts"
# The ways of xdist in which each test goes to a worker alone.
_SPREAD = ("load", "worksteal")


def build_plugin(config: pytest.Config) -> "ContractsPlugin":
    """Return the plugin of a session. Raises pytest.UsageError for what keeps the project from being read."""
    named = config.getoption("contracts_project")
    try:
        root = find_root(Path(named) if named else None, os.environ, config.invocation_params.dir)
        project = load_project(root)
        given = _list_given(config)
        build_options(given)
        name = given.get("environment", project.settings.default_environment)
        resolve_environment(project.settings, str(name), os.environ)
    except ContractsError as error:
        raise pytest.UsageError(str(error)) from None
    return ContractsPlugin(config, project, given)


def _list_given(config: pytest.Config) -> dict[str, Given]:
    """Return what the session says of the run, by the names of run/options.py. Raises pytest.UsageError."""
    asked = {name: config.getoption(f"contracts_{name}") for name in RUN_OPTIONS}
    given: dict[str, Given] = {name: value for name, value in asked.items() if value is not None and value is not False}
    for name, value in given.items():
        option, flag = OPTIONS[name], f"--contracts-{RUN_OPTIONS[name][0]}"
        # That of `json` would be printed among what pytest prints.
        known = [word for word in option.words if word != "json"]
        words = value if isinstance(value, tuple) else (value,)
        if unknown := [word for word in words if known and word not in known]:
            raise pytest.UsageError(f"{flag} cannot be {unknown[0]!r}; known: {', '.join(known)}")
    if isinstance(output := given.get("output"), str):
        given["output"] = Path(output)
    return given


class ContractsPlugin:
    """The hooks. Loaded in the controller of xdist too, which collects nothing and runs nothing."""

    def __init__(self, config: pytest.Config, project: Project, given: Mapping[str, Given]) -> None:
        self._config = config
        self._project = project
        self._given = given
        self._files = {project.root / contract.location.path: contract for contract in project.contracts}
        self._run: FinishedRun | None = None
        self._ended: list[tuple[int, str]] = []  # exit code and summary of each run; one, but for a worker that broke
        for tag in sorted(self._tags):
            config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
        if config.getoption("dist", "no") == "each":
            raise pytest.UsageError("--dist each would send every scenario several times: choose another --dist")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args += [str(path) for path in self._files if not self._is_below(path, config.args)]

    @cached_property
    def _tags(self) -> set[str]:
        """The tags whose names a marker can have."""
        tags = {tag for scenario in self._project.scenarios for tag in scenario.tags}
        return {tag for tag in tags if not tag.startswith("_") and not set(tag) & set(":(\n")}

    @cached_property
    def _marks(self) -> set[str]:
        """The tags that are markers: none of a name whose marker takes arguments (`skip`, `timeout`), since it has a
        meaning of its own for pytest or a plugin. Asked for when all plugins have registered theirs."""
        lines = self._config.getini("markers")
        return {tag for tag in self._tags if not any(line.startswith(f"{tag}(") for line in lines)}

    def _is_below(self, path: Path, arguments: list[str]) -> bool:
        folder = self._config.invocation_params.dir
        return any(path.is_relative_to((folder / argument).resolve()) for argument in arguments)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> ContractFile | None:
        contract = self._files.get(file_path.resolve())
        if contract is None:
            return None
        is_strict = "is_strict" in self._given
        parts: dict[str, Any] = {"contract": contract, "marks": self._marks, "find_run": self.find_run}
        file: ContractFile = ContractFile.from_parent(parent, path=file_path, is_strict=is_strict, **parts)
        return file

    def find_run(self, session: pytest.Session) -> FinishedRun:
        """Return the run, of all scenarios that the session is going to ask for."""
        if self._run is None:
            config = self._config
            given = {**self._given, "is_fail_fast": session.config.getoption("maxfail") == 1}
            ids = [item.scenario.id for item in session.items if isinstance(item, ScenarioItem)]
            command = " ".join(["pytest", *map(str, config.invocation_params.args)])
            self._run = run_scenarios(self._project, ids, given, command)
            ended = (self._run.exit_code, self._run.text)
            self._ended.append(ended)
            if hasattr(config, "workeroutput"):
                config.workeroutput[_OUTPUT] = ended
        return self._run

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        report = yield
        if isinstance(item, ScenarioItem):
            item.complete(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What no item shows (a leak, a scenario that others need) fails the session too."""
        if session.exitstatus == pytest.ExitCode.OK and any(code for code, _ in self._ended):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for _, text in self._ended:
            terminalreporter.section("contracts")
            terminalreporter.write_line(text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the end of the run from the worker of xdist that had it."""
        if ended := getattr(node, "workeroutput", {}).get(_OUTPUT):
            self._ended.append(tuple(ended))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keep all scenarios on one worker, where they are one run; its threads are the environment's `jobs`."""
        from xdist import scheduler

        dist = config.getoption("dist")
        scoped = {
            "loadfile": scheduler.LoadFileScheduling,
            "loadgroup": scheduler.LoadGroupScheduling,
        }.get(dist, scheduler.LoadScopeScheduling)(config, log)
        split = (lambda nodeid: nodeid) if dist in _SPREAD else scoped._split_scope
        scoped._split_scope = lambda nodeid: _OUTPUT if self._is_scenario(nodeid) else split(nodeid)
        return scoped

    def _is_scenario(self, nodeid: str) -> bool:
        return (self._config.rootpath / nodeid.partition("::")[0]).resolve() in self._files
