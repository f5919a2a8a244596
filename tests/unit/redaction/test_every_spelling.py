"""What is known is replaced in every spelling, character set, container and place; what is not replaced is found.

One table says what both know. The encoders here are those of the standard library and of other programs, never ours.
"""

import base64
import html
import json
import quopri
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.leaks.search import LeakSearch
from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.lines import as_json
from helpers.personal_samples import CLIENTS_POINTER, make_exchange, make_request, record

pytestmark = pytest.mark.thorough

SECRETS = {"restToken": "sandbox-rest-token+/=", "pair": "someone:Пароль-1234", "pin": "4915027733"}
PERSON = {
    "email": "first.last@example.com",
    "name": "Константинов Пётр",
    "phone": "+7 (900) 000-00-00",
    "home": 'ул. Ленина, д. "5" & 6',
}
VALUES = (*SECRETS.values(), *PERSON.values())

Spell = Callable[[str], str]


def to_base64(text: str, charset: str = "utf-8") -> str:
    return base64.b64encode(text.encode(charset)).decode()


def to_numbers(form: str) -> Spell:
    return lambda value: "".join(form.format(ord(letter)) for letter in value)


def to_bytes(form: str) -> Spell:
    return lambda value: "".join(form.format(byte) for byte in value.encode())


def pad(text: str) -> bytes:
    """Return a text of which each letter of UTF-16 can be made."""
    raw = text.encode()
    return raw + b"!" * (len(raw) % 2)


