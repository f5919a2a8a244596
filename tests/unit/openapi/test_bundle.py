"""Bundling: one document of several files."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.errors import SourceLocation
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.read_bundle import load_bundle
from helpers.specs import bundle_files, make_answer, make_document

ORDER = {"type": "object", "properties": {"id": {"type": "integer"}}}


def refer(target: str) -> dict[str, Any]:
    return {"$ref": target}


def make_main(reference: str, **schemas: Any) -> dict[str, Any]:
    return make_document(components={"schemas": {"Main": refer(reference), **schemas}})


def test_external_file_is_embedded_under_its_relative_name(tmp_path: Path) -> None:
    bundle, problems = bundle_files(
        tmp_path, {"openapi.yaml": make_main("schemas/order.yaml"), "schemas/order.yaml": ORDER}
    )

    assert problems == ()
    assert bundle.document["x-documents"] == {"schemas/order.yaml": ORDER}
    assert bundle.document["components"]["schemas"]["Main"] == refer("#/x-documents/schemas~1order.yaml")


def test_document_of_one_file_stays_as_it_is(tmp_path: Path) -> None:
    document = make_main("#/components/schemas/Order", Order=ORDER)

    bundle, _ = bundle_files(tmp_path, {"openapi.yaml": document})

    assert bundle.document == document


def test_reference_inside_of_an_embedded_file_means_that_file(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("all.yaml#/A"), "all.yaml": {"A": {"items": refer("#/B")}, "B": ORDER}}

    bundle, _ = bundle_files(tmp_path, files)

    assert bundle.document["x-documents"]["all.yaml"]["A"]["items"] == refer("#/x-documents/all.yaml/B")


def test_reference_in_a_referenced_file_is_relative_to_that_file(tmp_path: Path) -> None:
    files = {
        "spec/openapi.yaml": make_main("schemas/a.yaml"),
        "spec/schemas/a.yaml": {"items": refer("../common/b.json#/B")},
        "spec/common/b.json": {"B": ORDER},
    }

    bundle, problems = bundle_files(tmp_path, files)

    assert problems == ()
    assert bundle.resolve("#/components/schemas/Main/items") == ORDER


def test_files_may_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    files = {
        "openapi.yaml": make_main("a.yaml"),
        "a.yaml": {"properties": {"b": refer("b.yaml")}},
        "b.yaml": {"properties": {"a": refer("a.yaml"), "main": refer("openapi.yaml#/components/schemas/Main")}},
    }

    bundle, problems = bundle_files(tmp_path, files)

    assert problems == ()
    assert bundle.document["x-documents"]["b.yaml"]["properties"] == {
        "a": refer("#/x-documents/a.yaml"),
        "main": refer("#/components/schemas/Main"),
    }


def test_path_item_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    item = {"get": {"responses": {"200": make_answer(refer("order.yaml"))}}}
    document = make_document(paths={"/orders": refer("paths/orders.yaml")})

    bundle, problems = bundle_files(
        tmp_path, {"openapi.yaml": document, "paths/orders.yaml": item, "paths/order.yaml": ORDER}
    )

    assert problems == ()
    pointer = "/paths/~1orders/get/responses/200/content/application~1json/schema"
    assert bundle.find(pointer) == (("x-documents", "paths/order.yaml"), ORDER)


def test_reference_through_another_reference_leads_to_the_final_place(tmp_path: Path) -> None:
    files = {
        "openapi.yaml": make_main("#/components/schemas/Order/properties/id", Order=refer("order.yaml")),
        "order.yaml": ORDER,
    }

    bundle, problems = bundle_files(tmp_path, files)

    assert problems == ()
    assert bundle.document["components"]["schemas"]["Main"] == refer("#/x-documents/order.yaml/properties/id")


def test_names_with_special_characters_are_found(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("my%20types.yaml#/a~1b%20%7Bid%7D"), "my types.yaml": {"a/b {id}": ORDER}}

    bundle, problems = bundle_files(tmp_path, files)

    assert problems == ()
    assert bundle.document["components"]["schemas"]["Main"] == refer("#/x-documents/my%20types.yaml/a~1b%20%7Bid%7D")
    assert bundle.resolve("/components/schemas/Main") == ORDER


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"$ref": {"type": "string"}}},
        {"example": refer("nowhere.yaml")},
        {"default": refer("nowhere.yaml")},
        {"enum": [refer("nowhere.yaml")]},
        {"const": refer("nowhere.yaml")},
        {"x-note": refer("nowhere.yaml")},
    ],
)
def test_data_that_looks_like_a_reference_is_left_alone(tmp_path: Path, schema: dict[str, Any]) -> None:
    bundle, problems = bundle_files(tmp_path, {"openapi.yaml": make_main("#/components/schemas/S", S=schema)})

    assert problems == ()
    assert bundle.document["components"]["schemas"]["S"] == schema


def test_discriminator_mapping_is_rewritten(tmp_path: Path) -> None:
    rule = {"propertyName": "kind", "mapping": {"order": "order.yaml", "other": "Other"}}
    files = {"openapi.yaml": make_main("#/components/schemas/S", S={"discriminator": rule}), "order.yaml": ORDER}

    bundle, _ = bundle_files(tmp_path, files)

    mapping = bundle.document["components"]["schemas"]["S"]["discriminator"]["mapping"]
    assert mapping == {"order": "#/x-documents/order.yaml", "other": "Other"}


def test_anchor_becomes_a_pointer(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("all.yaml#order"), "all.yaml": {"A": {**ORDER, "$anchor": "order"}}}

    bundle, problems = bundle_files(tmp_path, files)

    assert problems == ()
    assert bundle.document["components"]["schemas"]["Main"] == refer("#/x-documents/all.yaml/A")


def test_reference_in_a_part_that_nothing_refers_to_is_rewritten(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("all.yaml#/A"), "all.yaml": {"A": ORDER, "Unused": {"items": refer("b.yaml")}}}

    bundle, _ = bundle_files(tmp_path, {**files, "b.yaml": ORDER})

    assert bundle.document["x-documents"]["all.yaml"]["Unused"]["items"] == refer("#/x-documents/b.yaml")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "https://example.com/a.yaml",
            "openapi.yaml:11: the reference 'https://example.com/a.yaml' leads out to the network; only files are "
            "read; keep a copy of the document in the project and refer to that file",
        ),
        (
            "../../etc/a.yaml",
            "openapi.yaml:11: the reference to '../../etc/a.yaml' leaves the project; move the file into the project",
        ),
        ("ordr.yaml", "openapi.yaml:11: there is no file 'ordr.yaml'; Did you mean 'order.yaml'?"),
        (
            "order.yaml#/propertis/id",
            "openapi.yaml:11: the reference 'order.yaml#/propertis/id' leads to nothing: there is no 'propertis'; "
            "Did you mean 'properties'?",
        ),
        (
            "#Order",
            "openapi.yaml:11: the reference '#Order' leads to nothing: there is no $anchor 'Order'; "
            "a pointer begins with '#/', as in '#/Order'",
        ),
        ("#/components/schemas/Main", "openapi.yaml:11: the reference leads back to itself"),
    ],
)
def test_reference_that_cannot_be_followed_is_a_problem(tmp_path: Path, reference: str, message: str) -> None:
    _, problems = bundle_files(tmp_path, {"openapi.yaml": make_main(reference), "order.yaml": ORDER})

    assert [str(problem) for problem in problems] == [message]


def test_circle_of_references_is_found(tmp_path: Path) -> None:
    document = make_main("#/components/schemas/A", A=refer("#/components/schemas/B"), B=refer("#/components/schemas/A"))

    _, problems = bundle_files(tmp_path, {"openapi.yaml": document})

    assert [(problem.location.line, problem.message) for problem in problems] == [
        (14, "the reference leads back to itself"),
        (17, "the reference leads back to itself"),
    ]


def test_link_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("type: object")
    project = tmp_path / "project"
    project.mkdir()
    try:
        (project / "inside.yaml").symlink_to(outside)
    except OSError:
        pytest.skip("this account cannot make symbolic links")

    _, problems = bundle_files(project, {"openapi.yaml": make_main("inside.yaml")})

    assert [problem.message for problem in problems] == ["the reference to 'inside.yaml' leaves the project"]


def test_problem_in_an_external_file_names_that_file(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("a.yaml"), "a.yaml": "type: object\nitems:\n  $ref: b.yaml\n"}

    _, problems = bundle_files(tmp_path, files)

    assert [str(problem.location) for problem in problems] == ["a.yaml:3"]


def test_yaml_mistake_of_an_external_file_is_reported_once(tmp_path: Path) -> None:
    main = make_main("a.yaml#/A", Other=refer("a.yaml#/B"))

    _, problems = bundle_files(tmp_path, {"openapi.yaml": main, "a.yaml": "A: {}\nB: {}\nA: {}\n"})

    assert [str(problem) for problem in problems] == ["a.yaml:3: duplicate key 'A', first on line 1"]


@pytest.mark.parametrize("text", ["[1, 2]", "", "a: [", "3.1"])
def test_document_that_is_no_mapping_gives_problems_only(tmp_path: Path, text: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text)

    bundle, problems = load_bundle(path, tmp_path)

    assert bundle is None
    assert [problem.location.path for problem in problems] == ["openapi.yaml"]


@pytest.fixture
def located(tmp_path: Path) -> Bundle:
    files = {
        "spec/openapi.yaml": """\
            openapi: 3.1.0
            info: {title: T, version: "1"}
            paths:
              /orders:
                $ref: paths/orders.yaml#/orders
            """,
        "spec/paths/orders.yaml": """\
            orders:
              get:
                parameters:
                  - name: a
                  - name: b
                responses: {}
            """,
    }
    return bundle_files(tmp_path, files)[0]


@pytest.mark.parametrize(
    ("pointer", "path", "line"),
    [
        ("", "spec/openapi.yaml", 1),
        ("/paths/~1orders", "spec/openapi.yaml", 4),
        ("/x-documents/paths~1orders.yaml/orders/get", "spec/paths/orders.yaml", 2),
        ("#/x-documents/paths~1orders.yaml/orders/get/parameters/1", "spec/paths/orders.yaml", 5),
        (("x-documents", "paths/orders.yaml", "orders", "get", "parameters", 1, "name"), "spec/paths/orders.yaml", 5),
        ("/x-documents/paths~1orders.yaml/orders/get/absent/far", "spec/paths/orders.yaml", 2),
    ],
)
def test_place_in_the_bundle_has_the_line_of_its_file(located: Bundle, pointer: Any, path: str, line: int) -> None:
    assert located.locate(pointer) == SourceLocation(path, line)


def test_dangling_pointer_resolves_to_a_key_error(located: Bundle) -> None:
    with pytest.raises(KeyError):
        located.resolve("/paths/~1orders/put")


def test_hash_depends_on_every_file(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("a.yaml"), "a.yaml": ORDER}
    before, _ = bundle_files(tmp_path, files)

    after, _ = bundle_files(tmp_path, {**files, "a.yaml": {"type": "string"}})

    assert before.sha256 != after.sha256


def test_hash_does_not_depend_on_where_the_document_lies(tmp_path: Path) -> None:
    files = {"openapi.yaml": make_main("a.yaml"), "a.yaml": ORDER}
    moved = {f"spec/v1/{name}": content for name, content in files.items()}

    here, _ = bundle_files(tmp_path / "one", files)
    there, _ = bundle_files(tmp_path / "two", moved)

    assert here.sha256 == there.sha256
    assert sorted(there.files) == ["spec/v1/a.yaml", "spec/v1/openapi.yaml"]


@given(
    names=st.lists(
        st.sampled_from(["a.yaml", "sub/b.yaml", "sub/deep/c.json", "openapi.yaml"]), min_size=1, max_size=6
    ),
    targets=st.lists(st.integers(min_value=0, max_value=5), min_size=6, max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_every_reference_leads_to_what_it_meant(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], targets: list[int]
) -> None:
    # Schema i is in file names[i] and refers to schema targets[i], wherever that is.
    files: dict[str, Any] = {"openapi.yaml": make_document(components={"schemas": {}})}
    for index, name in enumerate(names):
        target = targets[index] % len(names)
        depth = name.count("/")
        place = names[target]
        pointer = f"#/components/schemas/S{target}" if place == "openapi.yaml" else f"#/S{target}"
        schema = {"title": f"S{index}", "items": refer("../" * depth + place + pointer)}
        holder = (
            files["openapi.yaml"]["components"]["schemas"] if name == "openapi.yaml" else files.setdefault(name, {})
        )
        holder[f"S{index}"] = schema
    first = "" if names[0] == "openapi.yaml" else names[0]
    entry = f"{first}#/S0" if first else "#/components/schemas/S0"
    files["openapi.yaml"]["components"]["schemas"]["Entry"] = refer(entry)

    bundle, problems = bundle_files(tmp_path_factory.mktemp("bundle"), files)

    assert problems == ()
    pointer, index = "/components/schemas/Entry", 0
    for _ in range(len(names) + 1):
        assert bundle.resolve(pointer)["title"] == f"S{index}"
        pointer += "/items"
        index = targets[index] % len(names)
