"""The traffic of the twin, written down by curl, a browser and Postman, imported, checked and run: the same requests,
byte for byte."""

import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.engine.curl import render_curl
from helpers.command import COLD, REPOSITORY, run_contracts
from helpers.servers import serve_wsgi
from qtickets_sandbox.app import create_app

# What a connection says of itself, and who sends.
TRANSPORT = {"HTTP_HOST", "HTTP_CONNECTION", "HTTP_ACCEPT_ENCODING", "HTTP_USER_AGENT", "CONTENT_LENGTH"}
WIRE = ("method", "target", "headers", "body")
CONTRACTS = ("3-events", "6-partners", "documented-1-orders", "negative-lists")
SETTINGS = {
    "version": 1,
    "specs": {"qtickets": "spec/qtickets/openapi.yaml"},
    "contracts": "contracts",
    "default_environment": "sandbox",
}
TOKENS = {
    "restToken": "sandbox-rest-token",
    "partnerKey": "sandbox-partner-key",
    "otherRestToken": "sandbox-rest-token-b",
    "otherPartnerKey": "sandbox-partner-key-q",
}
RUN = ("--phase", "scenarios", "--jobs", "1", "--format", "json")


@dataclass
class Recorder:
    """The twin, and what reaches it; `begin` gives it a new world."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    application: Any = None

    def begin(self) -> None:
        self.application, self.requests = create_app(), []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = [name for name in environ if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")]
        request = {
            "method": environ["REQUEST_METHOD"],
            "target": environ["REQUEST_URI"],
            "headers": {name: environ[name] for name in sorted(names) if name not in TRANSPORT},
            "body": body.decode(),
        }
        self.requests.append(request)

        def note(status: str, headers: Any, *more: Any) -> Any:
            request["status"] = int(status[:3])
            return start(status, headers, *more)

        answer = [*self.application({**environ, "wsgi.input": io.BytesIO(body)}, note)]
        request["answer"] = b"".join(answer).decode()
        return answer


def name_header(name: str) -> str:
    return name.removeprefix("HTTP_").replace("_", "-").title()


def write_curl(base_url: str, requests: list[dict[str, Any]]) -> str:
    return "\n".join(
        render_curl(
            each["method"],
            base_url + each["target"],
            [(name_header(name), value) for name, value in each["headers"].items()],
            each["body"] or None,
        )
        for each in requests
    )


def write_har(base_url: str, requests: list[dict[str, Any]]) -> str:
    entries = []
    for each in requests:
        headers = [{"name": name_header(name), "value": value} for name, value in each["headers"].items()]
        data = {"postData": {"mimeType": each["headers"]["CONTENT_TYPE"], "text": each["body"]}} if each["body"] else {}
        request = {"method": each["method"], "url": base_url + each["target"], "headers": headers, **data}
        content = {"mimeType": "application/json", "text": each["answer"]}
        entries.append({"request": request, "response": {"status": each["status"], "content": content}})
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def write_postman(base_url: str, requests: list[dict[str, Any]]) -> str:
    items = []
    for number, each in enumerate(requests):
        headers = [{"key": name_header(name), "value": value} for name, value in each["headers"].items()]
        body = {"body": {"mode": "raw", "raw": each["body"]}} if each["body"] else {}
        url = "{{base}}" + each["target"]
        request = {"method": each["method"], "url": url, "header": headers, **body}
        items.append({"name": f"Folder {number}", "item": [{"name": f"Request {number}", "request": request}]})
    variables = [{"key": "base", "value": base_url}]
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return json.dumps({"info": {"name": "Twin", "schema": schema}, "variable": variables, "item": items})


# The archive first: it is one scenario, which expects the recorded statuses of a new world.
WRITERS = {"twin.har": write_har, "calls.txt": write_curl, "twin.json": write_postman}


def find_hidden(step: Any, sent: Any) -> Iterator[tuple[str, Any]]:
    """Yield the variables of a step with the values that they hide."""
    if isinstance(step, dict):
        for name, item in step.items():
            yield from find_hidden(item, sent[name])
    elif isinstance(step, list):
        for item, other in zip(step, sent, strict=True):
            yield from find_hidden(item, other)
    elif isinstance(step, str) and step.startswith("${"):
        yield step[2:-1], sent


def write_settings(root: Path, base_url: str, *environments: str, **variables: Any) -> None:
    environment = {
        "base_url": base_url,
        "writes": "allow",
        "credentials": TOKENS,
        "variables": {"event_id": 33, "show_id": 41, **variables},
    }
    settings = {**SETTINGS, "environments": dict.fromkeys(("sandbox", *environments), environment)}
    (root / "contracts.yaml").write_text(json.dumps(settings), encoding="utf-8")


@pytest.mark.thorough
def test_imported_traffic_is_sent_again_byte_for_byte(tmp_path: Path) -> None:
    root, recorder = tmp_path / "project", Recorder()
    shutil.copytree(REPOSITORY / "spec", root / "spec")
    shutil.copytree(REPOSITORY / "contracts", root / "contracts")
    with serve_wsgi(recorder) as base_url:
        write_settings(root, base_url, "prod")
        recorder.begin()
        chosen = [f"contracts/qtickets/{name}.yaml" for name in CONTRACTS]
        ran = run_contracts("run", *chosen, *RUN, cwd=root)
        sent = recorder.requests
        assert len(sent) > 40, ran.stderr
        shutil.rmtree(root / "contracts")
        (root / "contracts").mkdir()
        write_settings(root, base_url)
        for file, write in WRITERS.items():
            (root / file).write_text(write(base_url, sent), encoding="utf-8")
        imported = run_contracts("import", *WRITERS, cwd=root, **COLD)
        assert imported.code == 0, imported.stderr
        assert "another spelling" not in imported.stderr
        (root / "contracts/imported.yaml").write_text(imported.stdout, encoding="utf-8")
        steps = [step for scenario in yaml.safe_load(imported.stdout)["scenarios"] for step in scenario["steps"]]
        variables: dict[str, Any] = {}
        for step, each in zip(steps, sent * len(WRITERS), strict=True):
            variables |= find_hidden(step.get("body"), json.loads(each["body"])) if each["body"] else {}
        write_settings(root, base_url, **variables)
        checked = run_contracts("check", cwd=root)
        recorder.begin()
        done = run_contracts("run", *RUN, cwd=root)
    assert checked.code == 0, [line for line in checked.stdout.splitlines() if "warning" not in line]
    wire, again = ([{name: each[name] for name in WIRE} for each in part] for part in (sent, recorder.requests))
    assert again == wire * len(WRITERS), done.stdout
