"""`contracts init`: a project of any OpenAPI document, that checks and runs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.run.starting import start_project
from helpers.command import COLD, REPOSITORY, run_contracts
from helpers.servers import always, answer, serve_raw, serve_wsgi
from helpers.specs import make_document
from library_app import KEY, Library

SPEC = REPOSITORY / "examples" / "library" / "spec.yaml"
FILES = {
    ".env.example",
    ".github/workflows/contracts.yml",
    ".gitignore",
    ".vscode/contract.schema.json",
    ".vscode/project.schema.json",
    ".vscode/settings.json",
    "contracts.yaml",
    "contracts/reading.yaml",
    "contracts/writing.yaml",
    "spec/spec.yaml",
}
GONE = '{operationId: a, responses: {"200": {$ref: "#/components/responses/Gone"}}}'
WRONG = 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\npaths:\n'


def list_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Published(Library):
    """The library, which publishes its document."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/docs/spec.yaml":
            return super().__call__(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/yaml")])
        return [SPEC.read_bytes()]


def test_a_project_of_a_running_service_is_green_with_its_token_alone(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with serve_wsgi(Published()) as base_url:
        begun = run_contracts("init", f"{base_url}/docs/spec.yaml", "made", cwd=tmp_path, **COLD)
        shown = run_contracts("run", "--dry-run", cwd=folder)
        (folder / ".env").write_text(f"LIBRARY_KEY={KEY}\n")
        checked = run_contracts("check", "--strict", cwd=folder)
        read = run_contracts("run", "--output", "out", cwd=folder)
        written = run_contracts("run", "--writes", "allow", "--output", "all", cwd=folder)

    assert (begun.code, shown.code, checked.code, read.code, written.code) == (0, 0, 0, 0, 0), begun.stderr
    assert checked.stdout == "0 errors, 0 warnings in 3 scenarios and 5 operations\n"
    assert set(list_files(folder)) >= FILES
    assert list_files(folder)["spec/spec.yaml"] == SPEC.read_bytes()
    assert "$LIBRARY_KEY is not set" in shown.stderr
    assert sorted(read.outcomes.items()) == [
        ("addBook.lifecycle", "blocked"),
        ("getBook", "passed"),
        ("listBooks", "passed"),
    ]
    assert set(written.outcomes.values()) == {"passed"}


def test_a_guess_that_fails_is_told_with_what_to_do(tmp_path: Path) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "example": 7}}
    get = {"operationId": "getOrder", "parameters": [parameter], "responses": {"200": {"description": "It."}}}
    document = make_document(paths={"/orders/{id}": {"get": get}})

    def respond(connection: Any, request: bytes) -> None:
        is_document = request.startswith(b"GET /spec ")
        connection.sendall(answer(body=json.dumps(document).encode()) if is_document else answer("404 Not Found"))

    with serve_raw(respond) as server:
        run_contracts("init", f"{server.base_url}/spec", cwd=tmp_path)
        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert done.code == 1
    assert "    guessed: id; if that is why, write a value that the service has into the contract" in done.stdout
    assert "# guess: id is the document's example\n" in (tmp_path / "contracts" / "orders.yaml").read_text()


def test_an_address_that_is_a_guess_is_to_be_written_first(tmp_path: Path) -> None:
    operation = {"operationId": "list", "responses": {"200": {"description": "All"}}}
    document = make_document(paths={"/things": {"get": operation}})
    for name, servers in {"shop": [], "known": [{"url": "https://shop.example.com"}]}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({**document, "servers": servers}), encoding="utf-8")

    done = run_contracts("init", "shop.json", "made", cwd=tmp_path)
    known = run_contracts("init", "known.json", "known", cwd=tmp_path)

    line = "    # contracts.yaml: write the address of your service as base_url"
    assert done.stdout.splitlines()[-4:-1] == ["    cd made", line, "    contracts check"]
    assert line not in known.stdout


@pytest.mark.parametrize("servers", [[], [{"url": "https://shop.example.com"}]])
def test_what_is_told_of_a_new_project_is_what_check_tells(servers: list[Any], tmp_path: Path) -> None:
    things = {"type": "object", "required": ["id"], "properties": {"next": {"type": "string"}}}
    contents = {"/things": things, "/broken": {"type": "strin"}}
    paths = {
        path: {
            "get": {"responses": {"200": {"description": "All", "content": {"application/json": {"schema": schema}}}}}
        }
        for path, schema in contents.items()
    }
    (tmp_path / "shop.json").write_text(json.dumps(make_document(paths=paths, servers=servers)), encoding="utf-8")

    begun = run_contracts("init", "shop.json", "made", cwd=tmp_path)
    checked = run_contracts("check", cwd=tmp_path / "made")

    assert begun.stdout.startswith(checked.stdout)
    assert "x-paging" not in checked.stdout


