"""What the redactor does with an exchange."""

import hashlib
import json
import threading
from typing import Any

import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.redaction.replacement import fingerprint
from contracts_runner.results.lines import as_json
from helpers.personal_samples import (
    CLIENT_POINTER,
    CLIENTS_POINTER,
    DOCUMENT,
    PERSONAL,
    make_exchange,
    make_redactor,
    make_request,
    record,
    record_body,
    record_json,
)


def test_marked_fields_are_replaced_by_kind() -> None:
    body = {"id": 7, "email": "user@example.com", "name": "Пётр", "phone": "+70000000000", "city": "Москва"}

    recorded = record_json(body)

    assert recorded == {"id": 7, "email": "<email>", "name": "<name>", "phone": "<phone>", "city": "Москва"}


def test_marks_are_found_through_references_and_arrays() -> None:
    body = {"data": [{"name": "Пётр", "friends": [{"friends": [{"name": "Анна"}]}]}]}

    recorded = record_json(body, CLIENTS_POINTER)

    assert recorded == {"data": [{"name": "<name>", "friends": [{"friends": [{"name": "<name>"}]}]}]}


def test_marked_number_is_replaced() -> None:
    assert record_json({"phone": 79001234567}) == {"phone": "<phone>"}


@pytest.mark.parametrize("empty", [None, "", True, False])
def test_values_that_say_nothing_stay(empty: Any) -> None:
    assert record_json({"phone": empty, "name": empty}) == {"phone": empty, "name": empty}


def test_unmarked_text_is_searched_for_personal_data() -> None:
    recorded = record_json({"note": "Звоните +7 (900) 000-00-00 или user@example.com, заказ 4360"})

    assert recorded == {"note": "Звоните <phone> или <email>, заказ 4360"}


@pytest.mark.parametrize(("kind", "value"), PERSONAL)
def test_personal_value_of_any_form_is_replaced_in_unmarked_text(kind: str, value: str) -> None:
    recorded = record_json({"note": f"see {value}, please", "debug": [value]})

    assert recorded == {"note": f"see <{kind}>, please", "debug": [f"<{kind}>"]}


def test_unmarked_number_is_replaced_if_it_is_a_telephone_number_without_doubt() -> None:
    recorded = record_json({"id": 79001234567, "debug": [877076325904, 4360]})

    assert recorded == {"id": "<phone>", "debug": [877076325904, 4360]}


def test_names_of_members_are_searched_and_stay_distinct() -> None:
    recorded = record_json({"extra": {"user@example.com": 1, "other@example.com": 2}})

    assert recorded == {"extra": {"<email>": 1, "<email> (2)": 2}}


def test_names_of_members_that_the_spec_marks_are_replaced() -> None:
    document = {"s": {"propertyNames": {"x-pii": "token"}, "additionalProperties": {"type": "integer"}}}

    recorded = make_redactor().record(
        make_exchange({"A1": 1, "B2": 2}), document=document, request_pointer="", response_pointer="/s"
    )

    assert recorded.response is not None
    assert json.loads(recorded.response.body) == {"<token>": 1, "<token> (2)": 2}


def test_value_met_in_a_marked_place_is_replaced_where_nothing_is_described() -> None:
    recorded = record_json({"name": "Константинопольский", "debug": {"dump": "client=Константинопольский;"}})

    assert recorded["debug"] == {"dump": "client=<name>;"}


def test_field_of_a_marked_name_is_replaced_where_nothing_is_described() -> None:
    assert record_json({"debug": {"name": "Пётр", "barcode": "877076325904"}})["debug"] == {
        "name": "<name>",
        "barcode": "<token>",
    }


AMBIGUOUS = {
    "event": {"properties": {"name": {"type": "string"}}},
    "hall": {"properties": {"name": {"type": "string"}}},
    "client": {"properties": {"name": {"x-pii": "name"}, "phone": {"x-pii": "phone"}}},
}


def record_ambiguous(body: Any, *, media_type: str = "application/json") -> str:
    recorded = make_redactor().record(
        make_exchange(body, media_type=media_type), document=AMBIGUOUS, request_pointer="", response_pointer=""
    )
    assert recorded.response is not None
    return recorded.response.body


def test_doubtful_name_is_replaced_in_an_undescribed_object_about_a_person() -> None:
    recorded = record_ambiguous({"event": {"name": "Концерт"}, "client": {"name": "Пётр", "phone": "112"}})

    assert json.loads(recorded) == {"event": {"name": "Концерт"}, "client": {"name": "<name>", "phone": "<phone>"}}


