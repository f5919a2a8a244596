"""`python -m contracts_runner.maintenance.reference [ROOT]` writes the generated files of the repository again."""

import sys
from pathlib import Path

from contracts_runner.maintenance.reference.generated_files import build_files


def main() -> None:
    """Write all of them below the repository's root, which is the current folder if none is given."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    for name, text in build_files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)


main()
