"""What `contracts run` makes of services that keep their promises, break them, or are not there."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helpers.command import Finished, run_contracts
from helpers.servers import answer, answer_once, find_closed_port, serve_raw, serve_wsgi
from helpers.shop import write_project

Reply = tuple[str, Any]


@dataclass
class Service:
    """A service that answers by "METHOD /path"; everything else is 404. `calls` lists what arrived."""

    replies: dict[str, Reply]
    calls: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.calls.append(call)
        status, body = self.replies.get(call, ("404 Not Found", {"code": "UNKNOWN"}))
        start_response(status, [("Content-Type", "application/json")])
        return [] if status.startswith("204") else [json.dumps(body).encode()]


THING = {"id": 1, "name": "чашка", "owner": "user@example.com"}
GOOD = {
    "GET /things": ("200 OK", {"data": [THING]}),
    "GET /things/1": ("200 OK", THING),
    "POST /things": ("201 Created", {**THING, "id": 2}),
    "DELETE /things/2": ("204 No Content", None),
}
ENVELOPE = ("200 OK", {"status": "error", "code": "WRONG_AUTHORIZATION", "message": "Wrong authorization"})

READ = """
- id: "1.1"
  title: One thing
  steps:
    - name: read
      operation: getThing
      parameters: {id: "${thing}"}
      expect: {status: 200, body: {$.name: чашка}}
"""
ADD = """
- id: "2.1"
  title: Add and remove
  steps:
    - name: add
      operation: addThing
      body: {name: чашка}
      expect: {status: 201}
      capture: {added: $.id}
    - name: read
      operation: listThings
  cleanup:
    - {operation: removeThing, parameters: {id: "${added}"}}
