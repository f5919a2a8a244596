"""Bodies go out in the media type that the document declares, its charset and the `encoding` of forms."""

import base64
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.request_body import encode_body
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.spec import Encoding, Style
from contracts_runner.project.files import NO_FILES, ProjectFiles

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PNG = b"\x89PNG\r\n\x1a\n"
ENCODED = base64.b64encode(PNG).decode()


def styled(style: Style, *, explode: bool = False, is_reserved_allowed: bool = False) -> Encoding:
    return Encoding(style=style, explode=explode, is_reserved_allowed=is_reserved_allowed)


@pytest.mark.parametrize(
    ("media_type", "body", "content"),
    [
        ("application/json", {"a": "ж", "n": None}, '{"a":"ж","n":null}'.encode()),
        ("text/json", [1], b"[1]"),
        ("application/json", "\ud800", b'"\\ud800"'),
        ("application/json; charset=iso-8859-1", "éж", b'"\\u00e9\\u0436"'),
        ("application/json; charset=windows-1251", "ж", b'"\xe6"'),
        ("text/plain", "ж", "ж".encode()),
        ("text/plain; charset=iso-8859-1", "café", b"caf\xe9"),
        ('text/plain;charset="koi8-r"', "ж", b"\xd6"),
        ("application/soap+xml; charset=utf-16", "<a/>", "<a/>".encode("utf-16")),
        (FORM, {"a": 1, "b": True, "c": None, "d": 2.5, "e": ""}, b"a=1&b=true&d=2.5&e="),
        (FORM, {"a": ["x", None, "y"], "b": [], "Ü ü": "x&y=z"}, b"a=x&a=y&%C3%9C+%C3%BC=x%26y%3Dz"),
        (FORM, {"a": {"b": [1, None]}, "c": [{"d": 1}]}, b"a=%7B%22b%22%3A%5B1%2Cnull%5D%7D&c=%7B%22d%22%3A1%7D"),
        (f"{FORM}; charset=windows-1251", {"ж": "ж"}, b"%E6=%E6"),
    ],
)
def test_a_body_is_written_in_its_media_type(media_type: str, body: Any, content: bytes) -> None:
    encoded = encode_body(body, media_type, {})

    assert (encoded.media_type, encoded.content) == (media_type, content)


@pytest.mark.parametrize(
    ("encoding", "value", "content"),
    [
        (styled(Style.FORM, explode=True), {"a": 1, "b": 2}, b"a=1&b=2"),
        (styled(Style.FORM), [1, 2], b"p=1,2"),
        (styled(Style.FORM), {"a": 1}, b"p=a,1"),
        (styled(Style.SPACE_DELIMITED), [1, 2], b"p=1+2"),
        (styled(Style.PIPE_DELIMITED), [1, 2], b"p=1%7C2"),
        (styled(Style.DEEP_OBJECT, explode=True), {"a": {"b": "Осло"}}, b"p%5Ba%5D%5Bb%5D=%D0%9E%D1%81%D0%BB%D0%BE"),
        (styled(Style.FORM, is_reserved_allowed=True), "a/b?c&d+%2F", b"p=a/b?c%26d%2B%2F"),
        (styled(Style.FORM, is_reserved_allowed=True), ["a/b,c", "d"], b"p=a/b%2Cc,d"),
        (Encoding(media_type="application/json"), "x", b"p=%22x%22"),
        (Encoding(media_type="application/json"), {"a": 1}, b"p=%7B%22a%22%3A1%7D"),
    ],
)
def test_a_field_of_a_form_follows_its_encoding(encoding: Encoding, value: Any, content: bytes) -> None:
    assert encode_body({"p": value}, FORM, {"p": encoding}).content == content


