"""Which responses have no content, which texts headers and URLs hold, and what a Content-Type says."""

from encodings.aliases import aliases

import pytest

from contracts_runner.model.http import (
    ends_with_head,
    escape_url,
    find_charset,
    find_codec,
    find_field_fault,
    is_without_content,
)


@pytest.mark.parametrize(
    ("method", "status", "ends", "without"),
    [
        ("GET", 200, False, False),
        ("GET", 404, False, False),
        ("HEAD", 200, True, True),
        ("GET", 103, True, True),
        ("DELETE", 204, True, True),
        ("POST", 205, False, True),
        ("GET", 304, True, True),
    ],
)
def test_a_205_has_no_content_but_a_length_like_any_other(method: str, status: int, ends: bool, without: bool) -> None:
    assert (ends_with_head(method, status), is_without_content(method, status)) == (ends, without)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", None),
        ("a\tb c", None),
        ("Казань \x80", None),
        ("a\nb", "a line break or another control character"),
        ("a\x00", "a line break or another control character"),
        ("a\x7f", "a line break or another control character"),
        ("a ", "a blank at its beginning or end"),
        ("\ta", "a blank at its beginning or end"),
    ],
)
def test_what_a_header_cannot_hold(value: str, fault: str | None) -> None:
    assert find_field_fault(value) == fault


@pytest.mark.parametrize(
    ("url", "escaped"),
    [
        ("http://a.example:8/b?c=d", "http://a.example:8/b?c=d"),
        ("http://a.example", "http://a.example"),
        ("http://a.example/ж x?y[z]={1}|2#part", "http://a.example/%D0%B6%20x?y%5Bz%5D=%7B1%7D%7C2"),
        ("http://a.example/%2f%zz?100%", "http://a.example/%2F%25zz?100%25"),
        ("http://a.example/:@!$&'()*+,;=-._~?/?", "http://a.example/:@!$&'()*+,;=-._~?/?"),
    ],
)
def test_a_url_is_what_a_connection_makes_of_it(url: str, escaped: str) -> None:
    assert escape_url(url) == escaped
    assert escape_url(escaped) == escaped


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain", None),
        ("text/plain; charset=utf-8", "utf-8"),
        ('text/plain;q=1; Charset="ISO-8859-1"; x=y', "iso-8859-1"),
    ],
)
def test_the_charset_of_a_media_type(content_type: str, charset: str | None) -> None:
    assert find_charset(content_type) == charset


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "undefined", "utf_7", "hz", "cp037", "rot_13"])
def test_a_coding_of_python_is_no_charset(name: str) -> None:
    assert find_codec(name) is None


def test_charsets_that_are_read_are_of_texts() -> None:
    read = {name for name in aliases.values() if find_codec(name)}

    assert {"ascii", "big5", "cp1251", "euc_kr", "gbk", "koi8_r", "latin_1", "shift_jis", "utf_8", "utf_16"} <= read
    assert {b"AZaz09 <>".decode(name) for name in read if not name.startswith("utf_")} == {"AZaz09 <>"}


@pytest.mark.parametrize("charset", ["", "\0", "klingon", "a" * 10_000, "../../x", "\udc80", "base64"], ids=range(7))
def test_a_charset_that_is_no_name_is_unknown(charset: str) -> None:
    assert find_codec(charset) is None


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UTF8", "utf-8"), ("Windows-1251", "cp1251"), ("latin1", "iso8859-1"), ("sjis", "shift_jis")],
)
def test_a_charset_has_several_names(charset: str, codec: str) -> None:
    assert find_codec(charset) == codec
