"""Loads a whole project: settings, specs, contracts; the mistakes of all files at once."""

import contextlib
import dataclasses
import gc
import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from contracts_runner.errors import Problem, ProjectError, Rule, Severity, SourceLocation
from contracts_runner.model.contract import Contract
from contracts_runner.model.held import Held
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.contract.contracts import ContractFileForm, read_contract
from contracts_runner.project.files import hash_sent_files, list_contract_files, suggest_file
from contracts_runner.project.functions import load_functions
from contracts_runner.project.kept import KeptFiles
from contracts_runner.project.parts import Documents, Project
from contracts_runner.project.references.references import check_references
from contracts_runner.project.settings.settings import FILE_NAME, load_settings
from contracts_runner.reading.cache import find_cache
from contracts_runner.reading.parsed_files import ParsedFiles
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml

# Of the trees of contract files: a run asks for each of them twice or so, before it sends anything.
_MOST_OPEN = 100
_Contract = tuple[Contract | WarehouseContract | None, list[Problem]]

__all__ = ["Project", "load_project", "read_project"]


def load_project(root: Path, *, named: str = "") -> Project:
    """Return the project in `root`, `named` so by --project, with the mistakes of contract files. Raises ProjectError,
    with the mistakes of all files, where contracts.yaml or a document has one, or a contract file cannot be read."""
    project, problems = read_project(root, most_open=_MOST_OPEN)
    kept = project.mistakes if project else ()
    if project is None or any(problem.severity is Severity.ERROR and problem not in kept for problem in problems):
        raise ProjectError(problems)
    return dataclasses.replace(project, named=named)


def read_project(
    root: Path, kept: KeptFiles | None = None, *, most_open: int | None = None
) -> tuple[Project | None, list[Problem]]:
    """Return the project as far as it can be read, None without usable settings, and every mistake and warning.

    What is missing in it, such as a spec with errors, is among the mistakes. `kept` has what was read before: of it
    only contract files are looked at again, whether they have changed. `most_open` bounds how many trees of contract
    files are kept as they are.
    """
    with spare_collection():
        return _read(root, kept, most_open)


@contextlib.contextmanager
def spare_collection() -> Iterator[None]:
    """Read documents in the block: half of the time of a large one is otherwise spent on looking for garbage among what
    is kept."""
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_collecting:
            gc.enable()


def _read(root: Path, kept: KeptFiles | None, most_open: int | None) -> tuple[Project | None, list[Problem]]:
    cache = find_cache(os.environ)
    # A credential may stand in the project file: what it says is not kept anywhere else.
    parsed = ParsedFiles(cache, root, private={FILE_NAME}) if cache else None
    settings, problems = load_settings(root, parsed)
    if settings is None:
        return None, problems
    problems += settings.iter_unknown_services()
    specs: dict[str, Spec] = {}
    for key, file in settings.specs.items():
        missing = [
            _explain_missing(path, root, file.location) for path in (file.path, *file.overlays) if not path.exists()
        ]
        if missing:
            problems += missing
            continue
        read_spec = partial(load_spec, key, file.path, root, file.overlays, max_values=file.max_values, cache=cache)
        spec, mistakes = kept.find(key, file, read_spec) if kept else read_spec()
        problems += mistakes
        specs |= {key: spec} if spec else {}
    functions, mistakes_of_functions = None, list[Problem]()
    if settings.functions is not None:
        location = settings.document.location(("functions",))
        functions, mistakes_of_functions = load_functions(root, settings.functions, location)
    problems += mistakes_of_functions
    documents, hashes, contracts = Documents(root, most_open), dict[str, str](), list[_Contract]()
    for path in list_contract_files(settings.contracts):
        document, read = _read_file(path, root, kept, parsed)
        documents.add(document)
        hashes[document.name] = document.sha256
        contracts.append(read)
    if parsed:
        parsed.save()
    problems += [problem for contract, mistakes in contracts if contract is None for problem in mistakes]
    project = Project(
        root=root,
        settings=settings,
        specs=specs,
        contracts=Held(contract for contract, _ in contracts if isinstance(contract, Contract)),
        warehouses=tuple(contract for contract, _ in contracts if isinstance(contract, WarehouseContract)),
        templates=settings.templates,
        files={
            settings.document.name: settings.document.sha256,
            **({functions.file: functions.sha256} if functions else {}),
            **{name: digest for spec in specs.values() for name, digest in spec.files.items()},
            **hashes,
            **{name: digest for each, _ in contracts if each is not None for name, digest in each.files.items()},
        },
        documents=documents,
        functions=functions,
    )
    project = dataclasses.replace(project, files={**project.files, **hash_sent_files(root, project.scenarios)})
    readable = [problem for contract, mistakes in contracts if contract is not None for problem in mistakes]
    mistakes = (*readable, *check_references(project))
    return dataclasses.replace(project, mistakes=mistakes), [*problems, *mistakes]


def _explain_missing(path: Path, root: Path, location: SourceLocation) -> Problem:
    """Return the mistake of naming a file that there is not; its hint is a file beside it of nearly the same name."""
    name = path.relative_to(root)
    hint = suggest_file(root, name)
    return Problem(location=location, message=f"there is no file '{name.as_posix()}'", hint=hint)


def _read_file(
    path: Path, root: Path, kept: KeptFiles | None, parsed: ParsedFiles | None
) -> tuple[YamlDocument, _Contract]:
    def read() -> tuple[YamlDocument, _Contract]:
        document = load_yaml(path, root, parsed=parsed)
        return document, _read_contract(document, root)

    return kept.find(path, _hash(path), read) if kept else read()


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""  # reading it says why


def _read_contract(document: YamlDocument, root: Path) -> _Contract:
    keys = document.value if isinstance(document.value, dict) else {}
    if "warehouse" in keys and "contract" not in keys:
        from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract

        return read_warehouse_contract(document, root)
    if "contract" in keys or not keys:
        return read_contract(document, root)
    return None, [*document.problems, _refuse(document, keys)]


def _refuse(document: YamlDocument, keys: dict[str, object]) -> Problem:
    from contracts_runner.project.contract.warehouse_contracts import WarehouseFileForm

    known = "; or ".join(", ".join(form.keys) for form in (ContractFileForm, WarehouseFileForm))
    guesses = (f"'{key}': {hint}" for key in keys if (hint := suggest(key, ("contract", "warehouse"))))
    message = "a contract file begins with the key 'contract' or 'warehouse'"
    return Problem(location=document.location(), message=message, hint=next(guesses, known), rule=Rule.FORM)
