"""What a project consists of, once all of its files are read."""

import contextlib
import dataclasses
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import cast

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem
from contracts_runner.model.contract import Contract, KnownProperty, Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.function import FunctionModule
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml


class Documents(Mapping[str, YamlDocument]):
    """Contract files as YAML, by name. They are for places, and take more room than contracts: beyond `most_open` of
    them each is packed, and unpacked when somebody asks; who needs none any more lets them go, and they are read again
    if somebody asks."""

    def __init__(self, root: Path, most_open: int | None = None) -> None:
        self._root = root
        self._most_open = most_open
        self._documents: dict[str, YamlDocument | bytes | None] = {}

    def add(self, document: YamlDocument) -> None:
        """Take the next one. One in which keys are other ones than in its file stays as it is."""
        self._documents[document.name] = document
        if self._most_open is not None and len(self._documents) > self._most_open and not document.mended:
            with contextlib.suppress(RecursionError):  # what nests too deep stays as it is
                self._documents[document.name] = pickle.dumps(document)

    def __getitem__(self, name: str) -> YamlDocument:
        document = self._documents[name]
        if isinstance(document, bytes):
            return cast(YamlDocument, pickle.loads(document))
        if document is None:
            document = self._documents[name] = load_yaml(self._root / name, self._root)
        return document

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def let_go(self) -> None:
        """Keep the names alone, and those in which keys are other ones than in their files."""
        self._documents = {
            name: document if isinstance(document, YamlDocument) and document.mended else None
            for name, document in self._documents.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that the project's files say. Contracts are in the order of their paths. `mistakes` are those of
    contract files that could be read none the less: they matter to who uses what has them.

    `files`: name -> SHA-256 of every file that was read. `documents`: name -> contract file as YAML, for places.
    `named`: its folder as --project has it, "" where it was found without.
    """

    root: Path
    settings: Settings
    specs: Mapping[str, Spec]
    contracts: Sequence[Contract]
    warehouses: tuple[WarehouseContract, ...]
    templates: Path | None
    files: Mapping[str, str]
    documents: Documents = field(repr=False)
    mistakes: tuple[Problem, ...] = ()
    functions: FunctionModule | None = None  # what `${…}` may call
    named: str = ""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios in contract order."""
        return tuple(scenario for contract in self.contracts for scenario in contract.scenarios)

    def place(self, environment: Environment) -> "Project":
        """Return the project with the address of each operation in an environment."""
        specs = {
            key: spec.place(environment.base_urls.get(key, ""), environment.servers, environment.name)
            for key, spec in self.specs.items()
        }
        return dataclasses.replace(self, specs=specs)

    @property
    def known_properties(self) -> tuple[KnownProperty, ...]:
        """The accepted findings of generated tests of all contracts."""
        return tuple(known for contract in self.contracts for known in contract.known_properties)
