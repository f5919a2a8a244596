"""Parts that `--shard` made become one run, whose ledger proves each part."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contracts_runner.audit.files import FolderFiles
from contracts_runner.audit.packed import PackFiles
from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.run.audit import build_tool
from contracts_runner.run.merging import merge_runs
from contracts_runner.run.report import report_run
from helpers.audited_run import build_counting_tool
from helpers.command import Finished, run_contracts
from helpers.forger import Forger, Lines, find_line
from helpers.ledger_reader import read_lines
from helpers.servers import serve_wsgi
from library_app import KEY, SPEC, Library

CONTRACT = """
contract: library
title: Library
spec: library
scenarios:
  - {id: login, title: Что нужно другим, steps: [{operation: listBooks, capture: {id: "$[0].id"}}]}
  - {id: one, title: One, needs: {l: login}, steps: [{operation: getBook, parameters: {id: "${l.id}"}}]}
  - {id: two, title: Two, needs: {l: login}, steps: [{operation: getBook, parameters: {id: "${l.id}"}}]}
  - id: wrong
    title: Wrong
    exclusive: w
    steps: [{operation: findBooks, parameters: {word: abc}, expect: {status: 404}}]
  - {id: right, title: Right, exclusive: w, steps: [{operation: findBooks, parameters: {word: слово}}]}
  - {id: later, title: Later, skip: {because: Not yet.}, steps: [{operation: findBooks, parameters: {word: abc}}]}
