"""Reads Arazzo documents (1.0 and 1.1) with the places of what they say: workflows, steps, what they refer to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from urllib.parse import unquote, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import ForeignFileError, decode_text
from contracts_runner.maintenance.importing.promises import as_list, as_mapping
from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.places import Place
from contracts_runner.reading.suggest import suggest, suggest_or_list
from contracts_runner.reading.yaml_source import YamlDocument, parse_yaml

_KEY = re.compile(rb"^\s{0,4}[\"']?arazzo[\"']?\s*:|^\s*\{\s*\"arazzo\"\s*:", re.MULTILINE)
_VERSION = re.compile(r"1\.[01](?:\.[0-9]+)?(?:-.*)?")
_COMPONENT = re.compile(r"(?:\$components\.|#/components/)(\w+)[./](.+)")


WORKFLOW_KEYS = (
    *("workflowId", "summary", "description", "inputs", "dependsOn", "steps", "outputs", "parameters"),
    *("successActions", "failureActions"),
)
STEP_KEYS = (
    *("stepId", "description", "operationId", "operationPath", "workflowId", "parameters", "requestBody"),
    *("successCriteria", "onSuccess", "onFailure", "outputs"),
)


class RefusedError(Exception):
    """A part of a document is not imported; the message says why, and what to do."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place.location}: {message}")


def is_arazzo(content: bytes) -> bool:
    """Return whether a file seems to be an Arazzo document, by its key."""
    return _KEY.search(content) is not None


def parse_arazzo(name: str, content: bytes) -> YamlDocument:
    """Return a document; raises ForeignFileError for what is none, or of another version."""
    text = decode_text(name, content)
    is_json = text.lstrip()[:1] == "{"
    document = parse_yaml(text, name if not is_json or name.endswith(".json") else f"{name}.json", lenient=True)
    if document.problems:
        raise ForeignFileError("\n".join(map(str, document.problems)))
    root = Place(document, ())
    version = as_mapping(document.value).get("arazzo")
    if not isinstance(version, str | float) or not _VERSION.fullmatch(str(version)):
        raise ForeignFileError(f"{root.at('arazzo').location}: Arazzo {version} is not read; bring it to 1.0 or 1.1")
    if not as_list(root.find("workflows")):
        raise ForeignFileError(
            f"{root.at('workflows').location}: it has no workflows; they are a list with one or more"
        )
    return document


@dataclass(frozen=True, slots=True)
class Sources:
    """What the source descriptions of a document are in the project: name -> spec, None for another kind of source, or
    one that no spec is like."""

    specs: Mapping[str, Spec | None]

    @classmethod
    def find(cls, root: Place, specs: Sequence[Spec]) -> "Sources":
        """Match them: by name, by the name of the file, or as the only ones on both sides."""
        found: dict[str, Spec | None] = {}
        listed = [as_mapping(each) for each in as_list(root.find("sourceDescriptions"))]
        described = [each for each in listed if each.get("type", "openapi") == "openapi"]
        for each in described:
            file = unquote(urlsplit(str(each.get("url", ""))).path).rpartition("/")[2]
            name = str(each.get("name", ""))
            alike = [spec for spec in specs if _simplify(spec.key) == _simplify(name)]
            alike = alike or [spec for spec in specs if spec.path.name == file]
            is_only = len(described) == len(specs) == 1
            found[name] = alike[0] if len(alike) == 1 else specs[0] if is_only else None
        return cls(found)

    def list_known(self) -> list[Spec]:
        """Return the specs, each once."""
        return list({spec.key: spec for spec in self.specs.values() if spec is not None}.values())


