"""A run folder that a stranger sent, whatever stands in it, ends every command in words: within bounds, with nothing
written or read outside of it, and with no request to another host than that of the environment."""

import builtins
import hashlib
import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from helpers.audited_run import SCENARIOS, ShopService, share_run
from helpers.confined import MEGABYTES, Confined, Watched
from helpers.foreign_runs import CANARY, ForeignRun, mutate_folder, pack
from helpers.golden_run import FAULTS, unpack_golden_run
from helpers.servers import serve_wsgi
from helpers.shop import write_project

# Without a number in the environment there are a few folders, each with one of the commands.
NUMBER = os.environ.get("FOREIGN_FOLDERS")
FOLDERS = int(NUMBER or "60")

_FAULT = re.compile("|".join(name for name in dir(builtins) if name.endswith("Error")))


@dataclass(frozen=True)
class Place:
    """Where the commands run: the forks, recorded runs with the ids of their findings, the only host that may be
    asked."""

    forks: Confined
    runs: Mapping[Path, tuple[str, ...]]
    base_url: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    old = unpack_golden_run(FAULTS, tmp_path_factory.mktemp("golden"))
    with serve_wsgi(ShopService()) as base_url, Confined() as forks:
        yield Place(forks, {run: find_findings(run) for run in (share_run(tmp_path_factory), old)}, base_url)


def find_findings(run: Path) -> tuple[str, ...]:
    rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["properties"]
    return tuple(row["id"] for row in rows if row["failure"])


@pytest.mark.parametrize("number", range(FOLDERS))
def test_a_mutated_folder_ends_every_command_in_words(number: int, place: Place, tmp_path: Path) -> None:
    assert list(iter_problems(number, place, tmp_path)) == []


def test_a_folder_that_cannot_be_written_is_read_all_the_same(place: Place, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", SCENARIOS, base_url=place.base_url)
    run, [finding, *_] = next(iter(place.runs.items()))
    folder = project / "runs" / "out"
    shutil.copytree(run, folder)
    for path in (*folder.rglob("*"), folder, folder.parent):
        path.chmod(path.stat().st_mode & ~0o222)

    ended = {
        command[0]: place.forks.run(command, cwd=project, scratch=tmp_path)
        for command in (
            ("show", "1.2"),
            ("new", finding, "--from", "last"),
            ("replay", "runs/out", finding),
            ("audit", "runs/out"),
            ("report", "runs/out"),
        )
    }

    codes = {name: done.code for name, done in ended.items()}
    assert codes == {"show": 0, "new": 0, "replay": 1, "audit": 0, "report": 2}
    assert ended["report"].output == "cannot clean up runs/out: Permission denied\n"
    del ended["report"]
    assert {path for done in ended.values() for path in done.writes} <= {os.devnull}


def iter_problems(number: int, place: Place, root: Path) -> Iterator[str]:
    """Make the folder of a number in `root`, run the commands on it, and yield what is wrong."""
    chance = Random(number)
    project = write_project(root / "project", SCENARIOS, base_url=place.base_url)
    outside = root / "outside"
    outside.mkdir()
    (outside / "canary.json").write_text(json.dumps({"request": CANARY}))
    (outside / "linked.json").write_text("{}")
    seed = chance.choices([*place.runs], [5, 1])[0]
    run = ForeignRun(seed, project / "runs", outside, chance)
    mutate_folder(run)
    target = run.folder
    if chance.randrange(4) == 0:
        target = pack(run)
        shutil.rmtree(run.folder)
    finding = chance.choice(place.runs[seed])
    before = dict(iter_surroundings(root, run))
    commands = (
        ("show", "1.1"),
        ("new", finding, "--from", str(target)),
        ("replay", str(target), finding),
        ("audit", str(target), "--format", chance.choice(["text", "json", "github"])),
        # Tebibytes are not for those who insist.
        ("report", str(target), *(["--force"] if "huge" not in str(run.log) and chance.randrange(3) else [])),
    )
    for command in commands if NUMBER else [commands[number % len(commands)]]:
        done = place.forks.run(command, cwd=project, scratch=root)
        is_rendered = command[0] == "report" and done.code != 2
        faults = [*find_faults(done, run, place), *(find_odd_files(run) if is_rendered else ())]
        after = dict(iter_surroundings(root, run))
        faults += [
            f"{path} is not as it was" for path in sorted(before.keys() | after) if before.get(path) != after.get(path)
        ]
        for fault in faults:
            yield f"{command[0]}: {fault}; {run.log}: {done.code}\n{done.output[-3000:]}"


def find_faults(done: Watched, run: ForeignRun, place: Place) -> Iterator[str]:
    if done.code not in (0, 1, 2, 3, 130):
        yield f"exit code {done.code}"
    if done.code and not done.output.strip():
        yield "not a word"
    for word in ("Traceback", "an unexpected", "was not written", CANARY):
        if word in done.output:
            yield word
    # An answer that did not come is told with the exception of the library.
    yield from _FAULT.findall(re.sub("no response: .*", "", done.output))
    if any(not (character.isprintable() or character in "\n\t") for character in done.output):
        yield "a character that acts"
    if done.megabytes > MEGABYTES:
        yield f"{done.megabytes} MB"
    for path in done.writes:
        if not is_own(Path(path), run) and path != os.devnull:
            yield f"writes {path}"
    host, port = place.base_url.removeprefix("http://").split(":")
    for event, words in done.calls:
        if words not in (f"('{host}', {port})",):
            yield f"{event} {words}"


def is_own(path: Path, run: ForeignRun) -> bool:
    """The run's folder, its archive beside it, and where that is unpacked."""
    return str(path).startswith((str(run.folder), str(run.folder.parent / "tmp")))


def iter_surroundings(root: Path, run: ForeignRun) -> Iterator[tuple[str, str]]:
    """Yield everything around the run, as it is."""
    for parent, folders, files in os.walk(root):
        folders[:] = [folder for folder in folders if not is_own(Path(parent, folder), run)]
        for name in (*folders, *files):
            path = Path(parent, name)
            if is_own(path, run) or path.name in ("trace.jsonl", "output.txt"):
                continue
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            yield str(path), f"{path.lstat().st_mode} {content}"


def find_odd_files(run: ForeignRun) -> Iterator[str]:
    """Yield what is wrong with the reports that are there."""
    for name, read in {"results.json": json.loads, "junit.xml": ElementTree.fromstring}.items():
        path = run.folder / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 26:
            try:
                read(path.read_text(encoding="utf-8"))
            except (ValueError, ElementTree.ParseError) as error:
                yield f"{name}: {error}"
