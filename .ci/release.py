"""Builds the sdist and the wheel of the last commit, reproducibly: `python .ci/release.py FOLDER`.

The wheel is built from the sdist and from a clone: two that differ are an error, so that whoever has the commit can
check a published wheel by its SHA-256. The second one is made and installed by the commands of docs/how-to/ci.md.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(target: Path) -> None:
    """Write both files to `target` and print their hashes."""
    os.umask(0o022)  # A wheel holds the permissions of its files.
    time = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": time.stdout.strip()}
    # A wheel names the version of what built it; pip itself heeds the second one only when it builds.
    environment |= dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), str(ROOT / ".ci" / "build.txt"))
    with tempfile.TemporaryDirectory() as folder:
        # Of the last two the page says: from `project` its checkout is `../contracts`.
        release, clone, project = (Path(folder, name) for name in ("release", "contracts", "project"))
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        command = [sys.executable, "-m", "build", "--quiet", "--outdir", str(release), str(clone)]
        subprocess.run(command, check=True, env=environment)
        project.mkdir()
        follow_page(project, environment)
        (wheel,), (other,) = release.glob("*.whl"), (project / "wheels").glob("*.whl")
        if wheel.read_bytes() != other.read_bytes():
            sys.exit(f"{wheel.name} of the sdist is another than that of the commit")
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(release.iterdir()):
            shutil.copy(path, target)
            print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


def follow_page(project: Path, environment: Mapping[str, str]) -> None:
    """Give the commands of the page; what the tool depends on is not installed."""
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    environment = {**environment, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command in dict.fromkeys(re.findall(r"python -m pip [^`\n]+", page)):
        options = "--quiet" if " wheel " in command else "--quiet --no-deps --upgrade --target installed"
        subprocess.run(["sh", "-c", f"{command} {options}"], cwd=project, check=True, env=environment)
    if not (project / "installed" / "contracts_runner").is_dir():
        sys.exit("docs/how-to/ci.md: its commands do not install the tool")


main(Path(sys.argv[1]))
