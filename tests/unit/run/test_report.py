"""The reports of an earlier run, made again: in its folder or elsewhere, and what a run that leaked leaves behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.ledger import Ledger
from contracts_runner.evidence.manifest import is_sealed
from contracts_runner.reporting.formats import FORMATS, REPORTS, list_files
from contracts_runner.results.events import LeaksFound
from contracts_runner.results.rows import LeakRow
from contracts_runner.run.report import Wish, report_run
from helpers.golden_run import FAULTS, RESUMED, SANDBOX, unpack_golden_run
from helpers.ledger_builder import LedgerBuilder, make_step_row
from helpers.sealing import seal_run

SECRET = "very-secret-key-of-the-service"
PROJECT = """
version: 1
specs: {}
contracts: contracts
environments:
  sandbox: {base_url: "http://127.0.0.1:1", credentials: {key: $SERVICE_KEY, other: $OTHER_KEY}}
"""
LEAK = LeaksFound(leaks=(LeakRow(file="report.html", line=3, kind="secret", name="restToken"),))


def write_run(folder: Path, *, outcome: str, is_interrupted: bool, is_leaking: bool) -> None:
    folder.mkdir()
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(outcome))
    builder.finish(is_interrupted=is_interrupted)
    builder.add(*[LEAK] * is_leaking)
    with Ledger(folder / "ledger.jsonl", lambda: datetime.now(UTC)) as ledger:
        for line in builder.lines:
            ledger.append(line.event)  # type: ignore[arg-type] - the builder adds no unknown ones


@pytest.mark.parametrize("outcome", ["passed", "failed", "errored"])
@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_leak_is_3_whatever_else_happened_and_no_archive_stays(
    tmp_path: Path, outcome: str, is_interrupted: bool
) -> None:
    run, archive = tmp_path / "out", tmp_path / "out.zip"
    write_run(run, outcome=outcome, is_interrupted=is_interrupted, is_leaking=True)
    archive.write_bytes(b"of an earlier report")

    code = report_run(str(run), project=None, environment=None, is_forced=True)

    assert (code, archive.exists(), is_sealed(run)) == (3, False, True)


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("failed", 1), ("errored", 3)])
def test_without_a_leak_there_is_one(tmp_path: Path, outcome: str, code: int) -> None:
    write_run(tmp_path / "out", outcome=outcome, is_interrupted=False, is_leaking=False)

    assert report_run(str(tmp_path / "out"), project=None, environment=None, is_forced=True) == code
    assert (tmp_path / "out.zip").is_file()


@pytest.fixture
def killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in whose folder a defect of the tool left a secret, and which nothing has sealed."""
    (tmp_path / "contracts.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.setenv("SERVICE_KEY", SECRET)
    monkeypatch.setenv("OTHER_KEY", "another-key-of-the-service")
    write_run(tmp_path / "out", outcome="failed", is_interrupted=False, is_leaking=False)
    (tmp_path / "out" / "artifacts").mkdir()
    (tmp_path / "out" / "artifacts" / "1.json").write_text(f"{{\n'{SECRET.upper()}'", encoding="utf-8")
    return tmp_path / "out"


def report_killed(run: Path) -> int:
    return report_run(str(run), project=run.parent, environment=None, is_forced=True)


def test_what_a_killed_run_leaks_is_told_by_each_report_and_nothing_seals_it(
    killed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [report_killed(killed) for _ in range(2)]

    assert (codes, killed.with_suffix(".zip").exists(), is_sealed(killed)) == ([3, 3], False, False)
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("leak:", "not searched"))]
    assert told == ["leak: artifacts/1.json:2: secret key"] * 2


def test_a_run_that_was_searched_is_not_searched_again(killed: Path) -> None:
    seal_run(killed)

    assert (report_killed(killed), is_sealed(killed)) == (1, True)