"""


@pytest.fixture
def service() -> Service:
    return Service(dict(GOOD))


@pytest.fixture
def base_url(service: Service) -> Iterator[str]:
    with serve_wsgi(service) as url:
        yield url


def run(folder: Path, scenarios: str, base_url: str, *arguments: str, **settings: Any) -> Finished:
    write_project(folder, scenarios, base_url=base_url, **settings)
    return run_contracts("run", "--output", "out", *arguments, cwd=folder)


def find_checks(finished: Finished, outcome: str) -> list[str]:
    rows = finished.results["scenarios"]
    return [c["check"] for row in rows for step in row["steps"] for c in step["checks"] if c["outcome"] == outcome]


def test_a_kept_promise_passes(tmp_path: Path, base_url: str) -> None:
    finished = run(tmp_path, READ, base_url)

    assert (finished.code, finished.outcomes) == (0, {"1.1": "passed"})


def test_http_200_with_an_error_envelope_is_no_success(tmp_path: Path, base_url: str, service: Service) -> None:
    service.replies["GET /things"] = ENVELOPE
    scenario = READ.replace("getThing", "listThings").replace('      parameters: {id: "${thing}"}\n', "")

    finished = run(tmp_path, scenario.replace(", body: {$.name: чашка}", ", schema: false"), base_url)

    assert (finished.code, finished.outcomes) == (1, {"1.1": "failed"})
    assert find_checks(finished, "failed") == ["success"]


def test_a_response_that_breaks_the_schema_fails_without_being_asked(
    tmp_path: Path, base_url: str, service: Service
) -> None:
    service.replies["GET /things/1"] = ("200 OK", {"id": "one", "name": "чашка"})

    finished = run(tmp_path, READ, base_url)

    assert (finished.code, find_checks(finished, "failed")) == (1, ["body_schema"])
    assert "spec.yaml" in finished.stdout


def test_a_closed_port_is_errored_and_exit_3(tmp_path: Path) -> None:
    finished = run(tmp_path, READ, f"http://127.0.0.1:{find_closed_port()}")

    assert (finished.code, finished.outcomes) == (3, {"1.1": "errored"})
    assert finished.results["totals"]["requests_sent"] == 0
    assert finished.results["scenarios"][0]["steps"][0]["response"] is None


def test_a_failure_outweighs_an_error(tmp_path: Path, base_url: str, service: Service) -> None:
    service.replies["GET /things/1"] = ("200 OK", {})
    del service.replies["DELETE /things/2"]

    finished = run(tmp_path, READ + ADD, base_url)

    assert (finished.code, finished.outcomes) == (1, {"1.1": "failed", "2.1": "errored"})


def test_a_write_is_followed_by_its_cleanup(tmp_path: Path, base_url: str, service: Service) -> None:
    finished = run(tmp_path, ADD, base_url)

    assert (finished.code, finished.outcomes) == (0, {"2.1": "passed"})
    assert service.calls == ["POST /things", "GET /things", "DELETE /things/2"]


def test_cleanup_runs_after_a_failure_and_does_not_hide_it(tmp_path: Path, base_url: str, service: Service) -> None:
    service.replies["GET /things"] = ("500 Internal Server Error", {})
    del service.replies["DELETE /things/2"]

    finished = run(tmp_path, ADD, base_url)

    assert finished.outcomes == {"2.1": "failed"}
    assert service.calls[-1] == "DELETE /things/2"


def test_a_cleanup_that_fails_turns_passed_into_errored(tmp_path: Path, base_url: str, service: Service) -> None:
    del service.replies["DELETE /things/2"]

    finished = run(tmp_path, ADD, base_url)

    assert (finished.code, finished.outcomes) == (3, {"2.1": "errored"})
    assert "state was left behind" in finished.stdout


def test_a_blocked_write_never_arrives_and_blocks_what_follows(tmp_path: Path, base_url: str, service: Service) -> None:
    finished = run(tmp_path, ADD, base_url, writes="block")

    steps = finished.results["scenarios"][0]["steps"]
    assert (finished.code, service.calls) == (0, [])
    assert [step["outcome"] for step in steps] == ["blocked", "blocked"]
    assert finished.results["totals"]["writes_sent"] == 0


def test_a_probe_is_sent_instead_of_the_write(tmp_path: Path, base_url: str, service: Service) -> None:
    scenario = """
    - id: "3.1"
      title: Remove
      steps:
        - name: remove
          operation: removeThing
          parameters: {id: 2}
          expect: {status: 204}
          probe: {parameters: {id: 0}, expect: {status: 404, schema: false}}
    """

    finished = run(tmp_path, scenario, base_url, writes="probe")

    assert (finished.outcomes, service.calls) == ({"3.1": "passed"}, ["DELETE /things/0"])
    assert finished.results["totals"]["writes_sent"] == 1


KNOWN = READ.replace("steps:", "known:\n    - {KNOWN}\n  steps:")


@pytest.mark.parametrize(
    ("entry", "is_there", "outcome", "code"),
    [
        ("observed: {status: 404, error: UNKNOWN}, until: 2099-01-01", False, "known", 0),
        ("observed: {status: 404, error: OTHER}, until: 2099-01-01", False, "failed", 1),
        ("observed: {status: 403}, until: 2099-01-01", False, "failed", 1),
        ("observed: {status: 404}, until: 2025-01-01", False, "failed", 1),
        ("observed: {status: 404}, until: 2099-01-01", True, "fixed", 0),
        ("observed: {status: 404}, until: 2025-01-01", True, "passed", 0),
    ],
)
def test_a_known_deviation_is_exactly_the_described_one(
    tmp_path: Path, base_url: str, service: Service, entry: str, is_there: bool, outcome: str, code: int
) -> None:
    if not is_there:
        del service.replies["GET /things/1"]
    scenario = KNOWN.replace("{KNOWN}", f"{{environments: [here], because: decided, {entry}}}")

    finished = run(tmp_path, scenario, base_url)

    assert (finished.outcomes, finished.code) == ({"1.1": outcome}, code)


def test_strict_makes_fixed_fail(tmp_path: Path, base_url: str) -> None:
    entry = "{environments: [here], because: decided, observed: {status: 404}, until: 2099-01-01}"

    assert run(tmp_path, KNOWN.replace("{KNOWN}", entry), base_url, "--strict").code == 1


def test_steps_after_a_failed_one_are_blocked(tmp_path: Path, base_url: str, service: Service) -> None:
    service.replies["POST /things"] = ("500 Internal Server Error", {})

    finished = run(tmp_path, ADD, base_url)

    steps = finished.results["scenarios"][0]["steps"]
    assert [(step["name"], step["outcome"]) for step in steps[:2]] == [("add", "failed"), ("read", "blocked")]


def test_a_retry_goes_on_until_the_expectation_holds(tmp_path: Path, base_url: str, service: Service) -> None:
    class Growing(dict[str, Reply]):
        def get(self, call: str, default: Any = None) -> Any:
            return ("200 OK", {"data": [THING] * (len(service.calls) - 1)})

    service.replies = Growing()
    scenario = """
    - id: "4.1"
      title: It appears
      steps:
        - name: wait
          operation: listThings
          expect: {body: {$.data: {minItems: 2}}}
          retry: {until: expect, every: 1ms, for: 10s}
    """

    finished = run(tmp_path, scenario, base_url)

    step = finished.results["scenarios"][0]["steps"][0]
    assert (finished.outcomes, step["attempts"], len(service.calls)) == ({"4.1": "passed"}, 3, 3)


def test_a_read_that_had_to_be_sent_again_counts_twice(tmp_path: Path) -> None:
    step = READ[READ.index("    - name") :]

    with serve_raw(answer_once(answer(body=json.dumps(THING).encode()))) as server:
        finished = run(tmp_path, READ + step.replace("name: read", "name: again"), server.base_url)

    [row] = finished.results["scenarios"]
    assert (row["outcome"], [step["attempts"] for step in row["steps"]]) == ("passed", [1, 2])
    assert finished.results["totals"]["requests_sent"] == len(server.requests) == 3
    ledger = map(json.loads, (finished.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines())
    assert [line["step"] for line in ledger if line["type"] == "request_sent"] == ["read", "again", "again"]
    assert run_contracts("audit", "out", cwd=tmp_path).code == 0


def test_a_personal_value_is_written_nowhere(tmp_path: Path, base_url: str) -> None:
    finished = run(tmp_path, READ, base_url)

    files = [path for path in finished.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"user@example.com" in path.read_bytes()] == []
    assert [path.name for path in files if b"very-secret-key-1" in path.read_bytes()] == []


def test_a_wrong_operation_id_is_exit_2_with_file_line_and_hint(tmp_path: Path, base_url: str) -> None:
    finished = run(tmp_path, READ.replace("getThing", "getThin"), base_url)

    assert finished.code == 2
    assert "contracts/things.yaml:10: " in finished.stderr
    assert "getThing" in finished.stderr.split("getThin'", 1)[1]
    assert not finished.folder.exists()


def test_all_mistakes_are_told_at_once(tmp_path: Path, base_url: str) -> None:
    broken = READ.replace('"1.1"', "6.10").replace("getThing", "getThin").replace("status: 200", "statuss: 200")

    finished = run(tmp_path, broken, base_url)

    assert finished.code == 2
    assert len(finished.stderr.strip().splitlines()) >= 3
    assert "Traceback" not in finished.stderr


def test_a_run_tells_the_mistakes_that_check_tells(tmp_path: Path, base_url: str) -> None:
    # An operation that there is not, and beside it a body that the document refuses.
    broken = READ.replace("getThing", "getThin") + (
        '- {id: "2", title: Added, steps: [{operation: addThing, body: {name: 5}, expect: {status: 201}}]}\n'
    )

    finished = run(tmp_path, broken, base_url)
    checked = run_contracts("check", cwd=tmp_path)

    assert (finished.code, checked.code) == (2, 2)
    told = finished.stderr.splitlines()
    assert len(told) == 2
    assert told == [line for line in checked.stdout.splitlines()[:-1] if "warning: " not in line]


@pytest.mark.parametrize("arguments", [["9.9"], ["--tag", "nope"], ["--phase", "warehouse"], ["--env", "nope"]])
def test_nothing_selected_is_exit_2(tmp_path: Path, base_url: str, service: Service, arguments: list[str]) -> None:
    finished = run(tmp_path, READ, base_url, *arguments)

    assert (finished.code, service.calls) == (2, [])


def test_a_missing_credential_is_an_error_before_the_first_request(
    tmp_path: Path, base_url: str, service: Service
) -> None:
    write_project(tmp_path, READ, base_url=base_url)
    settings = tmp_path / "contracts.yaml"
    text = settings.read_text(encoding="utf-8").replace("very-secret-key-1", "$NOT_SET_ANYWHERE")
    settings.write_text(text, encoding="utf-8")

    refused = run_contracts("run", "--output", "out", cwd=tmp_path)
    skipped = run_contracts("run", "--output", "out2", "--skip-missing", cwd=tmp_path)

    assert (refused.code, service.calls) == (2, [])
    assert "$NOT_SET_ANYWHERE" in refused.stderr
    assert (skipped.code, skipped.outcomes) == (0, {"1.1": "skipped"})
    assert "$NOT_SET_ANYWHERE" in skipped.results["scenarios"][0]["reason"]


def test_dry_run_sends_and_writes_nothing(tmp_path: Path, base_url: str, service: Service) -> None:
    finished = run(tmp_path, ADD, base_url, "--dry-run")

    assert (finished.code, service.calls, finished.folder.exists()) == (0, [], False)
    assert f"POST {base_url}/things  [write]" in finished.stdout


def test_fail_fast_starts_no_further_scenario(tmp_path: Path, base_url: str, service: Service) -> None:
    service.replies["GET /things/1"] = ("500 Internal Server Error", {})
    scenarios = READ + READ.replace("1.1", "1.2")

    finished = run(tmp_path, scenarios, base_url, "--fail-fast", "--jobs", "1")

    assert finished.outcomes == {"1.1": "failed", "1.2": "skipped"}


def test_results_on_stdout_are_parseable(tmp_path: Path, base_url: str) -> None:
    finished = run(tmp_path, READ, base_url, "--format", "json")

    assert json.loads(finished.stdout)["totals"]["scenarios"]["passed"] == 1


def test_an_output_folder_that_holds_a_run_is_refused(tmp_path: Path, base_url: str, service: Service) -> None:
    run(tmp_path, READ, base_url)
    calls = len(service.calls)

    again = run(tmp_path, READ, base_url)

    assert (again.code, len(service.calls)) == (2, calls)


def test_doctor_finds_a_dead_host_and_a_missing_credential(tmp_path: Path) -> None:
    write_project(tmp_path, READ, base_url=f"http://127.0.0.1:{find_closed_port()}")

    finished = run_contracts("doctor", "--format", "json", cwd=tmp_path)

    findings = {row["name"]: row for row in json.loads(finished.stdout)["findings"]}
    assert finished.code == 3
    assert (findings["base URL"]["status"], findings["base URL"]["detail"]) == ("problem", "the connection was refused")
    assert findings["credential key"]["status"] == "ok"
    assert "very-secret-key-1" not in finished.stdout
