"""The last word of openapi-spec-validator, and the memory of it."""

import socket
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.openapi.spec_validator import check_with_validator, find_cache_folder
from helpers.specs import MAIN, bundle_files, make_document

# Only the library minds: `required` names what no part of the schema describes.
DOUBTFUL = {"A": {"allOf": [{"type": "object"}], "required": ["x"]}}


def check(folder: Path, cache: Path | None, **schemas: Any) -> list[str]:
    bundle, problems = bundle_files(folder, {MAIN: make_document(components={"schemas": schemas})})
    assert problems == ()
    return [f"{problem.severity}: {problem.message}" for problem in check_with_validator(bundle, "3.1", cache=cache)]


def test_valid_document_is_noted(tmp_path: Path) -> None:
    assert check(tmp_path, tmp_path / "cache") == []
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_noted_document_is_not_asked_about_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    check(tmp_path, cache)
    (note,) = cache.iterdir()
    assert check(tmp_path, None, **DOUBTFUL) != []
    bundle, _ = bundle_files(tmp_path, {MAIN: make_document(components={"schemas": DOUBTFUL})})
    note.rename(cache / note.name.replace(note.name.split("-")[0], bundle.sha256))

    assert check(tmp_path, cache, **DOUBTFUL) == []


def test_doubtful_document_is_not_noted(tmp_path: Path) -> None:
    problems = check(tmp_path, tmp_path / "cache", **DOUBTFUL)

    assert problems == ["warning: openapi-spec-validator: Required list has not defined properties: ['x']"]
    assert not (tmp_path / "cache").exists()


def test_data_is_never_fetched_from_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        reference = {"$ref": f"http://127.0.0.1:{listener.getsockname()[1]}/a.json"}
        problems = check(tmp_path, None, A={"type": "object", "default": reference})

        with pytest.raises(BlockingIOError):
            listener.accept()
    assert [problem.partition(" document")[0] for problem in problems] == [
        "warning: openapi-spec-validator: could not check the"
    ]


def test_schema_that_composes_itself_is_only_doubtful(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, None, A={"allOf": [{"$ref": "#/components/schemas/A"}]})

    assert problem.startswith("warning: openapi-spec-validator: could not check the document: RecursionError")


def test_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert check(tmp_path, tmp_path / "file" / "cache") == []


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg"),
        ("linux", {"XDG_CACHE_HOME": "relative", "HOME": "/home/u"}, None),
        ("linux", {"HOME": "/home/u"}, "/home/u/.cache"),
        ("linux", {"XDG_CACHE_HOME": "", "HOME": "/home/u"}, "/home/u/.cache"),
        ("linux", {}, None),
        ("darwin", {"XDG_CACHE_HOME": "/xdg", "HOME": "/home/u"}, "/home/u/Library/Caches"),
        ("darwin", {}, None),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {}, None),
    ],
)
def test_notes_go_to_the_users_cache(platform: str, environ: dict[str, str], folder: str | None) -> None:
    # POSIX paths stand for those of each platform.
    expected = Path(folder, "contracts-runner", "valid-specs") if folder else None

    assert find_cache_folder(environ, platform) == expected
