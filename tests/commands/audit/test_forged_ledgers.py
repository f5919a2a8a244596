"""What somebody changes in a ledger, an artifact or the files of a run is named by the audit, with its place."""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.audit.rendering import Tool
from contracts_runner.audit.run_audit import RunAudit, audit_archive, audit_files, audit_folder
from helpers.audited_run import build_counting_tool, build_remembering_tool, share_run
from helpers.forger import Forger, Lines, find_line
from helpers.memory_files import MemoryFiles
from helpers.rendering import REPORTS


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return share_run(tmp_path_factory)


@pytest.fixture
def forged(run: Path, tmp_path: Path) -> Forger:
    return Forger(run, tmp_path)


# No rendering: what is forged here shows in the figures.
TOOL = build_counting_tool()


def audit(forged: Forger) -> RunAudit:
    return audit_folder(forged.folder, TOOL)


def find(found: RunAudit, figure: str) -> list[tuple[Any, Any, str]]:
    return [(each.printed, each.recomputed, each.where) for each in found.violations if figure in each.figure]


def step(lines: Lines, scenario: str, number: int = 1) -> dict[str, Any]:
    """The line of a step."""
    return find_line(lines, "step_finished", scenario=scenario, number=number)


@dataclass(frozen=True)
class Forgery:
    """An edit of the ledger's lines, and the violation of the line that `place` finds (None: any)."""

    edit: Callable[[Lines], object]
    figure: str
    place: Callable[[Lines], dict[str, Any]] | None = None
    printed: Any = ...
    recomputed: Any = ...


def drop(type: str, **values: Any) -> Callable[[Lines], object]:
    return lambda lines: lines.remove(find_line(lines, type, **values))


def whiten(lines: Lines) -> None:
    """Make a failed scenario pass in all that the ledger says of it."""
    line = step(lines, "1.2")
    for check in line["step"]["checks"]:
        check["outcome"] = "passed"
    line["step"]["outcome"] = "passed"