@pytest.mark.parametrize("is_set", [True, False])
def test_a_killed_run_without_a_leak_is_sealed_and_what_was_not_looked_for_is_told(
    killed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    (killed / "artifacts" / "1.json").unlink()
    if not is_set:
        monkeypatch.delenv("OTHER_KEY")

    assert (report_killed(killed), is_sealed(killed)) == (1, True)
    assert ("not searched for all secrets: $OTHER_KEY is not set" in capsys.readouterr().err) is not is_set


@pytest.mark.parametrize(
    ("settings", "content", "reason"),
    [
        (PROJECT.replace("sandbox:", "prod:"), b"", "contracts.yaml does not say what is secret"),
        (PROJECT.replace("base_url", "base_ulr"), b"", "contracts.yaml does not say what is secret"),
        (PROJECT, b"x" * (9 << 20), "the run holds more than 8388608 bytes"),
        (PROJECT, b"PK\5\6" + b"\0" * 18, "the run holds an archive"),
    ],
    ids=["another environment", "a mistake", "large", "an archive"],
)
def test_why_a_killed_run_was_not_searched_is_told(
    killed: Path, capsys: pytest.CaptureFixture[str], settings: str, content: bytes, reason: str
) -> None:
    (killed.parent / "contracts.yaml").write_text(settings, encoding="utf-8")
    (killed / "artifacts" / "2.json").write_bytes(content)

    assert report_killed(killed) == 1
    assert f"not searched for all secrets: {reason}" in capsys.readouterr().err


def test_what_leaks_does_not_get_into_the_summary_of_a_job(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "job.md"))
    elsewhere = Wish(("github",), tmp_path / "new")

    for wish in (Wish(("github",)), elsewhere):
        report_run(str(killed), project=killed.parent, environment=None, wish=wish, is_forced=True)

    assert (tmp_path / "new" / "summary.md").is_file()
    assert not (tmp_path / "job.md").exists()


def read_reports(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in list_files(REPORTS)}


@pytest.mark.parametrize(
    "name", [FAULTS, *(pytest.param(each, marks=pytest.mark.thorough) for each in (RESUMED, SANDBOX))]
)
def test_a_run_of_an_older_version_is_rendered_alike_from_its_folder_and_its_archive(tmp_path: Path, name: str) -> None:
    run = unpack_golden_run(name, tmp_path)
    archive = seal_run(run)
    before = archive.read_bytes()
    code = report_run(str(run), project=None, environment=None, wish=Wish(output=tmp_path / "of folder"))
    archive.rename(tmp_path / "alone.zip")

    again = report_run(
        str(tmp_path / "alone.zip"), project=None, environment=None, wish=Wish(output=tmp_path / "of archive")
    )

    assert (again, (tmp_path / "alone.zip").read_bytes()) == (code, before)
    assert read_reports(tmp_path / "of archive") == read_reports(tmp_path / "of folder")
    assert not (tmp_path / "alone").exists()
    report_run(str(run), project=None, environment=None, is_forced=True)
    assert read_reports(run) == read_reports(tmp_path / "of folder")


@pytest.mark.parametrize("word", sorted(FORMATS))
def test_a_single_format_is_made_elsewhere(tmp_path: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "out", outcome="failed", is_interrupted=False, is_leaking=False)
    files = sorted((tmp_path / "out").iterdir())

    code = report_run(
        str(tmp_path / "out"), project=None, environment=None, wish=Wish((word,), tmp_path / "new"), is_forced=True
    )

    assert code == 1
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted({"results.json", *FORMATS[word]})
    assert sorted((tmp_path / "out").iterdir()) == files
    assert "not searched for secrets: the run has not ended" in capsys.readouterr().err


def test_a_single_format_in_the_folder_of_a_run_leaves_the_others(tmp_path: Path) -> None:
    run = tmp_path / "out"
    write_run(run, outcome="passed", is_interrupted=False, is_leaking=False)
    # Nothing has sealed it yet: all are made.
    report_run(str(run), project=None, environment=None, wish=Wish(("junit",)), is_forced=True)
    before = read_reports(run)

    report_run(str(run), project=None, environment=None, wish=Wish(("junit",), language="ru"), is_forced=True)

    after = read_reports(run)
    assert after.pop("junit.xml") != before.pop("junit.xml")
    assert after == before
    assert is_sealed(run)


def test_reports_are_not_written_into_another_run(tmp_path: Path) -> None:
    for name in ("out", "other"):
        write_run(tmp_path / name, outcome="passed", is_interrupted=False, is_leaking=False)

    with pytest.raises(RunFolderError, match="other holds a run; give --output another folder"):
        report_run(
            str(tmp_path / "out"), project=None, environment=None, wish=Wish(output=tmp_path / "other"), is_forced=True
        )