def read_parts(
    body: Any, *, files: ProjectFiles = NO_FILES, **encodings: Encoding
) -> list[tuple[str, str, bytes, dict[str, str]]]:
    """Return (name, media type, content, other headers) of each part, as the parser of the standard library sees it."""
    encoded = encode_body(body, MULTIPART, encodings, files)
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {encoded.media_type}\r\n\r\n".encode() + encoded.content
    )
    parts = []
    for part in message.iter_parts():  # type: ignore[attr-defined]
        content = part.get_payload(decode=True)
        rest = {name: value for name, value in part.items() if not name.startswith("Content-")}
        if part.get_filename():
            rest["filename"] = part.get_filename()
        parts.append((part.get_param("name", header="content-disposition"), part.get_content_type(), content, rest))
    return parts


def test_multipart_has_a_part_for_each_value() -> None:
    body = {"title": "Фото", "n": 5, "none": None, "tags": ["a", "b"], "meta": {"a": True}}

    assert read_parts(body) == [
        ("title", "text/plain", "Фото".encode(), {}),
        ("n", "text/plain", b"5", {}),
        ("tags", "text/plain", b"a", {}),
        ("tags", "text/plain", b"b", {}),
        ("meta", "application/json", b'{"a":true}', {}),
    ]


def test_a_part_follows_its_encoding() -> None:
    body = {"meta": {"a": 1}, "text": "é", "deep": {"x": 1}}
    meta = Encoding(media_type="image/*, application/vnd.acme+json", headers={"X-Kind": "meta"})
    text = Encoding(media_type="text/plain; charset=iso-8859-1")

    parts = read_parts(body, meta=meta, text=text, deep=styled(Style.DEEP_OBJECT, explode=True))

    assert parts == [
        ("meta", "application/vnd.acme+json", b'{"a":1}', {"X-Kind": "meta"}),
        ("text", "text/plain", b"\xe9", {}),
        ("deep[x]", "text/plain", b"1", {}),
    ]