SPELLINGS: dict[str, Spell] = {
    "raw": str,
    "capitals": str.upper,
    "percent": lambda value: quote(value, safe=""),
    "percent of a form": quote_plus,
    "every byte in percent": to_bytes("%{:02x}"),
    "percent twice": lambda value: quote(quote(value, safe=""), safe=""),
    "percent of windows-1251": lambda value: quote(value, safe="", encoding="cp1251"),
    "percent of koi8-r": lambda value: quote(value, safe="", encoding="koi8-r"),
    "escape() of old scripts": to_numbers("%u{:04X}"),
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON in JSON": lambda value: json.dumps(json.dumps(value))[1:-1],
    "JSON with slashes": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "every letter in JSON": to_numbers("\\u{:04X}"),
    "letters in braces": to_numbers("\\u{{{:x}}}"),
    "eight digits": to_numbers("\\U{:08x}"),
    "repr": lambda value: repr(value)[1:-1],
    "ascii": lambda value: ascii(value)[1:-1],
    "repr of bytes": lambda value: repr(value.encode())[2:-1],
    "every byte": to_bytes("\\x{:02x}"),
    "octal": to_bytes("\\{:03o}"),
    "HTML": html.escape,
    "HTML numbers": to_numbers("&#{};"),
    "HTML hexadecimal": to_numbers("&#x{:x};"),
    "HTML twice": lambda value: html.escape(html.escape(value)),
    "Markdown": lambda value: "".join(f"\\{letter}" if letter in "-_.@+()" else letter for letter in value),
    "quoted-printable": lambda value: quopri.encodestring(value.encode()).decode().replace("=\n", ""),
    "base64": to_base64,
    "base64 without an end": lambda value: to_base64(value).rstrip("="),
    "base64 at the second byte": lambda value: to_base64(f"x{value}!"),
    "base64 at the third byte": lambda value: to_base64(f"xy{value}!?"),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(f"user:{value}".encode()).decode(),
    "base64 in percent": lambda value: quote(to_base64(value), safe=""),
    "base64 in JSON": lambda value: to_base64(value).replace("/", "\\/"),
    "base64 of JSON": lambda value: to_base64(json.dumps({"sub": value})),
    "base64 of UTF-16": lambda value: to_base64(value, "utf-16-le"),
    "base64 twice": lambda value: to_base64(to_base64(value)),
    "base64 twice, amid": lambda value: to_base64("a" + to_base64(f"bc{value}")),
    "base64 in lines": lambda value: base64.encodebytes(f"{'x' * 50}{value}{'y' * 60}".encode()).decode().strip(),
    "a word of mail": lambda value: f"=?utf-8?B?{to_base64(value)}?=",
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "base32 amid": lambda value: base64.b32encode(f"abc{value}".encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal capitals": lambda value: f"0x{value.encode().hex().upper()}",
    "hexadecimal of base64": lambda value: to_base64(value).encode().hex(),
    "UTF-8 read as latin-1": lambda value: value.encode().decode("latin-1"),
    "UTF-8 read as windows-1252": lambda value: MISREAD if value == PERSON["name"] else value.encode().decode("cp1252"),
    "windows-1251 read as latin-1": lambda value: value.encode("cp1251").decode("latin-1"),
    "koi8-r read as latin-1": lambda value: value.encode("koi8-r").decode("latin-1"),
    "UTF-8 read as windows-1251": lambda value: value.encode().decode("cp1251"),
    "UTF-8 read as koi8-r": lambda value: value.encode().decode("koi8-r"),
    "UTF-8 read as latin-1, in JSON": lambda value: json.dumps(value.encode().decode("latin-1"))[1:-1],
    "UTF-8 read as UTF-16": lambda value: pad(value).decode("utf-16-le"),
    "UTF-8 read as UTF-16, from the second byte": lambda value: pad(f"a{value}").decode("utf-16-le"),
    "UTF-8 read as UTF-16 BE": lambda value: pad(value).decode("utf-16-be"),
    "UTF-16 read as latin-1": lambda value: value.encode("utf-16-le").decode("latin-1"),
}
# Windows' set lacks some bytes, which browsers read as the control characters of the same number.
MISREAD = "ÐšÐ¾Ð½Ñ\x81Ñ‚Ð°Ð½Ñ‚Ð¸Ð½Ð¾Ð² ÐŸÑ‘Ñ‚Ñ€"

CONTAINERS: dict[str, tuple[str, str]] = {
    "a text": ("text/plain", "the answer repeats [{}], see"),
    "a text in JSON": ("application/json", '{{"debug": {{"note": {}}}}}'),
    "a name in JSON": ("application/json", '{{"debug": {{{}: 1}}}}'),
    "an item in JSON": ("application/json", "[[1, {}]]"),
    "a page": ("text/html", "<p>first<b>{}</b></p>"),
    "an attribute": ("application/xml", "<a b='{}'/>"),
    "broken JSON": ("application/json", '{{"debug": {},'),
    "lines of JSON": ("application/x-ndjson", '{{"a": {}}}\n{{"a": 1}}\n'),
    "a table": ("text/csv", "a,b\n1,{}\n"),
    "YAML": ("application/yaml", "a: {}\nb: 1\n"),
    "an unknown type": ("application/vnd.shop", "{}"),
}


def make_redactor() -> Redactor:
    redactor = Redactor(mode=RedactionMode.FULL, secrets=SECRETS, key=b"run")
    record(make_exchange({"data": [PERSON]}), redactor=redactor, response_pointer=CLIENTS_POINTER)
    return redactor


REDACTOR = make_redactor()


def is_found(text: str, folder: Path = Path()) -> bool:
    """Tell whether the search finds something in a text that was written."""
    search = LeakSearch(folder, secrets=REDACTOR.secret_values(), personal=REDACTOR.personal_values())
    return bool(search.search_text("file", text))


def fill(container: str, spelled: str) -> tuple[str, str]:
    media_type, form = CONTAINERS[container]
    literal = spelled if "json" not in media_type else json.dumps(spelled, ensure_ascii=False)
    return media_type, form.format(literal)


def spell(spelling: str, value: str) -> str | None:
    """Return a value in a spelling that has letters for it, None if it has not."""
    try:
        return SPELLINGS[spelling](value)
    except UnicodeError:
        return None


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_known_value_is_replaced_in_every_container_and_found_where_it_is_not(spelling: str) -> None:
    kept = []
    for value in VALUES:
        spelled = spell(spelling, value)
        for container in CONTAINERS if spelled else ():
            assert spelled is not None
            media_type, body = fill(container, spelled)
            row = record(make_exchange(body, media_type=f"{media_type}; charset=utf-8"), redactor=REDACTOR)
            assert row.response is not None
            written = json.dumps(as_json(row.as_row(None)), ensure_ascii=False)
            if row.response.body == body or is_found(written):
                kept.append((value, container, row.response.body))
            if not is_found(json.dumps({"body": body}, ensure_ascii=False)):
                kept.append((value, container, "not found"))

    assert kept == []


PLACES: dict[str, Callable[[str], Mapping[str, object]]] = {
    "query": lambda text: {"request": make_request(url=f"https://x.example/a?q={text}&page=2")},
    "path": lambda text: {"request": make_request(url=f"https://x.example/a/{text}/b")},
    "fragment": lambda text: {"request": make_request(url=f"https://x.example/a#{text}")},
    "header of the request": lambda text: {"request": make_request(headers=(("X-Debug", text),))},
    "header of the answer": lambda text: {"headers": (("X-Debug", f"for {text}"),)},
    "link": lambda text: {"headers": (("Location", f"https://x.example/a?b={text}"),)},
    "body of the request": lambda text: {"request": make_request(body=text.encode())},
}


@pytest.mark.parametrize("place", PLACES)
def test_known_value_is_replaced_in_every_place(place: str) -> None:
    kept = []
    for spelling in SPELLINGS:
        for value in VALUES:
            spelled = spell(spelling, value)
            if spelled is None or (place in ("query", "path", "fragment") and set(spelled) & set("#?&\n ")):
                continue
            row = record(make_exchange(b"{}", **PLACES[place](spelled)), redactor=REDACTOR)  # type: ignore[arg-type]
            written = json.dumps(as_json(row.as_row(None)), ensure_ascii=False)
            if is_found(written) or spelled in written:
                kept.append((spelling, value, written))

    assert kept == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_known_value_is_replaced_in_messages_and_values(spelling: str) -> None:
    for value in VALUES:
        spelled = spell(spelling, value)
        if spelled is not None:
            assert spelled not in REDACTOR.text(f"expected {spelled}, got nothing")
            assert spelled not in json.dumps(REDACTOR.value({"a": [spelled], "b": {"c": spelled}}), ensure_ascii=False)


CHARSETS = ("utf-8", "windows-1251", "koi8-r", "iso-8859-5", "cp866", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig")


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1252", "utf-16le", *CHARSETS[1:3]])
@pytest.mark.parametrize("charset", CHARSETS)
def test_known_value_is_replaced_in_every_character_set(charset: str, declared: str | None) -> None:
    for media_type in ("text/plain", "application/json"):
        raw = json.dumps({"note": f"звонил {PERSON['name']}, {SECRETS['pair']}"}, ensure_ascii=False).encode(charset)
        full_type = f"{media_type}; charset={declared or charset}"

        row = record(make_exchange(raw, media_type=full_type), redactor=REDACTOR)

        assert row.response is not None
        assert not is_found(json.dumps(as_json(row.as_row(None)), ensure_ascii=False))
        # Nobody can read it back either, except where it was not text to begin with.
        assert "Константинов" not in row.response.body


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
def test_known_value_in_the_bytes_of_a_header_is_replaced(charset: str) -> None:
    """Headers are read as Latin-1, whatever they are."""
    value = f"for {PERSON['name']}".encode(charset).decode("latin-1")

    row = record(make_exchange(b"{}", headers=(("X-Client", value),)), redactor=REDACTOR)

    assert row.response is not None
    assert row.response.headers[1] == ("X-Client", "for <name>")


@given(
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from(VALUES),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30),
)
@settings(max_examples=150)
def test_whatever_the_redactor_leaves_of_two_spellings_in_one_text_is_found(
    first: str, second: str, value: str, around: str
) -> None:
    spelled = [text for text in (spell(first, value), spell(second, value)) if text is not None]
    text = f"{around} {' '.join(spelled)} {around}"

    redacted = REDACTOR.text(text)

    assert not is_found(redacted)


def test_digits_only_secret_is_replaced_as_a_number() -> None:
    body = {"pin": 1, "note": 4915027733, "list": [4915027733]}

    row = record(make_exchange(body), redactor=REDACTOR)

    assert row.response is not None
    assert "4915027733" not in row.response.body
    assert "4915027733" not in json.dumps(REDACTOR.value(body))