FORGERIES = {
    "the check that failed": Forgery(
        lambda lines: [check.update(outcome="passed") for check in step(lines, "1.2")["step"]["checks"]],
        "scenario 1.2 step 1 outcome",
        lambda lines: step(lines, "1.2"),
        "failed",
        "passed",
    ),
    "the status check against its own values": Forgery(
        lambda lines: step(lines, "1.3")["step"]["checks"][0].update(outcome="passed"),
        "scenario 1.3 step 1 check 1 outcome",
        lambda lines: step(lines, "1.3"),
        "passed",
        "failed",
    ),
    "what the status check saw": Forgery(
        lambda lines: step(lines, "1.3")["step"]["checks"][0].update(outcome="passed", actual=200),
        "scenario 1.3 step 1 check 1 actual",
        lambda lines: step(lines, "1.3"),
        200,
        404,
    ),
    "the outcome of a step": Forgery(
        lambda lines: step(lines, "1.2")["step"].update(outcome="passed"),
        "scenario 1.2 step 1 outcome",
        lambda lines: step(lines, "1.2"),
        "passed",
        "failed",
    ),
    "a step without a check": Forgery(
        lambda lines: step(lines, "1.2", 2)["step"].update(outcome="passed"),
        "scenario 1.2 step 2 outcome",
        lambda lines: step(lines, "1.2", 2),
        "passed",
        "errored",
    ),
    "the outcome of a scenario": Forgery(
        lambda lines: find_line(lines, "scenario_finished", scenario="1.5").update(outcome="passed"),
        "scenario 1.5 outcome",
        lambda lines: find_line(lines, "scenario_finished", scenario="1.5"),
        "passed",
        "errored",
    ),
    "a step, whole": Forgery(
        whiten,
        "scenario 1.2 outcome",
        lambda lines: find_line(lines, "scenario_finished", scenario="1.2"),
        "failed",
        "blocked",
    ),
    "the status of a step": Forgery(
        lambda lines: step(lines, "1.1")["step"]["response"].update(status=201),
        "scenario 1.1 step 1 status",
        lambda lines: step(lines, "1.1"),
        201,
        200,
    ),
    "the latency of a step": Forgery(
        lambda lines: step(lines, "1.1")["step"]["response"].update(latency_ms=0.1),
        "scenario 1.1 step 1 latency_ms",
        lambda lines: step(lines, "1.1"),
        0.1,
    ),
    "a body": Forgery(
        lambda lines: step(lines, "1.1")["exchange"]["response"].update(body='{"data": []}'),
        "scenario 1.1 step 1 body sha256",
        lambda lines: step(lines, "1.1"),
    ),
    "a response that never came": Forgery(
        lambda lines: step(lines, "1.1")["exchange"].update(response=None),
        "scenario 1.1 step 1 response",
        lambda lines: step(lines, "1.1"),
        200,
        None,
    ),
    "an answer to what was never sent": Forgery(
        drop("request_sent", scenario="1.3"),
        "response to scenarios getThing 1.3 read",
        lambda lines: step(lines, "1.3"),
        404,
    ),
    "a page of what was never sent": Forgery(
        drop("request_sent", phase="warehouse"),
        "response to warehouse listThings",
        lambda lines: find_line(lines, "page_fetched"),
    ),
    "a write that is called a read": Forgery(
        lambda lines: find_line(lines, "request_sent", operation="addThing").update(is_write=False),
        "addThing is_write",
        lambda lines: find_line(lines, "request_sent", operation="addThing"),
        False,
        True,
    ),
    "a write by another spelling that is called a read": Forgery(
        lambda lines: (
            next(row for row in lines[0]["operations"] if row["operation"] == "listThings").update(effect="write"),
            find_line(lines, "request_sent", operation="listThings").update(operation="GET //THINGS/"),
        ),
        "GET //THINGS/ is_write",
        lambda lines: find_line(lines, "request_sent", operation="GET //THINGS/"),
        False,
        True,
    ),
    "a write under a policy that blocks": Forgery(
        lambda lines: lines[0]["run"].update(writes="block"),
        "addThing sent under writes: block",
        lambda lines: find_line(lines, "request_sent", operation="addThing"),
        1,
        0,
    ),
    "a scenario that was not selected": Forgery(
        lambda lines: lines[0]["scenarios"].pop(0), "scenario_started of scenario 1.1", None, "1.1", "not selected"
    ),
    "where it was run": Forgery(
        lambda lines: lines[0]["run"].update(simulated=True), "run simulated", None, False, True
    ),
    "an outcome that is none": Forgery(
        lambda lines: step(lines, "1.2")["step"].update(outcome="ok"),
        "form of a step_finished line",
        lambda lines: step(lines, "1.2"),
    ),
    "a time that is none": Forgery(
        lambda lines: lines[3].update(at="yesterday"), "ledger at", lambda lines: lines[3], "yesterday"
    ),
    "an artifact outside": Forgery(
        lambda lines: step(lines, "1.1")["step"].update(artifact="../../etc/passwd"),
        "artifact",
        lambda lines: step(lines, "1.1"),
        "../../etc/passwd",
        "a path in artifacts/",
    ),
    "an artifact of another step": Forgery(
        lambda lines: step(lines, "1.1")["step"].update(artifact=step(lines, "1.1", 2)["step"]["artifact"]),
        "exchanges with artifact artifacts/1.1/2-read.json",
        None,
        2,
        1,
    ),
    "an exchange without an artifact": Forgery(
        lambda lines: step(lines, "1.1")["step"].update(artifact=None),
        "scenario 1.1 step 1 artifact",
        lambda lines: step(lines, "1.1"),
        None,
    ),
    "the shape of an answer": Forgery(
        lambda lines: step(lines, "1.1")["shape"]["tree"][1]["data"][1]["*"][1].update(name="n2"),
        "scenario 1.1 step 1: shape /data/*/name",
        lambda lines: step(lines, "1.1"),
        "null 2",
    ),
    "the shape of a page": Forgery(
        lambda lines: find_line(lines, "page_fetched")["shape"].update(tree="s1"),
        "listThings 1: shape root",
        lambda lines: find_line(lines, "page_fetched"),
        "string 1",
        "object 1",
    ),
    "a shape that was looked at in part": Forgery(
        lambda lines: step(lines, "1.1")["shape"].update(cut=True),
        "scenario 1.1 step 1: shape cut",
        lambda lines: step(lines, "1.1"),
        True,
        False,
    ),
    "the shape of an answer, in the results": Forgery(
        lambda lines: step(lines, "1.1")["shape"]["tree"][1].update(more="n1"),
        "shapes listThings 200 application/json True places /more",
        None,
        None,
    ),
    "the last line": Forgery(lambda lines: lines.pop(), "run complete", None, True, False),
    "a snapshot": Forgery(
        lambda lines: find_line(lines, "warehouse_snapshot", moment="after", scenario="")["tables"].update(things=9),
        "warehouse snapshots after things",
        None,
        2,
        9,
    ),
    "a warehouse check": Forgery(
        lambda lines: find_line(lines, "warehouse_check_finished")["row"].update(outcome="failed"),
        "warehouse checks things W.1 outcome",
        None,
        "passed",
        "failed",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_line_is_named_though_the_chain_fits(forged: Forger, name: str) -> None:
    forgery = FORGERIES[name]
    forged.edit_ledger(forgery.edit)
    forged.sign()

    found = find(audit(forged), forgery.figure)

    if forgery.place is not None:
        lines = [json.loads(line) for line in forged.read("ledger.jsonl").splitlines()]
        found = [each for each in found if each[2] == f"ledger.jsonl:{lines.index(forgery.place(lines)) + 1}"]
    assert any(
        forgery.printed in (..., printed) and forgery.recomputed in (..., recomputed)
        for printed, recomputed, _ in found
    ), [each.as_json() for each in audit(forged).violations]


def test_a_dropped_line_breaks_the_chain_at_its_place(forged: Forger) -> None:
    lines = [json.loads(line) for line in forged.read("ledger.jsonl").splitlines()]
    at = find_line(lines, "request_sent", operation="addThing")["seq"]
    forged.edit_ledger(lambda lines: lines.pop(at - 1), is_chained=False)

    found = audit(forged)

    assert [where for _, _, where in find(found, "ledger prev")] == [f"ledger.jsonl:{at}"]
    assert find(found, "ledger seq") == [(at + 1, at, f"ledger.jsonl:{at}")]
    assert "totals requests_sent" in {each.figure for each in found.violations}


def test_an_edited_line_breaks_the_chain_behind_it(forged: Forger) -> None:
    forged.edit_ledger(lambda lines: lines[9].update(at="2025-11-09T15:14:41.000Z"), is_chained=False)

    assert [where for _, _, where in find(audit(forged), "ledger prev")] == ["ledger.jsonl:11"]


def test_a_torn_end_is_told(forged: Forger) -> None:
    forged.write("ledger.jsonl", forged.read("ledger.jsonl")[:-40])

    found = audit(forged)

    ((printed, _, where),) = find(found, "ledger end")
    assert printed.startswith("a torn line of ")
    assert where == f"ledger.jsonl:{forged.read('ledger.jsonl').count(chr(10)) + 1}"
    reports = {
        where.partition(":")[0]: (printed, recomputed) for printed, recomputed, where in find(found, "run complete")
    }
    assert reports == dict.fromkeys(("results.json", "report.html", "report.md"), (True, False))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no JSON\n", "not JSON"),
        ("[1]\n", "list"),
        ("null\n", "null"),
        ("\n", "not JSON"),
        ('{"seq": 1, "seq": 2}\n', "occurs twice"),
        ('{"seq": NaN}\n', "NaN"),
        ("[" * 100_000 + "\n", "nested deeper"),
        ('{"seq": ' + "9" * 10_000 + "}\n", "not JSON that can be read"),
    ],
)
def test_a_line_that_no_run_writes_is_told(forged: Forger, line: str, told: str) -> None:
    forged.write("ledger.jsonl", forged.read("ledger.jsonl") + line)

    ((printed, _, where),) = find(audit(forged), "ledger line")

    assert told in printed
    assert where == f"ledger.jsonl:{forged.read('ledger.jsonl').count(chr(10))}"


