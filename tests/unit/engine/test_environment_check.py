"""What a step would send in one environment is checked before anything is sent."""

import dataclasses
from pathlib import Path

import pytest

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.model.environment import WritePolicy
from contracts_runner.project.project import load_project, read_project
from contracts_runner.project.settings.environments import resolve_environment
from helpers.project_files import SETTINGS, write_project, write_steps

HINT = "`invalid_request: true` sends it all the same"


def check(
    folder: Path,
    *steps: str,
    settings: str = SETTINGS,
    name: str = "test",
    writes: WritePolicy = WritePolicy.ALLOW,
    **environ: str,
) -> list[str]:
    root = write_project(folder, {"contracts.yaml": settings, "contracts/a.yaml": write_steps(*steps)})
    project = load_project(root)
    environment = dataclasses.replace(resolve_environment(project.settings, name, environ), writes=writes)
    problems = check_environment(project, project.scenarios, environment)
    return [str(problem).removeprefix("contracts/a.yaml:") for problem in problems]


@pytest.mark.parametrize(
    "step",
    [
        "{operation: createOrder, body: {sku: A, quantity: 1}}",
        "{operation: createOrder, body: {sku: '${sku}', quantity: '${shop_id}'}}",
        "{operation: createOrder, body: {sku: 'shop ${shop_id}', quantity: 1, deliver_at: '${now+1h}'}}",
        "{operation: createOrder, body: {sku: '${run_id}', quantity: 1, deliver_on: '${today-2d}'}}",
        "{operation: createOrder, body: {sku: A, quantity: 1, reference: '${uuid}'}}",
        "{operation: createOrder, body: {sku: 5}, invalid_request: true}",
        "{operation: createOrder, invalid_request: true}",
        "{operation: updateOrder, parameters: {order_id: 1}}",
        "{operation: POST /unknown, body: 5}",
        "{operation: listOrders, body: 5}",
    ],
)
def test_what_fits_the_spec_or_is_meant_not_to_gives_no_problem(tmp_path: Path, step: str) -> None:
    assert check(tmp_path, step) == []


def test_a_body_that_breaks_the_spec_is_told_at_its_line(tmp_path: Path) -> None:
    step = "operation: createOrder\n        body:\n          sku: ${shop_id}\n          quantity: 0"

    problems = check(tmp_path, step)

    assert [problem.split(":")[0] for problem in problems] == ["9", "10"]
    assert all("the body does not match the spec: $." in problem and problem.endswith(HINT) for problem in problems)


def test_a_body_of_another_json_type_is_checked(tmp_path: Path) -> None:
    problems = check(tmp_path, "{operation: updateOrder, parameters: {order_id: 1}, body: {sku: A}}")

    assert len(problems) == 1
    assert "quantity" in problems[0]


def test_a_body_that_is_required_must_be_there(tmp_path: Path) -> None:
    assert check(tmp_path, "{operation: createOrder}") == [f"7: the spec requires a body; {HINT}"]


@pytest.mark.parametrize(("used", "problems"), [("${odd}", 1), ("${shop_id}", 0)])
def test_bytes_that_are_not_utf_8_are_a_mistake_of_the_step_that_uses_them(
    tmp_path: Path, used: str, problems: int
) -> None:
    settings = SETTINGS.replace("variables: {", "variables: {odd: $ODD, ")

    found = check(tmp_path, f"{{operation: listOrders, body: '{used}'}}", settings=settings, ODD="caf\udce9")

    message = "7: the variable 'odd' cannot be used: $ODD is not UTF-8; set it to a text in UTF-8"
    assert found == [message] * problems


def test_a_body_that_depends_on_a_capture_is_left_to_the_engine(tmp_path: Path) -> None:
    steps = ("{operation: listOrders, capture: {total: $.total}}", "{operation: createOrder, body: '${total}'}")

    assert check(tmp_path, *steps) == []


