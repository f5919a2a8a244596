"""Whatever is changed in the folder of a run, the audit does not hold; a folder that was made anew as a whole does, and
`--expect` tells it from the run."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.rendering import Tool
from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.engine.answer_shape import build_shape
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.evidence.manifest import pack, seal
from contracts_runner.maintenance.printing import OutputFormat
from contracts_runner.project.root import list_template_folders
from contracts_runner.reporting.formats import REPORTS
from contracts_runner.results.lines import as_json
from contracts_runner.run.audit import audit_files, audit_run, build_tool, print_audit
from contracts_runner.run.finish import write_reports
from contracts_runner.run.report import report_run
from helpers.audited_run import build_counting_tool, build_remembering_tool, share_run
from helpers.forger import Forger, Lines, find_line
from helpers.golden_run import FAULTS, unpack_golden_run
from helpers.rendering import WRITTEN

Change = Callable[[Forger], object]
ARTIFACTS = {
    "a step's": "artifacts/1.5/1-add.json",
    "a page's": "artifacts/warehouse/listThings/1-page-1.json",
    "a sample's": "artifacts/properties/getThing/1-*.json",
}
NAMES = ("notes.txt", "report2.html", "sub/ledger.jsonl", "artifacts/9.9/1-x.json", "artifacts/x", "report.md.part")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return share_run(tmp_path_factory)


@pytest.fixture(scope="module")
def tool() -> Tool:
    return build_remembering_tool()


@pytest.fixture
def forged(run: Path, tmp_path: Path) -> Forger:
    return Forger(run, tmp_path)


def find(forged: Forger, pattern: str) -> str:
    return sorted(path.relative_to(forged.folder).as_posix() for path in forged.folder.glob(pattern))[0]


def change_digit(name: str, share: float = 0) -> Change:
    """Change a digit, after that share of all."""

    def change(forged: Forger) -> None:
        text = forged.read(find(forged, name))
        matches = list(re.finditer(r"(?<![\\\w])\d", text))
        match = matches[int(len(matches) * share)]
        digit = "1" if match.group() != "1" else "2"
        forged.write(find(forged, name), f"{text[: match.start()]}{digit}{text[match.end() :]}")

    return change


def edit(name: str, change: Callable[[Any], object]) -> Change:
    return lambda forged: forged.edit(change, find(forged, name))


def remove(name: str) -> Change:
    return lambda forged: (forged.folder / find(forged, name)).unlink()


def replace(name: str, text: str) -> Change:
    return lambda forged: forged.write(find(forged, name), text)


def swap(name: str) -> Change:
    def change(forged: Forger) -> None:
        one, other = forged.folder / find(forged, name), forged.folder / "artifacts/1.3/1-read.json"
        contents = one.read_bytes(), other.read_bytes()
        one.write_bytes(contents[1])
        other.write_bytes(contents[0])

    return change


def iter_changes() -> Iterator[tuple[str, Change]]:
    """Yield what can be changed beside the ledger, by its name."""
    for kind, name in ARTIFACTS.items():
        parts: dict[str, Callable[[Any], object]] = {
            "body": lambda document: document["response"].update(body=document["response"]["body"] + " "),
            "header": lambda document: document["response"]["headers"].append(["X-Ours", "1"]),
            "status": lambda document: document["response"].update(status=418),
            "hash": lambda document: document["response"].pop("sha256"),
            "flag": lambda document: document["response"].update(truncated=True),
            "body under a flag": lambda document: document["response"].update(truncated=True, body="{}"),
            "request's flag": lambda document: document["request"].update(truncated=True),
            "request's header": lambda document: document["request"]["headers"].pop(),
            "request's body": lambda document: document["request"].update(body='{"name": "тарелка"}'),
            "time": lambda document: document["timings"].update(total_ms=0.001),
            "one member more": lambda document: document.update(note="checked by hand"),
            "blanks": lambda document: None,
        }
        yield from ((f"{kind} {part}", edit(name, change)) for part, change in parts.items())
        yield f"{kind} artifact, gone", remove(name)
        yield f"{kind} artifact, empty", replace(name, "")
        yield f"{kind} artifact, another's", swap(name)
    for name in WRITTEN:
        yield f"{name}, first digit", change_digit(name)
        yield f"{name}, a digit amid it", change_digit(name, 0.5)
        yield f"{name}, gone", remove(name)
        yield f"{name}, own text", replace(name, "All tests passed.\n")
    for name in NAMES:
        yield f"{name}, one more", lambda forged, name=name: forged.write(name, "{}")


LEDGER: dict[str, Callable[[Lines], object]] = {
    "a line, gone": lambda lines: lines.remove(find_line(lines, "request_sent", operation="addThing")),
    "a line, twice": lambda lines: lines.insert(5, dict(lines[5])),
    "the last line, gone": lambda lines: lines.pop(),
    "the last line, another time": lambda lines: lines[-1].update(at="2099-01-01T00:00:00.000Z"),
    "the first line, another title": lambda lines: lines[0]["scenarios"][0].update(title="Fine"),
    "an artifact's hash": lambda lines: find_line(lines, "page_fetched").update(artifact_sha256="0" * 64),
    "an artifact's hash, gone": lambda lines: find_line(lines, "page_fetched").pop("artifact_sha256"),
    "a finding's artifact": lambda lines: next(
        line["row"]["failure"] for line in lines if line["type"] == "property_finished" and line["row"]["failure"]
    ).update(artifacts=["artifacts/properties/getThing/99-x.json"]),
    "a member more in the last line": lambda lines: lines[-1].update({"note": ""}),
}
CHANGES = dict(iter_changes())
MANIFESTS: dict[str, Change] = {
    "a digit": change_digit("manifest.json"),
    "an entry, gone": edit("manifest.json", lambda document: document["files"].pop("report.md")),
    "an entry more": edit("manifest.json", lambda document: document["files"].update({"report2.md": "0" * 64})),
    "gone": remove("manifest.json"),
    "empty": replace("manifest.json", "{}"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("is_signed", [False, True], ids=["as it was signed", "signed anew"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_folder_does_not_hold(forged: Forger, tool: Tool, name: str, is_signed: bool) -> None:
    CHANGES[name](forged)
    if is_signed:
        forged.sign()

    assert audit_folder(forged.folder, tool).violations


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_changed_manifest_does_not_hold(forged: Forger, name: str) -> None:
    MANIFESTS[name](forged)

    assert audit_folder(forged.folder, build_counting_tool()).violations


@pytest.mark.thorough
@pytest.mark.parametrize("is_chained", [False, True], ids=["as it was chained", "chained anew"])
@pytest.mark.parametrize("name", LEDGER)
def test_a_changed_ledger_does_not_hold(forged: Forger, name: str, is_chained: bool) -> None:
    kept = forged.head
    forged.edit_ledger(LEDGER[name], is_chained=is_chained)
    forged.sign()

    figures = {each.figure for each in audit_folder(forged.folder, build_counting_tool(), head=kept).violations}

    assert "head: SHA-256 of the last line" in figures or not is_chained
    # The one change that is no figure, and has no line after it.
    assert (figures == {"head: SHA-256 of the last line"}) == (name == "a member more in the last line")


def lengthen(forged: Forger) -> None:
    """Give a step a request and a response that are longer than the ledger holds them."""
    name, body = ARTIFACTS["a step's"], json.dumps({"id": 3, "name": "чашка " * 1000}, ensure_ascii=False)

    def edit_artifact(document: Any) -> None:
        document["request"].update(body=body)
        document["response"].update(body=body, sha256=hashlib.sha256(body.encode()).hexdigest())

    forged.edit(edit_artifact, name)

    def edit_line(lines: Lines) -> None:
        line = find_line(lines, "step_finished", scenario="1.5", number=1)
        line["shape"] = as_json(build_shape(json.loads(body)))
        line["artifact_sha256"] = hashlib.sha256(forged.read(name).encode()).hexdigest()
        line["exchange"]["request"].update(body=body[:2000], truncated=True)
        line["exchange"]["response"].update(
            body=body[:2000], truncated=True, sha256=hashlib.sha256(body.encode()).hexdigest()
        )

    forged.edit_ledger(edit_line)
    forged.sign()


LONG_BODIES: dict[str, Callable[[Any], object]] = {
    "the end of the request": lambda document: document["request"].update(body=document["request"]["body"][:-9]),
    "the end of the response": lambda document: document["response"].update(body=document["response"]["body"][:-9]),
    "the response under a flag": lambda document: document["response"].update(body="{}", truncated=True),
    "the response, cut as the ledger has it": lambda document: document["response"].update(
        body=document["response"]["body"][:2000], truncated=True
    ),
    "the flag of the request": lambda document: document["request"].update(truncated=True),
}


@pytest.mark.parametrize("has_hashes", [True, False], ids=["hashes", "without, as 0.1.0"])
@pytest.mark.parametrize("name", LONG_BODIES)
def test_a_long_body_is_held_to_its_last_byte(forged: Forger, name: str, has_hashes: bool) -> None:
    lengthen(forged)
    if not has_hashes:
        forged.edit_ledger(lambda lines: [line.pop("artifact_sha256", None) for line in lines])
        forged.sign()
    before = audit_folder(forged.folder, build_counting_tool())

    forged.edit(LONG_BODIES[name], ARTIFACTS["a step's"])
    forged.sign()
    after = audit_folder(forged.folder, build_counting_tool())

    assert before.violations == ()
    if has_hashes or name != "the end of the request":
        assert {violation.file for violation in after.violations} == {ARTIFACTS["a step's"]}
    else:
        # What such a ledger does not hold cannot be proven: the audit says so.
        assert [note for note in after.notes if "of a long request body only the beginning is compared" in note]


def make_anew(forged: Forger) -> None:
    """Make all of the run anew, as somebody can who may write the folder: another event, and everything from that."""
    forged.edit_ledger(lambda lines: lines[0].update(deselected=7))
    write_reports(forged.folder, formats=REPORTS, templates=list_template_folders(None))
    seal(forged.folder, pack(forged.folder))


def test_a_folder_that_was_made_anew_is_told_by_the_head_that_somebody_kept(
    forged: Forger, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = forged.head
    make_anew(forged)

    def audit(head: str | None, form: OutputFormat = OutputFormat.TEXT) -> tuple[int, str, str]:
        report = audit_run([str(forged.folder)], project=None, environment=None, head=head)
        code = print_audit(report, form)
        return code, *capsys.readouterr()

    code, out, _ = audit(None)
    assert (code, f"head of the ledger: {forged.head}\n" in out) == (0, True), out
    assert audit(forged.head.upper())[0] == 0
    code, out, _ = audit(kept)
    assert (code, out.count("\n")) == (1, 5), out
    assert f"head: SHA-256 of the last line: printed {forged.head}, recomputed {kept}" in out
    code, out, err = audit(forged.head, OutputFormat.JSON)
    assert (code, json.loads(out)) == (0, {"ok": True, "violations": []})
    assert err == f"head of the ledger: {forged.head}\n"


@pytest.mark.parametrize("head", ["", "abc", "0" * 63, "0" * 65, "g" * 64, "0" * 64 + "\n"])
def test_what_is_no_hash_is_wrong_use(run: Path, head: str) -> None:
    with pytest.raises(UsageError, match="--expect takes a SHA-256"):
        audit_run([str(run)], project=None, environment=None, head=head)


def test_other_peoples_reports_have_no_head(run: Path) -> None:
    with pytest.raises(UsageError, match="--expect is about the ledger of a run"):
        audit_files([str(run / "report.md")], head="0" * 64)


def render(forged: Forger, *, is_forced: bool = False) -> int:
    return report_run(str(forged.folder), project=None, environment=None, is_forced=is_forced)


REFUSED: dict[str, Change] = {
    "an artifact": edit(ARTIFACTS["a step's"], lambda document: document["response"].update(status=200)),
    "a file more": lambda forged: forged.write("notes.txt", "checked by hand"),
    "a figure": change_digit("report.md"),
    "the ledger": lambda forged: forged.edit_ledger(lambda lines: lines.pop(7), is_chained=False),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_rendered_over_a_folder_that_does_not_hold(
    forged: Forger, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    REFUSED[name](forged)
    before = {path: path.read_bytes() for path in forged.folder.rglob("*") if path.is_file()}

    with pytest.raises(RunFolderError, match=r"does not hold: the audit finds .*; `contracts audit .*` .*--force"):
        render(forged)

    assert {path: path.read_bytes() for path in forged.folder.rglob("*") if path.is_file()} == before
    if name == "an artifact":
        assert render(forged, is_forced=True) == 1
        assert "does not hold" in capsys.readouterr().err


def test_a_run_that_was_killed_while_its_files_were_written_is_rendered(forged: Forger) -> None:
    """The manifest is the last of them: without one the reports claim nothing yet."""
    remove("manifest.json")(forged)
    forged.write("report.md", forged.read("report.md")[:100])
    remove("report.html")(forged)

    assert render(forged) == 1
    assert audit_folder(forged.folder, build_tool(None)).violations == ()


def test_a_torn_line_at_the_end_is_a_note_until_there_is_a_manifest(forged: Forger) -> None:
    for name in (*WRITTEN, "manifest.json"):
        remove(name)(forged)
    forged.folder.with_name("out.zip").unlink()
    forged.write("ledger.jsonl", forged.read("ledger.jsonl")[:-40])

    found = audit_folder(forged.folder, build_counting_tool())

    assert found.violations == ()
    assert any("of a torn line at the end are left out: the run was killed" in note for note in found.notes)


def test_what_a_run_of_version_0_1_0_has_is_rendered_again(tmp_path: Path) -> None:
    run = unpack_golden_run(FAULTS, tmp_path)

    assert report_run(str(run), project=None, environment=None, is_forced=False) == 1
    assert "head" in json.loads((run / "results.json").read_bytes())
