"""Command lines of curl are read as a POSIX shell and curl read them."""

import base64
import shutil
import subprocess

import pytest

from contracts_runner.maintenance.importing.curl_commands import read_curl
from contracts_runner.maintenance.importing.foreign_requests import ForeignPart, ForeignRequest, mark_open

URL = "https://api.example.com/orders"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")


def read(text: str) -> ForeignRequest:
    (request,) = read_curl(text, "calls.txt").requests
    return request


@pytest.mark.parametrize(
    ("arguments", "method", "url", "headers", "body"),
    [
        (URL, "GET", URL, [], None),
        ("api.example.com/orders", "GET", "http://api.example.com/orders", [], None),
        (f"--url {URL} -I", "HEAD", URL, [], None),
        (f"-XPUT {URL}", "PUT", URL, [], None),
        (f"-sSLk --compressed -o /dev/null -w '%{{http_code}}' -m 5 {URL}", "GET", URL, [], None),
        (f"{URL} -d a=1 -d b=2", "POST", URL, [FORM], b"a=1&b=2"),
        (f"{URL} -da=1", "POST", URL, [FORM], b"a=1"),
        (f"-G {URL}?x=1 -d a=1 --data-urlencode 'b=c d&é'", "GET", f"{URL}?x=1&a=1&b=c%20d%26%C3%A9", [], None),
        (f"{URL} --data-urlencode '=a b' --data-urlencode 'a b'", "POST", URL, [FORM], b"a%20b&a%20b"),
        (f"{URL} --data-raw @x", "POST", URL, [FORM], b"@x"),
        (f"{URL} --json '{{\"a\": 1}}'", "POST", URL, [JSON], b'{"a": 1}'),
        (
            f"-X PATCH {URL} -H 'content-type: application/json' -d '{{}}'",
            "PATCH",
            URL,
            [(JSON[0].lower(), JSON[1])],
            b"{}",
        ),
        (f"{URL} -H 'X-A: 1' -H 'X-B;' -H 'Accept:'", "GET", URL, [("X-A", "1"), ("X-B", "")], None),
        (f"{URL} -d a -H 'Content-Type:'", "POST", URL, [], b"a"),
        (f"{URL} -u me:word", "GET", URL, [("Authorization", "Basic " + base64.b64encode(b"me:word").decode())], None),
        (
            f"{URL} --oauth2-bearer abc -b 'sid=1; x=2'",
            "GET",
            URL,
            [("Authorization", "Bearer abc"), ("Cookie", "sid=1; x=2")],
            None,
        ),
        (f"{URL} -e https://me.example.com", "GET", URL, [("Referer", "https://me.example.com")], None),
    ],
)
def test_what_a_command_line_sends(
    arguments: str, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None
) -> None:
    request = read(f"curl {arguments}")

    assert request.problem == ""
    assert (request.method, request.url, request.body) == (method, url, body)
    assert sorted(request.headers) == sorted(headers)


