"""What holds of redaction for any data."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.spelling import fold, unescape
from contracts_runner.results.lines import as_json
from helpers.personal_samples import CLIENTS_POINTER, make_exchange, make_redactor, make_request, record

CYRILLIC = "абвгдежзийклмнопрстуфхцчшщэюя"
words = st.text("bcdfghjkmpqvwxz" + CYRILLIC, min_size=6, max_size=12).map(str.capitalize)
emails = st.builds("{}.{}@{}.example".format, words, st.integers(10, 99), st.text("abcdefgh", min_size=3, max_size=8))
phones = st.builds(
    lambda form, digits: form.format(digits[:3], digits[3:6], digits[6:8], digits[8:]),
    st.sampled_from(["+7{}{}{}{}", "+7 ({}) {}-{}-{}", "8 {} {} {} {}", "8({}){}{}{}"]),
    st.from_regex(r"9[0-9]{9}", fullmatch=True, alphabet="0123456789"),
)
clients = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(1, 99999),
        "email": emails,
        "name": st.one_of(words, st.builds("{} {}".format, words, words)),
        "phone": st.one_of(phones, st.none()),
        "barcode": st.from_regex(r"87[0-9]{10}", fullmatch=True, alphabet="0123456789"),
        "city": st.sampled_from(["Москва", "Омск", ""]),
    },
)
PERSONAL_FIELDS = ("email", "name", "phone", "barcode")
modes = st.sampled_from(list(RedactionMode))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


def find_personal_values(bodies: list[dict[str, Any]]) -> set[str]:
    return {client[field] for client in bodies for field in PERSONAL_FIELDS if client.get(field)}


def shape(value: Any) -> Any:
    """Return the structure of a value: names of members, lengths of lists, and where null and booleans stand."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return value if value is None or isinstance(value, bool) else "leaf"


@given(st.lists(clients, max_size=4), modes, st.booleans())
@settings(max_examples=150)
def test_no_personal_value_remains_in_the_recorded_exchange(
    people: list[dict[str, Any]], mode: RedactionMode, is_ascii: bool
) -> None:
    values = sorted(find_personal_values(people))
    body = {"data": people, "debug": {"dump": " | ".join(values), "list": values}}
    request = make_request(
        url="https://service.example/x?q=" + ",".join(values),
        headers=(("X-Debug", "; ".join(values)),),
        body=" / ".join(values).encode(),
    )
    exchange = make_exchange(json.dumps(body, ensure_ascii=is_ascii), request=request)

    recorded = record(exchange, redactor=make_redactor(mode), response_pointer=CLIENTS_POINTER)

    text = fold(unescape(json.dumps(as_json(recorded.as_row(None)))))
    assert [value for value in values if fold(value) in text] == []


@given(st.lists(clients, max_size=4), modes)
def test_structure_of_a_body_stays(people: list[dict[str, Any]], mode: RedactionMode) -> None:
    body = {"data": people}

    recorded = record(make_exchange(body), redactor=make_redactor(mode), response_pointer=CLIENTS_POINTER).response

    assert recorded is not None
    assert shape(json.loads(recorded.body)) == shape(body)


@given(st.lists(clients, max_size=4), modes)
def test_fields_that_are_not_personal_stay(people: list[dict[str, Any]], mode: RedactionMode) -> None:
    recorded = record(make_exchange({"data": people}), redactor=make_redactor(mode), response_pointer=CLIENTS_POINTER)

    assert recorded.response is not None
    kept = [(client.get("id"), client.get("city")) for client in json.loads(recorded.response.body)["data"]]
    assert kept == [(client.get("id"), client.get("city")) for client in people]


@given(st.lists(clients, max_size=3), modes)
def test_redacting_a_recorded_body_again_changes_nothing(people: list[dict[str, Any]], mode: RedactionMode) -> None:
    once = record(make_exchange({"data": people}), redactor=make_redactor(mode), response_pointer=CLIENTS_POINTER)
    assert once.response is not None

    twice = record(
        make_exchange(once.response.body), redactor=make_redactor(mode), response_pointer=CLIENTS_POINTER
    ).response

    assert twice is not None
    assert twice.body == once.response.body


@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_is_recorded_as_json(value: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)

    recorded = record(make_exchange(text), response_pointer=CLIENTS_POINTER).response

    assert recorded is not None
    json.loads(recorded.body)


@given(
    st.binary(max_size=200), st.sampled_from(["application/json", "text/html; charset=utf-7", "", "x/y", "a;charset=0"])
)
def test_any_bytes_are_recorded(body: bytes, media_type: str) -> None:
    recorded = as_json(record(make_exchange(body, media_type=media_type)).as_row(max_body=100))

    assert recorded["response"]["bytes"] == len(body)


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_redacted_without_an_error(text: str) -> None:
    redactor = make_redactor()

    redacted = redactor.text(text)

    assert redactor.text(redacted) == redacted


@given(st.lists(emails, min_size=1, max_size=5), st.data())
def test_value_met_anywhere_is_replaced_in_any_later_message(addresses: list[str], data: st.DataObject) -> None:
    redactor = make_redactor()
    record(make_exchange({"data": [{"email": address} for address in addresses]}), redactor=redactor)
    chosen = data.draw(st.sampled_from(addresses))

    assert redactor.text(f"expected {chosen!r}, got nothing") == "expected '<email>', got nothing"
