"""Artifacts in one file: a line each, whose bytes are what the ledger has the hash of."""

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from contracts_runner.audit.files import FolderFiles, UnreadableError, hash_file, read_file
from contracts_runner.audit.packed import PackFiles
from contracts_runner.evidence.artifacts import Artifacts, WrittenArtifact
from contracts_runner.model.artifact_form import ArtifactForm

PACKED = ArtifactForm.PACKED


def write(folder: Path, step: str, form: ArtifactForm = PACKED, **document: object) -> WrittenArtifact:
    with closing(Artifacts(folder, form)) as artifacts:
        return artifacts.write("6.1", 1, step, document)


def read_packed(folder: Path, name: str) -> bytes:
    with closing(PackFiles(FolderFiles(folder))) as pack:
        return read_file(pack, name)


def test_a_packed_artifact_is_found_by_its_name_and_has_its_hash(tmp_path: Path) -> None:
    first, second = write(tmp_path, "add", note="Концерт\ud800\u202e"), write(tmp_path, "list")

    with closing(PackFiles(FolderFiles(tmp_path))) as pack:
        assert (
            pack.names
            == (first.path, second.path)
            == ("artifacts.jsonl#6.1/1-add.json", "artifacts.jsonl#6.1/1-list.json")
        )
        assert json.loads(read_file(pack, first.path)) == {"note": "Концерт\ud800\u202e"}
        assert (hash_file(pack, first.path), hash_file(pack, second.path)) == (first.sha256, second.sha256)
    assert [path.name for path in tmp_path.iterdir()] == ["artifacts.jsonl"]


def test_of_an_artifact_that_is_written_again_the_later_counts(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "add", attempt=1)
    _, sha256 = write(tmp_path, "add", attempt=2)

    assert hashlib.sha256(read_packed(tmp_path, path)).hexdigest() == sha256


def test_a_line_that_a_killed_process_has_torn_is_cut_off(tmp_path: Path) -> None:
    whole, torn = write(tmp_path, "add").path, write(tmp_path, "list").path
    pack = tmp_path / "artifacts.jsonl"
    pack.write_bytes(pack.read_bytes()[:-5])

    with pytest.raises(UnreadableError, match="is not there"):
        read_packed(tmp_path, torn)
    later = write(tmp_path, "remove").path

    assert (read_packed(tmp_path, whole), read_packed(tmp_path, later)) == (b"{}", b"{}")


def test_a_line_that_is_no_artifact_is_told(tmp_path: Path) -> None:
    write(tmp_path, "add")
    with (tmp_path / "artifacts.jsonl").open("ab") as pack:
        pack.write(b'{"artifact":"x"}\n')

    with closing(PackFiles(FolderFiles(tmp_path))) as files:
        assert files.oddities == {"line 2": "no artifact"}


@pytest.mark.parametrize(
    ("outcome", "path"),
    [
        ("passed", "artifacts.jsonl#6.1/1-add.json"),
        ("failed", "artifacts/6.1/1-add.json"),
        ("known", "artifacts/6.1/1-add.json"),
    ],
)
def test_of_failed_what_did_not_pass_has_a_file(tmp_path: Path, outcome: str, path: str) -> None:
    assert write(tmp_path, "add", ArtifactForm.FAILED, outcome=outcome).path == path


def test_the_names_of_groups_are_no_names_of_scenarios(tmp_path: Path) -> None:
    with closing(Artifacts(tmp_path, PACKED)) as artifacts:
        paths = [artifacts.write("tokens", 1, "a", {}).path, artifacts.write("x", 1, "a", {}, group="tokens").path]

    assert paths == ["artifacts.jsonl#tokens~c51e455b41df/1-a.json", "artifacts.jsonl#tokens/x/1-a.json"]