QUOTING = [
    "'a b'",
    "'it'\\''s'",
    '"a \\"b\\" \\\\ \\n"',
    "$'a\\'b\\n\\t\\x41\\u00e9\\101'",
    "a\\ b",
    "'a'\"b\"c",
    '\'{"a": "$X"}\'',
    "a#b",
    "'a\nb'",
    "ab\\\ncd",
    "'привет \U0001f600'",
    "''",
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell to compare with")
def test_quoting_is_that_of_the_shell() -> None:
    printed = subprocess.run(
        ["bash", "-c", "\n".join(f"printf '%s\\0' {word}" for word in QUOTING)],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )

    words = [(read(f"curl x --data-raw {word}").body or b"") for word in QUOTING]
    assert words == printed.stdout.split(b"\0")[:-1]


def test_several_commands_have_their_lines_and_what_is_no_curl_is_told() -> None:
    text = """#!/bin/sh
set -e
$ curl \\
  https://a.example.com/1 | jq .

TOKEN=1 curl https://a.example.com/2 > out.json; curl https://a.example.com/3 && echo done
"""

    found = read_curl(text, "calls.sh")

    assert [(each.where, each.url[-1]) for each in found.requests] == [
        ("calls.sh:3", "1"),
        ("calls.sh:6", "2"),
        ("calls.sh:6", "3"),
    ]
    assert found.notes == [
        "calls.sh:2: 'set' is no command of curl, and was left out",
        "calls.sh:6: 'echo' is no command of curl, and was left out",
    ]


def test_a_url_that_the_shell_cuts_is_told() -> None:
    assert read_curl(f"curl {URL}?a=1&b=2", "calls.txt").notes == [
        "calls.txt:1: 'b=2' is no command of curl, and was left out; a URL with & needs quotes"
    ]


def test_variables_of_the_shell_stay_open_where_the_shell_would_fill_them() -> None:
    request = read("""curl "$BASE/orders/${ID}?a=1" -H "X-A: $A" -H 'X-B: $B' """)

    assert request.url.endswith(f"{mark_open('BASE')}/orders/{mark_open('ID')}?a=1")
    assert request.headers == (("X-A", mark_open("A")), ("X-B", "$B"))


def test_parts_of_a_form_with_files_that_are_not_at_hand() -> None:
    request = read(
        f"curl {URL} -F a=1 -F 'b={{}};type=application/json' -F 'f=@dir/x.png;type=image/png'"
        " -F t=<y.txt --form-string 's=@z'"
    )

    assert request.parts == (
        ForeignPart(name="a", content=b"1"),
        ForeignPart(name="b", content=b"{}", media_type="application/json"),
        ForeignPart(name="f", path="dir/x.png", filename="x.png", media_type="image/png"),
        ForeignPart(name="t", path="y.txt"),
        ForeignPart(name="s", content=b"@z"),
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("", "it has no URL"),
        (f"{URL} --bogus", "what the option --bogus sends is not known"),
        (f"{URL} -K file", "more of its options are in the file file"),
        (f"{URL} -d 'a", "a quote (') has no end"),
        (f'{URL} -H "X: $(id)"', "it runs another command"),
        (f"{URL} -H X:`id`", "it runs another command"),
        (f"'{URL}/[1-3]'", "curl would send several requests for the braces or brackets of its URL"),
        (f"'{URL}/{{a,b}}'", "curl would send several requests for the braces or brackets of its URL"),
        (f"{URL} -H @headers.txt", "its headers are in a file"),
    ],
)
def test_what_cannot_be_known_is_told(arguments: str, problem: str) -> None:
    assert read(f"curl {arguments}").problem == problem


@pytest.mark.parametrize(
    ("arguments", "method", "path", "body", "lost"),
    [
        ("-d @/etc/passwd", "POST", "/etc/passwd", None, ()),
        ("--data-binary @x -X PATCH", "PATCH", "x", None, ()),
        ("--json @-", "POST", "of the standard input", None, ()),
        ("-T dir/x", "PUT", "dir/x", None, ()),
        ("-d a=1 -d @x", "POST", "", b"a=1", ("a part of its data, which is the file x",)),
        ("-d @x -d @y", "POST", "", None, tuple(f"a part of its data, which is the file {name}" for name in "xy")),
        ("--data-urlencode n@x", "POST", "", None, ("a part of its data, which is the file x",)),
        ("-G -d @x", "GET", "", None, ("a part of its data, which is the file x",)),
    ],
)
def test_a_file_is_named_and_not_read(
    arguments: str, method: str, path: str, body: bytes | None, lost: tuple[str, ...]
) -> None:
    request = read(f"curl {URL} {arguments}")

    assert (request.method, request.body_path, request.body, request.lost) == (method, path, body, lost)


@pytest.mark.parametrize(
    "text", ["'" * 9999, '"' * 9999, "$'" * 9999, "curl " * 9999, "\\", "curl -", "curl --", "curl -d", "\0", "`", "$("]
)
def test_any_text_is_read_or_told(text: str) -> None:
    found = read_curl(text, "calls.txt")

    assert found.requests or found.notes
    assert all(request.url or request.problem for request in found.requests)
