"""What a stranger could send as a run: copies of a recorded run, mutated by a seeded chance.

Half of the ledgers are chained and half of the folders signed again, so that mutations get behind the hashes.
"""

import json
import os
import socket
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from helpers.forger import Forger
from helpers.rendering import WRITTEN

# Stands in files outside of the run: it must never come out.
CANARY = "canary-7d1f"
# What JSON text can hold and a Python value cannot: written in the place of its name.
_RAW = {
    "@huge exponent@": "1e999",
    "@long number@": "9" * 5000,
    "@deep@": "[" * 100_000 + "]" * 100_000,
    "@deeper than the parser@": '{"a":' * 1500 + "1" + "}" * 1500,
    "@name twice@": '{"id":1,"id":2}',
    "@wide@": "[" + "[]," * 50_000 + "{}]",
}
_LONG = 10**5
_ODD_TEXTS = (
    *("", "\ud800", "\0", "\x1b[2J\x1b]0;x\x07", "\u202efdp", "a\r\nb: c", "null", "passed", "failed", "artifacts"),
    *("</script><script>x</script>", "--><img src=x onerror=x>", "]]>", "=cmd|' /C calc'!A0", "|`*_[](x)~$!#\\"),
    *("{{ 7*7 }}{% for i in range(9**9) %}{% endfor %}", "[bold]x[/bold][/]", "%s%n{0}${HOME}", "C:\\x", "file:///etc"),
    *("DELETE", "GET / HTTP/1.1\r\nX: y", "http://evil.invalid/", "//evil.invalid/", "http://[::1", "http://a@b:9/"),
    *("application/json; charset=punycode", "text/plain; charset=idna", "report.html.jinja", "../report.html.jinja"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999-23:59", "2025-11-09T15:14:41", "2025-02-30T00:00:00Z"),
)
_LONG_TEXTS = (
    "x",
    "\\",
    "<",
    "(",
    "[",
    '[{"a":',
    " ",
    "1",
    "a@",
    "+7 ",
    "&",
    "%",
    "_*",
    "\n",
    "ж",
    "\U0001f600",
    "\x1b",
)
_ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, -0.0, 10**15, 10**18, 2**63, -(2**63) - 1, 10**30, 1e308, float("nan")),
    *(float("inf"), [], {}, [[]], [None], {"": None}, ["x", 1], *_RAW),
)
_FOLDER_NAMES = (
    *("out", "out", "20251109T151441Z-here-1a2b3c4d", "20259999T999999Z-here-1a2b3c4d", "00000000T000000Z-x-1"),
    *("[bold]run", "-run", "a\nb", "\x1b[31mrun", "run.zip.d", "прогон \u202e", "%s{0}$HOME", "x" * 200),
)


