"""Prints what is imported, or adds it to a file; what did not come over is told on stderr."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from contracts_runner.errors import UsageError, explain_errors
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.importing.arazzo_documents import is_arazzo
from contracts_runner.maintenance.importing.arazzo_drafts import import_arazzo
from contracts_runner.maintenance.importing.foreign_requests import MOST_BYTES
from contracts_runner.maintenance.importing.imported import Imported, import_files
from contracts_runner.maintenance.importing.table_files import is_about_tables
from contracts_runner.project.project import Project
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.tables import import_tables


def print_import(
    project: Project, files: Iterable[BinaryIO], *, into: Path | None, spec: str | None, warehouse: str | None = None
) -> int:
    """Print the contract file, or write it where `into` says; returns the exit code."""
    contents = {_name(file): file.read(MOST_BYTES + 1) for file in files}
    if tables := [name for name, content in contents.items() if is_about_tables(content)]:
        if others := contents.keys() - tables:
            raise UsageError(
                f"{tables[0]} is about tables, {sorted(others)[0]} is not; import them one after the other"
            )
        return show(import_tables(project, contents, spec=spec, warehouse=warehouse, into=into), into)
    if documents := [name for name, content in contents.items() if is_arazzo(content)]:
        if others := contents.keys() - documents:
            raise UsageError(
                f"{documents[0]} is an Arazzo document, {sorted(others)[0]} is not; import them one after the other"
            )
        return show(import_arazzo(project, contents, environ=os.environ, spec=spec, into=into), into)
    if warehouse is not None:
        raise UsageError("--warehouse is for files about tables: of dbt, and data contracts")
    return show(import_files(project, contents, environ=os.environ, spec=spec, into=into), into)


def write(text: str, into: Path | None) -> None:
    """Print a contract file, or write it where `into` says, and say so."""
    show(Imported(text=text, report=(), is_whole=True), into)


def show(imported: Imported, into: Path | None) -> int:
    """Print or write a contract file, and what is to be said of it; returns the exit code."""
    written: Sequence[str] = ()
    if into is None:
        print(make_visible(imported.text), end="")
    else:
        with explain_errors("write", into):
            write_whole(into, imported.text.encode("utf-8"))
        written = (f"{into}: written; `contracts check` tells what is left to do",)
    for line in imported.report or written:
        print(make_visible(line), file=sys.stderr)
    return 0 if imported.is_whole else 1


def _name(file: BinaryIO) -> str:
    name = str(file.name)
    return "stdin" if name in ("-", "<stdin>") else name
