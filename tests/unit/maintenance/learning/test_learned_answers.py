"""What answers show that a document does not say: each kind, as an overlay that is laid over it, after which nothing is
left to be learned."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.maintenance.learning.learned_answers import Learner
from contracts_runner.maintenance.learning.learned_overlay import list_findings, render_overlay
from contracts_runner.openapi.read_bundle import load_bundle
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.results.rows import ReceivedMessage
from helpers.specs import make_document

CONTENT = "$.paths['/a'].get.responses['200'].content['application/json']"
SCHEMA = f"{CONTENT}.schema"
THING = "$.components.schemas.Thing"
BASE = {"type": "object", "properties": {"id": {"type": "integer"}}}
THING_2 = {"$ref": "#/definitions/Thing"}
REF = {"$ref": "#/components/schemas/Thing"}


class Project:
    """A document with one operation, `/a`, and another of the same answer, `/b`."""

    def __init__(self, folder: Path, schema: Any, version: str = "3.1.0", **schemas: Any) -> None:
        self.folder, self.version = folder, version
        answer = {"description": "A", "content": {"application/json": {"schema": schema}}}
        get = {"responses": {"200": answer}}
        document = make_document(
            version,
            components={"schemas": schemas},
            paths={"/a": {"get": {"operationId": "a", **get}}, "/b": {"get": {"operationId": "b", **get}}},
        )
        (folder / "shop.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")

    def load(self, *overlays: Path) -> Spec:
        spec, problems = load_spec("shop", self.folder / "shop.yaml", self.folder, overlays)
        assert spec is not None
        assert [str(problem) for problem in (*problems, *(each.problem for each in spec.problems))] == []
        return spec

    def learn(self, answers: Iterable[Any], *overlays: Path, is_all: bool = False) -> str:
        spec = self.load(*overlays)
        learner = Learner.begin(spec)
        for answer in answers:
            operation = spec.find_operation("b" if isinstance(answer, Other) else "a")
            assert operation is not None
            learner.take(operation, answer if isinstance(answer, ReceivedMessage) else make_answer(answer))
        findings = list_findings(learner, is_old=self.version.startswith("3.0"), is_all=is_all)
        bundle, _ = load_bundle(self.folder / "shop.yaml", self.folder, overlays)
        assert bundle is not None
        return render_overlay(findings, bundle, "Learned") if findings else ""


class Other(ReceivedMessage, frozen=True):
    """An answer of the other operation."""


def make_answer(body: Any, status: int = 200, kind: type[ReceivedMessage] = ReceivedMessage, **more: Any) -> Any:
    """Return an answer as an artifact has it."""
    media_type = more.pop("media_type", "application/json")
    headers = (("content-type", media_type), *more.pop("headers", {}).items())
    text = body if isinstance(body, str) else json.dumps(body)
    return kind(status=status, media_type=media_type, headers=headers, body=text, **more)


def drop_counts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: drop_counts(each) for key, each in value.items() if key not in ("x-observed", "x-evidence")}
    return [drop_counts(each) for each in value] if isinstance(value, list) else value


def other(body: Any) -> Any:
    return make_answer(body, kind=Other)


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
TABLE: dict[str, tuple[Any, dict[str, Any], list[Any], list[tuple[str, Any]]]] = {
    "a member": (REF, {"Thing": BASE}, [{"id": 1, "name": "a"}], [(THING, {"properties": {"name": STRING}})]),
    "one place for two operations": (
        REF,
        {"Thing": BASE},
        [{"name": "a"}, other({"name": "b"})],
        [(THING, {"properties": {"name": STRING}})],
    ),
    "in an object and in items": (
        {"type": "object", "properties": {"data": {"type": "array", "items": REF}, "one": REF}},
        {"Thing": BASE},
        [{"data": [{"x": 1.5}], "one": {"x": 2}}],
        [(THING, {"properties": {"x": {"type": "number"}}})],
    ),
    "what the shared part of allOf lacks": (
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]},
        {
            "Thing": BASE,
            "Cat": {"allOf": [REF, {"type": "object", "required": ["meow"], "properties": {"meow": INTEGER}}]},
            "Dog": {"allOf": [REF, {"type": "object", "required": ["bark"], "properties": {"bark": INTEGER}}]},
        },
        [{"meow": 1, "name": "a"}, {"bark": 1, "name": "a"}],
        [(THING, {"properties": {"name": STRING}})],
    ),
    "what one part of allOf lacks": (
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]},
        {
            "Thing": BASE,
            "Cat": {"allOf": [REF, {"type": "object", "required": ["meow"], "properties": {"meow": INTEGER}}]},
            "Dog": {"allOf": [REF, {"type": "object", "required": ["bark"], "properties": {"bark": INTEGER}}]},
        },
        [{"meow": 1, "lives": 7}, {"bark": 1}],
        [("$.components.schemas.Cat.allOf[1]", {"properties": {"lives": INTEGER}})],
    ),
    "a member that a part requires": (
        {"allOf": [REF, {"type": "object", "required": ["x", "y"], "properties": {"y": INTEGER}}]},
        {"Thing": BASE},
        [{"id": 1, "x": 1, "y": 2}],
        [(f"{SCHEMA}.allOf[1]", {"properties": {"x": INTEGER}})],
    ),
    "a member with members": (
        REF,
        {"Thing": BASE},
        [{"owner": {"tags": ["a"], "at": None}}],
        [
            (
                THING,
                {
                    "properties": {
                        "owner": {
                            "type": "object",
                            "properties": {"tags": {"type": "array", "items": STRING}, "at": {}},
                        }
                    }
                },
            )
        ],
    ),
    "names that are values": (
        REF,
        {"Thing": BASE},
        [{"by_id": {"33": {"n": 1}, "user@example.com": {"n": 2}}}],
        [
            (
                THING,
                {
                    "properties": {
                        "by_id": {
                            "type": "object",
                            "additionalProperties": {"type": "object", "properties": {"n": INTEGER}},
                        }
                    }
                },
            )
        ],
    ),
    "what redaction hides has no type": (
        REF,
        {"Thing": BASE},
        [{"phone": "<phone>", "mail": "user***@example.com"}, {"id": "<token>"}],
        [(THING, {"properties": {"phone": {}, "mail": {}}})],
    ),
    "a name that is a value": (REF, {"Thing": BASE}, [{"+70000000000": 1, "<email>": 1}], []),
    "another type": (
        REF,
        {"Thing": BASE},
        [{"id": "a"}, {"id": 1}, {"id": None}],
        [(f"{THING}.properties.id", {"type": ["integer", "string", "null"]})],
    ),
    "a further type of several": (
        {"type": ["object", "null"], "properties": {"a": {"type": ["integer", "string"]}}},
        {},
        [{"a": True}, None],
        [(f"{SCHEMA}.properties.a", {"type": ["boolean"]})],
    ),
    "a value of no branch": (
        {"properties": {"a": {"anyOf": [INTEGER, BASE]}}},
        {},
        [{"a": None}, {"a": "x"}, {"a": 1}, {"a": {"id": 1}}],
        [(f"{SCHEMA}.properties.a", {"anyOf": [STRING, {"type": "null"}]})],
    ),
    "a value that is not listed": (
        {"properties": {"state": {"type": "string", "enum": ["new"]}}},
        {},
        [{"state": "paid"}, {"state": "<name>"}, {"state": "Иван Иванов"}],
        [(f"{SCHEMA}.properties.state", {"enum": ["paid"]})],
    ),
    "a map, and an open object, say what they say": (
        {"properties": {"map": {"additionalProperties": INTEGER}, "open": {"type": "object"}, "any": {}}},
        {},
        [{"map": {"a": 1}, "open": {"b": 1}, "any": {"c": 1}}],
        [],
    ),
    "what came several times is one schema": (
        {"properties": {}},
        {},
        [{"a": 1, "b": "x"}] * 20 + [{"a": 1.5, "b": None}],
        [(SCHEMA, {"properties": {"a": {"type": "number"}, "b": {"type": ["string", "null"], "enum": ["x", None]}}})],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_kind_is_learned_once(tmp_path: Path, name: str) -> None:
    schema, schemas, answers, expected = TABLE[name]
    project = Project(tmp_path, schema, **schemas)

    learned = project.learn(answers)

    found = [(each["target"], drop_counts(each["update"])) for each in _read_actions(learned) if "update" in each]
    without = [(target, {key: value for key, value in update.items() if key != "required"}) for target, update in found]
    assert without == expected
    assert "user@example" not in learned
    _check_is_learned(project, learned, answers)


def _read_actions(overlay: str) -> list[dict[str, Any]]:
    return yaml.safe_load(overlay)["actions"] if overlay else []


def _check_is_learned(project: Project, learned: str, answers: list[Any], *, is_all: bool = False) -> None:
    """With the overlay the document has no mistake, and the same answers show nothing more."""
    path = project.folder / "learned.yaml"
    path.write_text(learned, encoding="utf-8")
    assert project.learn(answers, *([path] if learned else []), is_all=is_all) == ""


def test_evidence_and_counts_stand_beside_what_was_learned(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE)

    [action] = _read_actions(project.learn([{"name": "a"}, {"id": 2}, {"name": "<name>"}]))

    assert action["description"] == "members that came, of 3 objects: name in 2"
    assert action["update"]["properties"]["name"] == {
        "type": "string",
        "x-evidence": "observed",
        "x-observed": {"samples": 2, "of": 3, "masked": 1},
    }


def test_what_was_always_there_is_required_and_few_words_are_all(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE)
    answers = [{"id": n, "state": "ab"[n % 2], "name": f"n{n}"} for n in range(20)]

    [action] = _read_actions(project.learn(answers))

    assert action["update"]["required"] == ["state", "name"]
    assert drop_counts(action["update"]["properties"]) == {"state": {**STRING, "enum": ["a", "b"]}, "name": STRING}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cashier", ["Ivan", "Olga"]),
        ("cashier", ["иван", "ольга"]),
        ("cashier", ["ivan petrov", "olga"]),
        ("login", ["ivan", "olga"]),
        ("ownerName", ["ivan", "olga"]),
        ("accessToken", ["ab12cd", "ab12ce"]),
        ("mail", ["<email>", "<email>"]),
    ],
)
def test_no_value_of_a_person_is_in_it(tmp_path: Path, name: str, words: list[str]) -> None:
    project = Project(tmp_path, {"type": "object", "properties": {"id": INTEGER, "state": {"enum": ["new"]}}})
    answers = [{name: words[n % 2], "of": {name: words[n % 2]}, "state": words[n % 2].title()} for n in range(30)]

    learned = project.learn(answers, is_all=True)

    assert f"{name}:" in learned
    assert [word for word in words if word in learned.lower() or word in learned] == []


def test_3_0_has_one_type_and_nullable(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE, "3.0.3")
    answers = [{"id": None, "new": None}, {"id": 1, "new": "a"}, {"two": 1}, {"two": "a"}]

    learned = project.learn(answers)

    assert [drop_counts(each["update"]) for each in _read_actions(learned)] == [
        {"properties": {"new": {"type": "string", "nullable": True}, "two": {}}},
        {"nullable": True},
    ]
    _check_is_learned(project, learned, answers)


def test_what_no_overlay_can_say_is_a_comment(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE, "3.0.3")

    learned = project.learn([{"id": "a"}])

    where = "#/paths/~1a/get/responses/200/content/application~1json/schema/properties/id"
    assert learned.splitlines()[0] == f"# Not said, since an overlay cannot: {where}: values of type string (1) came"


def test_a_status_that_openapi_has_not_is_a_comment(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE)

    learned = project.learn([make_answer("", 999), make_answer("", 410)])

    where = "#/paths/~1a/get/responses"
    assert learned.splitlines()[0] == f"# Not said, since an overlay cannot: {where}: status 999 came in 1 of 2 answers"
    assert [[*each["update"]] for each in _read_actions(learned)] == [["410"]]


def test_statuses_media_types_and_headers(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE)
    answers = [
        make_answer({"code": "GONE"}, 410),
        make_answer("", 204, media_type=""),
        make_answer("a;b", media_type="text/csv"),
        make_answer({"id": 1}, headers={"x-left": "12", "Date": "now", "X-Api-Key": "<credential>", "etag": "a"}),
    ]

    learned = project.learn(answers)

    responses = "$.paths['/a'].get.responses"
    told = "Recorded traffic has it."
    gone = {"application/json": {"schema": {"type": "object", "properties": {"code": STRING}}}}
    assert [(each["target"], drop_counts(each["update"])) for each in _read_actions(learned)] == [
        (responses, {"410": {"description": told, "content": gone}}),
        (responses, {"204": {"description": told}}),
        (f"{responses}['200']", {"content": {"text/csv": {}}}),
        (f"{responses}['200']", {"headers": {"x-left": {"schema": INTEGER}}}),
    ]
    _check_is_learned(project, learned, answers)


@pytest.mark.parametrize(
    ("schema", "answers", "target", "update"),
    [
        ({"type": "object"}, [{"a": 1}], SCHEMA, {"properties": {"a": INTEGER}}),
        (
            {"type": "object", "properties": {"a": {"type": "array"}}},
            [{"a": ["x"]}],
            f"{SCHEMA}.properties.a",
            {"items": STRING},
        ),
        (
            {"type": "object", "properties": {"a": INTEGER}, "x-evidence": "unknown"},
            [{"b": 1}],
            SCHEMA,
            {"properties": {"b": INTEGER}},
        ),
        (BASE, [{"id": n} for n in range(20)], SCHEMA, {"required": ["id"]}),
        (
            {"type": "object", "properties": {"s": STRING}},
            [{"s": "ab"[n % 2]} if n else {} for n in range(21)],
            f"{SCHEMA}.properties.s",
            {"enum": ["a", "b"]},
        ),
    ],
    ids=["open object", "open array", "unknown", "always there", "only words"],
)
def test_what_the_document_leaves_open_is_told_where_it_is_asked_for(
    tmp_path: Path, schema: Any, answers: list[Any], target: str, update: Any
) -> None:
    project = Project(tmp_path, schema)

    assert project.learn(answers) == ""
    learned = project.learn(answers, is_all=True)

    assert [(each["target"], drop_counts(each["update"])) for each in _read_actions(learned)] == [(target, update)]
    _check_is_learned(project, learned, answers, is_all=True)


@pytest.mark.parametrize(
    "answer",
    [
        make_answer('{"a": 1}', truncated=True),
        make_answer('{"a": 1, "a": "x"}'),
        make_answer('{"a": "\\ud800"}'),
        make_answer('\ufeff{"a": 1}'),
        make_answer('{"a": "\ufffd"}'),  # bytes that are no UTF-8, as an artifact has them
        make_answer('{"a"'),
        make_answer('{"a": ' * 900 + "1" + "}" * 900),
        make_answer("x", media_type="<email> or: worse"),
        make_answer({}, headers={"<email>": "1"}),
    ],
    ids=["cut", "twice", "surrogate", "mark", "no UTF-8", "broken", "deep", "media type", "header"],
)
def test_what_is_none_of_an_answer_shows_nothing(tmp_path: Path, answer: Any) -> None:
    assert Project(tmp_path, BASE).learn([answer]) == ""


def test_swagger_2_has_forms_of_its_own(tmp_path: Path) -> None:
    project = Project(tmp_path, BASE, "3.0.3")
    document = {
        "swagger": "2.0",
        "info": {"title": "Things", "version": "1"},
        "produces": ["application/json"],
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "A", "schema": THING_2}}}}},
        "definitions": {"Thing": BASE},
    }
    (tmp_path / "shop.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    answers = [
        {"id": None, "owner": {"name": "a", "at": None}},
        {"id": 1, "owner": {"name": "a", "at": "x"}},
        make_answer({"code": 1}, 410),
        make_answer("a;b", media_type="text/csv"),
        make_answer({}, headers={"x-left": "12"}),
    ]

    learned = project.learn(answers)

    owner = {"type": "object", "properties": {"name": STRING, "at": {**STRING, "x-nullable": True}}}
    gone = {"description": "Recorded traffic has it.", "schema": {"type": "object", "properties": {"code": INTEGER}}}
    assert [(each["target"], drop_counts(each["update"])) for each in _read_actions(learned)] == [
        ("$.definitions.Thing", {"properties": {"owner": owner}}),
        ("$.definitions.Thing.properties.id", {"x-nullable": True}),
        ("$.paths['/a'].get.responses", {"410": gone}),
        ("$.paths['/a'].get.responses['200']", {"headers": {"x-left": INTEGER}}),
    ]
    assert "media type text/csv came in 1 of 4 answers" in learned.splitlines()[0]
    path = tmp_path / "learned.yaml"
    path.write_text(learned, encoding="utf-8")
    assert _read_actions(project.learn(answers, path)) == []
