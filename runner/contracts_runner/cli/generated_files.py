"""The generated files of the repository, each with its name and its builder.

`python -m contracts_runner.cli.generated_files [ROOT]` writes them again.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from contracts_runner.cli.commands_page import COMMANDS_PAGE, render_commands_page
from contracts_runner.cli.main import main
from contracts_runner.maintenance.reference.meanings import WORDS_PAGE, render_words_page
from contracts_runner.maintenance.reference.pages import PAGES, render_page, render_run_page
from contracts_runner.maintenance.reference.schemas import (
    build_contract_schema,
    build_project_schema,
    build_results_schema,
)
from contracts_runner.model.json import Json

_WIDTH = 120
SCHEMAS: Mapping[str, Callable[[], Json]] = {
    "contract.schema.json": build_contract_schema,
    "project.schema.json": build_project_schema,
    "results.schema.json": build_results_schema,
}


def build_files() -> dict[str, str]:
    """Return path below the repository's root -> text."""
    schemas = {f"runner/contracts_runner/schema/{name}": _wrap(build(), 0, 0) + "\n" for name, build in SCHEMAS.items()}
    pages = {f"docs/reference/{name}": render_page(form) for name, form in PAGES.items()}
    others = {"run-files.md": render_run_page(), WORDS_PAGE: render_words_page()}
    others[COMMANDS_PAGE] = render_commands_page(main)
    return schemas | pages | {f"docs/reference/{name}": text for name, text in others.items()}


def _wrap(value: Json, indent: int, used: int) -> str:
    """Return the value as JSON: on one line if it fits after `used` characters, else a line for each part."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + used + len(line) < _WIDTH:
        return line
    heads = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    values = list(value.values()) if isinstance(value, dict) else value
    pad = " " * (indent + 2)
    parts = (f"{pad}{head}{_wrap(part, indent + 2, len(head))}" for head, part in zip(heads, values, strict=True))
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return ",\n".join(parts).join((f"{opened}\n", f"\n{' ' * indent}{closed}"))


def _write_files(root: Path) -> None:
    for name, text in build_files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)


if __name__ == "__main__":
    _write_files(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
