"""The form of contracts.yaml: specs, folders, environments (docs/design.md, Project file)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, SourceLocation, UsageError
from contracts_runner.project.names import ENVIRONMENT
from contracts_runner.project.settings.environment_form import EnvironmentForm, read_environment
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.parsed_files import ParsedFiles
from contracts_runner.reading.places import iter_unknown
from contracts_runner.reading.readers import (
    IDENTIFIER,
    either,
    integer,
    items,
    mapping,
    name_words,
    named,
    parsed,
)
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml
from contracts_runner.reading.yaml_tree import MAX_VALUES

FILE_NAME = "contracts.yaml"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFile:
    """An OpenAPI document that contracts.yaml names, and the overlays that are applied to it."""

    path: Path
    location: SourceLocation
    overlays: tuple[Path, ...] = ()
    max_values: int = MAX_VALUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """contracts.yaml. Environments stay as written: their `$NAME` values are looked up when one is used."""

    root: Path
    specs: Mapping[str, SpecFile]
    contracts: Path
    templates: Path | None
    default_environment: str | None
    functions: str | None  # the module that `${…}` may call
    environments: tuple[str, ...]
    document: YamlDocument = field(repr=False)

    def find_names(self, key: str) -> dict[str, list[str]]:
        """Return the names under a key of all environments, such as "variables" -> the environments that have it."""
        names: dict[str, list[str]] = {}
        for environment in self.environments:
            entries = self.document.value["environments"][environment]
            named = entries.get(key) if isinstance(entries, dict) else None
            for name in named if isinstance(named, dict) else ():
                names.setdefault(name, []).append(environment)
        return names

    def iter_unknown_environments(self, names: Iterable[tuple[str, SourceLocation]]) -> Iterator[Problem]:
        """Yield a mistake for each name that no environment has."""
        return iter_unknown("there is no environment", names, self.environments)

    def iter_unknown_services(self) -> Iterator[Problem]:
        """Yield a mistake for each name in the `base_urls` of an environment that no spec has."""
        for place in (("environments", name, "base_urls") for name in self.environments):
            entries = self.document.value["environments"][place[1]]
            named = entries.get("base_urls") if isinstance(entries, dict) else None
            keys = named if isinstance(named, dict) else {}
            names = ((key, self.document.location((*place, key))) for key in keys)
            yield from iter_unknown("there is no spec", names, self.specs)

    def require_environment(self, name: str) -> None:
        """Raise UsageError for a name that no environment has."""
        for problem in self.iter_unknown_environments([(name, self.document.location())]):
            raise UsageError("; ".join(filter(None, (problem.message, problem.hint))))


def _parse_path(text: str) -> PurePosixPath:
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in text:
        raise FormError(f"'{text}' is outside of the project; write a path below contracts.yaml")
    return path


def _parse_module(text: str) -> str:
    if all(map(str.isidentifier, text.split("."))):
        return text
    raise FormError(f"'{text}' does not name a module; write its name as Python imports it: shop_functions")


def _read_version(value: Value) -> int | None:
    version = value.read_integer(1)
    if version not in (None, VERSION):
        value.report(f"unknown version {version}", f"known: {VERSION}")
    return version


def _read_environments(value: Value) -> tuple[str, ...]:
    """Return the names; the mappings are checked, and read when one is used."""
    entries = value.read_entries()
    for name, entry in entries.items():
        _ENVIRONMENT_NAMES.check(name, entry)
        read_environment("", entry, None)
    return tuple(entries)


_PATH = named(
    parsed(
        _parse_path,
        "path below contracts.yaml",
        r"^(?=[\s\S]*\S)(?![/\\])(?!([^:]*[/\\])?\.\.([/\\]|$))[^:]+$",
        "write a path below contracts.yaml, with forward slashes",
    ),
    "path",
)
_MODULE = parsed(
    _parse_module,
    "module",
    rf"^{IDENTIFIER}(\.{IDENTIFIER})*$",
    "write the name of a module, as Python imports it: shop_functions",
)
_ENVIRONMENT_NAMES = name_words("an environment")
_ENVIRONMENTS = mapping(EnvironmentForm.reader(), _ENVIRONMENT_NAMES)


class SpecForm(Form):
    """An OpenAPI document, and what the project adds to it."""

    noun = "a spec"
    document = Key(_PATH, "The document, as its vendor publishes it.", required=True, example="specs/shop.json")
    overlays = Key(
        items(_PATH),
        "OpenAPI Overlays 1.0 or 1.1, applied in this order: what is added or mended, never in the vendor's file.",
        example="[specs/shop.overlay.yaml]",
    )
    max_values = Key(
        integer(1),
        "Most values of each of its files, all aliases written out: a larger one is refused.",
        default=MAX_VALUES,
        example="5000000",
    )


_SPEC = either("object", SpecForm.reader(), _PATH)


class ProjectForm(Form):
    """The file contracts.yaml: the specs, folders and environments of a project."""

    noun = FILE_NAME
    version = Key(
        Reader(_read_version, {"type": "integer", "const": VERSION}, f"`{VERSION}`"),
        "Version of this file's form.",
        required=True,
        example="1",
    )
    specs = Key(
        mapping(_SPEC),
        "Key -> path of an OpenAPI document, or the document with its overlays.",
        required=True,
        example="{shop: spec/shop.yaml}",
    )
    contracts = Key(_PATH, "Folder of the contract files; `contracts` if left out.", example="contracts")
    templates = Key(_PATH, "Folder of the project's own report templates.", example="reports")
    default_environment = Key(ENVIRONMENT, "The environment of a run without `--env`.", example="sandbox")
    functions = Key(
        _MODULE,
        "A module below the project, whose public functions `${…}` may call; what runs hooks imports it, nothing else.",
        example="shop_functions",
    )
    environments = Key(
        Reader(_read_environments, _ENVIRONMENTS.schema, _ENVIRONMENTS.words),
        "Name -> environment: where to look, and what is allowed there.",
        required=True,
        example="{prod: {base_url: https://api.example.com}}",
    )


def load_settings(root: Path, parsed: ParsedFiles | None = None) -> tuple[Settings | None, list[Problem]]:
    """Return the settings as far as they can be read, and every mistake in contracts.yaml."""
    document = load_yaml(root / FILE_NAME, root, parsed=parsed)
    reading = Reading(document)
    form = ProjectForm.take(reading.start())
    if form is None:
        return None, reading.problems
    settings = Settings(
        root=root,
        specs={
            key: spec
            for key, value in (form.specs or {}).items()
            if (spec := _build_spec(value, root, form.at(ProjectForm.specs).at(key).location))
        },
        contracts=_find_folder(form, ProjectForm.contracts, root) or root / "contracts",
        templates=_find_folder(form, ProjectForm.templates, root),
        default_environment=form.default_environment,
        functions=form.functions,
        environments=form.environments or (),
        document=document,
    )
    return settings, [*reading.problems, *_check_default(form, settings)]


def _build_spec(value: SpecForm | PurePosixPath, root: Path, location: SourceLocation) -> SpecFile | None:
    if isinstance(value, PurePosixPath):
        return SpecFile(path=root / value, location=location)
    if value.document is None:
        return None
    overlays = tuple(root / path for path in value.overlays or ())
    return SpecFile(
        path=root / value.document, location=location, overlays=overlays, max_values=value.max_values or MAX_VALUES
    )


def _check_default(form: ProjectForm, settings: Settings) -> Iterator[Problem]:
    if settings.default_environment is not None:
        location = form.at(ProjectForm.default_environment).location
        yield from settings.iter_unknown_environments([(settings.default_environment, location)])


def _find_folder(form: ProjectForm, key: Key[PurePosixPath], root: Path) -> Path | None:
    path = form.find(key)
    if path is None:
        return None
    if not (root / path).is_dir():
        folders = [each.name for each in (root / path).parent.glob("*") if each.is_dir()]
        form.at(key).report(f"there is no folder '{form.at(key).value}'", suggest(path.name, folders))
    return root / path
