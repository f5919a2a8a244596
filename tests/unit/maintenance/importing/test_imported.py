"""Requests of other tools become scenarios of the project's operations; what does not come over is told, and no secret
comes over."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.importing.imported import Imported, import_files
from contracts_runner.project.project import load_project
from helpers.small_projects import write_project

SETTINGS = """\
version: 1
specs: {shop: spec.yaml, other: other.yaml}
contracts: contracts
environments:
  test:
    base_url: https://test.example.com/api
    credentials: {bearer: $TOKEN}
    variables: {order: 7, email: $EMAIL}
"""
SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://{region}.example.com/v1", variables: {region: {default: eu, enum: [eu, us]}}}]
security: [{bearer: []}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: lang, in: cookie, schema: {type: string}}
      responses: {"200": {description: Orders.}}
    post:
      operationId: createOrder
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [sku]
              properties:
                sku: {type: string}
                quantity: {type: integer}
                email: {type: string, x-pii: email}
                password: {type: string}
                note: {type: string}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {quantity: {type: integer}}}}
          text/plain: {schema: {type: string}}
          application/octet-stream: {}
          multipart/form-data:
            schema: {type: object, properties: {n: {type: integer}, about: {type: object}, file: {type: string}}}
      responses: {"201": {description: Made.}}
  /orders/latest:
    get:
      operationId: latestOrder
      security: [{key: []}, {session: []}, {digest: []}, {mutual: [], bearer: []}]
      responses: {"200": {description: One.}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getOrder, security: [{basic: []}], responses: {"200": {description: One.}}}
    delete: {operationId: removeOrder, security: [], responses: {"204": {description: Gone.}}}
  /people/{email}:
    parameters: [{name: email, in: path, required: true, schema: {type: string, x-pii: email}}]
    get: {operationId: getPerson, security: [], responses: {"200": {description: One.}}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: query, name: api_key}
    session: {type: apiKey, in: cookie, name: sid}
    digest: {type: http, scheme: digest}
    mutual: {type: mutualTLS}
"""
OTHER = """\
openapi: 3.1.0
info: {title: Other, version: "1"}
paths:
  /parcels: {get: {operationId: listParcels, responses: {"200": {description: Parcels.}}}}
"""
FILES = {"contracts.yaml": SETTINGS, "spec.yaml": SPEC, "other.yaml": OTHER}
CONTRACT = """\
contract: c   # kept
spec: shop
scenarios:
  - id: removeOrder
    title: T
    steps: [{operation: listOrders}]
"""
OTHERS = {"contracts/orders.yaml": CONTRACT, "contracts/warehouse.yaml": "warehouse: shop\ntables: {}\n"}
NO_SECURITY = "by which removeOrder declares no security; declare it in the document or in an overlay of it"
AT = "https://eu.example.com/v1"
TOKEN = "tok-1234567890abcdef"


def run_import(folder: Path, text: str, *, name: str = "calls.txt", into: str = "", **options: Any) -> Imported:
    root = write_project(folder, {**FILES, **OTHERS})
    path = root / into if into else None
    files = {name: text.encode()}
    return import_files(load_project(root), files, environ={"TOKEN": TOKEN}, spec=options.get("spec"), into=path)


def read_steps(imported: Imported) -> list[dict[str, Any]]:
    return [step for scenario in yaml.safe_load(imported.text)["scenarios"] for step in scenario["steps"]]