def artifact(forged: Forger, name: str = "1.3/1-read") -> Path:
    return forged.folder / "artifacts" / f"{name}.json"


def swap(forged: Forger) -> None:
    one, other = artifact(forged, "1.3/1-read"), artifact(forged, "1.4/1-read")
    texts = one.read_bytes(), other.read_bytes()
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])


ARTIFACTS: dict[str, tuple[Callable[[Forger], object], str, str]] = {
    "swapped": (swap, "scenario 1.3 step 1: scenario", "artifacts/1.3/1-read.json: $.scenario"),
    "another status": (
        lambda run: run.edit(lambda d: d["response"].update(status=200), "artifacts/1.3/1-read.json"),
        "scenario 1.3 step 1: response status",
        "artifacts/1.3/1-read.json: $.response.status",
    ),
    "another body": (
        lambda run: run.edit(lambda d: d["response"].update(body="{}"), "artifacts/1.3/1-read.json"),
        "scenario 1.3 step 1: response body",
        "artifacts/1.3/1-read.json: $.response.body",
    ),
    "another hash": (
        lambda run: run.edit(lambda d: d["response"].update(sha256="0" * 64), "artifacts/1.3/1-read.json"),
        "scenario 1.3 step 1: response sha256",
        "artifacts/1.3/1-read.json: $.response.sha256",
    ),
    "another check": (
        lambda run: run.edit(lambda d: d["checks"][0].update(outcome="passed"), "artifacts/1.3/1-read.json"),
        "scenario 1.3 step 1: checks 1 outcome",
        "artifacts/1.3/1-read.json: $.checks[0].outcome",
    ),
    "another page": (
        lambda run: run.edit(lambda d: d.update(number=7), "artifacts/warehouse/listThings/1-page-1.json"),
        "listThings 1: number",
        "artifacts/warehouse/listThings/1-page-1.json: $.number",
    ),
    "not there": (lambda run: artifact(run).unlink(), "artifact", "ledger.jsonl:"),
    "no JSON": (lambda run: artifact(run).write_bytes(b"\xff"), "artifact", "artifacts/1.3/1-read.json"),
    "a list": (lambda run: artifact(run).write_bytes(b"[]"), "scenario 1.3 step 1", "artifacts/1.3/1-read.json: $"),
    "one more": (lambda run: run.write("artifacts/9.9/1-x.json", "{}"), "artifact", "artifacts/9.9/1-x.json"),
}