VALUES = SETTINGS.replace("variables: {", "variables: {user: {name: Ann, ids: [4]}, day: 2026-01-31, ")


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("${user.nme}", "${user.nme}: the value has no member 'nme'; Did you mean 'name'?"),
        ("${user.ids[1]}", "${user.ids[1]}: the value has no item [1]: there are 1"),
        ("${sku+1}", "${sku+1}: the value is a text, to which no number can be added"),
        ("${shop_id+1h}", "${shop_id+1h}: the value is a number, not a time"),
        ("${day:unix}", ""),
        ("${sku:integer}", "${sku:integer}: the value is a text that is not of the type integer"),
        ("${uuid:integer}", "${uuid:integer}: the value is a text that is not of the type integer"),
        ("${user.ids[0]+1}", ""),
    ],
)
@pytest.mark.parametrize("place", ["parameters: {page: 'X'}", "expect: {body: {$.a: 'X'}}"])
def test_what_a_known_value_does_not_have_is_told(tmp_path: Path, expression: str, problem: str, place: str) -> None:
    found = check(tmp_path, f"{{operation: listOrders, {place.replace('X', expression)}}}", settings=VALUES)

    assert found == ([f"7: {problem}"] if problem else [])


CAPTURED = "{operation: listOrders, capture: {x: $.total}}"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{sku: '${x}', quantity: 0}", "$.quantity is 0, below the minimum of 1"),
        ("{sku: '${x}'}", "$ is missing the required property 'quantity'"),
        ("{sku: A, quantity: 'n-${x}'}", "$.quantity is a string, not an integer"),
        ("{sku: '${x:integer}', quantity: 1}", "$.sku is an integer, not a string"),
        ("{sku: '${x+1}', quantity: 1}", "$.sku is an integer, not a string"),
        ("{sku: A, quantity: '${x:sha256}'}", "$.quantity is a string, not an integer"),
        ("'${x:text}'", "$ is a string, not an object"),
        ("{sku: '${x}', quantity: '${x}'}", ""),
        ("{sku: '${x:text}', quantity: '${x:number}', deliver_at: '${x+1h}'}", ""),
        ("{sku: '${x:text}', quantity: 1, deliver_at: '${x:%Y}'}", ""),
    ],
)
def test_beside_a_capture_all_that_is_known_is_checked(tmp_path: Path, body: str, problem: str) -> None:
    found = check(tmp_path, CAPTURED, f"{{operation: createOrder, body: {body}}}")

    assert found == ([f"8: the body does not match the spec: {problem}; {HINT}"] if problem else [])


BRANCHES = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a:
    get: {operationId: listOrders, responses: {"200": {description: Done.}}}
    post:
      operationId: createOrder
      requestBody:
        content:
          application/json:
            schema:
              oneOf:
                - {properties: {kind: {const: cat}, n: {type: integer}}, required: [kind]}
                - {properties: {kind: {const: dog}, n: {type: string}}, required: [kind]}
              if: {properties: {kind: {const: cat}}}
              then: {required: [claws]}
      responses: {"200": {description: Done.}}