def test_doubtful_name_is_replaced_in_broken_json() -> None:
    assert record_ambiguous('{"client": {"name": "Пётр", ') == '{"client": {"name": "<name>", '


def test_doubtful_name_stays_in_a_page() -> None:
    page = '<input name="name" value="Концерт">'

    assert record_ambiguous(page, media_type="text/html") == page


def test_password_is_replaced_without_any_mark() -> None:
    recorded = record_json({"password": "correct horse", "access_token": "abc"}, pointer="")

    assert recorded == {"password": "<token>", "access_token": "<token>"}


def test_name_that_is_a_city_stays_where_the_spec_describes_the_city() -> None:
    recorded = record_json({"name": "Владимир", "city": "Владимир"})

    assert recorded == {"name": "<name>", "city": "Владимир"}


def test_name_that_is_a_city_is_not_looked_for_as_a_leak() -> None:
    redactor = make_redactor()

    record_json({"name": "Владимир", "city": "Владимир", "email": "user@example.com"}, redactor=redactor)

    assert redactor.personal_values() == {"user@example.com"}


def test_everything_that_does_not_change_stays_byte_for_byte() -> None:
    text = '{ "id" : 1.50, "big": 1E400, "city":"\\u041c\\/x", "id": 2,\n "name":"Пётр", "list":[ 1 ,-0.0] }'

    recorded = record_body(text)

    assert recorded == text.replace('"Пётр"', '"<name>"')


def test_body_without_personal_data_is_recorded_as_it_came() -> None:
    text = '{"id":1,\r\n"city": "\\u041c\\u043e\\u0441\\u043a\\u0432\\u0430"}'

    assert record_body(text) == text


def test_broken_json_is_searched_by_the_names_of_fields() -> None:
    recorded = record_body('{"client": {"name": "Пётр", "phone": 79001234567, "city": "Моск')

    assert recorded == '{"client": {"name": "<name>", "phone": <phone>, "city": "Моск'


def test_json_that_is_too_deep_to_parse_is_searched_by_the_names_of_fields() -> None:
    text = "[" * 100_000 + '{"name": "Пётр"}'

    assert record_body(text).endswith('{"name": "<name>"}')


@pytest.mark.parametrize(
    ("media_type", "body", "recorded"),
    [
        ("text/html", "<b>user@example.com</b><name>Пётр</name>", "<b><email></b><name><name></name>"),
        ("text/html", "user&#64;example.com", "<email>"),
        ("text/html", '<input name="name" value="Пётр">', '<input name="name" value="<name>">'),
        ("text/plain", "Authorization: Bearer abc123def456ghi", "Authorization: Bearer <token>"),
        ("application/xml", "<card>1234</card>", "<card><card></card>"),
        ("application/x-www-form-urlencoded", "name=%D0%9F%D1%91%D1%82%D1%80&id=7", "name=<name>&id=7"),
        ("application/x-www-form-urlencoded", "note=a%40example.com&password=x", "note=<email>&password=<token>"),
    ],
)
def test_body_of_another_form_is_redacted(media_type: str, body: str, recorded: str) -> None:
    assert record_body(body, media_type=media_type) == recorded


def test_part_of_a_multipart_body_is_redacted_by_its_name() -> None:
    body = '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nПётр\r\n--b--\r\n'

    assert "Пётр" not in record_body(body, media_type="multipart/form-data; boundary=b")


def test_character_set_of_a_text_is_read() -> None:
    body = "пишите на user@example.com".encode("cp1251")

    assert record_body(body, media_type="text/html; charset=windows-1251") == "пишите на <email>"


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml", "image/svg+xml"])
def test_xml_is_read_in_the_charset_that_it_declares(media_type: str) -> None:
    text = '<?xml version="1.0" encoding="koi8-r"?><a>пишите на user@example.com</a>'

    assert record_body(text.encode("koi8-r"), media_type=media_type) == text.replace("user@example.com", "<email>")


def test_a_coding_of_python_that_is_no_charset_is_not_used() -> None:
    body = b"a" * 1_500_000 + b"-" + b"a" * 1_500_000

    assert record_body(body, media_type="text/html; charset=punycode") == body.decode()


def test_binary_body_is_written_as_its_size_and_hash() -> None:
    body = b"\x89PNG user@example.com"

    recorded = record_body(body, media_type="image/png")

    assert recorded == f"<{len(body)} bytes of image/png, sha256 {hashlib.sha256(body).hexdigest()}>"


def test_bytes_that_are_no_text_are_not_written_whatever_they_are_called() -> None:
    assert record_body(b"\x00\xff\x00", media_type="x\x1b/evil").startswith("<3 bytes of unknown type, sha256 ")