@pytest.mark.parametrize("name", ARTIFACTS)
def test_a_forged_artifact_is_named_though_the_manifest_fits(forged: Forger, name: str) -> None:
    forge, figure, where = ARTIFACTS[name]
    forge(forged)
    forged.sign()

    found = [place for _, _, place in find(audit(forged), figure)]

    assert any(place.startswith(where) for place in found), [each.as_json() for each in audit(forged).violations]


def test_a_change_without_a_new_signature_is_named_by_manifest_and_archive(forged: Forger) -> None:
    forged.write("report.md", forged.read("report.md") + "\n")

    figures = {each.figure for each in audit(forged).violations}

    assert {"report.md: SHA-256", "archive: report.md"} <= figures


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a/../../b", "", "."])
def test_a_manifest_cannot_lead_outside(forged: Forger, name: str) -> None:
    forged.edit(lambda d: d["files"].update({name: "0" * 64}), "manifest.json")

    assert [printed for printed, _, _ in find(audit(forged), "manifest name")] == [name]


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": {"report.md": 5}}', "\ud800"])
def test_a_broken_manifest_is_told(forged: Forger, text: str) -> None:
    (forged.folder / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))

    assert any(each.file == "manifest.json" for each in audit(forged).violations)


@pytest.mark.parametrize("name", ["results.json", "manifest.json", "junit.xml"])
def test_a_file_that_is_missing_is_told(forged: Forger, name: str) -> None:
    (forged.folder / name).unlink()

    assert any(name in (each.file, each.figure.partition(":")[0]) for each in audit(forged).violations)


@pytest.fixture(scope="module")
def remembering() -> Tool:
    return build_remembering_tool()


BROKEN = [
    "<![<![",
    "# Contract run: 1 failed of " + "9" * 5000 + " scenarios",
    "",
    "null",
    "[]",
    "{}",
    '"x"',
    "\0",
    "<a>",
    "[" * 5000,
    "| a | b |\n| --- | --- |\n| 1 |",
    '{"scenarios": 1}',
]


