"""What the spec says of itself: people's fields are marked, and the open questions stay visible as unknown."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename

from contracts_runner.model.spec import Evidence
from contracts_runner.project.openapi.spec import Spec
from contracts_runner.project.project import load_project
from support.command import REPOSITORY

FOLDER = REPOSITORY / "spec" / "qtickets"
# Field -> kind, as the dossier's field lists name them (A.2 Order, Basket, Client; A.3 PartnerTicket; A.4).
PERSONAL = {
    "email": "email",
    "client_email": "email",
    "client_emails": "email",
    "phone": "phone",
    "client_phone": "phone",
    "surname": "name",
    "middlename": "name",
    "client_name": "name",
    "client_surname": "name",
    "client_middlename": "name",
    "first_name": "name",
    "last_name": "name",
    "username": "name",
    "organization_name": "name",
    "legal_name": "name",
    "work_position": "name",
    "inn": "token",
    "kpp": "token",
    "comment": "token",
    "vk_id": "token",
    "facebook_id": "token",
    "roistat_visit": "token",
    "fanid": "token",
    "visitor_user_id": "token",
    "user_session": "token",
    "uniqid": "token",
    "barcode": "token",
    "payment_card_number": "card",
    "payment_url": "url",
    "cancel_url": "url",
    "pdf_url": "url",
    "passbook_url": "url",
    "gpass_url": "url",
}
# Open question (dossier F.6) -> file, keys to what is marked.
OPEN = {
    "body of a 403": ("components/responses.yaml", "Forbidden content application/json schema"),
    "PATCH": ("components/responses.yaml", "NoMethod"),
    "JSON body on GET: where": ("schemas/lists.yaml", "ListQuery properties where"),
    "JSON body on GET: orderBy": ("schemas/lists.yaml", "ListQuery properties orderBy"),
    "JSON body on GET: page": ("schemas/lists.yaml", "ListQuery properties page"),
    "JSON body on GET: seats": ("schemas/seats.yaml", "SeatsQuery properties where"),
    "JSON body on GET: barcodes": ("schemas/barcodes.yaml", "BarcodesQuery properties select"),
    "list operators": ("schemas/lists.yaml", "Condition properties operator"),
    "result of a removed batch": ("schemas/partners-tickets.yaml", "RemoveSuccess properties result"),
    "HTTP status of Partners errors": ("components/partners-responses.yaml", "OtherStatus"),
    "answer to a new event": ("paths/events.yaml", "list post responses 200"),
    "answer to a changed event": ("paths/events.yaml", "item put responses 200"),
    "answer to a client": ("paths/clients.yaml", "list post responses 200"),
    "answer to a new promo code": ("paths/promotions.yaml", "promoCodes post responses 200"),
    "answer to a batch of scans": ("schemas/barcodes.yaml", "ScanBatchResult"),
    "seats without select": ("schemas/seats.yaml", "Seat properties seat_id"),
    "fields of an exit scan": ("schemas/webhooks.yaml", "CheckedItem"),
}


@pytest.fixture(scope="module")
def spec() -> Spec:
    [spec] = load_project(REPOSITORY).specs.values()
    return spec


def test_every_field_of_a_person_is_marked_with_its_kind(spec: Spec) -> None:
    found = list(iter_properties(spec.document))

    unmarked = [name for name, schema in found if name in PERSONAL and schema.get("x-pii") != PERSONAL[name]]
    assert unmarked == []
    assert PERSONAL.keys() - {name for name, _ in found} - {"visitor_user_id"} == set()


def test_people_s_parameters_are_marked_too(spec: Spec) -> None:
    parameters = [parameter for operation in spec.operations.values() for parameter in operation.parameters]
    personal = {parameter.name: parameter.pointer for parameter in parameters if parameter.name in PERSONAL}

    assert {"client_email", "client_phone", "client_name", "barcode", "fanid"} <= personal.keys()
    for name, pointer in personal.items():
        assert find(spec.document, pointer.split("/")[1:]).get("x-pii") == PERSONAL[name], name


@pytest.mark.parametrize("question", OPEN)
def test_an_open_question_is_unknown(question: str) -> None:
    name, keys = OPEN[question]
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))

    assert find(document, keys.split()).get("x-evidence") == "unknown"


def test_no_operation_is_an_open_question_and_each_has_a_grade_and_a_source(spec: Spec) -> None:
    operations = spec.operations.values()

    assert [each.label for each in operations if each.evidence in (Evidence.UNKNOWN, Evidence.INFERRED)] == []
    assert [each.label for each in operations if each.source is None] == []
    assert [each.label for each in operations if each.evidence is Evidence.REFUTED and not each.instead] == []


def test_the_webhook_has_its_headers() -> None:
    webhook = yaml.safe_load((FOLDER / "paths" / "webhooks.yaml").read_text(encoding="utf-8"))["orderChanged"]["post"]
    headers = {parameter["name"]: parameter["schema"] for parameter in webhook["parameters"]}

    assert headers["X-Signature"] == {"type": "string", "pattern": "^[0-9a-f]{40}$"}
    assert headers["X-Event-Type"]["enum"] == ["created", "updated", "payed", "deleted", "refunded", "checked"]
    assert headers["X-Model-Name"] == {"const": "Order"}
    assert headers["User-Agent"] == {"const": "Qtickets-Webhooks/2.0"}


def iter_properties(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every property of every schema; one that only names it in an `allOf` branch is left out."""
    if isinstance(value, dict):
        properties = value.get("properties")
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if isinstance(schema, dict) and schema:
                yield name, schema
        for inner in value.values():
            yield from iter_properties(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from iter_properties(inner)


def find(document: Any, keys: list[str]) -> Any:
    """Return what the keys lead to."""
    for key in keys:
        document = document[key.replace("~1", "/").replace("~0", "~")]
    return document


def test_it_loads_into_schemathesis_and_the_validator_without_a_warning(spec: Spec) -> None:
    # Warnings are errors in these tests.
    path = FOLDER / "openapi.yaml"
    document, _ = read_from_filename(str(path))
    validate(document, base_uri=path.as_uri())

    schema = schemathesis.openapi.from_path(path)

    assert len([result.ok() for result in schema.get_all_operations()]) == len(spec.operations)