"""


def test_what_depends_on_a_value_that_nobody_knows_is_left_to_the_engine(tmp_path: Path) -> None:
    step = "{operation: createOrder, body: {kind: '${x}', n: a}}"
    files = {"spec/shop.yaml": BRANCHES, "contracts/a.yaml": write_steps(CAPTURED, step)}
    project = load_project(write_project(tmp_path, files))
    environment = resolve_environment(project.settings, "test", {})

    assert check_environment(project, project.scenarios, environment) == []


def test_what_is_made_of_a_variable_is_not_quoted(tmp_path: Path) -> None:
    step = "{operation: createOrder, body: {sku: A, quantity: 1, deliver_at: '${sku:sha256}'}}"

    [problem] = check(tmp_path, step)

    assert problem.startswith("7: the body does not match the spec: $.deliver_at")
    assert '"${sku:sha256}"' in problem


def test_the_variant_of_the_environment_is_what_counts(tmp_path: Path) -> None:
    step = (
        "{operation: createOrder, body: {sku: A, quantity: 1}, in: {test: {body: {sku: A}}}, "
        "probe: {body: {quantity: 1}}}"
    )

    assert "'quantity'" in check(tmp_path / "a", step)[0]
    assert "'sku'" in check(tmp_path / "b", step, writes=WritePolicy.PROBE)[0]


def test_a_step_that_is_kept_back_is_not_checked(tmp_path: Path) -> None:
    step = "{operation: createOrder, body: {}}"

    assert check(tmp_path / "a", step, writes=WritePolicy.BLOCK) == []
    assert check(tmp_path / "b", step, writes=WritePolicy.PROBE) == []
    assert check(tmp_path / "c", step, writes=WritePolicy.ALLOW) != []


TWO_ENVIRONMENTS = SETTINGS + "  prod: {base_url: https://prod.example.com, variables: {sku: B-2, region: north}}\n"


def test_a_variable_of_another_environment_is_told(tmp_path: Path) -> None:
    step = "operation: listOrders\n        parameters:\n          page: ${region}"

    assert check(tmp_path, step, settings=TWO_ENVIRONMENTS) == [
        "9: the environment 'test' has no variable 'region'; it is in: prod"
    ]


def test_a_variable_that_the_variant_replaces_is_not_needed(tmp_path: Path) -> None:
    steps = (
        "{operation: listOrders, parameters: {page: '${region}'}, in: {test: {parameters: {page: 1}}}}",
        "{operation: listOrders, expect: {body: {$.a: '${region}'}}, in: {test: {expect: {status: 200}}}}",
        "{operation: createOrder, body: '${region}', in: {test: {body: {sku: A, quantity: 1}}}}",
    )

    assert check(tmp_path, *steps, settings=TWO_ENVIRONMENTS) == []


def test_a_variable_in_the_variant_of_another_environment_is_not_needed(tmp_path: Path) -> None:
    step = "{operation: listOrders, in: {prod: {parameters: {page: '${region}'}}}}"

    assert check(tmp_path / "a", step, settings=TWO_ENVIRONMENTS) == []


def test_only_the_selected_scenarios_are_checked(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"contracts/a.yaml": write_steps("{operation: createOrder}")})
    project = load_project(root)

    assert check_environment(project, (), resolve_environment(project.settings, "test", {})) == []


STYLED = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a/{id}:
    get:
      operationId: a
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: filter, in: query, style: deepObject, schema: {type: object}}
        - {name: pipes, in: query, style: pipeDelimited, explode: true, schema: {type: array}}
        - {name: X-Name, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
        - {name: accept-encoding, in: header, schema: {}}
    post:
      operationId: b
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content: {application/x-www-form-urlencoded: {schema: {type: object}, encoding: {p: {style: deepObject}}}}
      responses: {"200": {description: Done.}}
"""


def check_styled(folder: Path, step: str) -> list[tuple[str, int, str]]:
    files = {"spec/shop.yaml": STYLED, "contracts/a.yaml": write_steps(step)}
    project = load_project(write_project(folder, files))
    environment = resolve_environment(project.settings, "test", {})
    return [
        (problem.rule, problem.location.line, problem.message)
        for problem in check_environment(project, project.scenarios, environment)
    ]


@pytest.mark.parametrize("invalid", ["", ", invalid_request: true"])
@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (
            "operation: a, parameters: {id: 1, filter: {a: [1]}}",
            ("parameter", 7, "the query parameter 'filter': OpenAPI"),
        ),
        (
            'operation: a, parameters: {id: 1, X-Name: "a\\nb"}',
            ("parameter", 7, "the header parameter 'X-Name': a header"),
        ),
        (
            "operation: a, parameters: {id: 1, Authorization: x}",
            ("parameter", 7, "the header parameter 'Authorization'"),
        ),
        (
            "operation: a, parameters: {id: 1, accept-encoding: 'gzip, br'}",
            (
                "parameter",
                7,
                "the header parameter 'accept-encoding': an answer in the coding 'br' cannot be read; write",
            ),
        ),
        (
            "operation: a, parameters: {id: 1, accept-encoding: '*'}",
            (
                "parameter",
                7,
                "the header parameter 'accept-encoding': an answer in the coding '*' cannot be read; write",
            ),
        ),
        ("operation: a, parameters: {id: 1, pipes: [x]}", ("undefined", 10, "a: the query parameter 'pipes': OpenAPI")),
        ("operation: b, parameters: {id: 1}, body: {p: [1]}", ("request-body", 7, "the body: the field 'p': OpenAPI")),
        ("operation: b, parameters: {id: 1}, body: a=1", ("request-body", 7, "the body: a body of the media type")),
    ],
)
def test_what_cannot_be_sent_is_told_whatever_is_meant(
    tmp_path: Path, step: str, problem: tuple[str, int, str], invalid: str
) -> None:
    found = check_styled(tmp_path, "{" + step + invalid + "}")

    assert [(rule, line, message[: len(problem[2])]) for rule, line, message in found] == [problem]