@pytest.mark.parametrize(
    ("call", "step"),
    [
        (
            f"'{AT}/orders?page=2&tags=a&tags=b%20c'",
            {"operation": "listOrders", "parameters": {"page": 2, "tags": ["a", "b c"]}, "auth": "none"},
        ),
        (
            f"'{AT}/orders?filter[a]=x&filter[b][c]=5'",
            {"operation": "listOrders", "parameters": {"filter": {"a": "x", "b": {"c": 5}}}, "auth": "none"},
        ),
        (
            f"{AT}/orders -H 'X-Trace: 5' -b lang=ru",
            {"operation": "listOrders", "parameters": {"X-Trace": "5", "lang": "${lang}"}, "auth": "none"},
        ),
        (
            f"{AT}/orders?page=x",
            {"operation": "listOrders", "parameters": {"page": "x"}, "auth": "none", "invalid_request": True},
        ),
        (f"{AT}/orders -H 'Authorization: Bearer {TOKEN}'", {"operation": "listOrders"}),
        (f"{AT}/orders -H 'Authorization: Bearer other-token-987654321'", {"operation": "listOrders"}),
        (f"{AT}/orders/latest?api_key=abcdefgh12345678", {"operation": "latestOrder", "auth": "key"}),
        (f"{AT}/orders/latest -b sid=abcdefgh12345678", {"operation": "latestOrder", "auth": "session"}),
        (
            f'{AT}/orders/latest -H \'Authorization: Digest username="me", nonce="a", response="0123456789abcdef"\'',
            {"operation": "latestOrder", "auth": "digest"},
        ),
        (f"{AT}/orders/7 -u me:secret-word-1", {"operation": "getOrder", "parameters": {"id": 7}}),
        (f"-X DELETE {AT}/orders/7", {"operation": "removeOrder", "parameters": {"id": 7}}),
        (
            f'{AT}/orders --json \'{{"sku":"${{x}}","quantity":1}}\'',
            {"operation": "createOrder", "auth": "none", "body": {"sku": "$${x}", "quantity": 1}},
        ),
        (f'{AT}/orders -d \'{{"sku": "a"}}\'', {"operation": "createOrder", "auth": "none", "body": {"sku": "a"}}),
        (
            f"{AT}/orders -H 'Content-Type: application/json' -d '{{\"quantity\": 1}}'",
            {"operation": "createOrder", "auth": "none", "body": {"quantity": 1}, "invalid_request": True},
        ),
        ("https://us.example.com/v1/orders/7 -X DELETE", {"operation": "removeOrder", "parameters": {"id": 7}}),
        ("https://test.example.com/api/orders/7 -X DELETE", {"operation": "removeOrder", "parameters": {"id": 7}}),
        ("http://127.0.0.1:8000/orders/7 -X DELETE", {"operation": "removeOrder", "parameters": {"id": 7}}),
        ("https://unknown.example.org/v1/orders/7 -X DELETE", {"operation": "removeOrder", "parameters": {"id": 7}}),
        ('"$BASE/orders/$ORDER" -X DELETE', {"operation": "removeOrder", "parameters": {"id": "${ORDER}"}}),
        (
            f"-X DELETE '{AT}/orders/7?debug=1&t=a%20b&t=c' -H 'X-Id: 5' -H 'Accept: application/pdf'",
            {
                "operation": "removeOrder",
                "parameters": {"id": 7},
                "query": {"debug": "1", "t": ["a b", "c"]},
                "headers": {"X-Id": "5"},
                "accept": "application/pdf",
            },
        ),
        (
            f"-X DELETE '{AT}/orders/7?token=abcdef-123456' -H 'X-Note: write to user@example.com'",
            {
                "operation": "removeOrder",
                "parameters": {"id": 7},
                "query": {"token": "${token}"},
                "headers": {"X-Note": "${X_Note}"},
            },
        ),
        (
            f"{AT}/orders -d quantity=1",
            {
                "operation": "createOrder",
                "media_type": "application/x-www-form-urlencoded",
                "body": {"quantity": 1},
                "auth": "none",
            },
        ),
        (
            f"{AT}/orders -H 'Content-Type: text/plain' -d '5 ${{x}}'",
            {"operation": "createOrder", "media_type": "text/plain", "body": "5 $${x}", "auth": "none"},
        ),
        (
            f"{AT}/orders -H 'Content-Type: application/octet-stream' -d abc",
            {
                "operation": "createOrder",
                "media_type": "application/octet-stream",
                "body": {"base64": "YWJj"},
                "auth": "none",
            },
        ),
        (
            f"{AT}/orders -H 'Content-Type: text/csv' -d 'a,b'",
            {
                "operation": "createOrder",
                "media_type": "text/csv",
                "body": "a,b",
                "auth": "none",
                "invalid_request": True,
            },
        ),
        (
            f"{AT}/orders -F n=5 -F 'about={{\"a\": 1}};type=application/json'"
            " -F 'file=abc;filename=a.txt;type=text/plain'",
            {
                "operation": "createOrder",
                "media_type": "multipart/form-data",
                "body": {
                    "n": 5,
                    "about": {"a": 1},
                    "file": {"base64": "YWJj", "filename": "a.txt", "media_type": "text/plain"},
                },
                "auth": "none",
            },
        ),
        (f"{AT}/people/user@example.com", {"operation": "getPerson", "parameters": {"email": "${email_2}"}}),
    ],
)
def test_a_request_is_a_step_of_its_operation(tmp_path: Path, call: str, step: Mapping[str, Any]) -> None:
    imported = run_import(tmp_path, f"curl {call}")

    assert read_steps(imported) == [step], imported.report
    assert imported.is_whole, imported.report


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (f"{AT}/nothing", "no path of the specs is like its own"),
        (f"-X PATCH {AT}/orders/7", "the path /orders/{id} has no PATCH; it has GET (getOrder), DELETE (removeOrder)"),
        ("ftp://eu.example.com/v1/orders", "it goes to no HTTP address (ftp)"),
        ("'http://[::1/v1/orders'", "its URL cannot be read"),
        (
            "https://evil.example.org/v1/orders",
            "https://evil.example.org is no address of the project, by its environments and its documents' servers",
        ),
        (f"{AT}/orders --json '{{'", "its body is no JSON"),
    ],
)
def test_a_request_without_an_operation_is_told(tmp_path: Path, call: str, reason: str) -> None:
    imported = run_import(
        tmp_path, f"curl -X DELETE {AT}/orders/7\ncurl {AT}/orders/latest?api_key=abcdefgh1234\ncurl {call}"
    )

    assert f"not imported: calls.txt:3: {reason}" in imported.report
    assert not imported.is_whole
    assert [step["operation"] for step in read_steps(imported)] == ["removeOrder", "latestOrder"]


