"""The schemas for editors say what the readers say: the same keys, the same words, the same verdicts.

Rich documents have every key at least once. What the readers ask for in them is compared with the schema, key by key;
then each of their values is replaced by odd ones, and reader and schema must agree about every result.
"""

import ast
import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

import contracts_runner
from contracts_runner.project.contract import relations, warehouse_kinds
from contracts_runner.reading import matchers
from helpers.command import REPOSITORY
from helpers.editor_grammars import (
    EXAMPLES,
    VALID,
    Grammar,
    build_contract,
    build_grammars,
    load_schema,
    load_value,
    read_contract_file,
)
from helpers.editor_schema import EditorSchema, Pointer, Recorder, Taken, find, iter_pointers
from helpers.odd_values import Change, iter_changes, iter_places, replace_at

INVALID = sorted((EXAMPLES / "invalid").glob("*.yaml"))
NAMES = ("contract", "project")

# Mistakes that a schema cannot see: what names something else, what compares two values, what is gone after YAML.
BEYOND_A_SCHEMA = {
    *("capture-hides", "cleanup", "expect-schema-reference", "expression-later-capture", "expression-unknown"),
    *("expression-unknown-in-variant", "file-unknown-spec", "known-order-of-dates", "known-references"),
    *("retry-too-short", "scenario-id-twice", "source-without-document", "step-missing-path-parameter"),
    *("step-missing-path-parameter-undescribed", "step-no-path", "step-unknown-auth", "step-unknown-environment"),
    *("step-unknown-method", "step-unknown-operation", "step-unknown-parameter", "warehouse-check-id-twice"),
    *("warehouse-unknown-spec", "yaml-duplicate-key", "yaml-key-on", "yaml-tag"),
}


