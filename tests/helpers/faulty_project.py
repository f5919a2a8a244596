"""The project of this repository, with a fault planted in its twin."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from helpers.command import REPOSITORY


def write_faulty_project(folder: Path, *faults: str, **credentials: str) -> None:
    """Copy the project with faults in its sandbox, and other credentials than the sandbox knows."""
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    settings: dict[str, Any] = yaml.safe_load((REPOSITORY / "contracts.yaml").read_text(encoding="utf-8"))
    sandbox = settings["environments"]["sandbox"]
    sandbox["sandbox"]["faults"] = [*faults]
    sandbox["credentials"] |= credentials
    (folder / "contracts.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