def test_bytes_with_a_nul_are_no_text() -> None:
    recorded = record_body(b"abcd\x00efgh", media_type="application/octet-stream")

    assert recorded.startswith("<9 bytes of application/octet-stream, sha256 ")


def test_text_that_is_not_valid_in_its_character_set_is_still_redacted() -> None:
    assert record_body(b'{"name": "\xd0\x9f", "city": "\xff"}') == '{"name": "<name>", "city": "\ufffd"}'


def test_url_is_redacted_by_parameters_template_and_form() -> None:
    url = "https://user:secret@service.example/base/shows/1/barcode/ABC123?name=%D0%9F%D1%91%D1%82%D1%80&to=a%40example.com&page=2"

    recorded = record(
        make_exchange(request=make_request(url=url)),
        request_parameters={"barcode": "token", "name": "name"},
        path_template="/shows/{show_id}/barcode/{barcode}",
    )

    assert recorded.request.url == (
        f"https://<credential sha256:{fingerprint('user:secret', b'run')}>"
        "@service.example/base/shows/1/barcode/<token>?name=<name>&to=<email>&page=2"
    )


def test_value_of_a_body_is_replaced_in_the_url() -> None:
    url = "https://service.example/shows/1/barcode/877076325904"

    recorded = record(
        make_exchange({"barcode": "877076325904"}, request=make_request(url=url)), response_pointer=CLIENT_POINTER
    )

    assert recorded.request.url == "https://service.example/shows/1/barcode/<token>"


def test_url_without_personal_data_keeps_its_spelling() -> None:
    url = "https://service.example/api/clients?where=%5B%7B%22column%22%3A%22id%22%7D%5D&x=a+b&empty=&flag#top"

    assert make_redactor().url(url) == url


def test_path_parameter_is_replaced_by_its_place() -> None:
    url = "https://service.example/base/clients/7/orders/7"

    redacted = make_redactor().url(
        url, request_parameters={"client_id": "token"}, path_template="/clients/{client_id}/orders/{order_id}"
    )

    assert redacted == "https://service.example/base/clients/<token>/orders/7"


def test_header_with_a_marked_parameter_is_redacted() -> None:
    request = make_request(headers=(("X-Client-Name", "Anna"), ("X-Page", "2")))

    recorded = record(make_exchange(request=request), request_parameters={"x-client-name": "name"})

    assert recorded.request.headers == (("X-Client-Name", "<name>"), ("X-Page", "2"))


def test_exchange_without_response_tells_its_problem_redacted() -> None:
    exchange = Exchange(request=make_request(), response=None, problem="no answer for user@example.com")

    recorded = as_json(record(exchange).as_row(max_body=None))

    assert (recorded["response"], recorded["problem"], recorded["timings"]) == (None, "no answer for <email>", None)


def test_recorded_form_of_an_exchange() -> None:
    request = make_request(body=b'{"name": "Anna"}', headers=(("Content-Type", "application/json"),))

    recorded = as_json(
        record(make_exchange({"id": 1}, request=request), request_pointer=CLIENT_POINTER).as_row(max_body=None)
    )

    assert recorded == {
        "request": {
            "method": "POST",
            "url": "https://service.example/api/clients",
            "headers": [["Content-Type", "application/json"]],
            "body": '{"name": "<name>"}',
            "truncated": False,
        },
        "response": {
            "status": 200,
            "headers": [["Content-Type", "application/json"]],
            "media_type": "application/json",
            "bytes": 9,
            "sha256": hashlib.sha256(b'{"id": 1}').hexdigest(),
            "body": '{"id": 1}',
            "truncated": False,
        },
        "problem": "",
        "timings": {"first_byte_ms": 12.346, "total_ms": 20.0},
    }


def test_long_body_is_cut_and_says_so() -> None:
    recorded = as_json(record(make_exchange({"note": "x" * 100})).as_row(max_body=20))

    assert (recorded["response"]["body"], recorded["response"]["truncated"]) == ('{"note": "xxxxxxxxxx', True)


