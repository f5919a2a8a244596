"""OpenAPI Overlays 1.0 and 1.1, applied to a document whose places stay known."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import SourceLocation
from contracts_runner.openapi.overlays import apply_overlays
from contracts_runner.openapi.read_bundle import load_bundle
from contracts_runner.reading.yaml_source import YamlDocument, parse_yaml

DOCUMENT = """\
info:
  title: Shop
servers:
- url: https://a.example
- url: https://b.example
  x-old: true
- url: https://c.example
paths:
  /items:
    get: {tags: [items], summary: All}
    post: {tags: [items]}
  /items/{id}:
    get: {summary: One}
"""


def read(text: str, name: str = "shop.yaml") -> YamlDocument:
    return parse_yaml(text, name, lenient=True)


def write(*actions: dict[str, Any], version: str = "1.1.0", **more: Any) -> YamlDocument:
    overlay = {"overlay": version, "info": {"title": "Ours", "version": "1"}, "actions": list(actions), **more}
    return read(yaml.safe_dump(overlay, sort_keys=False), "ours.yaml")


def apply(*actions: dict[str, Any]) -> Any:
    document, problems = apply_overlays(read(DOCUMENT), [write(*actions)])
    assert problems == ()
    return document.value


MEND = "remove what is there in an action before"
ONE = "an action takes one of 'update', 'copy' and 'remove: true'"
A, B, C = ({"url": f"https://{letter}.example"} for letter in "abc")
GET = {"tags": ["items"], "summary": "All"}


@pytest.mark.parametrize(
    ("actions", "path", "value"),
    [
        ([{"target": "$", "update": {"x-a": 1}}], ["x-a"], 1),
        (
            [{"target": "$.info", "update": {"title": "Ours", "version": "2"}}],
            ["info"],
            {"title": "Ours", "version": "2"},
        ),
        ([{"target": "$.info.title", "update": "Ours"}], ["info", "title"], "Ours"),
        ([{"target": "$.info.title", "update": None}], ["info", "title"], None),
        ([{"target": "$.servers", "update": {"url": "d"}}], ["servers", -1], {"url": "d"}),
        ([{"target": "$.servers", "update": [{"url": "d"}, {"url": "e"}]}], ["servers", 3], {"url": "d"}),
        ([{"target": "$", "update": {"servers": [{"url": "d"}]}}], ["servers", -1], {"url": "d"}),
        (
            [{"target": "$.paths['/items'].get.tags", "update": "more"}],
            ["paths", "/items", "get", "tags"],
            ["items", "more"],
        ),
        ([{"target": "$.servers[?@['x-old']]", "remove": True}], ["servers"], [A, C]),
        ([{"target": "$.servers[0,1]", "remove": True}], ["servers"], [C]),
        ([{"target": "$.servers[1]['x-old']", "remove": True}], ["servers"], [A, B, C]),
        (
            [{"target": "$.paths.*.get", "update": {"x-effect": "read"}}],
            ["paths", "/items/{id}", "get", "x-effect"],
            "read",
        ),
        ([{"target": "$.paths.*.get", "update": {"x-a": 1}}], ["paths", "/items", "get"], GET | {"x-a": 1}),
        (
            [{"target": "$..summary", "remove": True}],
            ["paths"],
            {"/items": {"get": {"tags": ["items"]}, "post": {"tags": ["items"]}}, "/items/{id}": {"get": {}}},
        ),
        (
            [{"target": "$.paths['/items/{id}'].get", "copy": "$.paths['/items'].get"}],
            ["paths", "/items/{id}", "get"],
            {"summary": "All", "tags": ["items"]},
        ),
        (
            [
                {"target": "$.paths['/items'].post", "remove": True},
                {"target": "$.paths['/items']", "update": {"post": {}}},
            ],
            ["paths", "/items"],
            {"get": GET, "post": {}},
        ),
        (
            [{"target": "$.paths", "update": {"/new": {}}}, {"target": "$.paths['/new']", "copy": "$.paths['/items']"}],
            ["paths", "/new", "get"],
            GET,
        ),
        ([{"target": "$.info", "update": {"x": {"a": 1}}, "x-why": "extension"}], ["info", "x"], {"a": 1}),
    ],
)
def test_an_action_changes_what_it_selects(actions: list[dict[str, Any]], path: list[Any], value: Any) -> None:
    found = apply(*actions)
    for part in path:
        found = found[part]

    assert found == value


def test_what_is_selected_in_another_is_changed_as_well() -> None:
    value = apply({"target": "$.paths['/items/{id}']..*", "remove": True})

    assert value["paths"]["/items/{id}"] == {}


def test_overlays_are_applied_in_their_order_and_leave_the_document_as_it_was() -> None:
    document = read(DOCUMENT)
    one, two = (write({"target": "$.info", "update": {"title": title, f"x-{title}": 1}}) for title in ("one", "two"))

    overlaid, problems = apply_overlays(document, [one, two])

    assert problems == ()
    assert overlaid.value["info"] == {"title": "two", "x-one": 1, "x-two": 1}
    assert document.value == yaml.safe_load(DOCUMENT)


def test_an_alias_is_changed_only_where_it_is_selected() -> None:
    document = read("a: &a {x: 1}\nb: *a\n")

    overlaid, _ = apply_overlays(document, [write({"target": "$.b", "update": {"y": 2}})])

    assert overlaid.value == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


def test_every_value_is_located_in_the_file_that_wrote_it() -> None:
    actions = "actions:\n- target: $.paths['/items'].get\n  update:\n    x-new:\n      a: [1,\n        2]\n"
    overlay = read(
        "overlay: 1.1.0\ninfo: {title: Ours, version: '1'}\n"
        f"{actions}- target: $.servers[0]\n  remove: true\n"
        "- target: $.paths['/items/{id}'].get\n  copy: $.paths['/items'].get\n",
        "ours.yaml",
    )

    document, problems = apply_overlays(read(DOCUMENT), [overlay])

    assert problems == ()
    get = ("paths", "/items", "get")
    assert document.location((*get, "x-new")) == SourceLocation("ours.yaml", 6)
    assert document.location((*get, "x-new", "a", 1)) == SourceLocation("ours.yaml", 8)
    assert document.location((*get, "summary")) == SourceLocation("shop.yaml", 10)
    assert document.location(("paths", "/items/{id}", "get")) == SourceLocation("shop.yaml", 13)
    assert document.location(("paths", "/items/{id}", "get", "tags")) == SourceLocation("shop.yaml", 10)
    assert document.location(("paths", "/items/{id}", "get", "x-new", "a", 0)) == SourceLocation("ours.yaml", 7)
    assert document.location(("servers", 0, "x-old")) == SourceLocation("shop.yaml", 6)
    assert document.find_node((*get, "x-new", "a", 1)).text == "2"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            {"target": "$.paths['/item']", "remove": True},
            "6: selects nothing: $['paths'] has no ['/item']; Did you mean '/items'?",
        ),
        (
            {"target": "$.paths['/items'].put", "update": {}},
            "6: selects nothing: $['paths']['/items'] has no ['put']; known: get, post",
        ),
        ({"target": "$.servers[7]", "update": {}}, "6: selects nothing: $['servers'] has no [7]"),
        ({"target": "$.info", "copy": "$.inf"}, "7: selects nothing: $ has no ['inf']; Did you mean 'info'?"),
        ({"target": "$.info", "copy": "$.servers[*]"}, "7: 'copy' selects 3 values; it takes one"),
        ({"target": "$.info", "update": ["a"]}, f"6: a list cannot be merged with an object; {MEND}"),
        ({"target": "$.info", "update": "a"}, f"6: a single value cannot be merged with an object; {MEND}"),
        (
            {"target": "$.info", "update": {"title": {}}},
            f"6: an object cannot take the place of a single value; {MEND}",
        ),
        ({"target": "$", "remove": True}, "6: the whole document cannot be removed"),
        ({"target": "$.info", "remove": False}, f"6: {ONE}; here is none of them"),
        ({"target": "$.info", "update": {}, "remove": True}, f"6: {ONE}; here is update and remove"),
        ({"target": "$.info", "upate": {}}, "7: an action has no key 'upate'; Did you mean 'update'?"),
        ({"target": "info", "update": {}}, "6: 'info' is not a JSONPath: a path begins with $, such as $.data.id"),
        ({"target": "$.info[", "update": {}}, "6: '$.info[' is not a JSONPath"),
        ({"update": {}}, "6: an action needs the key 'target'"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(action: dict[str, Any], message: str) -> None:
    document, problems = apply_overlays(read(DOCUMENT), [write(action)])

    assert document.value == yaml.safe_load(DOCUMENT)
    line, _, words = message.partition(": ")
    assert str(problems[0]).startswith(f"ours.yaml:{line}: ")
    assert words in str(problems[0])
    assert {problem.rule for problem in problems} == {"overlay"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("overlay: 2.0.0\ninfo: {}\nactions: [{target: $, update: {}}]", "1: overlay 2.0.0 is not supported"),
        ("overlay: 1.1.0\ninfo: {}\nactions: []", "3: 'actions' is empty"),
        ("overlay: 1.1.0\ninfo: {}", "1: an overlay needs the key 'actions'"),
        (
            "overlay: 1.0.0\ninfo: {}\nactions:\n- target: $.info\n  copy: $.paths",
            "5: 'copy' is of Overlay 1.1; write overlay: 1.1.0",
        ),
        ("[1]", "1: the file must be a mapping"),
        ("a: [", "2: is not YAML"),
    ],
)
def test_a_file_that_is_no_overlay_is_told(text: str, message: str) -> None:
    document, problems = apply_overlays(read(DOCUMENT), [read(text, "ours.yaml")])

    assert document.value == yaml.safe_load(DOCUMENT)
    assert f"ours.yaml:{message}" in str(problems[0])


def test_a_bundle_counts_its_overlays_among_its_files(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("shop.yaml", "one.yaml", "two.yaml")]
    overlay = "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions: [{target: $.info, update: {title: %s}}]\n"
    for path, text in zip(paths, (DOCUMENT, overlay % "One", overlay % "Two"), strict=True):
        path.write_text(text, encoding="utf-8")
    document, one, two = paths

    plain, _ = load_bundle(document, tmp_path)
    bundles = [load_bundle(document, tmp_path, order)[0] for order in ((one, two), (two, one))]

    assert plain
    assert [bundle.document["info"]["title"] for bundle in bundles if bundle] == ["Two", "One"]
    assert [list(bundle.files) for bundle in bundles if bundle] == [
        ["shop.yaml", "one.yaml", "two.yaml"],
        ["shop.yaml", "two.yaml", "one.yaml"],
    ]
    assert len({plain.sha256, *(bundle.sha256 for bundle in bundles if bundle)}) == 3


def test_an_overlay_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(DOCUMENT, encoding="utf-8")

    _, problems = load_bundle(tmp_path / "shop.yaml", tmp_path, (tmp_path / "ours.yaml",))

    assert [str(problem) for problem in problems] == ["ours.yaml:1: cannot be read: no such file or directory"]


def load_files(folder: Path, *actions: dict[str, Any]) -> tuple[Any, list[str]]:
    """Load a document with a schema in another file, and an overlay of actions."""
    (folder / "schemas").mkdir()
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    files = {
        "shop.yaml": {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Item": {"$ref": "schemas/item.yaml#/Item"}}},
        },
        "schemas/item.yaml": {"Item": schema},
        "ours.yaml": {"overlay": "1.0.0", "info": {"title": "Ours", "version": "1"}, "actions": list(actions)},
    }
    for name, value in files.items():
        (folder / name).write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    bundle, problems = load_bundle(folder / "shop.yaml", folder, (folder / "ours.yaml",))
    assert bundle is not None
    return bundle, list(map(str, problems))


def test_an_action_may_change_a_file_that_the_document_refers_to(tmp_path: Path) -> None:
    update = {"properties": {"name": {"type": "string"}}}

    bundle, problems = load_files(
        tmp_path,
        {"target": "$.Item", "x-file": "schemas/item.yaml", "update": update},
        {"target": "$.info", "update": {"title": "Ours"}},
    )

    assert problems == []
    properties = "#/components/schemas/Item/properties"
    assert bundle.resolve(properties) == {"id": {"type": "integer"}, "name": {"type": "string"}}
    assert bundle.document["info"]["title"] == "Ours"
    assert bundle.locate(bundle.find(f"{properties}/name")[0]).path == "ours.yaml"


def test_an_action_about_another_file_is_told_what_it_selects_and_whether_the_file_is_there(tmp_path: Path) -> None:
    _, problems = load_files(
        tmp_path,
        {"target": "$.Itme", "x-file": "schemas/item.yaml", "update": {}},
        {"target": "$.Item", "x-file": "schemas/itme.yaml", "update": {}},
    )

    assert problems == [
        "ours.yaml:6: '$.Itme' selects nothing: $ has no ['Itme']; Did you mean 'Item'?",
        "ours.yaml:10: the document refers to no file 'schemas/itme.yaml'; Did you mean 'schemas/item.yaml'?",
    ]