def _simplify(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow, and the ids under which steps and others refer to it."""

    place: Place
    id: str

    def list_steps(self) -> list[Place]:
        """Return the places of its steps; raises RefusedError where there are none, or one is no mapping."""
        steps = self.place.find("steps")
        if not isinstance(steps, list) or not steps:
            raise RefusedError(self.place, "a workflow has a list of steps, with one or more")
        places = [self.place.at("steps", index) for index in range(len(steps))]
        known: set[str] = set()
        for place in places:
            identifier = place.find("stepId")
            if not isinstance(identifier, str) or not identifier.strip():
                raise RefusedError(place, "a step is a mapping with a `stepId`")
            if identifier in known:
                raise RefusedError(place, f"a step '{identifier}' once more; rename one")
            known.add(identifier)
        return places


def list_workflows(document: YamlDocument, refused: list[str]) -> list[Workflow]:
    """Return the workflows; what is none is refused."""
    workflows: dict[str, Workflow] = {}
    root = Place(document, ())
    for index in range(len(as_list(root.find("workflows")))):
        place = root.at("workflows", index)
        identifier = place.find("workflowId")
        if not isinstance(identifier, str) or not identifier.strip():
            refused.append(f"{place.location}: a workflow is a mapping with a `workflowId`")
        elif identifier in workflows:
            first = workflows[identifier].place.location
            refused.append(f"{place.location}: a workflow '{identifier}' once more, first in {first}; rename one")
        else:
            workflows[identifier] = Workflow(place, identifier)
    return list(workflows.values())


def resolve_item(place: Place) -> tuple[Place, Mapping[str, Json]]:
    """Return a component that an item refers to, with the value that stands beside the reference; else the item
    itself. Raises RefusedError."""
    item = as_mapping(place.find())
    reference = item.get("reference")
    if reference is None:
        return place, item
    match = _COMPONENT.fullmatch(reference) if isinstance(reference, str) else None
    known = as_mapping(place.document.value.get("components"))
    kind, name = (match[1], match[2]) if match else ("", "")
    if name not in as_mapping(known.get(kind)):
        hint = suggest_or_list(name, as_mapping(known.get(kind)))
        raise RefusedError(place, "; ".join(filter(None, (f"there is no component '{reference}'", hint))))
    found = Place(place.document, ("components", kind, name))
    return found, {**as_mapping(found.find()), **({"value": item["value"]} if "value" in item else {})}


def iter_unknown_keys(place: Place, known: Sequence[str]) -> Iterator[tuple[Place, str]]:
    """Yield what is said by keys that are not known, but for ours."""
    for key in as_mapping(place.find()):
        if key not in known and not str(key).startswith("x-contracts-"):
            hint = suggest(str(key), known)
            yield place.at(key), f"its `{key}`" + (f"; {hint}" if hint else "")


def list_items(place: Place, refused: list[str]) -> Iterator[tuple[Place, Mapping[str, Json]]]:
    """Yield the items of a list of objects or references; others are refused."""
    found = place.find()
    if found is not None and not isinstance(found, list):
        refused.append(f"{place.location}: `{place.pointer[-1]}` is a list")
    for index in range(len(as_list(found))):
        try:
            where, item = resolve_item(place.at(index))
        except RefusedError as error:
            refused.append(str(error))
            continue
        if item:
            yield where, item
        else:
            refused.append(f"{place.at(index).location}: an item of `{place.pointer[-1]}` is a mapping")


@dataclass(slots=True)
class Inputs:
    """The inputs of a workflow: `values` have a default, `made` an expression of ours by which a run makes them."""

    values: dict[str, Json] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, place: Place, made_by: str) -> "Inputs":
        """Read the schema at a place; `made_by` begins the comment of one that a run makes."""
        inputs = cls()
        schema = _follow(place.document.value, place.find())
        for name, each in as_mapping(schema.get("properties")).items():
            known = _follow(place.document.value, each)
            comment = str(known.get("$comment", ""))
            if comment.startswith(made_by):
                inputs.made[name] = comment.removeprefix(made_by)
            elif "default" in known and known.get("format") != "password":
                inputs.values[name] = known["default"]
        return inputs


def _follow(document: Json, schema: Json) -> Mapping[str, Json]:
    """Return a schema, of a reference to a component that of the component."""
    for _ in range(10):
        match = _COMPONENT.fullmatch(str(as_mapping(schema).get("$ref", "")))
        if match is None:
            break
        schema = as_mapping(as_mapping(as_mapping(document).get("components")).get(match[1])).get(match[2])
    return as_mapping(schema)
