"""Values are found by the names beside them, in the forms that services write."""

import json
from typing import Any

import pytest

from helpers.personal_samples import make_exchange, make_redactor, make_request, record

NAME = "Плантиков Пётр"
HOME = "Тула, Плантовая 5"
PERSON = {
    "type": "object",
    "properties": {
        "full_name": {"type": "string", "x-pii": "name", "xml": {"name": "full-name"}},
        "birth_place": {"type": "string", "x-pii": "address"},
        "title": {"type": "string"},
    },
}
DOCUMENT: dict[str, Any] = {"s": PERSON, "all": {"type": "array", "items": {"$ref": "#/s"}}}


def read(body: Any, media_type: str = "application/json", *, pointer: str = "") -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    exchange = make_exchange(text, media_type=f"{media_type}; charset=utf-8")
    row = record(exchange, redactor=make_redactor(), document=DOCUMENT, response_pointer=pointer)
    assert row.response is not None
    return row.response.body


FORMS = {
    "attribute": ("application/xml", f'<b><c full_name="{NAME}" birth_place=\'{HOME}\' title="x"/></b>'),
    "attribute with a prefix": ("application/xml", f'<b xmlns:p="u"><c p:full_name="{NAME}" title="x"/></b>'),
    "element": ("application/xml", f"<b><full_name>{NAME}</full_name><title>x</title></b>"),
    "element with attributes": ("application/xml", f'<full_name lang="ru">{NAME}</full_name><title>x</title>'),
    "element by its name in XML": ("application/xml", f"<full-name>{NAME}</full-name><title>x</title>"),
    "CDATA": ("application/xml", f"<full_name><![CDATA[{NAME}]]></full_name><title>x</title>"),
    "text and CDATA": ("application/xml", f"<full_name>a<![CDATA[{NAME}]]> b</full_name><title>x</title>"),
    "element with a prefix": ("application/xml", f"<b:full_name>{NAME}</b:full_name><title>x</title>"),
    "elements within": ("application/xml", f"<birth_place><a>{HOME}</a><b>{NAME}</b></birth_place><title>x</title>"),
    "element without an end": ("application/xml", f"<title>x</title><full_name>{NAME}"),
    "pair in XML": ("application/xml", f'<f name="full_name">{NAME}</f><f name="title">x</f>'),
    "pair of attributes": ("text/html", f'<input value="{NAME}" name="full_name"><input name="title" value="x">'),
    "CSV": ("text/csv", f'id;full_name;birth_place;title\n1;{NAME};"{HOME}";x\n'),
    "CSV in quotation marks": ("text/csv", f'"id","full_name","title"\r\n1,"{NAME}, ""jr""","x"\r\n2,{NAME},x'),
    "CSV with lines in cells": ("text/csv", f'title,full_name\nx,"a\n{NAME}"\n'),
    "tabs": ("text/tab-separated-values", f"title\tfull_name\nx\t{NAME}\n"),
    "YAML": ("application/yaml", f"full_name: {NAME}\nbirth_place: {HOME}\ntitle: x\n"),
    "YAML in a list": ("application/yaml", f"- full_name: {NAME}\n  title: x\n- title: x\n  full_name: '{NAME}'\n"),
    "YAML in a flow": ("text/yaml", f"[{{title: x, full_name: {NAME}, birth_place: Тула}}]"),
    "YAML in a block": ("application/yaml", f"full_name: |\n  {NAME}\n  Плантов\ntitle: x\n"),
    "YAML below": ("application/yaml", f"birth_place:\n  city: Тула\n  street: {HOME}\ntitle: x\n"),
    "YAML list below": ("application/yaml", f"full_name:\n- {NAME}\n- {NAME}\ntitle: x\n"),
    "plain text": ("text/plain", f"full_name: {NAME}\ntitle: x"),
    "columns and rows": ("application/json", {"columns": ["title", "full_name"], "rows": [["x", NAME], ["x", NAME]]}),
    "columns with types": (
        "application/json",
        {"meta": [{"name": "title"}, {"name": "full_name"}], "data": [["x", NAME]] * 2},
    ),
    "columns in lists": ("application/json", {"full_name": [NAME, NAME], "title": ["x"]}),
    "pairs": ("application/json", {"fields": [{"name": "full_name", "value": NAME}, {"name": "title", "value": "x"}]}),
    "pairs by key": ("application/json", [{"key": "full_name", "content": NAME}, {"key": "title", "content": "x"}]),
    "a form in a text": ("application/json", {"payload": f"full_name={NAME.replace(' ', '+')}&title=x"}),
    "JSON in a text": ("application/json", {"payload": json.dumps({"full_name": NAME, "title": "x"})}),
    "JSON in JSON in a text": (
        "application/json",
        {"p": json.dumps({"q": json.dumps({"full_name": NAME, "title": "x"})})},
    ),
    "XML in a text": ("application/json", {"p": f"<full_name>{NAME}</full_name><title>x</title>", "q": "x"}),
    "lines of JSON": ("application/x-ndjson", f'{{"full_name":"{NAME}","title":"x"}}\n{{"full_name":"{NAME}"}}\n'),
    "a call": ("application/javascript", f'cb({{"full_name":"{NAME}","title":"x"}})'),
    "a part": (
        "multipart/mixed; boundary=X",
        f'--X\r\nContent-Type: a/b\r\n\r\n{{"full_name":"{NAME}","title":"x"}}\r\n--X--',
    ),
    "a field of a form": (
        "multipart/form-data; boundary=X",
        f'--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\n{NAME}\r\n--X\r\n\r\ntitle x\r\n--X--',
    ),
    "an event": ("text/event-stream", f'data: {{"full_name":"{NAME}","title":"x"}}\n\n'),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_the_document_marks_is_replaced_and_the_rest_stays(form: str) -> None:
    media_type, body = FORMS[form]

    recorded = read(body, media_type)

    assert "лант" not in recorded
    assert "title" in recorded
    assert "x" in recorded.split("title", 1)[1]


@pytest.mark.parametrize("media_type", ["application/xml", "text/csv", "application/yaml"])
def test_name_that_the_schema_of_the_answer_marks_counts_also_where_it_is_common(media_type: str) -> None:
    event = {"properties": {"name": {"type": "string"}}}
    document = {"event": event, "hall": event, "buyer": {"properties": {"name": {"x-pii": "name"}}}}
    body = {"application/xml": f"<name>{NAME}</name>", "text/csv": f"a,name\n1,{NAME}\n"}.get(
        media_type, f"name: {NAME}"
    )

    row = record(make_exchange(body, media_type=media_type), document=document, response_pointer="/buyer")

    assert row.response is not None
    assert NAME not in row.response.body


def test_marked_header_of_an_answer_is_replaced() -> None:
    document = {"responses": {"200": {"headers": {"X-Client": {"schema": {"type": "string", "x-pii": "name"}}}}}}

    row = record(make_exchange(b"{}", headers=(("x-client", "Anna"), ("X-Other", "Anna"))), document=document)

    assert row.response is not None
    assert row.response.headers[1] == ("x-client", "<name>")


CREDENTIALS = {
    "query": ("https://app.example.com/cb?access_token={}&page=2", "page=2"),
    "code of a redirect": ("https://app.example.com/cb?code={}&page=2", "page=2"),
    "fragment": ("https://app.example.com/cb#id_token={}&page=2", "page=2"),
    "signed": (
        "https://s3.example.com/b/k?X-Amz-Date=20260101T000000Z&X-Amz-Signature={}",
        "X-Amz-Date=20260101T000000Z",
    ),
    "signed by its owner": ("https://x.example/b?se=2026-01-01&sig={}&sp=r", "se=2026-01-01"),
    "signed in the old way": (
        "https://x.example/b?Expires=1767225600&Signature={}&Key-Pair-Id=K",
        "Expires=1767225600",
    ),
    "link": ("<https://api.example.com/x?page=2&api_key={}>; rel=next", "rel=next"),
    "user before the host": ("postgres://app:{}@db.example/x", "/x"),
    "token before the host": ("https://{}@git.example/x.git", "/x.git"),
    "log": ("login ok password={} after 3 tries", "after 3 tries"),
    "log with blanks": ("login: client_secret = '{}' given", "given"),
    "colon": ("the secret: {}, was wrong", "was wrong"),
    "quoted": ('the answer {{"refreshToken": "{}", "n": 1}}', '"n": 1'),
    "escaped": ('{{\\"password\\":\\"{}\\",\\"n\\":1}}', "n"),
    "percent": ("next=https%3A%2F%2Fx.example%2F%3Ftoken%3D{}%26page%3D2", "page"),
    "header in a text": ("Authorization: Basic {}\nAccept: */*", "Accept: */*"),
    "attribute": ('<connection password="{}" host="db"/>', 'host="db"'),
    "brackets": ("user[password]={}&user[age]=7", "user[age]=7"),
    "flag": ("run --api-key={} --fast", "--fast"),
}


@pytest.mark.parametrize("form", CREDENTIALS)
@pytest.mark.parametrize("place", ["JSON", "text", "header", "message", "value"])
def test_credential_is_found_by_its_name_in_any_text(form: str, place: str) -> None:
    text, kept = CREDENTIALS[form]
    text = text.format("plant0a1b2c3d4e")
    redactor = make_redactor()
    bodies = {"JSON": json.dumps({"note": text}), "text": text}
    if place in bodies:
        row = record(make_exchange(bodies[place], media_type="application/json" if place == "JSON" else "text/plain"))
        written = row.response.body if row.response else ""
    elif place == "header":
        row = record(make_exchange(b"{}", headers=(("Location", text),)), redactor=redactor)
        written = row.response.headers[1][1] if row.response else ""
    else:
        written = redactor.text(text) if place == "message" else str(redactor.value({"actual": text}))

    assert "plant0a1b2c3d4e" not in written
    assert kept in (json.loads(written)["note"] if place == "JSON" else written)


def test_credentials_in_the_url_of_a_request_are_replaced() -> None:
    url = "https://x.example/a?X-Amz-Signature=0123456789&code=RU12345678#access_token=0a1b2c3d4e5f"

    row = record(make_exchange(b"{}", request=make_request(url=url)))

    assert row.request.url == "https://x.example/a?X-Amz-Signature=<token>&code=RU12345678#access_token=<token>"


def test_what_a_link_carries_of_a_single_sign_on_is_replaced() -> None:
    text = "https://x.example/a?SAMLResponse=PHNhbWxwOlJlc3A0&saml_response=PHNhbWxwOlJlc3A1&page=2"

    assert make_redactor().text(text) == "https://x.example/a?SAMLResponse=<token>&saml_response=<token>&page=2"


SECRET_NAMES = (
    *("secretKey", "password_hash", "sessionId", "session-id", "SESSION_ID", "clientSecret", "APIKey"),
    *("x-api-key", "accessToken", "authToken", "userPassword", "new_password2", "passwordConfirmation"),
    *("PHPSESSID", "privateKey", "aws_secret_access_key", "csrfToken", "deviceToken", "DB_PASSWORD", "jwt"),
    *("otp", "cvv", "authorization", "Cookie", "пароль", "токен", "секрет", "passPhrase", "sshKey", "app_key"),
    *("consumerKey", "recovery_codes", "backupCodes", "device_code", "code_verifier", "client_assertion", "mnemonic"),
    *("oauth_verifier", "kennwort", "senha"),
)
OTHER_NAMES = (
    *("page_token", "nextPageToken", "maxTokens", "key", "public_key", "primaryKey", "token_type"),
    *("expires_in", "code", "hash", "status", "session", "pass", "compass", "keyboard", "secretary", "author"),
    *("passed", "monkey", "userCode", "service_key", "code_challenge", "applicationKeyboard"),
)


def test_name_says_that_its_value_is_a_credential_in_any_convention() -> None:
    assert json.loads(read(dict.fromkeys(SECRET_NAMES, "plant"))) == dict.fromkeys(SECRET_NAMES, "<token>")


def test_name_that_only_resembles_one_of_a_credential_says_nothing() -> None:
    assert json.loads(read(dict.fromkeys(OTHER_NAMES, "plant"))) == dict.fromkeys(OTHER_NAMES, "plant")


KEYS = {
    "GitHub": "ghp_" + "a1B2c3D4e5F6" * 3,
    "GitHub's newer": "github_pat_11ABCDEFG0a1b2c3d4e5f6",
    "GitLab": "glpat-a1b2c3d4e5f6a1b2c3d4",
    "Amazon": "AKIAIOSFODNN7EXAMPLE",
    "Stripe": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "Slack": "xoxb-123456789012-abcdefABCDEF",
    "Google": "AIza" + "a1B2c" * 7,
    "PEM": "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7+plant/0\n-----END RSA PRIVATE KEY-----",
    "PEM without an end": "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7+plant/0",
    "IBAN": "GB82 WEST 1234 5698 7654 32",
    "IBAN without blanks": "DE89370400440532013000",
    "SNILS": "112-233-445 95",
    "SNILS with blanks": "112 233 445 95",
}


@pytest.mark.parametrize("shape", KEYS)
@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
def test_value_with_a_form_of_its_own_is_replaced(shape: str, media_type: str) -> None:
    text = f"see {KEYS[shape]} there" if shape != "PEM without an end" else f"see {KEYS[shape]}"

    recorded = read({"note": text} if media_type == "application/json" else text, media_type)

    assert KEYS[shape] not in (json.loads(recorded)["note"] if media_type == "application/json" else recorded)
    assert "plant" not in recorded


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 33",
        "ZZ89370400440532013000",
        "112-233-445 96",
        "risk-taking is fun and unlimited",
        "-----BEGIN CERTIFICATE-----",
        "https://x.example/a:b?page=2",
        "the token was closed: try again",
        "price: 100, total = 200; code=RU",
        "2026-01-01T10:00:00+03:00",
    ],
)
def test_text_that_only_resembles_such_a_value_stays(text: str) -> None:
    assert make_redactor().text(text) == text


