"""Reads the file .env of a project, which is never committed (docs/design.md, Project file)."""

import io
from pathlib import Path

from dotenv.parser import parse_stream

from contracts_runner.errors import Problem, SourceLocation

FILE_NAME = ".env"


def load_dotenv_file(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Return the names and values of the file, nothing without one; no other variable is looked up or changed.

    The parser is used and not `dotenv_values`, which says nothing of a line that it cannot read but on the log.
    """
    try:
        text = (root / FILE_NAME).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [_build_problem(1, "is not UTF-8")]
    except OSError as error:
        return {}, [_build_problem(1, f"cannot be read: {(error.strerror or str(error)).lower()}")]
    bindings = list(parse_stream(io.StringIO(text)))
    values = {binding.key: binding.value for binding in bindings if binding.key and binding.value}
    # The line itself may hold a secret.
    problems = [_build_problem(b.original.line, "is not of the form NAME=value") for b in bindings if b.error]
    return values, problems


def _build_problem(line: int, message: str) -> Problem:
    return Problem(location=SourceLocation(FILE_NAME, line), message=message)