@pytest.mark.parametrize(
    ("call", "lost"),
    [
        (
            f"-X DELETE {AT}/orders/7 -H 'Authorization: Bearer {TOKEN}'",
            f"the header Authorization, {NO_SECURITY}",
        ),
        (
            f"-X DELETE {AT}/orders/7 -b x=abcdefgh12345",
            f"the cookie x, {NO_SECURITY}",
        ),
        (
            f"-X DELETE {AT}/orders/7 -d @order.json",
            "its body, which is the file order.json; copy it and write `body_file`",
        ),
        (f"-X DELETE {AT}/orders/7 -E me.pem", "the client certificate"),
    ],
)
def test_what_no_step_can_say_is_told_and_stands_above_the_step(tmp_path: Path, call: str, lost: str) -> None:
    imported = run_import(tmp_path, f"curl {call}")

    assert f"calls.txt:1: not carried over: {lost}" in imported.report
    assert f"# Not carried over: {lost}\n" in imported.text
    assert not imported.is_whole


SECRETS = {
    "bearer": (f"{AT}/orders -H 'Authorization: Bearer %s'", "live-abcdef-1234567890"),
    "basic": (f"{AT}/orders/7 -u user:%s", "pass-abcdef-1234567890"),
    "api key": (f"{AT}/orders/latest?api_key=%s", "key-abcdef-1234567890"),
    "cookie": (f"{AT}/orders/latest -b sid=%s", "sid-abcdef-1234567890"),
    "undeclared header": (f"-X DELETE {AT}/orders/7 -H 'X-Api-Key: %s'", "xkey-abcdef-1234567890"),
    "undeclared cookie": (f"-X DELETE {AT}/orders/7 -b 'a=%s'", "cook-abcdef-1234567890"),
    "undeclared query": (f"-X DELETE '{AT}/orders/7?token=%s'", "quer-abcdef-1234567890"),
    "password": (f'{AT}/orders --json \'{{"sku": "a", "password": "%s"}}\'', "hunter-abcdef"),
    "text in a body": (
        f'{AT}/orders --json \'{{"sku": "a", "note": "key %s"}}\'',
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ),
    "user in the address": ("https://me:%s@eu.example.com/v1/nothing", "addr-abcdef-1234567890"),
    "path of no operation": (f"{AT}/nothing/%s", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
    "bytes of a part": (f"{AT}/orders -F 'file=write to %s;filename=a.txt'", "someone@example.com"),
    "bytes of a body": (
        f"{AT}/orders -H 'Content-Type: application/octet-stream' -d 'key %s'",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ),
    "query beyond the spec": (f"-X DELETE '{AT}/orders/7?note=%s'", "someone@example.com"),
    "header beyond the spec": (f"-X DELETE {AT}/orders/7 -H 'X-Note: %s'", "someone@example.com"),
    "personal in a body": (f'{AT}/orders --json \'{{"sku": "a", "email": "%s"}}\'', "someone@example.com"),
    "personal in a path": (f"{AT}/people/%s", "someone@example.com"),
    "personal by its form": (f'{AT}/orders --json \'{{"sku": "write to %s"}}\'', "someone@example.com"),
    "known to the environment": (f"{AT}/orders --json '{{\"sku\": \"%s\"}}' -H 'Authorization: Bearer {TOKEN}'", TOKEN),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_written_or_told(tmp_path: Path, kind: str) -> None:
    call, secret = SECRETS[kind]

    imported = run_import(tmp_path, f"curl {AT}/orders/7 -u a:other-word-1\ncurl {call % secret}")

    for text in (imported.text, *imported.report):
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode()[:-4] not in text
        assert all(
            secret.encode() not in base64.b64decode(found) for found in re.findall(r"base64: '?([\w+/=]+)", text)
        )


def test_a_second_credential_of_a_scheme_has_a_name_of_its_own(tmp_path: Path) -> None:
    tokens = ["other-token-987654321", TOKEN, "third-token-987654321", "other-token-987654321"]
    imported = run_import(tmp_path, "\n".join(f"curl {AT}/orders -H 'Authorization: Bearer {each}'" for each in tokens))

    assert [step.get("auth") for step in read_steps(imported)] == ["bearer_2", None, "bearer_3", "bearer_2"]
    assert "an environment needs credentials: {bearer_2: $BEARER_2, bearer_3: $BEARER_3}" in imported.report


def test_a_credential_of_one_request_is_hidden_in_the_others(tmp_path: Path) -> None:
    calls = ['--json \'{"sku": "abcdef-secret-987"}\'', "-H 'Authorization: Bearer abcdef-secret-987'"]
    imported = run_import(tmp_path, "\n".join(f"curl {AT}/orders {call}" for call in calls))

    assert read_steps(imported)[0]["body"] == {"sku": "${sku}"}
    assert "an environment needs variables: {sku: $SKU}" in imported.report


def test_what_is_hidden_is_a_variable_and_equal_values_are_one(tmp_path: Path) -> None:
    bodies = [{"sku": "a", "email": f"{name}@example.com", "password": "pass-1"} for name in ("a", "b", "a")]
    imported = run_import(tmp_path, "\n".join(f"curl {AT}/orders --json '{json.dumps(body)}'" for body in bodies))

    shown = [step["body"]["email"] for step in read_steps(imported)]
    assert shown == ["${email_2}", "${email_3}", "${email_2}"]
    needs = "an environment needs variables: {email_2: $EMAIL_2, password: $PASSWORD, email_3: $EMAIL_3}"
    assert needs in imported.report
    assert f"  # {needs}\n" in imported.text


def make_har(*calls: tuple[str, str, int]) -> str:
    entries = [{"request": {"method": m, "url": url, "headers": []}, "response": {"status": s}} for m, url, s in calls]
    return json.dumps({"log": {"entries": entries}})


def test_a_har_archive_is_one_scenario_that_expects_the_recorded_statuses(tmp_path: Path) -> None:
    har = make_har(
        ("DELETE", f"{AT}/orders/7", 204), ("DELETE", f"{AT}/orders/8", 404), ("GET", "https://cdn.example.org/a", 200)
    )

    imported = run_import(tmp_path, har, name="shop.har")

    (scenario,) = yaml.safe_load(imported.text)["scenarios"]
    assert (scenario["id"], scenario["title"]) == ("shop", "The requests of shop.har")
    assert [step["expect"] for step in scenario["steps"]] == [{"status": 204}, {"status": 404}]
    assert "2 of 3 requests are steps of 1 scenario now" in imported.report
    assert any(
        line.startswith("not imported: shop.har: entry 3: https://cdn.example.org is no") for line in imported.report
    )


def test_a_collection_is_a_scenario_for_each_folder_and_takes_the_variables_of_an_environment(tmp_path: Path) -> None:
    root = write_project(tmp_path, {**FILES, **OTHERS})
    url = "{{base}}/orders/{{order_id}}"
    items = [{"name": f"Remove {n}", "request": {"method": "DELETE", "url": url}} for n in (1, 2)]
    info = {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}
    collection = {
        "info": info,
        "item": [{"name": "Заказы", "item": items}],
        "event": [{"listen": "test", "script": {"exec": ["a"]}}],
    }
    environment = {"values": [{"key": "base", "value": AT}, {"key": "order_id", "value": "9"}]}
    files = {"c.json": json.dumps(collection).encode(), "e.json": json.dumps(environment).encode()}

    imported = import_files(load_project(root), files, environ={}, spec=None, into=None)

    (scenario,) = yaml.safe_load(imported.text)["scenarios"]
    assert scenario["id"] == "Заказы"
    assert scenario["steps"] == [
        {"name": f"Remove {n}", "operation": "removeOrder", "parameters": {"id": 9}} for n in (1, 2)
    ]
    assert "c.json: the collection: a script that tests the answer (1 line) is not carried over" in imported.report
    assert imported.is_whole


def test_a_request_of_another_spec_is_a_step_of_that(tmp_path: Path) -> None:
    calls = [f"-X DELETE {AT}/orders/7", "https://test.example.com/api/parcels", f"-X DELETE {AT}/orders/8"]
    imported = run_import(tmp_path, "\n".join(f"curl {call}" for call in calls))

    assert read_steps(imported)[1] == {"spec": "other", "operation": "listParcels"}
    assert yaml.safe_load(imported.text)["spec"] == "shop"
    limited = run_import(tmp_path, f"curl {calls[0]}\ncurl {calls[1]}", spec="other")
    assert limited.report[0] == "not imported: calls.txt:1: no path of the specs is like its own"


def test_into_a_file_keeps_what_it_has(tmp_path: Path) -> None:
    root = write_project(tmp_path, {**FILES, **OTHERS})
    files = {"calls.txt": f"curl -X DELETE {AT}/orders/7\ncurl https://test.example.com/api/parcels".encode()}

    imported = import_files(load_project(root), files, environ={}, spec=None, into=root / "contracts/orders.yaml")

    assert imported.text.startswith(CONTRACT)
    scenarios = yaml.safe_load(imported.text)["scenarios"]
    assert [each["id"] for each in scenarios] == ["removeOrder", "removeOrder.2", "listParcels"]
    assert scenarios[2]["steps"] == [{"spec": "other", "operation": "listParcels"}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"\xff\xfe", "a.txt is no text in UTF-8"),
        ("a.txt", b"", "there is no request in a.txt"),
        ("a.txt", b"hello", "there is no request in a.txt\na.txt:1: 'hello' is no command of curl, and was left out"),
        ("a.json", b"{\n{", "a.json:2: this is no JSON: Expecting property name enclosed in double quotes"),
        ("a.json", b"[" * 99999, "a.json is no JSON that can be read, or nested more than 100 times"),
        ("a.json", b"{}", "a.json is none of: command lines of curl, a HAR archive, or a collection of Postman 2.1"),
        ("a.json", b'{"log": {"entries": []}}', "there is no request in a.json"),
        ("a.txt", b"curl x\n" * 2001, "there are 2001 requests, more than 2000; export fewer"),
        (
            "a.txt",
            b"curl https://eu.example.com/v1/x",
            "none of the requests can be imported\na.txt:1: no path of the specs is like its own",
        ),
    ],
)
def test_nothing_to_import_is_wrong_use(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    root = write_project(tmp_path, {**FILES, **OTHERS})

    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        import_files(load_project(root), {name: content}, environ={}, spec=None, into=None)


def test_an_unknown_spec_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"contracts\.yaml has no spec 'shopp'; Did you mean 'shop'\?"):
        run_import(tmp_path, f"curl {AT}/orders", spec="shopp")