@pytest.mark.parametrize("codings", ["gzip", "X-GZIP;q=0.5, deflate", "identity", "", "br;q=0, *;q=0.0", "gzip;q=1"])
def test_a_coding_that_can_be_read_or_is_refused_may_be_asked_for(tmp_path: Path, codings: str) -> None:
    assert check_styled(tmp_path, f"{{operation: a, parameters: {{id: 1, accept-encoding: '{codings}'}}}}") == []


SECURED = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a:
    get:
      operationId: a
      security: [{shopToken: []}]
      parameters: [{name: key, in: PLACE, schema: {}}, {name: other, in: PLACE, schema: {}}]
      responses: {"200": {description: Done.}}
components:
  securitySchemes: {shopToken: {type: apiKey, in: PLACE, name: NAME}}
"""


def check_secured(folder: Path, step: str, place: str, *, token: str = "secret", name: str = "key") -> list[str]:
    """Return the problems of a step whose operation takes a credential in a place where it has parameters, too."""
    spec = SECURED.replace("PLACE", place).replace("NAME", name)
    files = {"spec/shop.yaml": spec, "contracts/a.yaml": write_steps(f"{{operation: a, {step}}}")}
    files["contracts.yaml"] = SETTINGS.replace("shopToken: secret", "shopToken: $TOKEN")
    project = load_project(write_project(folder, files))
    environment = resolve_environment(project.settings, "test", {"TOKEN": token})
    return [str(problem) for problem in check_environment(project, project.scenarios, environment)]


@pytest.mark.parametrize("step", ["parameters: {key: mine}", "auth: invalid, parameters: {'PLACE:key': '${sku}'}"])
@pytest.mark.parametrize(("place", "name"), [("header", "Key"), ("query", "key"), ("cookie", "key")])
def test_a_parameter_that_the_credential_would_overwrite_is_a_mistake(
    tmp_path: Path, place: str, name: str, step: str
) -> None:
    assert check_secured(tmp_path, step.replace("PLACE", place), place, name=name) == [
        f"contracts/a.yaml:7: the credential 'shopToken' goes into the {place} parameter 'key'; leave it out, or "
        "write `auth: none` to send a value of your own (`auth: invalid` sends one that nobody has issued)"
    ]


@pytest.mark.parametrize(
    "step",
    [
        "parameters: {other: mine}",
        "parameters: {key: null}",
        "auth: none, parameters: {key: mine}",
        "parameters: {key: mine}, in: {test: {auth: none}}",
        "parameters: {key: mine}, in: {test: {parameters: {key: null}}}",
    ],
)
@pytest.mark.parametrize("place", ["header", "query", "cookie"])
def test_a_parameter_beside_the_credential_or_without_one_is_sent(tmp_path: Path, place: str, step: str) -> None:
    assert check_secured(tmp_path, step, place) == []


@pytest.mark.parametrize(("step", "is_used"), [("name: x", True), ("auth: shopToken", True), ("auth: none", False)])
def test_a_credential_that_is_not_utf_8_is_a_mistake_of_the_step_that_sends_it(
    tmp_path: Path, step: str, is_used: bool
) -> None:
    message = "the credential 'shopToken' cannot be used: $TOKEN is not UTF-8; set it to a text in UTF-8"

    found = check_secured(tmp_path, step, "header", token="caf\udce9")

    assert found == [f"contracts/a.yaml:7: {message}"] * is_used


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("header", '"a\\nb"', "the header key cannot hold a line break or another control character"),
        ("header", '"${sku} "', "the header key cannot hold a blank at its beginning or end"),
        ("cookie", '"a;b"', "the credential for 'shopToken' goes into a cookie, which cannot hold a ';'"),
        ("query", '"${shop_id}"', None),
        ("query", '"${on}"', "the value of `auth` for 'shopToken' is no text"),
    ],
)
def test_a_value_in_auth_that_is_known_and_cannot_be_sent_is_a_mistake_of_its_step(
    tmp_path: Path, place: str, value: str, fault: str | None
) -> None:
    step = f"auth: {{shopToken: {value}}}"
    spec = SECURED.replace("PLACE", place).replace("NAME", "key")
    text = write_steps(f"{{operation: a, {step}}}")
    settings = SETTINGS.replace("shop_id: 7", "shop_id: 7, on: true")
    files = {"spec/shop.yaml": spec, "contracts/a.yaml": text, "contracts.yaml": settings}
    project = load_project(write_project(tmp_path, files))

    found = check_environment(project, project.scenarios, resolve_environment(project.settings, "test", {}))

    assert list(map(str, found)) == ([f"contracts/a.yaml:7: {fault}"] if fault else [])


@pytest.mark.parametrize(
    ("step", "is_empty"),
    [
        ("operation: listOrders, expect: {success: null, schema: false}", True),
        ("operation: GET /nowhere, expect: {success: null}", True),
        ("operation: listOrders, expect: {success: null}", False),
        ("operation: listOrders, expect: {success: null, schema: false, status: 200}", False),
        ("operation: GET /nowhere, expect: {success: null, error: null}", False),
        ("operation: listOrders, expect: {success: null, schema: false}, in: {test: {expect: {status: 200}}}", False),
    ],
)
def test_a_step_that_would_check_nothing_of_its_answer_is_a_mistake(tmp_path: Path, step: str, is_empty: bool) -> None:
    text = write_steps(f"{{{step}}}")
    project, _ = read_project(write_project(tmp_path, {"contracts/a.yaml": text}))
    assert project is not None

    found = check_environment(project, project.scenarios, resolve_environment(project.settings, "test", {}))

    assert ["nothing of the answer would be checked" in problem.message for problem in found] == [True] * is_empty


def test_an_expression_that_cannot_be_read_is_no_reason_not_to_look_at_the_rest(tmp_path: Path) -> None:
    text = write_steps("{operation: createOrder, body: {sku: '${', quantity: 0}}")
    project, problems = read_project(write_project(tmp_path, {"contracts/a.yaml": text}))
    assert project is not None

    [found] = check_environment(project, project.scenarios, resolve_environment(project.settings, "test", {}))

    assert ("is not closed" in problems[0].message, "$.quantity" in found.message) == (True, True)


@pytest.mark.parametrize("auth", ["[]", "{}", "''"])
def test_an_auth_that_names_nothing_is_a_mistake_of_its_file_alone(tmp_path: Path, auth: str) -> None:
    text = write_steps(f"{{operation: listOrders, auth: {auth}}}")
    project, problems = read_project(write_project(tmp_path, {"contracts/a.yaml": text}))
    assert project is not None

    found = check_environment(project, project.scenarios, resolve_environment(project.settings, "test", {}))

    assert (len(problems), found) == (1, [])


FORMS = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a:
    post:
      operationId: a
      requestBody:
        content:
          KIND:
            schema:
              type: object
              required: [id, name]
              additionalProperties: false
              properties: {id: {type: integer}, name: {type: string, minLength: 2}, tags: {type: array, maxItems: 1}}
      responses: {"200": {description: Done.}}
"""


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ('{id: "${made}", name: ab}', ""),
        ('{id: "${made:text}", name: ab, tags: ["${made}"]}', ""),
        ('{id: "${made}", name: "${made}"}', ""),
        ('{id: 1, name: ab, tags: "${made}"}', ""),
        ('{id: "x", name: "${made}"}', "$.id"),
        ('{id: "${made}", name: a}', "$.name"),
        ('{id: "${made}"}', "'name'"),
        ('{id: "${made}", name: ab, nmae: "${made}"}', "'nmae'"),
    ],
)
def test_known_fields_of_a_form_are_checked_beside_those_that_an_answer_gives(
    tmp_path: Path, kind: str, body: str, broken: str
) -> None:
    spec = FORMS.replace("KIND", kind)
    steps = write_steps("{operation: GET /x, capture: {made: $.id}}", f"{{operation: a, body: {body}}}")
    project = load_project(write_project(tmp_path, {"spec/shop.yaml": spec, "contracts/a.yaml": steps}))
    problems = check_environment(project, project.scenarios, resolve_environment(project.settings, "test", {}))

    assert [broken in problem.message for problem in problems] == [True] * bool(broken), problems
