"""Whatever text or value the files of a run hold, the audit answers in words: with violations, never a traceback."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts_runner.audit.run_audit import RunAudit, audit_files, audit_folder
from contracts_runner.maintenance.printing import OutputFormat
from contracts_runner.run.audit import AuditReport, build_tool, print_audit
from helpers.audited_run import share_run
from helpers.forger import Forger
from helpers.memory_files import MemoryFiles

GOLDEN = Path(__file__).parents[2] / "helpers" / "golden" / "0.1.0"
TOOL = build_tool(Path(__file__).parents[3])
ODD_TEXTS = st.sampled_from(
    [
        "\ud800",
        "\udc00\ud800",
        "\0",
        "\u202e",
        "\x1b[2J",
        "",
        " ",
        "%",
        "\\",
        "</script>",
        "-->",
        "9" * 5000,
        "x" * 20_000,
    ]
) | st.text(st.characters(), max_size=5)
ODD_VALUES = (
    ODD_TEXTS
    | ODD_TEXTS.map(lambda text: f"artifacts/{text}.json")
    | ODD_TEXTS.map(lambda text: f"http://[{text}")
    | st.sampled_from(
        [None, True, -1, 0, 10**15, 10**400, -(10**400), 1e308, 5e-324, [], {}, [[]], {"\ud800": "\ud800"}]
    )
)
Place = tuple[str | int, ...]


def iter_places(value: Any, *place: str | int) -> Iterator[Place]:
    """Yield where a value can be replaced: each member, at every depth."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        if place or key not in ("seq", "prev"):
            yield (*place, key)
            yield from iter_places(inner, *place, key)


def replace_in(contents: dict[str, bytes], number: int, place: Place, value: Any) -> dict[str, bytes]:
    """Return the files with one value of one line replaced, with a chain and a manifest that fit."""
    lines = [json.loads(line) for line in contents["ledger.jsonl"].splitlines()]
    target = lines[number]
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    texts, previous = [], "0" * 64
    for seq, line in enumerate(lines, start=1):
        texts.append(json.dumps({**line, "seq": seq, "prev": previous}).encode())
        previous = hashlib.sha256(texts[-1]).hexdigest()
    changed = {**contents, "ledger.jsonl": b"\n".join([*texts, b""])}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in changed.items() if name != "manifest.json"}
    return {**changed, "manifest.json": json.dumps({"files": hashes}).encode()}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """The files of some runs: one of this version, which is rendered again, and one of another."""
    folder = share_run(tmp_path_factory)
    run = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(GOLDEN / "faults.zip") as archive:
        return [run, {name: archive.read(name) for name in archive.namelist()}]


def check_printed(found: RunAudit, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Print the violations in every form; what is printed is UTF-8 and says each of them."""
    report = AuditReport(place=Path("out"), violations=found.violations, facts=(found.subject, *found.notes))
    for form in (OutputFormat.TEXT, OutputFormat.GITHUB, OutputFormat.JSON):
        print_audit(report, form)
        printed = capsysbinary.readouterr().out.decode()
    assert len(json.loads(printed)["violations"]) == len(found.violations)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_line_of_a_ledger_holds_the_audit_answers(
    runs: list[dict[str, bytes]], capsysbinary: pytest.CaptureFixture[bytes], data: st.DataObject
) -> None:
    contents = data.draw(st.sampled_from(runs))
    lines = contents["ledger.jsonl"].splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.sampled_from(list(iter_places(json.loads(lines[number])))))

    found = audit_files(MemoryFiles(replace_in(contents, number, place, data.draw(ODD_VALUES))), TOOL)

    check_printed(found, capsysbinary)


@pytest.mark.parametrize("text", ["\ud800", "\0", "..", "\u202e", "a" * 5000])
def test_an_artifact_path_of_odd_text_is_a_violation(
    runs: list[dict[str, bytes]], capsysbinary: pytest.CaptureFixture[bytes], text: str
) -> None:
    lines = [json.loads(line) for line in runs[0]["ledger.jsonl"].splitlines()]
    number = next(number for number, line in enumerate(lines) if line["type"] == "step_finished")

    found = audit_files(MemoryFiles(replace_in(runs[0], number, ("step", "artifact"), f"artifacts/{text}.json")), TOOL)

    assert ("artifact", f"ledger.jsonl:{number + 1}") in [(each.figure, each.where) for each in found.violations]
    check_printed(found, capsysbinary)


@pytest.mark.skipif(os.name == "nt", reason="names are texts there")
def test_a_file_whose_name_is_no_text_is_a_violation(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    forged = Forger(share_run(tmp_path_factory), tmp_path)
    Path(os.fsdecode(os.fsencode(forged.folder) + b"/\xff\x1b.txt")).write_text("", encoding="utf-8")

    found = audit_folder(forged.folder, TOOL)

    assert "\udcff\x1b.txt: manifest entry" in [each.figure for each in found.violations]
    check_printed(found, capsysbinary)
