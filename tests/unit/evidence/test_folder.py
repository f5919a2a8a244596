"""Every run has a folder of its own."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import create_run_folder, prepare_output_folder

NOW = datetime(2026, 11, 22, 13, 16, 38, tzinfo=timezone(timedelta(hours=3)))
RUN_ID = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"


def create(base: Path, *, environment: str = "prod", is_simulated: bool = False, run_id: str = RUN_ID) -> Path:
    return create_run_folder(base, now=NOW, environment=environment, is_simulated=is_simulated, run_id=run_id)


def test_name_has_the_utc_time_the_environment_and_a_short_id(tmp_path: Path) -> None:
    folder = create(tmp_path / "runs")

    assert folder == tmp_path / "runs" / "20261122T101638Z-prod-1a2b3c4d"
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("environment", "name"),
    [("sandbox", "20261122T101638Z-sandbox-1a2b3c4d"), ("local", "20261122T101638Z-local-sandbox-1a2b3c4d")],
)
def test_simulated_run_says_sandbox_in_its_name(tmp_path: Path, environment: str, name: str) -> None:
    assert create(tmp_path, environment=environment, is_simulated=True).name == name


def test_folder_is_never_shared(tmp_path: Path) -> None:
    folders = [create(tmp_path) for _ in range(3)]

    assert len(set(folders)) == 3


def test_environment_cannot_lead_out_of_the_base(tmp_path: Path) -> None:
    assert create(tmp_path / "runs", environment="../../x").parent == tmp_path / "runs"


def test_base_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("", encoding="utf-8")

    with pytest.raises(RunFolderError, match="cannot create"):
        create(tmp_path / "runs")


def test_output_folder_is_created(tmp_path: Path) -> None:
    assert prepare_output_folder(tmp_path / "a" / "b").is_dir()


def test_output_folder_with_other_files_is_used(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")

    assert prepare_output_folder(tmp_path) == tmp_path


def test_output_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_text('{"seq":1}\n', encoding="utf-8")

    with pytest.raises(RunFolderError, match="already holds a run; give --output another folder"):
        prepare_output_folder(tmp_path)


@pytest.mark.parametrize("torn", ["", '{"seq":1,"at":"20'])
def test_output_folder_of_a_run_that_was_killed_before_its_first_line_is_used(tmp_path: Path, torn: str) -> None:
    (tmp_path / "ledger.jsonl").write_text(torn, encoding="utf-8")

    assert prepare_output_folder(tmp_path) == tmp_path
