"""Scenarios as items of pytest: what is collected, what becomes of an outcome, what is sent."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

# Loaded here once: pytester forgets what a session imports, and extension modules cannot be imported twice.
import contracts_runner.pytest_plugin.plugin  # noqa: F401
from contracts_runner.run.audit import audit_run
from helpers.ledger_reader import list_runs
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytest_plugins = ["pytester"]

ASKED = ("--contracts-env", "here")

SCENARIOS = """
- {id: A.passed, title: One thing, tags: [read, skip], steps: [{name: read, operation: getThing, parameters: {id: 1}}]}
- id: B.failed
  title: Другая вещь
  tags: [read]
  steps: [{name: read, operation: getThing, parameters: {id: 1}, expect: {body: {$.name: блюдце}}}]
- id: C.errored
  title: By what the answer lacks
  steps:
    - {name: list, operation: getThing, parameters: {id: 1}, capture: {name: $.name}}
    - {name: read, operation: getThing, parameters: {id: "${name.id}"}}
- id: D.known
  title: Unknown thing
  steps: [{name: read, operation: getThing, parameters: {id: 5}}]
  known: [{environments: [here], observed: {status: 404}, because: it was sold, since: 2025-11-07, until: 2099-01-01}]
- id: E.fixed
  title: It is there again
  tags: [fixed]
  steps: [{name: read, operation: getThing, parameters: {id: 1}}]
  known: [{environments: [here], observed: {status: 404}, because: it was sold, since: 2025-11-07, until: 2099-01-01}]
- id: F.blocked
  title: After one that failed
  needs: {before: B.failed}
  steps: [{name: read, operation: getThing, parameters: {id: 2}}]
- id: G.skipped
  title: Not here
  skip: {because: no such thing}
  steps: [{name: read, operation: getThing, parameters: {id: 3}}]
- id: H.table
  title: Several things
  each: [{name: first, id: 1}, {name: second, id: 1}]
  steps: [{name: read, operation: getThing, parameters: {id: "${row.id}"}}]
- id: I.quarantined
  title: Now and then
  quarantine: {owner: we, because: it is flaky, until: 2099-01-01}
  steps: [{name: read, operation: getThing, parameters: {id: 6}, expect: {status: 200}}]
"""


class Service:
    """Things, of which 1 alone is there. `asked` lists the paths."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on_request: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        self.on_request()
        is_there = environ["PATH_INFO"] == "/things/1"
        start_response("200 OK" if is_there else "404 Not Found", [("Content-Type", "application/json")])
        return [json.dumps({"id": 1, "name": "чашка"} if is_there else {"code": "UNKNOWN"}).encode()]


@pytest.fixture
def service(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    service = Service()
    with serve_wsgi(service) as url:
        write_project(pytester.path, SCENARIOS, base_url=url, more_settings="jobs: 1")
        yield service


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "contracts_runner.pytest_plugin", *ASKED, *arguments)


def find_runs(pytester: pytest.Pytester) -> list[Path]:
    return list_runs(pytester.path / "runs")