def test_message_is_redacted_of_values_met_before() -> None:
    redactor = make_redactor(RedactionMode.PARTIAL)
    record_json({"name": "Иванов", "home": "ул. Ленина, 5"}, redactor=redactor)

    assert redactor.text("expected 'Иванов' of ул. Ленина, 5") == "expected 'Ива***' of ***"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("expected 'Ян'", "expected '<name>'"),
        ("name Янина stays, Ян too", "name Янина stays, Ян too"),
        ("Ольг is not Ольга", "<name> is not Ольга"),
        ("in ИВАНОВЕ", "in ИВАНОВЕ"),
        ("the ольг is a word here", "the ольг is a word here"),
        ("of ИВАНОВ.", "of <name>."),
    ],
)
def test_short_names_are_replaced_where_they_must_be_meant(text: str, redacted: str) -> None:
    redactor = make_redactor()
    record_json([{"name": "Ян"}, {"name": "Ольг"}, {"name": "Иванов"}], pointer="", redactor=redactor)

    assert redactor.text(text) == redacted


def test_value_is_redacted_at_any_depth() -> None:
    redactor = make_redactor()
    record_json({"name": "Пётр", "phone": 79001234567, "barcode": "877076325904"}, redactor=redactor)

    value = redactor.value({"expected": ["Пётр", 79001234567, 877076325904, None, True, 4.5], "user@example.com": 3})

    assert value == {"expected": ["<name>", "<phone>", "<token>", None, True, 4.5], "<email>": 3}


@pytest.mark.parametrize("length", [100, 20_000, 50_000])
def test_text_that_comes_again_is_redacted_by_what_was_met_since(length: int) -> None:
    redactor = make_redactor()
    text = "Пётр Первый" + " .." * (length // 3)
    before = redactor.text(text), redactor.text(text)

    record_json({"name": "Пётр Первый"}, redactor=redactor)

    assert before == (text, text)
    assert redactor.text(text) == redactor.text(text) == text.replace("Пётр Первый", "<name>")


@pytest.mark.parametrize("order", [1, -1])
def test_whole_number_is_replaced_beside_an_equal_fraction_which_is_not(order: int) -> None:
    redactor = make_redactor()
    record_json({"phone": 79001234567}, redactor=redactor)

    value = redactor.value([79001234567, 79001234567.0, float("inf"), 1, True][::order])

    assert value == ["<phone>", 79001234567.0, "inf", 1, True][::order]


def test_names_of_members_of_a_value_stay_distinct() -> None:
    value = make_redactor().value({"user@example.com": 1, "other@example.com": 2})

    assert value == {"<email>": 1, "<email> (2)": 2}


def test_personal_values_are_remembered_raw() -> None:
    redactor = make_redactor()

    record_json({"name": "Пётр Первый", "phone": "8 (900) 000-00-00", "note": "user@example.com"}, redactor=redactor)

    assert redactor.personal_values() == {"Пётр Первый", "8 (900) 000-00-00", "89000000000", "user@example.com"}


def test_many_threads_share_what_they_met() -> None:
    redactor = make_redactor()
    names = [[f"Client{letter}{number}x" for number in range(40)] for letter in "abcd"]

    def work(own: list[str]) -> None:
        for name in own:
            record_json({"name": name}, redactor=redactor)

    threads = [threading.Thread(target=work, args=(own,)) for own in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert redactor.personal_values() == {name for own in names for name in own}
    assert all(redactor.text(f"the {name}.") == "the <name>." for own in names for name in own)


def test_equal_values_stay_comparable_by_their_hash() -> None:
    recorded = record_json(
        {"data": [{"name": "Анна"}, {"name": "Анна"}, {"name": "Ольга"}]},
        CLIENTS_POINTER,
        redactor=make_redactor(RedactionMode.HASH),
    )

    first, second, third = (client["name"] for client in recorded["data"])
    assert first == second != third


@pytest.mark.parametrize("mode", RedactionMode)
def test_redacting_twice_changes_nothing(mode: RedactionMode) -> None:
    body = json.dumps({"email": "user@example.com", "name": "Ян", "note": "Анна: +7 900 000-00-00"})
    once = record_body(body, redactor=make_redactor(mode))

    assert record_body(once, redactor=make_redactor(mode)) == once


def test_form_written_by_the_service_does_not_hide_a_secret() -> None:
    recorded = record_body("<credential sandbox-rest-token sha256:00000000>", media_type="text/plain")

    assert "sandbox-rest-token" not in recorded


def test_document_with_cyclic_references_is_walked() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}, "c": {"allOf": [{"$ref": "#/c"}, {"x-pii": "name"}]}}
    redactor = make_redactor()

    recorded = [
        redactor.record(make_exchange('"Anna"'), document=document, request_pointer="", response_pointer=pointer)
        for pointer in ("/a", "/c")
    ]

    assert [item.response.body for item in recorded if item.response] == ['"Anna"', '"<name>"']


