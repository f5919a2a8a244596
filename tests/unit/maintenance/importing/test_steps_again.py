"""What a step sends, recorded and imported, is that step again: nothing of a request is lost or spelled otherwise."""

import base64
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.engine.curl import render_curl
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.requests import Preparer
from contracts_runner.engine.scope import Scope
from contracts_runner.maintenance.importing.imported import import_files
from contracts_runner.maintenance.importing.sent_again import read_content
from contracts_runner.model.exchange import Request
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.settings.environments import resolve_environment

BASE_URL = "https://api.example.com/v1"
SETTINGS = f"""\
version: 1
specs: {{shop: spec.yaml}}
contracts: contracts
default_environment: test
environments:
  test:
    base_url: {BASE_URL}
    credentials: {{key: a-key-0123456789, cookie: a-sid-0123456789, basic: "me:a-word-01234567", bearer: a-token-01234}}
    writes: allow
"""
SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: get
      security: [{key: []}]
      parameters:
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: ids, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: f, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: q, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: X-N, in: header, schema: {type: array, items: {type: integer}}}
      responses: {"200": {description: One., content: {application/json: {}, text/csv: {}}}}
    put:
      operationId: put
      security: [{bearer: []}, {cookie: []}, {basic: []}, {bearer: [], key: []}]
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/merge-patch+json: {schema: {type: object}}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {n: {type: integer}, l: {type: array}, o: {type: object}}}
          multipart/form-data: {schema: {type: object, properties: {n: {type: integer}, o: {type: object}}}}
          text/plain: {schema: {type: string}}
          application/octet-stream: {}
      responses: {"200": {description: One.}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
    cookie: {type: apiKey, in: cookie, name: sid}
    basic: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
"""
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
STEPS = """\
- {operation: get, parameters: {id: "a b/ü?"}}
- {operation: get, parameters: {id: "5", tags: [a, "b,c", "&="], ids: [1, 2]}}
- {operation: get, parameters: {id: a, ids: [1], tags: [a]}}
- {operation: get, parameters: {id: a, f: {a: x, b: {c: y}}, q: {a: [1, null]}, X-N: [1, 2]}}
- {operation: get, parameters: {id: a}, query: {debug: "1", t: [a, b c]}, headers: {X-Id: "a, b"}}
- {operation: get, parameters: {id: a}, accept: text/csv}
- {operation: get, parameters: {id: a}, auth: none}
- {operation: put, parameters: {id: a}, body: {a: "$${x", n: 1.5, t: "5", z: null}, auth: bearer}
- {operation: put, parameters: {id: a}, body: {}, auth: cookie}
- {operation: put, parameters: {id: a}, auth: basic}
- {operation: put, parameters: {id: a}, body: {}}
- {operation: put, parameters: {id: a}, media_type: application/merge-patch+json, body: {a: null}, auth: bearer}
- operation: put
  parameters: {id: a}
  media_type: FORM
  body: {n: 5, l: [a, "b "], o: {a: 1}, t: "1+1=2"}
  auth: bearer
- {operation: put, parameters: {id: a}, media_type: MULTIPART, body: {n: 5, o: {a: 1}, t: "a\\nb"}, auth: bearer}
- operation: put
  parameters: {id: a}
  media_type: MULTIPART
  body:
    file:
      - {base64: AAH/, filename: a.bin, media_type: image/png}
      - {base64: YQ==, filename: b.txt, media_type: text/plain}
  auth: bearer
- {operation: put, parameters: {id: a}, media_type: text/plain, body: "привет\\r\\n", auth: bearer}
- {operation: put, parameters: {id: a}, media_type: application/octet-stream, body: {base64: AAH/}, auth: bearer}
- {operation: put, parameters: {id: a}, media_type: text/csv, body: "a,b", auth: bearer, invalid_request: true}
- {operation: put, parameters: {id: a}, body: [1], auth: bearer, invalid_request: true}
- {operation: get, parameters: {id: "%25;:@$'()*~"}, query: {"a[]": ["1", "2"], "é ": "", "x=y": "&#+?/"}}
- {operation: put, parameters: {id: a}, body: {s: 'q " \\ 🎫 $${x}', n: 1.0e+2, big: 9007199254740993}, auth: bearer}
- operation: put
  parameters: {id: a}
  media_type: FORM
  body: {"a[]": ["1", "1"], "é&=": "+ %"}
  auth: bearer
- {operation: put, parameters: {id: a}, headers: {X-Odd: 'a;b="c", ''d''', X-Empty: ""}, body: {}, auth: bearer}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root: Path = tmp_path_factory.mktemp("shop")
    (root / "contracts").mkdir()
    (root / "contracts.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return load_project(root)


def send(project: Project, step: dict[str, Any]) -> Request:
    environment = resolve_environment(project.settings, None, {})
    preparer = Preparer(specs=project.specs, environment=environment, base_url=BASE_URL, headers={})
    outgoing = decide_step(read_content({"spec": "shop", **step}), project.specs, environment)
    request, _ = preparer.prepare(outgoing, Scope(variables={}, run_id="r", scenario_id="s"), scenario="s")
    return request


def list_headers(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers if name != "Accept"]


def write_har(requests: Sequence[Request]) -> str:
    entries = []
    for request in requests:
        body = {"text": base64.b64encode(request.body).decode(), "encoding": "base64"} if request.body else {}
        headers = [{"name": name, "value": value} for name, value in list_headers(request)]
        sent = {"method": request.method, "url": request.url, "headers": headers, "postData": body}
        entries.append({"request": sent})
    return json.dumps({"log": {"entries": entries}})


def write_curl(requests: Sequence[Request]) -> str:
    return "\n".join(
        render_curl(each.method, each.url, list_headers(each), None if each.body is None else each.body.decode())
        for each in requests
    )


def write_postman(requests: Sequence[Request]) -> str:
    items = []
    for request in requests:
        body = {"body": {"mode": "raw", "raw": request.body.decode()}} if request.body else {}
        headers = [{"key": name, "value": value} for name, value in list_headers(request)]
        items.append({"request": {"method": request.method, "url": request.url, "header": headers, **body}})
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return json.dumps({"info": {"name": "Shop", "schema": schema}, "item": items})


_WRITERS = {"har": write_har, "curl": write_curl, "postman": write_postman}


def is_text(request: Request) -> bool:
    with contextlib.suppress(UnicodeError):
        return (request.body or b"").decode() is not None
    return False


@pytest.mark.parametrize("form", sorted(_WRITERS))
def test_a_recorded_step_is_imported_as_itself(form: str, project: Project) -> None:
    text = STEPS.replace("FORM", FORM).replace("MULTIPART", MULTIPART)
    steps = [step for step in yaml.safe_load(text) if "accept" not in step]
    sent = [(step, send(project, step)) for step in steps]
    # A command line and a collection have bytes in files alone.
    kept = [(step, request) for step, request in sent if form == "har" or is_text(request)]

    written = _WRITERS[form]([request for _, request in kept])
    imported = import_files(project, {"a": written.encode()}, environ={}, spec=None, into=None)

    made = [step for scenario in yaml.safe_load(imported.text)["scenarios"] for step in scenario["steps"]]
    for step in made:
        step.pop("name", None)
    assert imported.report[:-1] == ()
    assert made == [step for step, _ in kept]
    again = [send(project, step) for step in made]
    assert [_compare(each) for each in again] == [_compare(request) for _, request in kept]


def _compare(request: Request) -> tuple[str, str, list[tuple[str, str]], bytes | None]:
    return request.method, request.url, sorted(request.headers), request.body