def test_each_outcome_is_one_of_pytest_with_its_reason_and_place(pytester: pytest.Pytester, service: Service) -> None:
    result = run(pytester, "-v", "-rA")

    result.assert_outcomes(passed=3, failed=1, errors=1, xfailed=1, xpassed=1, skipped=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    [folder] = find_runs(pytester)
    result.stdout.fnmatch_lines(
        [
            "contracts/things.yaml::H.table[[]second] PASSED*",
            "*ERROR at setup of C.errored By what the answer lacks*",
            "errored: *",
            "*B.failed Другая вещь*",
            '$.name: is "чашка", expected "блюдце"',
            "  body at $.name failed: *(contracts/things.yaml:10)",
            "    expected блюдце, actual чашка",
            "  curl *<credential key *>*/things/1",
            f"  runs/{folder.name}/artifacts/B.failed/1-read.json",
            "head of the ledger: *",
            f"runs/{folder.name}: exit code 1",
            "SKIPPED*contracts/things.yaml:*: blocked: not sent: *",
            "SKIPPED*contracts/things.yaml:*: skipped: no such thing",
            "XFAIL*::D.known - known: it was sold*",
            "XPASS*::E.fixed - fixed: *",
        ]
    )
    assert "very-secret-key-1" not in result.stdout.str()
    assert folder.with_name(f"{folder.name}.zip").exists()
    recorded = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert recorded["run"]["command"].startswith("pytest -p contracts_runner.pytest_plugin --contracts-env here")
    assert audit_run([str(folder)], project=pytester.path, environment=None).violations == ()


def test_what_is_selected_alone_is_sent_with_what_it_needs(pytester: pytest.Pytester, service: Service) -> None:
    """One that nobody selected, and that others need, is no item: it fails the session."""
    result = run(pytester, "-k", "blocked or first", "--strict-markers")

    result.assert_outcomes(passed=1, skipped=1, deselected=8)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert service.asked == ["/things/1", "/things/1"]


@pytest.mark.parametrize(
    ("arguments", "outcomes"),
    [
        (("-m", "read and not fixed", "--contracts-strict"), {"passed": 1, "failed": 1, "deselected": 9}),
        (("-m", "fixed", "--contracts-strict"), {"failed": 1, "deselected": 10}),
        (("contracts/things.yaml::H.table",), {"passed": 2}),
        (("contracts/things.yaml::H.table[first]",), {"passed": 1}),
        (("test_other.py",), {"passed": 1}),
        ((), {"passed": 4, "failed": 1, "errors": 1, "xfailed": 1, "xpassed": 1, "skipped": 3}),
    ],
)
def test_scenarios_are_selected_as_tests_are(
    pytester: pytest.Pytester, service: Service, arguments: tuple[str, ...], outcomes: Mapping[str, int]
) -> None:
    """By marker, node id and path; those of the project are among the tests that nothing was named for."""
    pytester.makeini("[pytest]\ntestpaths = test_other.py\n")
    pytester.makepyfile(test_other="def test_other(): pass")

    run(pytester, *arguments).assert_outcomes(**outcomes)


def test_the_first_failure_ends_it_and_is_what_is_run_again(pytester: pytest.Pytester, service: Service) -> None:
    run(pytester, "-x", "-k", "passed or failed or table").assert_outcomes(passed=1, failed=1, deselected=6)
    assert service.asked == ["/things/1", "/things/1"]
    service.asked.clear()

    run(pytester, "--lf").assert_outcomes(failed=1)

    assert service.asked == ["/things/1"]


@pytest.mark.skipif(sys.platform == "win32", reason="there a thread cannot send a signal to another one")
def test_an_interrupt_leaves_the_evidence(pytester: pytest.Pytester, service: Service) -> None:
    def press_ctrl_c() -> None:
        if len(service.asked) == 1:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    service.on_request = press_ctrl_c

    with pytest.raises(KeyboardInterrupt):
        run(pytester)

    [folder] = find_runs(pytester)
    assert json.loads((folder / "results.json").read_text(encoding="utf-8"))["run"]["interrupted"]


@pytest.mark.thorough
def test_workers_of_xdist_share_one_run(pytester: pytest.Pytester, service: Service) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")

    plugins = ("-p", "contracts_runner.pytest_plugin", "-p", "xdist")
    options = ("--contracts-format", "junit,html", "--contracts-output", "out")
    result = pytester.runpytest_subprocess(*plugins, *ASKED, *options, "-n", "2")

    result.assert_outcomes(passed=4, failed=1, errors=1, xfailed=1, xpassed=1, skipped=3)
    result.stdout.fnmatch_lines(["out: exit code 1"])
    assert len(service.asked) == 8
    assert audit_run(["out"], project=pytester.path, environment=None).violations == ()
    assert {path.name for path in (pytester.path / "out").glob("*.*")} >= {"junit.xml", "report.html", "results.json"}
    assert not (pytester.path / "out" / "report.md").exists()


OPTIONS = [
    (("--contracts-seed", "5"), ("seed", 5)),
    (("--contracts-jobs", "2"), ("jobs", 2)),
    (("--contracts-writes", "block"), ("writes", "block")),
    (("--contracts-skip-missing",), ("is_missing_skipped", True)),
    (("--contracts-strict",), ("is_strict", True)),
    (("--contracts-format", "junit, html"), ("formats", ["junit", "html"])),
]


def test_the_options_of_a_run_are_those_of_the_command(pytester: pytest.Pytester, service: Service) -> None:
    given = [word for words, _ in OPTIONS for word in words]

    run(pytester, "-k", "first", *given, "--contracts-output", "out")

    recorded = json.loads((pytester.path / "out/ledger.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert {name: recorded["run"]["options"][name] for _, (name, _) in OPTIONS} == dict(each for _, each in OPTIONS)


def test_a_protected_environment_is_confirmed_by_its_name(pytester: pytest.Pytester, service: Service) -> None:
    file = pytester.path / "contracts.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("jobs: 1", "protected: true"), encoding="utf-8")

    assert run(pytester, "-k", "first").ret == pytest.ExitCode.TESTS_FAILED
    assert not service.asked
    assert run(pytester, "-k", "first", "--contracts-yes-write-to", "here").ret == pytest.ExitCode.OK


def test_a_credential_that_is_not_set_may_be_a_skip(pytester: pytest.Pytester, service: Service) -> None:
    file = pytester.path / "contracts.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("very-secret-key-1", "$GONE"), encoding="utf-8")

    run(pytester, "-k", "first").assert_outcomes(errors=1, deselected=9)
    run(pytester, "-k", "first", "--contracts-skip-missing").assert_outcomes(skipped=1, deselected=9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--contracts-env", "ther"), "*ther*"),
        (("--contracts-env", "here", "--contracts-project", "none"), "*none*contracts.yaml*"),
        ((*ASKED, "-p", "xdist", "--tx", "2*popen", "--dist", "each"), "*would send every scenario several times*"),
        (("--contracts-project", "."), "*--contracts-project collects nothing alone*"),
        (("--contracts-seed", "5"), "*--contracts-seed collects nothing alone*"),
        ((*ASKED, "--contracts-writes", "alow"), "*--contracts-writes cannot be 'alow'; known: block, probe, allow*"),
        ((*ASKED, "--contracts-format", "html,xml"), "*--contracts-format cannot be 'xml'; known: *"),
        ((*ASKED, "--contracts-jobs", "0"), "*--jobs 0: write a number from 1 to 256*"),
    ],
)
def test_wrong_use_is_told_before_anything_is_collected(
    pytester: pytest.Pytester, service: Service, arguments: tuple[str, ...], message: str
) -> None:
    result = pytester.runpytest_inprocess("-p", "contracts_runner.pytest_plugin", *arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_mistake_of_a_selected_scenario_keeps_all_back(pytester: pytest.Pytester, service: Service) -> None:
    file = pytester.path / "contracts" / "things.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("getThing", "getThings", 1), encoding="utf-8")

    result = run(pytester)

    result.assert_outcomes(errors=10)
    result.stdout.fnmatch_lines(["not run: contracts/things.yaml:*getThings*"])
    assert not service.asked


def test_who_does_not_ask_pays_nothing(pytester: pytest.Pytester, service: Service) -> None:
    (pytester.path / "contracts.yaml").write_text("no project", encoding="utf-8")
    plugin = "contracts_runner.pytest_plugin"
    code = f"import {plugin}, sys; print([name for name in sys.modules if name.startswith('contracts_runner')])"

    assert pytester.runpytest_inprocess("-p", plugin).ret == pytest.ExitCode.NO_TESTS_COLLECTED
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.split() == ["['contracts_runner',", f"'{plugin}']"]


def test_the_settings_of_pytest_may_ask(pytester: pytest.Pytester, service: Service) -> None:
    pytester.makeini("[pytest]\ncontracts = true\n")

    result = pytester.runpytest_inprocess("-p", "contracts_runner.pytest_plugin", "--collect-only", "-q")

    result.stdout.fnmatch_lines(["contracts/things.yaml::A.passed"])
    assert not service.asked
