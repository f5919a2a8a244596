"""What a contract writes is what a server reads: requests of every style and form, read by openapi-core.

openapi-core is not in the extra `test`: its latest release asks for an older openapi-spec-validator than ours.
`tox -e differential` installs it without what it asks for.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from helpers.command import run_contracts
from helpers.read_requests import RawRequest
from helpers.servers import always, answer, serve_raw
from helpers.written_values import Written, list_written

pytest.importorskip("openapi_core", reason="read back by `tox -e differential`")

from openapi_core import OpenAPI

from helpers.read_back import read_back

WRITTEN = list_written()


def build_document() -> dict[str, Any]:
    paths = {}
    for number, written in enumerate(WRITTEN):
        operation: dict[str, Any] = {"operationId": f"op{number}", "responses": {"200": {"description": "read"}}}
        if written.parameter:
            operation["parameters"] = [written.parameter]
        else:
            operation["requestBody"] = {"required": True, "content": written.content}
        path = f"/op{number}" + ("/{p}" if written.place == "path" else "")
        paths[path] = {"get" if written.parameter else "post": operation}
    return {"openapi": "3.1.0", "info": {"title": "Read back", "version": "1"}, "paths": paths}


def build_scenario(number: int, written: Written) -> dict[str, Any]:
    values = {"body": {"p": written.value}} if written.place == "body" else {"parameters": {"p": written.value}}
    step = {"name": "send", "operation": f"op{number}", "expect": {"status": 200}, **values}
    return {"id": f"op{number}", "title": written.name, "steps": [step]}


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> dict[int, RawRequest]:
    """Return the request of each operation by its number, as it came over a socket from the scenarios of two runs.

    Cookies are secrets: a run of its own keeps their values from being found in URLs.
    """
    requests: dict[int, RawRequest] = {}
    for is_cookie in (False, True):
        scenarios = [build_scenario(*each) for each in enumerate(WRITTEN) if (each[1].place == "cookie") is is_cookie]
        requests |= run_scenarios(tmp_path_factory.mktemp("read-back"), scenarios)
    return requests


def run_scenarios(folder: Path, scenarios: list[dict[str, Any]]) -> dict[int, RawRequest]:
    contract = {"contract": "c", "title": "C", "spec": "api", "source": {"document": "d"}, "scenarios": scenarios}
    with serve_raw(always(answer())) as server:
        environment = {"base_url": server.base_url, "writes": "allow"}
        settings = {"version": 1, "specs": {"api": "spec.json"}, "contracts": "contracts", "default_environment": "t"}
        files = {
            "contracts.yaml": {**settings, "environments": {"t": environment}},
            "spec.json": build_document(),
            "contracts/c.yaml": contract,
        }
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
        done = run_contracts("run", "--phase", "scenarios", "--output", "out", cwd=folder)
    assert done.code == 0, done.stdout + done.stderr
    requests = [RawRequest(data) for data in server.requests]
    return {int(re.match(r"/op(\d+)", request.target)[1]): request for request in requests}  # type: ignore[index]


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return OpenAPI.from_dict(build_document())


def test_there_are_at_least_two_hundred_operations() -> None:
    assert len(WRITTEN) >= 200
    assert len({written.name for written in WRITTEN}) == len(WRITTEN)


@pytest.mark.parametrize("number", range(len(WRITTEN)), ids=lambda number: WRITTEN[number].name)
def test_a_server_reads_what_the_contract_writes(received: dict[int, RawRequest], api: OpenAPI, number: int) -> None:
    written = WRITTEN[number]
    assert number in received

    value = read_back(api, written, received[number])

    assert (value, type(value)) == (written.value, type(written.value))