def test_minimal_writes_the_document_and_the_settings_alone(tmp_path: Path) -> None:
    start_project(str(SPEC), tmp_path, is_minimal=True)

    assert set(list_files(tmp_path)) == {"contracts.yaml", "spec/spec.yaml"}
    assert run_contracts("check", cwd=tmp_path).code == 0


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_overwritten(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")

    with pytest.raises(UsageError, match=f"has {name} already; nothing is overwritten"):
        start_project(str(SPEC), tmp_path, is_minimal=False)

    assert list_files(tmp_path) == {name: b"mine"}


def test_a_document_in_its_place_stays_there(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "spec.yaml").write_bytes(SPEC.read_bytes())

    start_project(str(tmp_path / "spec"), tmp_path, is_minimal=True)

    assert set(list_files(tmp_path)) == {"contracts.yaml", "spec/spec.yaml"}


def test_a_document_in_its_place_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    with serve_raw(always(answer(body=b"a: {type: string}"))) as server:
        text = f"{WRONG}  /b: {{get: {{responses: {{}}}}}}\nx: {{$ref: '{server.base_url}/x.yaml#/a'}}\n"
        (tmp_path / "spec" / "shop.yaml").write_text(text)

        with pytest.raises(UsageError, match=r"has spec/shop\.yaml already"):
            start_project(str(tmp_path / "spec" / "shop.yaml"), tmp_path, is_minimal=True)
        start_project(str(tmp_path / "spec" / "shop.yaml"), tmp_path / "made", is_minimal=True)

    made = list_files(tmp_path / "made" / "spec")
    assert list_files(tmp_path / "spec") == {"shop.yaml": text.encode()}
    assert made["remote/127.0.0.1-" + server.base_url.rpartition(":")[2] + "/x.yaml"] == b"a: {type: string}"
    assert b"$ref: 'remote/127.0.0.1-" in made["shop.yaml"]


def test_a_second_time_nothing_is_written(tmp_path: Path) -> None:
    first = run_contracts("init", str(SPEC), cwd=tmp_path)
    before = list_files(tmp_path)
    second = run_contracts("init", str(SPEC), cwd=tmp_path)

    assert (first.code, second.code) == (0, 2)
    assert second.stderr.startswith(". has spec/spec.yaml, contracts.yaml, ")
    assert list_files(tmp_path) == before


def test_mistakes_of_a_document_are_told_and_its_other_operations_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.yaml").write_text(f"{WRONG}  /a: {{get: {GONE}}}\n  /b: {{get: {{responses: {{}}}}}}\n")

    start_project(str(tmp_path / "shop.yaml"), tmp_path / "made", is_minimal=False)

    told = capsys.readouterr().out
    assert "spec/shop.yaml:4: warning: the reference '#/components/responses/Gone' leads to nothing" in told
    assert "in 1 scenario and 2 operations" in told
    assert run_contracts("check", cwd=tmp_path / "made").code == 0


def test_each_document_of_a_folder_becomes_a_spec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    get = {"operationId": "list", "security": [{"key": []}], "responses": {"200": {"description": "All."}}}
    parts = {"a": {"type": "apiKey", "in": "header", "name": "X-Key"}, "b": {"type": "http", "scheme": "basic"}}
    for name, scheme in {**parts, "c": parts["b"]}.items():
        document = make_document(
            paths={"/list": {"get": get}},
            servers=[{"url": f"https://{name}.example.com"}, {"url": "https://test.example.com"}],
            components={"securitySchemes": {"key": scheme}},
        )
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "in" / "c" / "none.yaml").write_text("openapi: 3.1.0\ninfo: {}\npaths: {}\n")

    start_project(str(tmp_path / "in"), tmp_path / "made", is_minimal=False)

    told = capsys.readouterr().out
    assert "not taken: spec/c/none.yaml: the document has no operation" in told
    assert "written, with 3 specs and 3 scenarios" in told
    settings = yaml.safe_load((tmp_path / "made" / "contracts.yaml").read_text())
    assert settings["specs"] == {name: f"spec/{name}/openapi.json" for name in "abc"}
    assert set(settings["environments"]) == {"production", "test"}
    assert settings["environments"]["production"]["base_urls"] == {each: f"https://{each}.example.com" for each in "bc"}
    assert not (tmp_path / "made" / "spec" / "c" / "none.yaml").exists()
    parts = ("USERNAME", "PASSWORD")
    variables = {"A_KEY": "k", **{f"{name}_KEY_{part}": part for name in "BC" for part in parts}}
    checked = run_contracts("check", "--strict", cwd=tmp_path / "made", **variables)
    shown = run_contracts("run", "--dry-run", cwd=tmp_path / "made", **variables)
    assert (checked.code, shown.code) == (0, 0), checked.stdout + shown.stdout
    sent = [line.strip() for line in shown.stdout.splitlines() if " GET " in line]
    assert [(line.partition("GET ")[2].partition(" ")[0]) for line in sent] == [
        f"https://{name}.example.com/list" for name in "abc"
    ]
    made = [yaml.safe_load((tmp_path / "made" / "contracts" / each / "list.yaml").read_text()) for each in "abc"]
    scenarios = [file["scenarios"][0] for file in made]
    assert [each["id"] for each in scenarios] == ["list", "b.list", "c.list"]
    assert [each["steps"][0].get("auth") for each in scenarios] == [None, "b_key", "c_key"]


REFUSED = {
    "no OpenAPI": ("hello: 1\n", "the key 'openapi' is missing"),
    "another version": ("openapi: 4.0.0\n", "openapi 4.0.0 is not supported"),
    "no YAML": ("a: b: c\n", "is not YAML"),
    "empty": ("", "the file is empty"),
    "no operation": (f"{WRONG}  /a: {{}}\n", "has no operation"),
    "none that can be read": (f"{WRONG}  /a: {{get: {GONE}}}\n", "leads to nothing"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_no_usable_document_is_refused(name: str, tmp_path: Path) -> None:
    text, message = REFUSED[name]
    (tmp_path / "shop.yaml").write_text(text)

    with pytest.raises((UsageError, ProjectError), match=message) as caught:
        start_project(str(tmp_path / "shop.yaml"), tmp_path / "made", is_minimal=False)

    assert str(caught.value).startswith(f"{os.path.relpath(tmp_path / 'shop.yaml')}:")

    assert not (tmp_path / "made").exists()