@pytest.mark.parametrize(
    ("arguments", "step"),
    [
        ("-d @data/order.json", {"body_file": "data/order.json"}),
        ("-d @data/order.json -H 'Content-Type: application/json'", {"body_file": "data/order.json"}),
        ("-H 'Content-Type: text/plain' --data-binary @a.txt", {"media_type": "text/plain", "body_file": "a.txt"}),
        (
            "-H 'Content-Type: application/octet-stream' --data-binary @a.txt",
            {"media_type": "application/octet-stream", "body_file": "a.txt"},
        ),
        (
            "-F n=5 -F 'file=@data/x.png;filename=y.png'",
            {
                "media_type": "multipart/form-data",
                "body": {"n": 5, "file": {"file": "data/x.png", "filename": "y.png", "media_type": "image/png"}},
            },
        ),
    ],
)
def test_a_file_below_the_project_is_named(arguments: str, step: dict[str, Any], tmp_path: Path) -> None:
    root = write_project(tmp_path, {"data/order.json": '{"sku": "a",\n "quantity": 2}\n', "a.txt": "привет\n"})
    (root / "data" / "x.png").write_bytes(b"\x00\xff")

    imported = run_import(tmp_path, f"curl {AT}/orders {arguments}", name=str(root / "calls.txt"))

    assert imported.is_whole, imported.report
    assert read_steps(imported) == [{"operation": "createOrder", **step, "auth": "none"}]


