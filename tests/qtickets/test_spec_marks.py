"""What the spec says of itself: people's fields are marked, and the open questions stay visible as unknown."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename

from contracts_runner.model.spec import Evidence
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import load_project
from helpers.command import REPOSITORY

FOLDER = REPOSITORY / "spec" / "qtickets"
# Field -> kind (docs/qtickets.md, Order, Basket, Client, Partners API, Webhooks).
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
# What is unknown of the vendor's API (docs/qtickets.md, Open questions), -> where the spec says so.
OPEN = {
    "the body of a 403": ["components/responses.yaml#/Forbidden/content/application~1json/schema"],
    "what PATCH gives": ["components/responses.yaml#/NoMethod"],
    "whether a JSON body on GET filters": [
        "schemas/lists.yaml#/ListQuery/properties/where",
        "schemas/lists.yaml#/ListQuery/properties/orderBy",
        "schemas/lists.yaml#/ListQuery/properties/page",
        "schemas/seats.yaml#/SeatsQuery/properties/where",
        "schemas/barcodes.yaml#/BarcodesQuery/properties/select",
    ],
    "operators of lists other than `=` and `null`": ["schemas/lists.yaml#/Condition/properties/operator"],
    "the largest page": ["schemas/lists.yaml#/ListQuery/properties/per_page"],
    "how a batch fails in part": ["schemas/errors.yaml#/PartnersBatchError/properties/result"],
    "the result of a batch removal": ["schemas/partners-tickets.yaml#/RemoveSuccess/properties/result/anyOf/1"],
    "the HTTP status of Partners errors other than authorisation": ["components/partners-responses.yaml#/OtherStatus"],
    "changes to paid partner tickets": ["schemas/partners-requests.yaml#/TicketUpdate/properties/paid/oneOf/1"],
    "the answers to writes of events, clients, promo codes and batches of scans": [
        "paths/events.yaml#/list/post/responses/200",
        "paths/events.yaml#/item/put/responses/200",
        "paths/clients.yaml#/list/post/responses/200",
        "paths/promotions.yaml#/promoCodes/post/responses/200",
        "paths/promotions.yaml#/promoCode/put/responses/200",
        "paths/shows.yaml#/barcodes/post/responses/200",
        "schemas/barcodes.yaml#/ScanBatchResult",
    ],
    "seats without `select` and `flat`": ["schemas/seats.yaml#/Seat/properties/seat_id"],
    "rate limits": ["components/headers.yaml#/RetryAfter"],
    "whether sales move `last_update_hash`": ["schemas/partners-tickets.yaml#/HashAfterSale"],
    "the event type of an exit scan": [
        "paths/webhooks.yaml#/orderChanged/post/parameters/1/schema/anyOf/1",
        "schemas/webhooks.yaml#/CheckedItem",
    ],
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
    grades = {}
    for place in OPEN[question]:
        name, _, pointer = place.partition("#/")
        document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
        grades[place] = find(document, pointer.split("/")).get("x-evidence")

    assert grades == dict.fromkeys(OPEN[question], "unknown")


def test_the_spec_lists_every_open_question(spec: Spec) -> None:
    text = " ".join(spec.document["info"]["description"].split())

    assert text.partition("marked `unknown` where it belongs: ")[2] == "; ".join(OPEN) + "."


def test_no_operation_is_an_open_question_and_each_has_a_grade_and_a_source(spec: Spec) -> None:
    operations = spec.operations.values()

    assert [each.label for each in operations if each.evidence in (Evidence.UNKNOWN, Evidence.INFERRED)] == []
    assert [each.label for each in operations if each.source is None] == []
    assert [each.label for each in operations if each.evidence is Evidence.REFUTED and not each.instead] == []


def test_the_webhook_has_its_headers() -> None:
    webhook = yaml.safe_load((FOLDER / "paths" / "webhooks.yaml").read_text(encoding="utf-8"))["orderChanged"]["post"]
    headers = {parameter["name"]: parameter["schema"] for parameter in webhook["parameters"]}

    assert headers["X-Signature"] == {"type": "string", "pattern": "^[0-9a-f]{40}$"}
    known, _ = headers["X-Event-Type"]["anyOf"]
    assert known["enum"] == ["created", "updated", "payed", "deleted", "refunded", "checked"]
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
        key = key.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


def test_it_loads_into_schemathesis_and_the_validator_without_a_warning(spec: Spec) -> None:
    # Warnings are errors in these tests.
    path = FOLDER / "openapi.yaml"
    document, _ = read_from_filename(str(path))
    validate(document, base_uri=path.as_uri())

    schema = schemathesis.openapi.from_path(path)

    assert len([result.ok() for result in schema.get_all_operations()]) == len(spec.operations)