"""
SETTINGS = """
version: 1
specs: {{library: spec.json}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    credentials: {{key: {key}}}
    properties: {{phases: [coverage]}}
    warehouse: {{dsn: $NO_DSN, database: d}}
"""
TABLES = "warehouse: library\ntables: {books: {checks: [{id: W.1, not_null: [id]}]}}\n"


class Runs(NamedTuple):
    """One selection, run whole and in two parts, which were merged."""

    whole: Finished
    first: Finished
    second: Finished
    merged: Finished
    other: Finished  # a first part with another seed


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("shards")
    (folder / "contracts").mkdir()
    (folder / "spec.json").write_text(json.dumps(SPEC), encoding="utf-8")
    (folder / "contracts" / "library.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "contracts" / "warehouse.yaml").write_text(TABLES, encoding="utf-8")

    def run(output: str, *options: str) -> Finished:
        return run_contracts("run", "--output", output, *options, cwd=folder)

    with serve_wsgi(Library()) as base_url:
        (folder / "contracts.yaml").write_text(SETTINGS.format(base_url=base_url, key=KEY), encoding="utf-8")
        # Evidence in files and in one file.
        part = ("--artifacts", "failed", "--shard")
        shards = [run("first", *part, "1/2"), run("second", *part, "2/2", "--jobs", "auto")]
        other = run("other", *part, "1/2", "--seed", "7")
        whole = run("whole")
    # In another order, and one of them as its archive.
    merged = run_contracts("merge", "second.zip", "first", "--output", "merged", cwd=folder)
    return Runs(whole, *shards, merged, other)


def test_the_parts_are_whole_and_disjoint_but_for_what_both_need(runs: Runs) -> None:
    count = Counter([*runs.first.outcomes, *runs.second.outcomes])

    assert count == {"login": 2, "one": 1, "two": 1, "wrong": 1, "right": 1, "later": 1}
    assert ("one" in runs.first.outcomes) != ("two" in runs.first.outcomes)
    assert ("wrong" in runs.first.outcomes) == ("right" in runs.first.outcomes)
    assert runs.first.stdout.startswith("shard 1/2: a part of the selection")


def test_a_merged_run_says_what_one_process_would_have_said(runs: Runs) -> None:
    whole, merged = runs.whole.results, runs.merged.results

    assert (runs.whole.code, runs.merged.code) == (1, 1), runs.merged.stderr
    for phase in ("scenarios", "properties", "warehouse"):
        assert merged["totals"][phase] == whole["totals"][phase]
    assert runs.merged.outcomes == runs.whole.outcomes
    assert merged["totals"]["requests_sent"] == whole["totals"]["requests_sent"] + 1  # the login, a second time
    assert (merged["selected"], merged["deselected"], merged["not_started"]) == (6, 0, [])
    assert merged["warehouse"]["planned"] == whole["warehouse"]["planned"]
    assert sorted(row["id"] for row in merged["properties"]) == sorted(row["id"] for row in whole["properties"])


def test_its_ledger_names_each_part_with_its_head(runs: Runs) -> None:
    parts = [runs.first.results, runs.second.results]

    assert runs.merged.results["run"]["shards"] == [
        {"part": f"{number}/2", "id": part["run"]["id"], "head": part["head"], "lines": part["ledger"]["lines"]}
        for number, part in enumerate(parts, start=1)
    ]
    assert runs.merged.results["run"]["started_at"] == runs.first.results["run"]["started_at"]
    assert runs.merged.results["run"]["finished_at"] == runs.second.results["run"]["finished_at"]


def test_every_artifact_of_the_parts_is_there(runs: Runs) -> None:
    def list_artifacts(folder: Path) -> set[str]:
        files = {path.relative_to(folder).as_posix() for path in (folder / "artifacts").rglob("*.json")}
        with closing(PackFiles(FolderFiles(folder))) as packed:
            return files | {*packed.names}

    first, second = list_artifacts(runs.first.folder), list_artifacts(runs.second.folder)

    assert first.isdisjoint(second)
    assert list_artifacts(runs.merged.folder) == first | second
    assert {f"artifacts.jsonl#shard-{part}/login/1-listBooks.json" for part in (1, 2)} <= first | second
    assert len([name for name in first | second if name.startswith("artifacts/") and "/wrong/" in name]) == 1


def test_the_audit_of_a_merged_run_holds(runs: Runs) -> None:
    assert [str(each) for each in audit_folder(runs.merged.folder, build_tool(None)).violations] == []


def change_answer(lines: Lines) -> None:
    find_line(lines, "step_finished", scenario="one")["step"]["response"]["latency_ms"] += 1


def drop_skip(lines: Lines) -> None:
    lines.remove(find_line(lines, "scenario_finished", scenario="later"))


def swap_parts(lines: Lines) -> None:
    lines[0]["run"]["shards"].reverse()


def drop_part(lines: Lines) -> None:
    begin = next(number for number, line in enumerate(lines) if line.get("part") == "2/2")
    del lines[begin:-1]


def drop_part_and_its_name(lines: Lines) -> None:
    drop_part(lines)
    lines[0]["run"]["shards"].pop()


def say_other(key: str, value: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[0].update({key: value})


def say_other_of_run(key: str, value: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[0]["run"].update({key: value})


@pytest.mark.parametrize(
    ("forge", "figure"),
    [
        (change_answer, "SHA-256 of the last line"),
        (drop_skip, "SHA-256 of the last line"),
        (swap_parts, "parts of the run"),
        (drop_part, "parts of the run"),
        (drop_part_and_its_name, "parts of the run"),
        (say_other("deselected", 3), "deselected"),
        (say_other("warehouse_checks", 0), "warehouse checks"),
        (say_other("operations", []), "operations of the parts"),
        (say_other_of_run("environment", "prod"), "environment of the parts"),
        (say_other_of_run("seed", 8), "seed of the parts"),
        (lambda lines: lines[0]["scenarios"].pop(), "scenarios"),
        (lambda lines: lines[1].update(part="2/2"), "parts of the run"),
        (lambda lines: lines[0]["run"].pop("shards"), "parts of the run"),
    ],
)
def test_the_audit_tells_what_was_changed_of_a_part(
    runs: Runs, tmp_path: Path, forge: Callable[[Lines], None], figure: str
) -> None:
    forged = Forger(runs.merged.folder, tmp_path)
    forged.edit_ledger(forge)

    found = audit_folder(forged.folder, build_counting_tool()).violations

    assert any(each.figure.endswith(figure) for each in found), found


def merge(*names: Finished, output: Path) -> int:
    return merge_runs([str(each.folder) for each in names], project=None, environment=None, output=output)


def test_a_part_that_is_missing_or_there_twice_is_refused(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing: shard 2/2; `contracts run --shard 2/2` runs it"):
        merge(runs.first, output=tmp_path)
    with pytest.raises(UsageError, match="shard 1/2 is there twice"):
        merge(runs.first, runs.second, runs.first, output=tmp_path)
    with pytest.raises(UsageError, match="is no part of a run"):
        merge(runs.whole, output=tmp_path)
    with pytest.raises(UsageError, match="is no part of a run"):
        merge(runs.merged, output=tmp_path)


def test_parts_of_different_runs_are_refused_with_what_differs(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="are not of one run, since these differ: the seed, --seed; run both again"):
        merge(runs.other, runs.second, output=tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_part_that_does_not_hold_is_refused(runs: Runs, tmp_path: Path) -> None:
    forged = Forger(runs.first.folder, tmp_path)
    forged.edit_ledger(lambda lines: lines[-1].update(is_interrupted=True))

    with pytest.raises(RunFolderError, match="does not hold: the audit finds"):
        merge_runs([str(forged.folder)], project=None, environment=None, output=tmp_path / "out")


def test_a_part_that_did_not_end_is_refused(runs: Runs, tmp_path: Path) -> None:
    forged = Forger(runs.first.folder, tmp_path)
    forged.edit_ledger(lambda lines: lines.pop())
    for path in forged.folder.iterdir():
        if path.is_file() and path.name not in ("ledger.jsonl", "artifacts.jsonl"):
            path.unlink()
    (tmp_path / "first.zip").unlink()

    with pytest.raises(UsageError, match=r"shard 1/2 .* did not end; `contracts run --resume .*` finishes it"):
        merge_runs([str(forged.folder)], project=None, environment=None, output=tmp_path / "out")


def test_a_leak_of_a_part_is_one_of_the_merged_run(runs: Runs, tmp_path: Path) -> None:
    leak = {"file": "report.md", "line": 1, "kind": "secret", "name": "key"}
    forged = Forger(runs.first.folder, tmp_path)
    forged.edit_ledger(lambda lines: lines.append({**lines[-1], "type": "leaks_found", "leaks": [leak]}))
    (forged.folder / "manifest.json").unlink()
    (tmp_path / "first.zip").unlink()
    assert report_run(str(forged.folder), project=None, environment=None) == 3

    second = str(runs.second.folder)
    code = merge_runs([str(forged.folder), second], project=None, environment=None, output=tmp_path / "out")

    assert code == 3
    assert json.loads((tmp_path / "out" / "results.json").read_bytes())["leaks"] == [leak]
    assert not (tmp_path / "out.zip").exists()
    assert [str(each) for each in audit_folder(tmp_path / "out", build_tool(None)).violations] == []


def test_a_merged_run_is_not_resumed(runs: Runs) -> None:
    resumed = run_contracts("run", "--resume", str(runs.merged.folder), cwd=runs.merged.folder.parent)

    assert resumed.code == 2
    assert "is complete" in resumed.stderr


def test_each_line_of_a_part_is_there_as_it_was(runs: Runs) -> None:
    def list_rest(lines: Lines) -> list[dict[str, Any]]:
        return [{key: value for key, value in line.items() if key not in ("seq", "prev")} for line in lines]

    merged = list_rest(read_lines(runs.merged.folder))
    first, second = (list_rest(read_lines(each.folder)) for each in (runs.first, runs.second))

    assert merged[2 : 1 + len(first)] == first[1:]
    assert merged[2 + len(first) : -1] == second[1:]