HOSTILE = {
    "escaped address in a long run": "%40 user%40example.com " + "a" * 1_000_000,
    "fields without values": "name='name' " * 50_000,
    "parts without ends": 'name="name"\r\nx\r\n' * 50_000,
    "members without values": '"name":' * 100_000,
    "escapes": "\\" * 1_000_000 + "@",
    "entities": "&#64;" * 100_000,
    "forms of ours": "<email> user@example.com " * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_body_costs_linear_time(name: str) -> None:
    # A search that is quadratic in the length would need hours.
    assert "user@example.com" not in record_body(HOSTILE[name], media_type="text/plain")


def test_redactor_of_an_unknown_document_still_detects() -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"")

    recorded = record(make_exchange({"mail": "user@example.com"}), redactor=redactor, document=None)

    assert recorded.response is not None
    assert json.loads(recorded.response.body) == {"mail": "<email>"}


def test_the_same_document_is_understood_once() -> None:
    redactor = make_redactor()

    bodies = [record_json({"name": "Пётр"}, redactor=redactor) for _ in range(2)]

    assert bodies == [{"name": "<name>"}] * 2
    assert DOCUMENT["openapi"] == "3.1.0"


LONG_PAGE = {"title": "Вечер с Константиновым Петром, вход по 4f8a1c2e-key", "text": "ничего личного. " * 100}


def test_a_body_that_comes_again_is_redacted_of_what_was_met_meanwhile() -> None:
    redactor = make_redactor()
    before = record_json(LONG_PAGE, "", redactor=redactor)
    record_json({"name": "Константинов Пётр"}, CLIENT_POINTER, redactor=redactor)

    after = record_json(LONG_PAGE, "", redactor=redactor)

    assert before == LONG_PAGE
    assert "Константинов" not in json.dumps(after, ensure_ascii=False)


def test_a_body_that_comes_again_is_redacted_of_a_credential_met_meanwhile() -> None:
    redactor = make_redactor()
    record_json(LONG_PAGE, "", redactor=redactor)
    record(make_exchange(b"{}", headers=(("Set-Cookie", "session=4f8a1c2e-key"),)), redactor=redactor)

    after = record_json(LONG_PAGE, "", redactor=redactor)

    assert "4f8a1c2e-key" not in json.dumps(after, ensure_ascii=False)


def test_another_redactor_does_not_take_over_what_the_first_one_wrote() -> None:
    body = {"name": "Константинов", "note": "n" * 2000}
    full, partial = make_redactor(), make_redactor(RedactionMode.PARTIAL)

    forms = [record_json(body, CLIENT_POINTER, redactor=redactor)["name"] for redactor in (full, partial, full)]

    assert forms == ["<name>", "Кон***", "<name>"]


def test_what_stands_for_a_value_is_written_as_it_is_and_nobody_learns_it() -> None:
    redactor = make_redactor()
    redactor.declare_placeholders("${phone}")

    recorded = record_json({"phone": "${phone}", "name": "${other}", "note": "${phone} ${other}"}, redactor=redactor)

    assert recorded == {"phone": "${phone}", "name": "<name>", "note": "${phone} <name>"}
    assert "${phone}" not in redactor.personal_values()


@pytest.mark.parametrize(
    ("form", "recorded"),
    [
        ("alias=Zed&age=7", "alias=<name>&age=7"),
        ("of%5Balias%5D=Zed&of%5Bage%5D=7", "of%5Balias%5D=<name>&of%5Bage%5D=7"),
        ("all%5B0%5D%5Balias%5D=Zed", "all%5B0%5D%5Balias%5D=<name>"),
        ("of=%7B%22alias%22%3A%22Zed%22%2C%22age%22%3A7%7D", 'of={"alias":"<name>","age":7}'),
        ("all=%5B%7B%22alias%22%3A%22Zed%22%7D%5D", 'all=[{"alias":"<name>"}]'),
        ("of=%7B%22age%22%3A7%7D", "of=%7B%22age%22%3A7%7D"),
    ],
)
def test_what_is_personal_within_a_field_of_a_form_is_replaced(form: str, recorded: str) -> None:
    person = {"properties": {"alias": {"x-pii": "name"}, "age": {"type": "integer"}}}
    nested = {"of": person, "all": {"type": "array", "items": person}}
    document = {"s": {"properties": {**person["properties"], **nested}}}
    request = make_request(body=form.encode(), headers=(("Content-Type", "application/x-www-form-urlencoded"),))

    made = make_redactor().record(
        Exchange(request=request, response=None), document=document, request_pointer="/s", response_pointer=""
    )

    assert made.request.body == recorded