@pytest.fixture(scope="module")
def grammars(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Grammar]:
    return build_grammars(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def recorder(grammars: Mapping[str, Grammar]) -> Mapping[str, list[tuple[Any, Recorder]]]:
    """What the readers asked for in each rich document."""
    heard: dict[str, list[tuple[Any, Recorder]]] = {}
    for name, grammar in grammars.items():
        for document in grammar.documents:
            one = Recorder()
            with one.listen():
                assert grammar.read(document) == []
            heard.setdefault(name, []).append((document, one))
    return heard


# The schemas themselves


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_of_draft_2020_12_and_of_draft_07(name: str) -> None:
    root = load_schema(name).root

    jsonschema_rs.meta.validate(root)
    jsonschema_rs.meta.validate({**root, "$schema": "http://json-schema.org/draft-07/schema#"})

    assert root["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", NAMES)
def test_beside_a_reference_stand_only_annotations(name: str) -> None:
    # Draft-07 ignores what stands there: a rule would hold in some editors only.
    beside = {key for _, part in load_schema(name).iter_parts() if "$ref" in part for key in part}

    assert beside <= {"$ref", "description", "default"}


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described_in_a_sentence(name: str) -> None:
    schema = load_schema(name)

    bare = [(place, key) for place, key, description in _iter_descriptions(schema) if not description.endswith(".")]

    assert bare == []


def _iter_descriptions(schema: EditorSchema) -> Iterator[tuple[Pointer, str, str]]:
    for place, part in schema.iter_parts():
        if part.get("additionalProperties") is not False:
            continue
        for key, child in part["properties"].items():
            target = find(schema.root, tuple(child["$ref"].removeprefix("#/").split("/"))) if "$ref" in child else {}
            yield place, key, child.get("description") or target.get("description", "")


# Files


@pytest.mark.parametrize("draft", ["Draft202012Validator", "Draft7Validator"])
def test_every_file_of_the_projects_is_valid(draft: str) -> None:
    contracts = {*(REPOSITORY / "contracts").rglob("*.yaml"), *VALID, *(EXAMPLES / "project/contracts").glob("*.yaml")}
    found = {
        "contract": {path: load_value(path) for path in contracts},
        "project": {
            path: load_value(path) for path in (REPOSITORY / "contracts.yaml", EXAMPLES / "project/contracts.yaml")
        },
    }

    errors = [
        (path.name, error.message)
        for name, values in found.items()
        for path, value in values.items()
        for error in getattr(jsonschema_rs, draft)(_drop_dialect(load_schema(name).root)).iter_errors(value)
    ]

    assert errors == []
    assert len(contracts) > 30


@pytest.mark.parametrize("draft", ["Draft202012Validator", "Draft7Validator"])
def test_an_invalid_example_is_refused_if_its_mistake_is_one_of_form(draft: str) -> None:
    validator = getattr(jsonschema_rs, draft)(_drop_dialect(load_schema("contract").root))

    accepted = {path.stem for path in INVALID if validator.is_valid(load_value(path))}

    assert accepted == BEYOND_A_SCHEMA


def _drop_dialect(root: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in root.items() if key != "$schema"}


def test_the_readme_names_the_schema_as_seen_from_a_contract_file() -> None:
    named = re.search(r"`(\.\./\S+contract\.schema\.json)`", (REPOSITORY / "README.md").read_text(encoding="utf-8"))

    assert named
    assert (
        json.loads((REPOSITORY / "contracts" / "qtickets" / named[1]).read_text(encoding="utf-8"))
        == load_schema("contract").root
    )


# Keys and words


class Agreed(NamedTuple):
    """The parts of a schema that apply where a reader takes `words`."""

    places: frozenset[Pointer]
    taken: Taken


def _list_keys(grammar: Grammar, heard: list[tuple[Any, Recorder]]) -> list[Agreed]:
    found = [Agreed(grammar.schema.locate(doc, taken.pointer), taken) for doc, one in heard for taken in one.sections]
    return found + list(_iter_own_keys(grammar))


def _iter_own_keys(grammar: Grammar) -> Iterator[Agreed]:
    """Yield the mappings whose keys decide what they are: they are not read as sections."""
    own = {
        "relation": relations.KINDS,
        "check": ("id", *warehouse_kinds.KINDS, *warehouse_kinds.MODIFIERS),
        "jsonSchema": tuple(matchers._KEYWORDS),
    }
    for document in grammar.documents:
        for pointer in iter_pointers(document):
            places = grammar.schema.locate(document, pointer)
            for name, words in own.items():
                if ("$defs", name) in places:
                    yield Agreed(places, Taken(pointer, words, ("", name)))


def _list_words(grammar: Grammar, heard: list[tuple[Any, Recorder]]) -> list[Agreed]:
    return [Agreed(grammar.schema.locate(doc, taken.pointer), taken) for doc, one in heard for taken in one.choices]


def _compare_keys(root: dict[str, Any], agreed: list[Agreed]) -> list[str]:
    """Return the keys that only one of reader and schema has."""
    differences = set()
    for places, taken in agreed:
        closed = [part for place in places if (part := find(root, place)).get("additionalProperties") is False]
        allowed = {key for part in closed for key in part["properties"]}
        differences |= {f"{taken.pointer}: {key}" for key in allowed ^ set(taken.words)}
    return sorted(differences)


def _compare_words(root: dict[str, Any], agreed: list[Agreed]) -> list[str]:
    differences = set()
    for places, taken in agreed:
        allowed = {word for place in places for word in find(root, place).get("enum", ())}
        differences |= {f"{taken.pointer}: {word}" for word in allowed ^ set(taken.words)}
    return sorted(differences)


@pytest.mark.parametrize("name", NAMES)
def test_reader_and_schema_have_the_same_keys_everywhere(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]

    assert _compare_keys(grammar.schema.root, _list_keys(grammar, recorder[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_reader_and_schema_have_the_same_words_everywhere(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]

    assert _compare_words(grammar.schema.root, _list_words(grammar, recorder[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_mapping_of_the_schema_is_left_uncompared(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]
    closed = {place for place, part in grammar.schema.iter_parts() if part.get("additionalProperties") is False}

    compared = {place for places, _ in _list_keys(grammar, recorder[name]) for place in places}

    assert closed - compared == set()


# Words that no reader chooses from: they are only offered, or stand for names that are taken.
FREE_WORDS = {
    ("$defs", "stepAuth", "anyOf", 0),
    *(("$defs", "jsonSchema", "properties", "type", "anyOf", *rest) for rest in ((0,), (1, "items"))),
    ("$defs", "jsonSchema", "properties", "format", "anyOf", 0),
    *(("$defs", "environment", "properties", key, "propertyNames", "not") for key in ("credentials", "variables")),
}


@pytest.mark.parametrize("name", NAMES)
def test_no_words_of_the_schema_are_left_uncompared(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]
    words = {place for place, part in grammar.schema.iter_parts() if "enum" in part}

    compared = {place for places, _ in _list_words(grammar, recorder[name]) for place in places}

    assert words - compared - FREE_WORDS == set()


def test_no_reader_is_left_uncompared(recorder: Any) -> None:
    wanted = {method: set(_iter_callers(method)) for method in ("read_section", "read_choice")}

    everything = [one for heard in recorder.values() for _, one in heard]

    assert {taken.reader for one in everything for taken in one.sections} == wanted["read_section"]
    assert {taken.reader for one in everything for taken in one.choices} == wanted["read_choice"]


def _iter_callers(method: str) -> Iterator[tuple[str, str]]:
    """Yield file and function of each call in our readers."""
    for folder in ("contract", "settings"):
        for path in (Path(contracts_runner.__file__).parent / "project" / folder).glob("*.py"):
            for function in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(function, ast.FunctionDef) and f".{method}(" in ast.unparse(function):
                    yield path.stem, function.name


def test_schemas_in_contracts_know_the_same_types_and_formats() -> None:
    keywords = load_schema("contract").root["$defs"]["jsonSchema"]["properties"]

    (type_words, type_list, _), (format_words, _) = keywords["type"]["anyOf"], keywords["format"]["anyOf"]

    assert set(type_words["enum"]) == set(type_list["items"]["enum"]) == set(matchers._TYPES)
    assert set(format_words["enum"]) == set(matchers._FORMATS)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_only_the_schema_has_is_found(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]
    agreed = _list_keys(grammar, recorder[name])

    for place, part in grammar.schema.iter_parts():
        if part.get("additionalProperties") is False:
            root = copy.deepcopy(grammar.schema.root)
            find(root, place)["properties"]["planted"] = True

            assert any(found.endswith(": planted") for found in _compare_keys(root, agreed)), place


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_only_the_reader_has_is_found(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]
    found = _list_keys(grammar, recorder[name])
    planted = [Agreed(places, replace(taken, words=(*taken.words, "planted"))) for places, taken in found]

    differences = _compare_keys(grammar.schema.root, planted)

    assert differences == sorted({f"{taken.pointer}: planted" for _, taken in found})


@pytest.mark.parametrize("name", NAMES)
def test_a_word_that_only_one_of_them_has_is_found(name: str, grammars: Any, recorder: Any) -> None:
    grammar = grammars[name]
    agreed = _list_words(grammar, recorder[name])

    for place in {place for places, _ in agreed for place in places if "enum" in find(grammar.schema.root, place)}:
        root = copy.deepcopy(grammar.schema.root)
        find(root, place)["enum"][0] = "planted"

        assert len(_compare_words(root, agreed)) >= 2, place


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_the_schema_stands_in_a_document_that_the_reader_takes(name: str, grammars: Any) -> None:
    schema, documents, read = grammars[name].schema, grammars[name].documents, grammars[name].read
    keys = {(*place, "properties", key) for place, part in schema.iter_parts() for key in part.get("properties", ())}
    # What an `if` asks for, and what a file without a first key is offered, are no keys of their own.
    keys = {place for place in keys if not {"if", "then", "else"} & set(place[:-1])}

    used = {
        place
        for document in documents
        for pointer in iter_pointers(document)
        for place in schema.locate(document, pointer)
    }

    assert [read(document) for document in documents if read(document) or not schema.validator.is_valid(document)] == []
    assert keys - used == set()


# Verdicts

# What readers say of values that a schema takes: they parse what it only knows the beginning of, or compare.
_BEYOND = re.compile(
    r"is not a JSONPath|is not a time zone|is below 'min'|must both be numbers or both be text|names no document"
    r"|is shorter than 'every'|not a JSON Schema|not a day of the calendar|there is no environment|there is no folder"
)


def _is_let_pass(change: Change) -> bool:
    """True for what only the reader takes, and an editor may well underline.

    A path, a pattern and a column may be a number, which then stands for its text. `$NAME` may stand for a whole
    mapping or list of an environment until it is looked up.
    """
    if change.new in ("$a", "$NAME"):
        return change.pointer[:1] == ("environments",) and isinstance(change.old, dict | list)
    if not isinstance(change.new, int | float) and change.new != {"a": 5}:
        return False
    columns = (("sum_equals", "value"), ("sum_equals", "by"))
    return change.pointer[:1] == ("specs",) or change.pointer[-2:] in (("matches", "pattern"), *columns)


@pytest.mark.parametrize("name", NAMES)
def test_reader_and_schema_agree_about_odd_values(name: str, grammars: Any) -> None:
    grammar = grammars[name]
    changes = [
        (document, change) for document, pointer in iter_places(grammar) for change in iter_changes(document, pointer)
    ]

    disagreements = []
    for document, change in changes:
        changed = replace_at(document, change.pointer, change.new)
        is_valid = grammar.schema.validator.is_valid(changed)
        problems = [str(problem) for problem in grammar.read(changed)]
        if is_valid and any(not _BEYOND.search(problem) for problem in problems):
            disagreements.append(("only the schema takes", change.pointer, change.new, problems))
        if not is_valid and not problems and not _is_let_pass(change):
            disagreements.append(("only the reader takes", change.pointer, change.new, problems))

    assert disagreements == []
    assert len(changes) > 2000


THIS = {"this": "$.a"}
SORTED = {"this": "$.a", "order": "ascending"}
ACCEPTED = {"operation": "listOrders", "because": "It is so.", "until": "2027-06-30"}


@pytest.mark.parametrize(
    ("place", "good", "bad"),
    [
        ("relation", {"sorted": SORTED}, {"sorted": SORTED, "unique": THIS}),
        ("check", {"id": "W.1", "unique": ["a"], "final": False}, {"id": "W.1", "not_null": ["a"], "final": False}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "unique": ["a"], "not_null": ["a"]}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "unique": ["a"], "not_null": ["a"], "final": True}),
        ("check", {"id": "W.1", "unique": ["a"]}, {"id": "W.1", "final": True}),
        ("finding", {"check": "negative_data_rejection", "in": "body"}, {"check": "ignored_auth", "in": "body"}),
        ("source", {"document": "handbook.md"}, {"section": "2"}),
    ],
)
def test_reader_and_schema_agree_about_what_goes_together(place: str, good: Any, bad: Any) -> None:
    def build(part: Any) -> Any:
        contract = build_contract({"type": "string"})
        match place:
            case "relation":
                contract["scenarios"][0]["steps"][0]["expect"]["relations"] = [part]
            case "check":
                return {"warehouse": "shop", "tables": {"orders": {"checks": [part]}}}
            case "finding":
                contract["properties"] = {"known": [{**ACCEPTED, **part}]}
            case "source":
                contract["source"] = part
        return contract

    validator = load_schema("contract").validator

    assert (validator.is_valid(build(good)), read_contract_file(build(good))) == (True, [])
    assert not validator.is_valid(build(bad))
    assert read_contract_file(build(bad))