class ForeignRun(Forger):
    """A copy of a run to be mutated; `outside` is a folder next to it that nothing may touch or quote."""

    def __init__(self, run: Path, folder: Path, outside: Path, chance: Random) -> None:
        super().__init__(run, folder)
        name = chance.choice(_FOLDER_NAMES)
        self.folder = self.folder.rename(folder / name)
        if (folder / f"{run.name}.zip").is_file():
            (folder / f"{run.name}.zip").rename(folder / f"{name}.zip")
        self.outside = outside
        self.chance = chance
        self.log: list[str] = []

    @property
    def names(self) -> list[str]:
        """The files of the run, sorted."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        )

    def read(self, name: str) -> str:
        self._check(name)
        return super().read(name)

    def write(self, name: str, text: str) -> None:
        self._check(name)
        for mark, raw in _RAW.items():
            text = text.replace(f'"{mark}"', raw)
        super().write(name, text)

    def _check(self, name: str) -> None:
        path = self.folder / name
        if path.exists() and (not path.is_file() or path.stat().st_size > 1 << 24):
            raise OSError(f"{name} cannot be mutated: an earlier mutation replaced it")

    def choose_value(self) -> Any:
        """Return a value that is odd wherever it stands."""
        match self.chance.randrange(4):
            case 0:
                return self.chance.choice(_ODD_VALUES)
            case 1:
                return self.chance.choice(_LONG_TEXTS) * _LONG
            case 2:
                name = self.chance.choice(["canary.json", "missing.json", ""])
                return self.chance.choice(
                    [f"../../outside/{name}", str(self.outside / name), f"artifacts/../../{name}"]
                )
        return self.chance.choice(_ODD_TEXTS)

    def mutate_value(self, document: Any) -> None:
        """Change one place of a document."""
        places = list(_iter_places(document))
        if not places:
            return
        container, key = self.chance.choice(places)
        members = [each for each in places if isinstance(each[1], str)]
        if members and self.chance.randrange(2):
            # A name occurs once however many rows there are.
            word = self.chance.choice(sorted({each[1] for each in members}))
            container, key = self.chance.choice([each for each in members if each[1] == word])
        self.log.append(f"at {key!r}")
        match self.chance.randrange(8):
            case 0:
                del container[key]
            case 1:
                other, place = self.chance.choice(places)
                container[key] = json.loads(json.dumps(other[place]))
            case 2 if isinstance(container[key], list):
                container[key] = container[key] * self.chance.choice([2, 300]) or [self.choose_value()]
            case 3 if isinstance(container[key], list):
                container[key].reverse()
            case 4 if isinstance(container, dict):
                name = self.chance.choice(
                    ["type", "seq", "id", "outcome", "__class__", "$ref", "schema_version", "\ud800"]
                )
                container[name] = self.choose_value()
            case 5 if isinstance(container[key], int | float):
                container[key] = self.chance.choice([-container[key], container[key] * 10**12, str(container[key])])
            case _:
                container[key] = self.choose_value()


def _iter_places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield document, key
        yield from _iter_places(document[key])


def _mutate_ledger_values(run: ForeignRun) -> None:
    def edit(lines: list[dict[str, Any]]) -> None:
        for _ in range(run.chance.randint(1, 3)):
            kind = run.chance.choice(sorted({str(line.get("type")) for line in lines}))
            run.log.append(kind)
            run.mutate_value(run.chance.choice([line for line in lines if str(line.get("type")) == kind]))

    run.edit_ledger(edit, is_chained=run.chance.randrange(4) > 0)


def _mutate_lines(run: ForeignRun) -> None:
    def edit(lines: list[dict[str, Any]]) -> None:
        place = run.chance.randrange(len(lines))
        choice = run.chance.randrange(9)
        run.log.append(f"case {choice} at line {place + 1}")
        match choice:
            case 0:
                lines.insert(place, dict(lines[place]))
            case 1:
                del lines[place]
            case 2:
                run.chance.shuffle(lines)
            case 3:
                lines[place]["type"] = run.chance.choice(["run_started", "run_finished", "teleported", "step_finished"])
            case 4:
                del lines[place:]
            case 5:
                lines.extend(dict(line) for line in lines * 20)
            case 6:
                first = lines[0].get("run", {})
                first.update(id="another-run", schema_version=99, tool_version=run.chance.choice(["99.0", "0.1.0"]))
            case 7:
                lines.insert(place, {"type": "teleported", "at": "2030-01-01T00:00:00Z", "payload": run.choose_value()})
            case _:
                lines.reverse()

    run.edit_ledger(edit, is_chained=run.chance.randrange(2) > 0)


def _mutate_bytes(run: ForeignRun) -> None:
    name = run.chance.choice(run.names)
    path = run.folder / name
    data = path.read_bytes()
    place = run.chance.randrange(len(data) + 1)
    odd = run.chance.choice([b"\xff\xfe", b"\0" * 9, b"\n", b"\r\n", b"{", b"\xef\xbb\xbf", b"9" * _LONG, b"[" * _LONG])
    choice = run.chance.randrange(5)
    run.log.append(f"case {choice} of {name}")
    match choice:
        case 0:
            path.write_bytes(data[:place])
        case 1:
            path.write_bytes(data[:place] + odd + data[place:])
        case 2:
            path.write_bytes(odd + data)
        case 3:
            path.write_bytes(data.decode(errors="replace").encode("utf-16"))
        case _:
            path.write_bytes(data.replace(b"\n", b"\r\n"))


def _mutate_results(run: ForeignRun) -> None:
    def edit(document: Any) -> None:
        for _ in range(run.chance.randint(1, 3)):
            run.mutate_value(document[run.chance.choice(sorted(document))] or document)

    run.edit(edit)


def _mutate_finding(run: ForeignRun) -> None:
    """What `replay` and `new` read: the row of a finding, and its artifacts."""

    def edit(document: Any) -> None:
        rows = [row for row in document["properties"] if row["failure"]]
        row = run.chance.choice(rows)
        names = row["failure"]["artifacts"]
        for _ in range(run.chance.randint(1, 2)):
            run.mutate_value(run.chance.choice([row, row["failure"], document["run"]]))
        if isinstance(names, list) and names and run.chance.randrange(2):
            run.edit(run.mutate_value, run.chance.choice(names))

    run.edit(edit)


def _mutate_artifact(run: ForeignRun) -> None:
    names = [name for name in run.names if name.startswith("artifacts/")]
    if names:
        run.edit(run.mutate_value, run.chance.choice(names))


def _mutate_manifest(run: ForeignRun) -> None:
    def edit(document: Any) -> None:
        run.mutate_value(document)
        document["files"] = {**(document.get("files") or {}), str(run.choose_value()): "0" * 64}

    run.edit(edit, "manifest.json")


_ODD_NAMES = (
    *(b"\xff\xfe.json", b"\x1b[2J.json", b"a\nb.json", b"a\\b.json", b"\xe2\x80\xae.json", b"[bold]", b"x" * 255),
)
_EXTRA = ("report.html.part", "manifest.json.part", "results.json.part", "ledger.jsonl.part", ".env", "contracts.yaml")
_WRITTEN = ("manifest.json", *WRITTEN)


def _put_oddity(run: ForeignRun) -> None:
    """Something that is no regular file, or an odd one, in the place of one."""
    name = run.chance.choice([*run.names, *_WRITTEN, *_EXTRA, "artifacts/extra.json", f"../{run.folder.name}.zip"])
    path = run.folder / name
    if path.is_dir():
        return
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    outside = run.outside
    odd: dict[str, Callable[[], object]] = {
        "link to a file": lambda: path.symlink_to(outside / "canary.json"),
        "relative link": lambda: path.symlink_to(os.path.relpath(outside / "canary.json", path.parent)),
        "link to nothing": lambda: path.symlink_to(outside / "made.txt"),
        "link to a folder": lambda: path.symlink_to(outside),
        "link to itself": lambda: path.symlink_to(path.name),
        "link to a device": lambda: path.symlink_to("/dev/zero"),
        "pipe": lambda: os.mkfifo(path),
        "socket": lambda: _make_socket(path),
        "folder": path.mkdir,
        "nothing": lambda: None,
        "empty file": path.touch,
        "huge file": lambda: (path.touch(), os.truncate(path, 1 << 40)),
        "large file": lambda: (path.touch(), os.truncate(path, 200 << 20)),
        "second name": lambda: os.link(outside / "linked.json", path),
    }
    kind = run.chance.choice(sorted(odd))
    run.log.append(f"{kind} as {name}")
    odd[kind]()


def _make_socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket is short.
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


def _put_odd_names(run: ForeignRun) -> None:
    artifacts = run.folder / "artifacts"
    artifacts.mkdir(exist_ok=True)
    for name in _ODD_NAMES:
        (artifacts / os.fsdecode(name)).write_text("{}")
    deep = artifacts.joinpath(*["d"] * run.chance.choice([10, 300]))
    deep.mkdir(parents=True)
    for number in range(run.chance.choice([3, 2000])):
        (artifacts / f"{number}.json").touch()


def _link_folder(run: ForeignRun) -> None:
    artifacts = run.folder / "artifacts"
    if not artifacts.is_symlink() and artifacts.is_dir():
        artifacts.rename(run.outside.parent / "moved")
        artifacts.symlink_to(run.outside.parent / "moved")


_FOLDER_MUTATIONS: tuple[Callable[[ForeignRun], None], ...] = (
    *(_mutate_ledger_values,) * 6,
    *(_mutate_lines,) * 2,
    *(_mutate_finding,) * 4,
    *(_put_oddity,) * 4,
    *(_mutate_results,) * 2,
    *(_mutate_bytes, _mutate_artifact, _mutate_manifest, _put_odd_names, _link_folder),
)


def mutate_folder(run: ForeignRun) -> None:
    """Mutate the folder once or a few times."""
    for mutation in run.chance.sample(_FOLDER_MUTATIONS, run.chance.choice([1, 1, 2, 3])):
        run.log.append(mutation.__name__)
        try:
            mutation(run)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            run.log.append(f"(stopped: {error!r:.80})")  # an earlier mutation left nothing to mutate


def pack(run: ForeignRun) -> Path:
    """Turn the folder into an archive that is odd, perhaps, and return its path."""
    target = run.folder.with_name(f"{run.folder.name}.zip")
    if target.is_dir() and not target.is_symlink():
        target.rmdir()
    target.unlink(missing_ok=True)
    kind = run.chance.choice(sorted(_ARCHIVES))
    run.log.append(f"archive: {kind}")
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        warnings.simplefilter("ignore")  # a name twice
        for name in run.names:
            if (run.folder / name).stat().st_size < 1 << 20:
                archive.write(run.folder / name, _encode_name(name))
        _ARCHIVES[kind](run, archive)
    data = target.read_bytes()
    match kind:
        case "cut off":
            target.write_bytes(data[: run.chance.randrange(len(data))])
        case "bytes before it":
            target.write_bytes(b"MZ" * 500 + data)
        case "encrypted":
            target.write_bytes(data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"))
        case "packed in an unknown way":
            target.write_bytes(data.replace(b"\x00\x00\x08\x00", b"\x00\x00\x63\x00"))
        case "a wrong size":
            place = data.find(b"PK\x01\x02") + 24
            target.write_bytes(data[:place] + run.chance.choice([b"\xff\xff\xff\x7f", b"\1\0\0\0"]) + data[place + 4 :])
        case "a byte":
            place = run.chance.randrange(len(data))
            target.write_bytes(data[:place] + bytes([run.chance.randrange(256)]) + data[place + 1 :])
    return target


def _encode_name(name: str) -> str:
    return name.encode(errors="replace").decode()


def _add_bomb(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name, "w", force_zip64=True) as entry:
        for _ in range(300):
            entry.write(b"\0" * (1 << 20))


def _add_names(archive: zipfile.ZipFile, *names: str) -> None:
    for name in names:
        archive.writestr(name, CANARY if ".." in name else "{}")


def _add_link(run: ForeignRun, archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("artifacts/link.json")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, str(run.outside / "canary.json"))


_ARCHIVES: dict[str, Callable[[ForeignRun, zipfile.ZipFile], object]] = {
    **dict.fromkeys(
        ("as it is", "cut off", "bytes before it", "encrypted", "packed in an unknown way", "a wrong size", "a byte"),
        lambda run, archive: None,
    ),
    "a large ledger": lambda run, archive: _add_bomb(archive, "ledger.jsonl"),
    "a large artifact": lambda run, archive: _add_bomb(archive, "artifacts/large.json"),
    "large results": lambda run, archive: _add_bomb(archive, "results.json"),
    "names twice": lambda run, archive: _add_names(archive, "ledger.jsonl", "results.json", "results.json"),
    "names that lead outside": lambda run, archive: _add_names(
        archive, "../outside/made.txt", "/tmp/made-by-an-archive.txt", "a/../../b", "C:/x", "..", "a\\..\\b", "./x"
    ),
    "a file that is a folder": lambda run, archive: _add_names(archive, "artifacts", "report.html/x", "x/", "x/y/z"),
    "names of any kind": lambda run, archive: _add_names(
        archive, "x" * 300, "d/" * 1500 + "x", "\x1b[2J", "a\nb", "\u202e", "NUL", "con.json", " ", "a:b"
    ),
    "many entries": lambda run, archive: _add_names(archive, *(f"artifacts/{number}.json" for number in range(5000))),
    "a link": _add_link,
}
