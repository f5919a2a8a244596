"""What a step says of its request goes out as it is written, or is told before anything is sent."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.scope import PreviewScope, Scope
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.outcome import Outcome
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import load_project
from contracts_runner.project.settings.environments import resolve_environment
from helpers.project_files import write_project, write_steps

SETTINGS = """\
version: 1
specs: {shop: spec/shop.yaml}
environments:
  test:
    base_url: https://api.example.com/v1
    base_urls: {}
    servers: {"https://files": https://files.example.com}
    credentials: {token: very-secret-token-1}
    variables: {who: Ann, count: 3}
    writes: allow
"""
TYPES = """\
          application/json: {schema: {type: object, required: [who], properties: {who: {type: string}}}}
          application/merge-patch+json: {schema: {type: object, maxProperties: 1}}
          text/plain; charset=windows-1251: {schema: {type: string}}
"""
SPEC = f"""\
openapi: 3.1.0
info: {{title: Shop, version: "1"}}
paths:
  /things/{{id}}:
    parameters:
      - {{name: id, in: path, required: true, schema: {{type: integer}}}}
      - {{name: page, in: query, schema: {{type: integer}}}}
      - {{name: X-Trace, in: header, schema: {{type: string}}}}
    get:
      operationId: getThing
      security: [{{}}, {{token: []}}]
      responses: {{"200": {{description: "", content: {{application/json: {{}}, text/csv: {{}}}}}}}}
  /own/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
    get: {{operationId: getOwn, security: [{{token: []}}], responses: {{"200": {{description: ""}}}}}}
  /things:
    put:
      operationId: putThing
      requestBody:
        content:
{TYPES}
      responses: {{"200": {{description: ""}}}}
  /upload:
    post:
      operationId: upload
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: {{type: string, format: binary, maxLength: 4}}
                meta: {{type: object, required: [who]}}
            encoding: {{file: {{contentType: "image/png, image/*"}}}}
          image/*: {{schema: {{type: string, maxLength: 4}}}}
      responses: {{"200": {{description: ""}}}}
components:
  securitySchemes: {{token: {{type: http, scheme: bearer}}}}
"""
FILES = {
    "data/who.json": '{"who": "${who}", "n": "${count}"}',
    "data/who.yaml": "# Who it is.\nwho: ${who}\nlist: [no, 1.50]\n",
    "data/text.txt": "Привет, ${who}: $${x}\n",
    "data/big.bin": "12345",
    "data/parts.yaml": "file: {file: data/small.bin, media_type: image/png}\nmeta: {who: '${who}'}\n",
    "data/small.bin": "${x}",
    "data/broken.json": '{"who": }',
    "data/unclosed.json": '{"who": "${who"}',
    "data/unknown.json": '{"who": "${nobody}"}',
    "data/меню.json": '{"who": "Ж"}',
}


def prepare(folder: Path, step: str, **captures: Any) -> Request:
    """Return the request of a step; raises UnsentError."""
    root = write_project(
        folder,
        {"contracts.yaml": SETTINGS, "spec/shop.yaml": SPEC, "contracts/a.yaml": write_steps(step), **FILES},
    )
    project = load_project(root)
    environment = resolve_environment(project.settings, "test", {})
    specs = project.place(environment).specs
    [scenario] = project.scenarios
    scope = Scope(variables=environment.variables, run_id="r", scenario_id="1.1")
    for name, value in captures.items():
        scope.capture(name, value)
    preparer = Preparer(
        specs=specs,
        environment=environment,
        base_url=environment.base_url or "",
        headers={"User-Agent": "test"},
        files=ProjectFiles(root),
    )
    outgoing = decide_step(scenario.steps[0], specs, environment)
    return preparer.prepare(outgoing, scope, scenario="1.1")[0]


def check(folder: Path, step: str) -> list[str]:
    """Return what is told of a step before anything is sent, without the file."""
    root = write_project(
        folder,
        {"contracts.yaml": SETTINGS, "spec/shop.yaml": SPEC, "contracts/a.yaml": write_steps(step), **FILES},
    )
    project = load_project(root)
    environment = resolve_environment(project.settings, "test", {})
    problems = [*project.mistakes, *check_environment(project, project.scenarios, environment)]
    return [str(problem).removeprefix("contracts/a.yaml:") for problem in problems]


def read_headers(request: Request) -> Mapping[str, str]:
    return {name: value for name, value in request.headers if name != "User-Agent"}


GET, UPLOAD = "operation: getThing, parameters: {id: 1}", "operation: upload"


@pytest.mark.parametrize(
    ("step", "target", "headers"),
    [
        ("query: {debug: 1}", "?debug=1", {}),
        (
            "query: {a b: 'x&y', list: [1, 2], none: null, empty: '', flag: true}",
            "?a%20b=x%26y&list=1&list=2&empty=&flag=true",
            {},
        ),
        ("query: {n: '${count}', t: 'v${count}'}", "?n=3&t=v3", {}),
        ("headers: {X-Probe: '${who}', X-Count: '${count}', X-None: null}", "", {"X-Probe": "Ann", "X-Count": "3"}),
        ("headers: {If-None-Match: '\"v1\"', user-agent: mine}", "", {"If-None-Match": '"v1"', "user-agent": "mine"}),
        ("accept: 'text/csv, application/json;q=0.5'", "", {"Accept": "text/csv, application/json;q=0.5"}),
        (
            "in: {test: {query: {a: 1}, headers: {X-A: b}, accept: text/csv}}",
            "?a=1",
            {"X-A": "b", "Accept": "text/csv"},
        ),
    ],
)
def test_what_is_beyond_the_spec_is_added_as_it_is(
    tmp_path: Path, step: str, target: str, headers: dict[str, str]
) -> None:
    request = prepare(tmp_path, f"{{{GET}, {step}, auth: none}}")

    assert request.url == f"https://api.example.com/v1/things/1{target}"
    assert read_headers(request) == {"Accept": "application/json, text/csv", **headers}
    assert check(tmp_path / "checked", f"{{{GET}, {step}, auth: none}}") == []


@pytest.mark.parametrize(
    ("step", "media_type", "content"),
    [
        ("body: {who: a}", "application/json", b'{"who":"a"}'),
        ("body: {a: 1}, media_type: application/merge-patch+json", "application/merge-patch+json", b'{"a":1}'),
        ("body: ж, media_type: text/plain", "text/plain; charset=windows-1251", b"\xe6"),
        ("body_file: data/who.json", "application/json", b'{"who":"Ann","n":3}'),
        ("body_file: data/who.yaml", "application/json", b'{"who":"Ann","list":["no",1.5]}'),
        ("body_file: data/меню.json", "application/json", '{"who":"Ж"}'.encode()),
        ("body_file: 'data/${name}.json'", "application/json", b'{"who":"Ann","n":3}'),
        (
            "body_file: data/text.txt, media_type: text/plain",
            "text/plain; charset=windows-1251",
            "Привет, Ann: ${x}\n".encode("windows-1251"),
        ),
        ("body: a, media_type: text/csv, invalid_request: true", "text/csv", b"a"),
        ("body: {who: a}, in: {test: {body_file: data/who.json}}", "application/json", b'{"who":"Ann","n":3}'),
        ("body_file: data/who.json, in: {test: {body: {who: b}}}", "application/json", b'{"who":"b"}'),
    ],
)
def test_a_body_goes_out_in_its_media_type(tmp_path: Path, step: str, media_type: str, content: bytes) -> None:
    request = prepare(tmp_path, f"{{operation: putThing, {step}}}", name="who")

    assert (read_headers(request)["Content-Type"], request.body) == (media_type, content)


def test_bytes_of_a_file_are_sent_untouched(tmp_path: Path) -> None:
    written = ("body: {file: data/small.bin}", "body_file: data/small.bin", "body: {base64: JHt4fQ==}")

    sent = [
        prepare(tmp_path / str(number), f"{{operation: upload, media_type: image/png, {body}}}")
        for number, body in enumerate(written)
    ]

    assert {(read_headers(request)["Content-Type"], request.body) for request in sent} == {("image/png", b"${x}")}
    parts = prepare(tmp_path / "parts", "{operation: upload, body_file: data/parts.yaml}").body or b""
    assert b'name="file"; filename="small.bin"\r\nContent-Type: image/png\r\n\r\n${x}\r\n' in parts
    assert b'{"who":"Ann"}' in parts


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (f"{GET}, query: {{a: {{b: 1}}}}", "7: the part 'a' of the query: what an object is in a query is not defined"),
        (f"{GET}, headers: {{X-A: [1]}}", "7: the header 'X-A': a header is one text"),
        (f'{GET}, headers: {{X-A: "a\\nb"}}', "7: the header parameter 'X-A': a header cannot hold a line break"),
        (f"{GET}, headers: {{X-A: b, x-a: c}}", "7: the header 'x-a' is given twice"),
        ("operation: getThing, parameters: {id: 1, X-Trace: a}, headers: {x-trace: b}", "'x-trace' is given twice"),
        (f"{GET}, headers: {{Accept-Encoding: br}}", "an answer in the coding 'br' cannot be read"),
        (f"{GET}, auth: token, query: {{Authorization: x}}, headers: {{x-a: y}}", ""),
        (f"{GET}, media_type: a/b, invalid_request: true", "7: `media_type` is that of a body, and there is none"),
        (
            "operation: putThing, media_type: text/csv, body: a",
            "7: putThing declares no body of the media type text/csv",
        ),
        (
            f"{GET}, media_type: text/csv, body: a",
            "7: getThing declares no body of the media type text/csv (declared: n",
        ),
        ("operation: putThing, body: {a: 1}", "7: the body does not match the spec: $ is missing"),
        (
            "operation: putThing, body: {a: 1, b: 2}, media_type: application/merge-patch+json",
            "7: the body does not mat",
        ),
        ("operation: putThing, body_file: data/../../x.json", "7: the file 'data/../../x.json' is outside of the proj"),
        ("operation: putThing, body_file: data/none.json", "7: there is no file 'data/none.json' below contracts.yaml"),
        ("operation: putThing, body_file: data/broken.json", "7: data/broken.json:1: is not JSON"),
        ("operation: putThing, body_file: data/unclosed.json", "7: data/unclosed.json: '${who' is not closed"),
        ("operation: putThing, body_file: data/unknown.json", "7: '${nobody}' has no value"),
        ("operation: putThing, body_file: data/parts.yaml", "7: the body does not match the spec: $ is missing"),
        ("operation: upload, body: {file: {file: data/big.bin}}", "7: the body does not match the spec: $.file"),
        (
            "operation: upload, body: {file: {base64: AA==, media_type: a/b}}",
            "its media type a/b is not image/png or ima",
        ),
        (
            f"{UPLOAD}, body: {{file: {{base64: AA==}}, meta: {{base64: e30=, media_type: text/json}}}}",
            "$.meta is missing",
        ),
        ("operation: upload, body: {meta: {who: a}}", "$ is missing the required property 'file'"),
        (f"{UPLOAD}, media_type: image/png, body: {{file: data/big.bin}}", "7: the body does not match the spec: $"),
        (f"{UPLOAD}, media_type: image/png, body: {{base64: '?'}}", "7: the body: `base64` is not base64"),
        (f"{UPLOAD}, media_type: image/png, body: text", "7: the body: a body of the media type image/png is bytes"),
        ("operation: getThing, url: /v1/other/1", "7: the link does not lead to the path of getThing"),
        ("operation: getThing, url: https://evil.example/v1/things/1", "7: the link leads to an address that the"),
    ],
)
def test_what_cannot_be_sent_as_written_is_told_with_its_line(tmp_path: Path, step: str, says: str) -> None:
    problems = check(tmp_path, f"{{{step}}}")

    assert bool(problems) is bool(says)
    assert all(says in problem for problem in problems)


def test_what_is_known_of_a_body_is_checked_beside_what_is_not(tmp_path: Path) -> None:
    first = "{operation: getThing, parameters: {id: 1}, capture: {name: $.who}}"
    second = "{operation: upload, body: {file: {file: none.bin}, meta: {who: '${name}'}}}"

    found = check(tmp_path, f"{first}\n      - {second}")

    assert found == ["8: the body: the field 'file': there is no file 'none.bin' below contracts.yaml"]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/v1/things/1?page=2&x", "https://api.example.com/v1/things/1?page=2&x"),
        ("https://files.example.com/things/1", "https://files.example.com/things/1"),
    ],
)
def test_a_link_takes_the_place_of_path_and_query(tmp_path: Path, link: str, url: str) -> None:
    step = "{operation: getThing, url: '${next}', auth: none, headers: {X-Trace: a}}"

    request = prepare(tmp_path, step, next=link)

    assert request.url == url
    assert read_headers(request)["X-Trace"] == "a"
    assert request.template == url.partition("?")[0].replace("/1", "/{id}").replace("/v/{id}", "/v1")


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (None, "not sent: the link is null"),
        ("", "not sent: the link is empty"),
        (["/v1/own/1"], "not sent: the link is no text"),
        ("/v1/things/1", "not sent: the link does not lead to the path of getOwn"),
        ("https://evil.example/v1/own/1", "not sent: the link leads to an address that the environment does not name"),
        ("https://files.example.com/own/1", "not sent: the link leads to another service than that of getOwn"),
    ],
)
def test_a_link_that_leads_elsewhere_is_errored(tmp_path: Path, link: Any, says: str) -> None:
    with pytest.raises(UnsentError, match=says) as caught:
        prepare(tmp_path, "{operation: getOwn, url: '${next}', expect: {status: 200}}", next=link)

    assert caught.value.outcome is Outcome.ERRORED


def test_a_credential_goes_with_a_link_to_its_own_service(tmp_path: Path) -> None:
    request = prepare(tmp_path, "{operation: getOwn, url: '${next}'}", next="/v1/own/1")

    assert read_headers(request)["Authorization"] == "Bearer very-secret-token-1"


def test_an_operation_without_an_address_is_not_sent(tmp_path: Path) -> None:
    step = "{operation: getOwn, parameters: {id: 1}}"
    request = prepare(tmp_path, step)
    assert request.url == "https://api.example.com/v1/own/1"

    unmapped = SPEC.replace(
        "get: {operationId: getOwn,", 'get: {operationId: getOwn, servers: [{url: "https://gone"}],'
    )
    root = write_project(
        tmp_path / "gone",
        {"contracts.yaml": SETTINGS, "spec/shop.yaml": unmapped, "contracts/a.yaml": write_steps(step)},
    )
    project = load_project(root)
    environment: Environment = resolve_environment(project.settings, "test", {})
    specs = project.place(dataclasses.replace(environment, servers={})).specs
    outgoing = decide_step(project.scenarios[0].steps[0], specs, environment)
    preparer = Preparer(specs=specs, environment=environment, base_url="https://api.example.com", headers={})

    with pytest.raises(
        UnsentError, match="getOwn is served at https://gone, which the environment 'test' does not map"
    ):
        preparer.prepare(outgoing, Scope(variables={}, run_id="r", scenario_id="1"), scenario="1")


def test_names_that_only_a_file_uses_are_used(tmp_path: Path) -> None:
    step = "{operation: putThing, body_file: data/who.json}"
    files = {"spec/shop.yaml": SPEC, "contracts.yaml": SETTINGS, "contracts/a.yaml": write_steps(step), **FILES}
    report = check_project(write_project(tmp_path, files), today=date(2026, 1, 1))

    unused = [problem for problem in report.problems if problem.rule == "unused-variable"]

    assert unused == []


@pytest.mark.parametrize(
    ("step", "content"),
    [
        ("body_file: 'data/${name}.json'", b'"data/${name}.json"'),
        ("body_file: data/who.json", b'{"who":"Ann","n":3}'),
        ("media_type: image/png, body: {file: 'data/${name}.bin'}", b"data/${name}.bin"),
    ],
)
def test_a_preview_shows_what_is_not_known_as_it_is_written(tmp_path: Path, step: str, content: bytes) -> None:
    operation = "upload" if "image" in step else "putThing"
    files = {"spec/shop.yaml": SPEC, "contracts.yaml": SETTINGS, **FILES}
    files["contracts/a.yaml"] = write_steps(f"{{operation: {operation}, {step}}}")
    root = write_project(tmp_path, files)
    project = load_project(root)
    environment = resolve_environment(project.settings, "test", {})
    specs = project.place(environment).specs
    preparer = Preparer(
        specs=specs,
        environment=environment,
        base_url=environment.base_url or "",
        headers={},
        files=ProjectFiles(root, is_preview=True),
        is_checked=False,
    )
    scope = PreviewScope(variables=environment.variables)
    scope.expect(["name"])

    request, _ = preparer.prepare(decide_step(project.scenarios[0].steps[0], specs, environment), scope, scenario="1.1")

    assert request.body == content
