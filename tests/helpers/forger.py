"""Forges a run as somebody would who wants to be believed: edits, hashes anew, packs anew."""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Lines = list[dict[str, Any]]


class Forger:
    """A copy of a run, to be edited. `sign` makes manifest and archive fit again, as the last step of a forgery."""

    def __init__(self, run: Path, folder: Path) -> None:
        self.folder = folder / run.name
        shutil.copytree(run, self.folder)
        if run.with_name(f"{run.name}.zip").is_file():
            shutil.copy(run.with_name(f"{run.name}.zip"), folder)

    def read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        # A half surrogate becomes its escape, as JSON has it.
        (self.folder / name).write_bytes(text.encode(errors="backslashreplace"))

    def replace(self, name: str, pattern: str, by: str) -> None:
        """Replace the first match of a pattern, which must be there and change something."""
        before = self.read(name)
        after = re.sub(pattern, by, before, count=1, flags=re.MULTILINE | re.DOTALL)
        assert after != before, f"{name} has no {pattern}"
        self.write(name, after)

    def edit(self, edit: Callable[[Any], object], name: str = "results.json") -> None:
        """Edit a JSON file as a value."""
        document = json.loads(self.read(name))
        edit(document)
        self.write(name, json.dumps(document, ensure_ascii=False, indent=2) + "\n")

    def edit_ledger(self, edit: Callable[[Lines], object], *, is_chained: bool = True) -> None:
        """Edit the lines of the ledger; seq and prev of all of them are made to fit, unless told otherwise."""
        lines = [json.loads(line) for line in self.read("ledger.jsonl").splitlines()]
        edit(lines)
        previous, texts = "0" * 64, []
        for number, line in enumerate(lines, start=1):
            if is_chained:
                line["seq"], line["prev"] = number, previous
            texts.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
            previous = hashlib.sha256(texts[-1].encode(errors="backslashreplace")).hexdigest()
        self.write("ledger.jsonl", "".join(f"{text}\n" for text in texts))

    @property
    def head(self) -> str:
        """The hash of the ledger's last line."""
        return hashlib.sha256((self.folder / "ledger.jsonl").read_bytes().splitlines()[-1]).hexdigest()

    def sign(self) -> None:
        """Write the head of the ledger, manifest and archive of what there is now."""
        if (self.folder / "results.json").is_file():
            text = (self.folder / "results.json").read_bytes()
            text = re.sub(rb'(\n *"head": ")\w*', rb"\g<1>" + self.head.encode(), text)
            (self.folder / "results.json").write_bytes(text)
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != "manifest.json")
        names = {path.relative_to(self.folder).as_posix(): path for path in paths}
        hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in names.items()}
        self.write("manifest.json", json.dumps({"files": hashes}))
        with zipfile.ZipFile(self.folder.with_name(f"{self.folder.name}.zip"), "w") as archive:
            for name in (*names, "manifest.json"):
                archive.write(self.folder / name, name)


def find_line(lines: Lines, type: str, **values: Any) -> dict[str, Any]:
    """Return the first line of a type with these values."""
    return next(
        line for line in lines if line["type"] == type and all(line.get(key) == value for key, value in values.items())
    )
