"""Writes the lowest allowed version of each dependency as constraints for pip: `python .ci/lowest.py FILE`."""

import configparser
import re
import sys
from pathlib import Path

_BOUND = re.compile(r"^([\w.-]+)>=([\w.]+)", re.MULTILINE)


def main(target: Path) -> None:
    """Read setup.cfg; a dependency without a lower bound is left to pip."""
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).resolve().parents[1] / "setup.cfg", encoding="utf-8")
    texts = (settings["options"]["install_requires"], settings["options.extras_require"]["test"])
    lines = [f"{name}=={version}\n" for text in texts for name, version in _BOUND.findall(text)]
    target.write_text("".join(lines), encoding="utf-8")


main(Path(sys.argv[1]))