def test_parts_of_bytes_have_their_names_and_types(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Фото.png").write_bytes(PNG)
    body = {
        "plain": {"file": "data/Фото.png"},
        "named": {"file": "data/Фото.png", "filename": 'a"b.png', "media_type": "image/png"},
        "list": [{"base64": "AP8=", "filename": "a"}, {"base64": ""}, "text"],
        "typed": {"base64": "AP8="},
        "styled": {"base64": "AP8="},
    }
    typed = Encoding(media_type="image/*, image/webp", headers={"X-Kind": "meta"})

    parts = read_parts(body, files=ProjectFiles(tmp_path), typed=typed, styled=styled(Style.FORM))

    assert parts == [
        ("plain", "application/octet-stream", PNG, {"filename": "Фото.png"}),
        ("named", "image/png", PNG, {"filename": "a%22b.png"}),
        ("list", "application/octet-stream", b"\x00\xff", {"filename": "a"}),
        ("list", "application/octet-stream", b"", {}),
        ("list", "text/plain", b"text", {}),
        ("typed", "image/webp", b"\x00\xff", {"X-Kind": "meta"}),
        ("styled", "application/octet-stream", b"\x00\xff", {}),
    ]


@pytest.mark.parametrize(
    "body", [{"file": "a.png"}, {"file": "./a.png"}, {"base64": ENCODED}, {"base64": f"\n{ENCODED}\n"}]
)
@pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", "application/vnd.acme"])
def test_bytes_go_out_as_they_are(tmp_path: Path, media_type: str, body: Any) -> None:
    (tmp_path / "a.png").write_bytes(PNG)

    encoded = encode_body(body, media_type, {}, ProjectFiles(tmp_path))

    assert (encoded.media_type, encoded.content) == (media_type, PNG)


@pytest.mark.parametrize(
    ("media_type", "encoding", "content"),
    [
        ("application/xml", "windows-1251", b"\xe6"),
        ("text/xml; charset=utf-8", "windows-1251", "ж".encode()),
        ("application/soap+xml", "UTF-8", "ж".encode()),
        ("text/plain", "windows-1251", "ж".encode()),
    ],
)
def test_xml_is_in_the_charset_of_its_media_type_else_in_that_which_it_declares(
    media_type: str, encoding: str, content: bytes
) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a>ж</a>'

    assert b"<a>" + content + b"</a>" in encode_body(text, media_type, {}).content


def test_the_boundary_follows_from_the_parts_and_is_not_in_them() -> None:
    first = encode_body({"a": "1"}, MULTIPART, {})
    boundary = first.media_type.partition("boundary=")[2]

    assert encode_body({"a": "1"}, MULTIPART, {}) == first
    other = encode_body({"a": boundary}, MULTIPART, {})
    assert other.media_type.partition("boundary=")[2] not in other.content.decode().split('"a"')[1].split("\r\n")[2]


@pytest.mark.parametrize(
    ("media_type", "body", "says", "is_of_document"),
    [
        ("application/json", float("inf"), "JSON has no number", False),
        ("text/plain; charset=iso-8859-1", "ж", "cannot hold the text", False),
        ("text/plain", "\ud800", "cannot hold the text", False),
        ("text/plain; charset=klingon", "a", "the charset 'klingon' is unknown", True),
        ("text/plain; charset=base64", "a", "unknown", True),
        ("text/plain", {"a": 1}, "is a text$", False),
        ("text/csv", {"file": "a.csv"}, "is a text; `body_file` takes it from a file", False),
        (FORM, "a=1", "a mapping of fields", False),
        (f"{FORM}; charset=iso-8859-1", {"a": "ж"}, "the field 'a': the charset iso-8859-1 cannot hold", False),
        (MULTIPART, "--XX", "a mapping of fields", False),
        ("multipart/mixed", {"a": 1}, "cannot be sent", True),
        (MULTIPART, {"a": {"file": "x.png"}}, "the field 'a': the file 'x.png' is outside of the project", False),
        (MULTIPART, {"a": {"file": 5}}, "the field 'a': `file` is a text", False),
        (MULTIPART, {"a": [{"base64": "?"}]}, "the field 'a': `base64` is not base64", False),
        (MULTIPART, {"a": {"base64": "eA==", "file": "x"}}, "the field 'a': .* are two contents", False),
        (MULTIPART, {"a": {"base64": "eA==", "media_type": "png"}}, "'png' is not a media type", False),
        (MULTIPART, {"a": {"base64": "eA==", "filename": 5}}, "`filename` and `media_type` are texts", False),
        ("image/png", "\x89PNG", "is bytes: write {file: path} or {base64: …}", False),
        ("image/png", {"base64": "eA==", "filename": "x"}, "is bytes: write", False),
    ],
)
def test_what_cannot_be_sent_as_it_is_written_is_an_error(
    media_type: str, body: Any, says: str, is_of_document: bool
) -> None:
    with pytest.raises(UnsendableError, match=says.replace("{", r"\{")) as raised:
        encode_body(body, media_type, {})

    assert raised.value.is_of_document is is_of_document


@pytest.mark.parametrize(
    ("encoding", "value", "says", "is_of_document"),
    [
        (styled(Style.PIPE_DELIMITED, explode=True), [1], "with explode", True),
        (styled(Style.DEEP_OBJECT), [1], "a list in the style deepObject", False),
        (Encoding(media_type="application/xml"), {"a": 1}, "an object cannot be sent as application/xml", False),
    ],
)
def test_an_encoding_that_does_not_fit_is_an_error_that_names_the_field(
    encoding: Encoding, value: Any, says: str, is_of_document: bool
) -> None:
    for media_type in (FORM, MULTIPART):
        with pytest.raises(UnsendableError, match=f"the field 'p': .*{says}") as raised:
            encode_body({"p": value}, media_type, {"p": encoding})
        assert (raised.value.is_of_document, raised.value.field) == (is_of_document, "p")


def test_a_header_of_a_part_without_a_value_is_a_fault_of_the_document() -> None:
    with pytest.raises(UnsendableError, match="gives no value for it") as raised:
        encode_body({"p": 1}, MULTIPART, {"p": Encoding(headers={"X-Id": None})})

    assert raised.value.is_of_document