@pytest.mark.parametrize("name", ["results.json", *REPORTS])
@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_report_is_a_violation_and_no_traceback(
    forged: Forger, remembering: Tool, name: str, text: str
) -> None:
    forged.write(name, text)
    forged.sign()

    found = audit_folder(forged.folder, remembering).violations

    assert {each.file for each in found} == {name}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_links_and_pipes_are_told_and_not_read(forged: Forger, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"secret": "sesame"}', encoding="utf-8")
    artifact(forged).unlink()
    artifact(forged).symlink_to(secret)
    (forged.folder / "artifacts" / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(forged.folder / "pipe")

    found = audit(forged)

    oddities = {each.file: each.printed for each in found.violations if each.figure == "file"}
    assert oddities == {
        "artifacts/1.3/1-read.json": "a link",
        "artifacts/elsewhere": "a link",
        "pipe": "not a regular file",
    }
    assert "sesame" not in json.dumps([each.as_json() for each in found.violations])


def test_an_archive_cannot_lead_outside(forged: Forger) -> None:
    path = forged.folder.with_name("out.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../outside.json", "{}")

    found = audit_archive(path, TOOL)

    assert [(each.figure, each.where) for each in found.violations] == [("file", "../outside.json")]


def test_an_archive_that_is_cut_is_a_violation(forged: Forger) -> None:
    path = forged.folder.with_name("out.zip")
    path.write_bytes(path.read_bytes()[:-100])

    assert [each.figure for each in audit(forged).violations] == ["archive"]


def test_a_resumed_run_may_have_artifacts_that_no_line_names(forged: Forger) -> None:
    # Killed between the artifact and its line; what was under way is done again under another number.
    resumed = {"at": "2025-11-09T15:14:41.000Z", "type": "run_resumed", "command": "contracts run", "under_way": []}
    forged.edit_ledger(lambda lines: lines.insert(20, resumed))
    forged.write("artifacts/1.5/9-lost.json", "{}")
    forged.sign()

    assert find(audit(forged), "artifact") == []


def test_a_gigantic_line_is_told_and_not_held(forged: Forger) -> None:
    with (forged.folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"a": "' + b"x" * (17 * 1024 * 1024) + b'"}\n')

    assert [each[:2] for each in find(audit(forged), "ledger line")] == [("17825801 bytes", "at most 8388608 bytes")]


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path, run: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(run / "ledger.jsonl", "ledger.jsonl")
        archive.writestr("results.json", b"0" * 26_000_000)
        entry = zipfile.ZipInfo("report.md")
        archive.writestr(entry, b"")
        entry.file_size = 5 << 30

    found = audit_archive(path, TOOL)

    assert {
        ("more than 25165824 bytes, which only --large reads", "results.json"),
        ("more than 1073741824 bytes, which only --large reads", "report.md"),
    } <= {(each.printed, each.where) for each in found.violations}


@pytest.fixture(scope="module")
def contents(run: Path) -> dict[str, bytes]:
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}


@given(data=st.data())
@settings(max_examples=25)
def test_whatever_is_changed_it_is_told_and_nothing_breaks(contents: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(set(contents) - {"manifest.json"})))
    original = contents[name]
    begin = data.draw(st.integers(0, len(original)))
    end = begin + data.draw(st.integers(0, 40))
    inserted = data.draw(
        st.binary(max_size=20) | st.sampled_from([b'"', b"<b>", b"|", b"{", b"}", b"\n", b"0", b"passed"])
    )
    changed = original[:begin] + inserted + original[end:]

    found = audit_files(MemoryFiles({**contents, name: changed}), TOOL)

    assert (found.violations == ()) == (changed == original)


@given(texts=st.lists(st.binary(max_size=200), max_size=8))
@settings(max_examples=50)
def test_no_ledger_breaks_the_audit(texts: list[bytes]) -> None:
    found = audit_files(MemoryFiles({"ledger.jsonl": b"\n".join(texts)}), TOOL)

    assert found.exit_code is None
    assert found.violations


WORDS = st.sampled_from(["passed", "failed", "1.1", "read", "getThing", "artifacts/1.1/1-list.json", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.floats(0, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=40)
def test_no_value_in_a_line_breaks_the_audit(contents: dict[str, bytes], data: st.DataObject) -> None:
    lines = [json.loads(line) for line in contents["ledger.jsonl"].splitlines()]
    target: Any = data.draw(st.sampled_from(lines))
    while True:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from([key for key in keys if key not in ("seq", "prev", "type")]))
        if not (isinstance(target[key], dict | list) and target[key] and data.draw(st.booleans())):
            break
        target = target[key]
    before, target[key] = target[key], data.draw(VALUES)
    forged, previous = [], "0" * 64
    for number, line in enumerate(lines, start=1):
        line.update(seq=number, prev=previous)
        forged.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())
        previous = hashlib.sha256(forged[-1]).hexdigest()

    found = audit_files(MemoryFiles({**contents, "ledger.jsonl": b"\n".join([*forged, b""])}), TOOL)

    assert found.violations or before == target[key]
