"""Loads a whole project: settings, specs, contracts; the mistakes of all files at once."""

from collections.abc import Iterator
from pathlib import Path

from contracts_runner.errors import Problem, ProjectError
from contracts_runner.model.contract import Contract
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.contract.contracts import ContractFileForm, read_contract
from contracts_runner.project.contract.warehouse_contracts import WarehouseFileForm, read_warehouse_contract
from contracts_runner.project.parts import Project
from contracts_runner.project.references.references import check_references
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml

__all__ = ["Project", "find_contract_files", "load_project", "read_project"]

_SUFFIXES = (".yaml", ".yml")


def load_project(root: Path) -> Project:
    """Return the project in `root`; raises ProjectError with the mistakes of all files."""
    project, problems = read_project(root)
    if project is None or any(problem.severity == "error" for problem in problems):
        raise ProjectError(problems)
    return project


def read_project(root: Path) -> tuple[Project | None, list[Problem]]:
    """Return the project as far as it can be read, None without usable settings, and every mistake and warning.

    What is missing in it, such as a spec with errors, is among the mistakes.
    """
    settings, problems = load_settings(root)
    if settings is None:
        return None, problems
    loading = _Loading(root, problems)
    loading.load_specs(settings)
    loading.load_contracts(settings.contracts)
    project = Project(
        root=root,
        settings=settings,
        specs=loading.specs,
        contracts=tuple(loading.contracts),
        warehouses=tuple(loading.warehouses),
        templates=settings.templates,
        files={settings.document.name: settings.document.sha256, **loading.files},
        documents=loading.documents,
    )
    return project, [*loading.problems, *check_references(project)]


def find_contract_files(folder: Path) -> list[Path]:
    """Return all YAML files below a folder, in the order of their paths."""
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


class _Loading:
    """A project on its way: what has been read so far, and the mistakes in it."""

    def __init__(self, root: Path, problems: list[Problem]) -> None:
        self.root = root
        self.problems = problems
        self.files: dict[str, str] = {}
        self.documents: dict[str, YamlDocument] = {}
        self.specs: dict[str, Spec] = {}
        self.contracts: list[Contract] = []
        self.warehouses: list[WarehouseContract] = []

    def load_specs(self, settings: Settings) -> None:
        for key, file in settings.specs.items():
            spec, problems = load_spec(key, file.path, self.root)
            self.problems += problems
            if spec:
                self.specs[key] = spec
                self.files.update(spec.files)

    def load_contracts(self, folder: Path) -> None:
        for path in find_contract_files(folder):
            document = load_yaml(path, self.root)
            self.documents[document.name] = document
            self.files[document.name] = document.sha256
            self.problems += self._read(document)

    def _read(self, document: YamlDocument) -> list[Problem]:
        keys = document.value if isinstance(document.value, dict) else {}
        if "warehouse" in keys and "contract" not in keys:
            warehouse, problems = read_warehouse_contract(document)
            self.warehouses += [warehouse] if warehouse else []
        elif "contract" in keys or not keys:
            contract, problems = read_contract(document)
            self.contracts += [contract] if contract else []
        else:
            problems = [*document.problems, _refuse(document, keys)]
        return problems


def _refuse(document: YamlDocument, keys: dict[str, object]) -> Problem:
    known = "; or ".join(", ".join(form.keys) for form in (ContractFileForm, WarehouseFileForm))
    hint = next(_iter_guesses(keys), known)
    message = "a contract file begins with the key 'contract' or 'warehouse'"
    return Problem(location=document.location(), message=message, hint=hint, rule="form")


def _iter_guesses(keys: dict[str, object]) -> Iterator[str]:
    for key in keys:
        if hint := suggest(key, ("contract", "warehouse")):
            yield f"'{key}': {hint}"