HOSTILE = {
    "names without values": ("text/plain", "password=" * 40_000),
    "names with quotes": ("text/plain", 'password="' * 30_000),
    "names with escaped quotes": ("text/plain", '\\"password\\":\\\\\\"' * 30_000),
    "names before names": ("text/plain", "password:" * 40_000),
    "elements without ends": ("application/xml", "<token>" * 40_000),
    "elements with one end": ("application/xml", "<token>" * 40_000 + "</token>"),
    "tags without ends": ("text/html", "<a name='token' " * 30_000),
    "keys without ends": ("text/plain", "-----BEGIN PRIVATE KEY-----" * 10_000),
    "addresses without hosts": ("text/plain", "://a:b" * 30_000),
    "YAML below itself": ("application/yaml", "token:\n" * 40_000),
    "YAML ever deeper": ("application/yaml", "".join(" " * depth + "token:\n" for depth in range(5_000))),
    "quotation marks in a table": ("text/csv", '"token' * 40_000),
    "letters of base64": ("text/plain", "A" * 400_000),
    "runs of base64": ("text/plain", "QUJDREVGR0hJSktM " * 20_000),
    "base64 of secrets": ("text/plain", "c2FuZGJveC1yZXN0LXRva2Vu " * 10_000),
    "escapes of bytes": ("text/plain", "\\xff" * 50_000),
    "quoted-printable": ("text/plain", "=D0" * 100_000),
    "letters of another set": ("text/plain", "\xd0\x9f" * 100_000),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_linear_time(name: str) -> None:
    # A search that is quadratic in the length would need an hour.
    media_type, text = HOSTILE[name]

    assert len(read(text, media_type)) > 0
