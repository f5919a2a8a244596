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


# What Python has beside them: codings of bytes, programs, charsets of mainframes, rare variants of others.
UNREAD = frozenset(
    [
        "base64_codec",
        "big5hkscs",
        "bz2_codec",
        "cp037",
        "cp1026",
        "cp1125",
        "cp1140",
        "cp273",
        "cp424",
        "cp500",
        "cp775",
        "euc_jis_2004",
        "euc_jisx0213",
        "hex_codec",
        "hp_roman8",
        "hz",
        "idna",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_2004",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "iso2022_kr",
        "johab",
        "kz1048",
        "mac_greek",
        "mac_iceland",
        "mac_latin2",
        "mac_turkish",
        "mbcs",
        "ptcp154",
        "punycode",
        "quopri_codec",
        "rot_13",
        "shift_jis_2004",
        "shift_jisx0213",
        "undefined",
        "unicode_escape",
        "utf_7",
        "uu_codec",
        "zlib_codec",
    ]
)


def test_charsets_that_are_read_are_those_of_texts() -> None:
    names = {*aliases.values(), "idna", "punycode", "undefined", "unicode_escape", "utf_7"}

    assert {name for name in names if find_codec(name) is None} == UNREAD


@pytest.mark.parametrize("charset", ["", "\0", "klingon", "a" * 10_000, "../../x", "\udc80", "base64"], ids=range(7))
def test_a_charset_that_is_no_name_is_unknown(charset: str) -> None:
    assert find_codec(charset) is None


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UTF8", "utf-8"), ("Windows-1251", "cp1251"), ("latin1", "iso8859-1"), ("sjis", "shift_jis")],
)
def test_a_charset_has_several_names(charset: str, codec: str) -> None:
    assert find_codec(charset) == codec