@pytest.mark.parametrize(
    ("arguments", "lost"),
    [
        ("-d @a.txt -H 'Content-Type: text/plain'", "its body, which is the file a.txt"),  # without its line end
        ("-d quantity=1 -d @form.txt", "a part of its data, which is the file form.txt"),
        ("--json @expression.json", "its body, which is the file expression.json"),
        ("--json @../secret.json", "its body, which is the file ../secret.json"),
        ("--data-binary @form.txt -H 'Content-Type: application/x-www-form-urlencoded'", "its body, which is the file"),
        ("-F 'file=@../secret.json'", "the part file, which is the file ../secret.json"),
        ("-F 'about=<a.txt'", "the part about, which is the file a.txt"),
        ("--json @-", "its body, which is the file of the standard input"),
    ],
)
def test_a_file_that_no_step_can_send_so_is_told(arguments: str, lost: str, tmp_path: Path) -> None:
    files = {"a.txt": "a\n", "form.txt": "a=1", "expression.json": '{"sku": "${today}"}'}
    root = write_project(tmp_path, files)
    (root.parent / "secret.json").write_text("{}")

    imported = run_import(tmp_path, f"curl {AT}/orders {arguments}", name=str(root / "calls.txt"))

    assert not imported.is_whole
    assert any(lost in line for line in imported.report), imported.report
    assert "body_file" not in read_steps(imported)[0]


