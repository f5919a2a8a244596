"""A document with mistakes: what needs the operation that has one is errored, all else runs."""

import json
from pathlib import Path

from helpers.command import Finished, run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- id: good
  title: One thing
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, expect: {status: 200, media_type: application/json}}
- id: bad
  title: Faulty
  steps:
    - {name: before, operation: getThing, parameters: {id: 1}}
    - {name: all, operation: listThings}
"""
ANSWER = answer(body=b'{"id": 1, "name": "n"}')


def plant(folder: Path, base_url: str) -> None:
    """Write the project with a reference of `listThings` that leads to nothing."""
    more = "properties: {operations: [listThings], max_examples: 2}\n"
    write_project(folder, SCENARIOS, base_url=base_url, more_settings=more)
    spec = folder / "spec.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(
        text.replace('items: {$ref: "#/components/schemas/Thing"}', "items: {$ref: '#/components/schemas/Gone'}"),
        encoding="utf-8",
    )


def test_a_fault_of_the_document_is_errored_where_it_is_needed(tmp_path: Path) -> None:
    with serve_raw(always(ANSWER)) as server:
        plant(tmp_path, server.base_url)
        ran = run_contracts("run", "--output", "out", cwd=tmp_path)
        sent = len(server.requests)
        shown = run_contracts("run", "--dry-run", cwd=tmp_path)
        checked = run_contracts("check", cwd=tmp_path)

    where = "spec.yaml:"
    assert ran.code == 3
    assert ran.outcomes == {"good": "passed", "bad": "errored"}
    assert sent == 1
    [faulty] = [row for row in ran.results["scenarios"] if row["id"] == "bad"]
    assert "listThings cannot be read in the spec: spec.yaml:" in faulty["reason"]
    assert [(row["operation"], row["outcome"]) for row in ran.results["properties"]] == [("listThings", "errored")]
    assert "errored: listThings cannot be read in the spec" in shown.stdout
    assert (checked.code, where in checked.stdout) == (2, True)
    assert "'#/components/schemas/Gone' leads to nothing" in checked.stdout


def check_document(folder: Path, count: int, *arguments: str) -> Finished:
    """Check a project whose document has so many operations that nothing uses, each with two slips."""
    write_project(folder, "", base_url="http://127.0.0.1:9")
    (folder / "contracts" / "things.yaml").unlink()
    settings = (folder / "contracts.yaml").read_text(encoding="utf-8")
    (folder / "contracts.yaml").write_text(settings.replace("    variables: {thing: 1}\n", ""), encoding="utf-8")
    schema = {"type": "string", "enum": [], "default": 5}
    answers = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    paths = {f"/a{number}": {"get": {"operationId": f"a{number}", "responses": answers}} for number in range(count)}
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    (folder / "spec.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    return run_contracts("check", *arguments, cwd=folder)


def test_check_tells_a_kind_of_warning_once_and_all_of_them_when_asked(tmp_path: Path) -> None:
    short, whole, strict = (check_document(tmp_path, 20, *more) for more in ((), ("--all",), ("--strict",)))

    assert (short.code, whole.code, strict.code) == (0, 0, 0)
    assert short.stdout.count("the default does not match its schema") == 1
    assert whole.stdout.count("the default does not match its schema") == 20
    assert "(19 more like it: `contracts check --all`)" in short.stdout
    assert len(short.stdout.splitlines()) < 6
