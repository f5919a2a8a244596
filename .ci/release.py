"""Builds the sdist and the wheel of the last commit, reproducibly: `python .ci/release.py FOLDER`.

The wheel is built from the sdist and from a clone: two that differ are an error, so that whoever has the commit can
check a published wheel by its SHA-256.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(target: Path) -> None:
    """Write both files to `target` and print their hashes."""
    os.umask(0o022)  # A wheel holds the permissions of its files.
    time = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": time.stdout.strip()}
    # A wheel names the version of what built it.
    environment["PIP_CONSTRAINT"] = str(ROOT / ".ci" / "build.txt")
    with tempfile.TemporaryDirectory() as folder:
        clone, release, again = (Path(folder, name) for name in ("clone", "release", "again"))
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for output, kind in ((release, []), (again, ["--wheel"])):
            command = [sys.executable, "-m", "build", "--quiet", *kind, "--outdir", str(output), str(clone)]
            subprocess.run(command, check=True, env=environment)
        (wheel,), (other,) = release.glob("*.whl"), again.glob("*.whl")
        if wheel.read_bytes() != other.read_bytes():
            sys.exit(f"{wheel.name} of the sdist is another than that of the commit")
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(release.iterdir()):
            shutil.copy(path, target)
            print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


main(Path(sys.argv[1]))