def make_example(code: int, body: str = "", media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"code": code, "header": [{"key": "Content-Type", "value": media_type}], "body": body, **more}


@pytest.mark.parametrize(
    ("examples", "expect"),
    [
        ([make_example(204)], {"status": 204}),
        ([make_example(404), make_example(204)], {"status": 204}),
        ([make_example(204, originalRequest={"method": "DELETE", "url": "x"}), make_example(404)], {"status": 404}),
        ([make_example(201)], None),  # the document has no such answer
        ([{"name": "of no status"}], None),
        ([], None),
    ],
)
def test_a_saved_answer_is_expected_as_far_as_the_document_has_it(
    examples: list[Any], expect: Any, tmp_path: Path
) -> None:
    spec = FILES["spec.yaml"].replace(
        '{"204": {description: Gone.}}', '{"204": {description: Gone.}, "404": {description: No.}}'
    )
    root = write_project(tmp_path, {**FILES, **OTHERS, "spec.yaml": spec})
    item = {"name": "R", "request": {"method": "DELETE", "url": f"{AT}/orders/9"}, "response": examples}
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    text = json.dumps({"info": {"schema": schema}, "item": [item]})

    imported = import_files(load_project(root), {"c.json": text.encode()}, environ={}, spec=None, into=None)

    assert read_steps(imported)[0].get("expect") == expect
