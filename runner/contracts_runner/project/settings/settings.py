"""Reads contracts.yaml: specs, folders, environments (docs/design.md, Project file)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.project.settings.environment_form import check_environment_form, is_environment_name
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading, Section, Value
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml

FILE_NAME = "contracts.yaml"
KEYS = ("version", "specs", "contracts", "templates", "default_environment", "environments")
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFile:
    """An OpenAPI document that contracts.yaml names."""

    path: Path
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """contracts.yaml. Environments stay as written: their `$NAME` values are looked up when one is used."""

    root: Path
    specs: Mapping[str, SpecFile]
    contracts: Path
    templates: Path | None
    default_environment: str | None
    environments: tuple[str, ...]
    document: YamlDocument = field(repr=False)

    def find_names(self, key: str) -> dict[str, list[str]]:
        """Return the names under "variables" or "credentials" of all environments -> the environments that have it."""
        names: dict[str, list[str]] = {}
        for environment in self.environments:
            entries = self.document.value["environments"][environment]
            named = entries.get(key) if isinstance(entries, dict) else None
            for name in named if isinstance(named, dict) else ():
                names.setdefault(name, []).append(environment)
        return names


def load_settings(root: Path) -> tuple[Settings | None, list[Problem]]:
    """Return the settings as far as they can be read, and every mistake in contracts.yaml."""
    document = load_yaml(root / FILE_NAME, root)
    reading = Reading(document)
    section = reading.start().read_section("contracts.yaml", KEYS, required=("version", "specs", "environments"))
    if section is None:
        return None, reading.problems
    section.read("version", _check_version)
    environments = section.read("environments", Value.read_entries) or {}
    for name, value in environments.items():
        _check_environment(name, value)
    settings = Settings(
        root=root,
        specs=section.read("specs", lambda value: _read_specs(value, root)) or {},
        contracts=section.read("contracts", lambda value: _read_folder(value, root)) or root / "contracts",
        templates=section.read("templates", lambda value: _read_folder(value, root)),
        default_environment=_read_default(section, tuple(environments)),
        environments=tuple(environments),
        document=document,
    )
    return settings, reading.problems


def _check_version(value: Value) -> None:
    if value.read_integer(1) not in (None, VERSION):
        value.report(f"version {value.value} is not known", f"this is a reader of version {VERSION}")


def _check_environment(name: str, value: Value) -> None:
    if not is_environment_name(name):
        value.report(f"'{name}' cannot be the name of an environment", "use letters, digits, dots, - and _")
    check_environment_form(name, value)


def _read_default(section: Section, names: tuple[str, ...]) -> str | None:
    value = section.get("default_environment")
    name = value.read_text() if value else None
    if value and name is not None and name not in names:
        value.report(f"there is no environment '{name}'", suggest_or_list(name, names))
    return name


def _read_specs(value: Value, root: Path) -> dict[str, SpecFile]:
    specs = {}
    for key, entry in value.read_entries().items():
        path = entry.read_parsed(lambda text: parse_path(text, root))
        if path:
            specs[key] = SpecFile(path=path, location=entry.location)
    return specs


def _read_folder(value: Value, root: Path) -> Path | None:
    path = value.read_parsed(lambda text: parse_path(text, root))
    if path and not path.is_dir():
        value.report(f"there is no folder '{value.value}'")
    return path


def parse_path(text: str, root: Path) -> Path:
    """Return a path inside of the project; raises FormError for one that leads out of it."""
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in text:
        raise FormError(f"'{text}' leads out of the project; write a path below contracts.yaml")
    return root / path
