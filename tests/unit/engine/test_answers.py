"""What an author expects of the content of an answer that is not JSON, or that is more than its data."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.exchange import Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from helpers.answers import make_response
from helpers.engine import Ran
from helpers.told_steps import find_problems, load_answers, run_step

MULTIPART = (
    b"a preamble\r\n--x\r\nContent-Type: application/json\r\n\r\n"
    b'{"a": 1}\r\n--x  \r\nContent-Disposition: form-data; name="n"; filename="f.txt"\r\nX-A: 1\r\nx-a: 2\r\n\r\n'
    b"hello\r\n\r\n--x\r\n\r\n\r\n--x--\r\nan epilogue"
)
NESTED = b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nin\r\n--y--\r\n--x--"
EVENTS = b"\xef\xbb\xbf: a comment\nevent: tick\nid: 7\ndata: a\ndata: b\n\nevent: none\n\ndata:x\r\n\r\ndata: cut"
ORDER = b'<order state="paid"><id>5</id><line>a</line><line>b<!-- c --><b>d</b></line></order>'
FEED = b'<p:r xmlns:p="urn:x" xmlns="urn:y"><p:v>1</p:v><w>2</w></p:r>'


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_answers(tmp_path_factory.mktemp("answers"))


def judge(ran: Ran) -> tuple[Outcome, list[tuple[str, str]]]:
    return ran.outcome, ran.find_checks("failed") + ran.find_checks("errored")


def answer(media_type: str | None, body: bytes, **headers: str) -> Response:
    return make_response(body, media_type=media_type, headers=headers)


READ = [
    # media type, body, keys of `expect` that hold, some that do not, each with its check
    ("multipart/mixed; boundary=x", MULTIPART, 'body: {"$[0].body.a": 1, "$[0].name": null, "$[2].body": ""}', ""),
    ("multipart/mixed; boundary=x", MULTIPART, 'body: {"$[1].name": n, "$[1].filename": f.txt}', ""),
    ("multipart/mixed; boundary=x", MULTIPART, 'body: {"$[1].headers[\'X-A\']": "1, 2"}', ""),
    ("multipart/mixed; boundary=x", MULTIPART, 'body: {"$[1].body": "hello\\r\\n"}', ""),
    ("multipart/mixed; boundary=x", MULTIPART, 'relations: [{count: {this: "$", is: 3}}]', ""),
    ('Multipart/Related; Boundary="x"', MULTIPART, 'body: {"$[0].body.a": 1}', ""),
    ("multipart/mixed; boundary=x", NESTED, 'body: {"$[0].body[0].body": in}', ""),
    ("multipart/mixed; boundary=x", MULTIPART, 'body: {"$[0].body.a": 2}', "body"),
    ("multipart/mixed; boundary=y", MULTIPART, 'body: {"$[0].body.a": 1}', "body"),
    ("multipart/mixed", MULTIPART, 'body: {"$[0].body.a": 1}', "body"),
    ("text/event-stream", EVENTS, 'body: {"$[0]": {const: {event: tick, data: "a\\nb", id: "7"}}}', ""),
    ("text/event-stream", EVENTS, 'body: {"$[1]": {const: {event: null, data: x, id: null}}}', ""),
    ("text/event-stream", EVENTS, "events: 2", ""),
    ("text/event-stream", EVENTS, "events: 3", "body"),
    ("text/plain", EVENTS, "events: 1", "body"),
    ("text/plain", b"", "events: 1", "body"),
    ("application/json", b"[1]", "events: 1", "body"),
    ("text/html; charset=utf-8", b'{"ok": true}', "read_as: application/json, body: {$.ok: true}", ""),
    ("text/html; charset=cp1251", "имя\r\nК\r\n".encode("cp1251"), 'read_as: text/csv, body: {"$[0].имя": К}', ""),
    ("text/plain; boundary=x", MULTIPART, 'read_as: multipart/mixed, body: {"$[0].body.a": 1}', ""),
    (None, b"<html>", "read_as: application/json", "body"),
    ("text/html", b"", "read_as: application/json", "body"),
    ("application/json", b'{"a": 1}\n{"a": 2}', 'read_as: application/x-ndjson, body: {"$[1].a": 2}', ""),
    ("text/csv", b"\xef\xbb\xbfid,name\n1,a\n", 'body: {"$[0].id": "1"}', ""),
    ("text/csv", b"id,name\n1,a\n", 'text: {pattern: "^id,name"}', ""),
    ("text/csv", b"id,name\n1,a\n", 'text: {pattern: "^name"}', "text"),
    ("text/csv", b"id,name\n1,a\n", 'text: "id,name\\n1,a\\n"', ""),
    ("text/csv", b"id,name\n1,a\n", 'text: "id,name"', "text"),
    ("text/plain; charset=windows-1251", "да".encode("cp1251"), "text: да", ""),
    ("application/json", b"{}", 'text: "{}"', ""),
    (None, b"", 'text: ""', ""),
    ("text/plain", b"\xff", "text: {minLength: 1}", "text"),
    ("application/xml", ORDER, 'xml: {"/order/id": "5", "count(//line)": {minimum: 2}, "/order/@state": paid}', ""),
    ("application/xml", ORDER, 'xml: {/order/id: 5, "/order/id > 4": true, "sum(/order/id)": 5}', ""),
    ("application/xml", ORDER, 'xml: {//line: a, "//line[2]": bd, "string(//nope)": ""}', ""),
    ("application/xml", ORDER, 'xml: {//line: [a, bd], "//line/text()": {type: array, minItems: 2}}', ""),
    ("application/xml", ORDER, "xml: {/order/nope: null, //nope: [], //none: {type: array, maxItems: 0}}", ""),
    ("application/xml", ORDER, "xml: {/order/id: null}", "xml"),
    ("application/xml", ORDER, "xml: {//line: []}", "xml"),
    ("text/plain", b"no", "xml: {/order/id: null}", "xml"),
    ("application/xml", ORDER, 'xml: {/order/id: "6"}', "xml"),
    ("application/xml", ORDER, "xml: {/order/nope: {type: string}}", "xml"),
    ("application/xml", ORDER, 'xml: {"number(/order/nope)": {type: number}}', "xml"),
    ("application/xml", ORDER, 'xml: {"count(//line)": {maximum: 1}}', "xml"),
    ("application/xml", FEED, 'namespaces: {a: "urn:x", b: "urn:y"}, xml: {"/a:r/b:w": 2, "count(/r)": 0}', ""),
    ("application/xml", FEED, 'xml: {"/r/v": "1"}', "xml"),
    ("application/xml; charset=koi8-r", "<r>да</r>".encode("koi8-r"), "xml: {/r: да}", ""),
    ("text/xml", '<?xml version="1.0" encoding="windows-1251"?><r>да</r>'.encode("cp1251"), "xml: {/r: да}", ""),
    ("text/xml; charset=utf-8", "<r>да</r>".encode("utf-16"), "xml: {/r: да}", ""),
    ("application/xml", b"<r>1", "xml: {/r: 1}", "xml"),
    ("application/xml", b"", "xml: {/r: 1}", "xml"),
    ("text/html", b"<p>a<br>b</p>", "xml: {/p: a}", "xml"),
    ("application/pdf", b"\x01\x02", f"sha256: {hashlib.sha256(bytes([1, 2])).hexdigest().upper()}", ""),
    ("application/pdf", b"\x01\x02", f"sha256: {hashlib.sha256(bytes([1, 3])).hexdigest()}", "sha256"),
    ("application/pdf", b"\x01\x02", "bytes: 2", ""),
    ("application/pdf", b"\x01\x02", "bytes: {maximum: 1}", "bytes"),
    (None, b"", "bytes: 0", ""),
]


@pytest.mark.parametrize(("media_type", "body", "keys", "failing"), READ)
def test_content_is_looked_at_as_what_it_is(
    spec: Spec, media_type: str | None, body: bytes, keys: str, failing: str
) -> None:
    outcome, rows = judge(run_step(spec, f"expect: {{{keys}, schema: false}}", answer(media_type, body)))

    assert [check for check, _ in rows] == ([failing] if failing else [])
    assert outcome is (Outcome.FAILED if failing else Outcome.PASSED)


@pytest.mark.parametrize("word", ["${n}", "${s}"])
def test_what_is_expected_of_content_may_come_from_values(spec: Spec, word: str) -> None:
    keys = {"${n}": "bytes: '${n}', xml: {/r: '${n}'}", "${s}": "sha256: '${s}', text: '${t}'"}[word]
    variables = {"n": 8, "s": hashlib.sha256(b"<r>8</r>").hexdigest(), "t": "<r>8</r>"}

    ran = run_step(spec, f"expect: {{{keys}}}", answer("text/xml", b"<r>8</r>"), variables=variables)

    assert judge(ran) == (Outcome.PASSED, [])


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
HOSTILE = [
    (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>', "has entities of its own"),
    (b'<!DOCTYPE r [<!ENTITY x "y">]><r a="&x;"/>', "has entities of its own"),
    (b'<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><r>&nbsp;</r>', "has entities"),
    (b'<!DOCTYPE r [<!ENTITY l0 "l">' + LAUGHS + b']><r a="&l11;">&l11;</r>', "is not read"),
    (b"<r>" + b"<a>" * 300 + b"</a>" * 300 + b"</r>", "Excessive depth"),
    (b"<r>" + b"<a/>" * 3000 + b"</r>", "2,000 nodes are the most"),
]


@pytest.mark.parametrize(("body", "why"), HOSTILE)
def test_hostile_xml_is_not_read(spec: Spec, body: bytes, why: str) -> None:
    ran = run_step(spec, 'expect: {xml: {"count(//a/following::a)": {minimum: 0}}}', answer("text/xml", body))

    outcome, [(check, message)] = judge(ran)
    assert (outcome, check) == (Outcome.ERRORED, "xml")
    assert why in message


def test_xml_with_a_harmless_type_is_read(spec: Spec) -> None:
    body = b'<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><r>&amp;&#65;</r>'

    assert judge(run_step(spec, "expect: {xml: {/r: '&A'}}", answer("text/xml", body))) == (Outcome.PASSED, [])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"--x\r\nno colon\r\n\r\n\r\n--x--", "part 1 of the body has a header without a colon"),
        (b"--x\r\nA: 1", "the body ends before the last boundary"),
        (b"--x\r\nA: 1\r\n--x--", "part 1 of the body has no empty line behind its headers"),
        (b"nothing", "the body has no boundary"),
        (b"--x\r\nContent-Type: text/plain; charset=nope\r\n\r\n\r\n--x--", "the charset 'nope' is not one of those"),
        (b"--x\r\nContent-Type: application/json\r\n\r\n{\r\n--x--", "the body is not JSON: "),
        (b"--x\r\nA: " + b"1" * 20_000 + b"\r\n\r\n\r\n--x--", "the headers of part 1 are longer than 16,384 bytes"),
        (b"--x\r\n\r\n\r\n" * 10_001 + b"--x--", "the body has more than 10,000 parts"),
    ],
)
def test_what_is_no_multipart_says_why(spec: Spec, body: bytes, why: str) -> None:
    ran = run_step(spec, "expect: {body: {$: []}, schema: false}", answer("multipart/mixed; boundary=x", body))

    outcome, [(check, message)] = judge(ran)
    assert (outcome, check) == (Outcome.FAILED, "body")
    assert why in message


def test_very_many_events_are_not_read(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts_runner.engine.body_data._MOST_EVENTS", 2)

    ran = run_step(spec, "expect: {body: {$: []}, schema: false}", answer("text/event-stream", EVENTS + b"\n\n"))

    assert judge(ran)[1] == [("body", "$: the body has 2 events or more, which are not read")]


def test_multipart_in_multipart_has_a_bound(spec: Spec) -> None:
    body = b"end"
    for level in range(6):
        head = b"Content-Type: multipart/mixed; boundary=b%d" % (level - 1)
        body = b"--b%d\r\n%s\r\n\r\n%s\r\n--b%d--" % (level, head, body, level)

    ran = run_step(spec, "expect: {body: {$: []}, schema: false}", answer("multipart/mixed; boundary=b5", body))

    assert "multipart in multipart, more than 5 deep" in judge(ran)[1][0][1]


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="a b"; filename="c;d.txt"', "a b", "c;d.txt"),
        ("form-data; name=a", "a", None),
        ("attachment; filename*=UTF-8''%D0%B4%D0%B0.txt; filename=fallback", None, "да.txt"),
        ("attachment; filename*=nope''a", None, None),
        ('form-data; name="да"', "да", None),
    ],
)
def test_a_part_says_its_name(spec: Spec, disposition: str, name: str | None, filename: str | None) -> None:
    body = f"--x\r\nContent-Disposition: {disposition}\r\n\r\n\r\n--x--".encode()
    keys = 'expect: {body: {"$[0].name": "${name}", "$[0].filename": "${file}"}}'
    variables: dict[str, Any] = {"name": name, "file": filename}

    ran = run_step(spec, keys, answer("multipart/form-data; boundary=x", body), variables=variables)

    assert judge(ran) == (Outcome.PASSED, [])


ITEM = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
EVENT = {"type": "object", "required": ["data"], "properties": {"id": {"type": "string"}, "data": {"maxLength": 1}}}


def part(body: str, name: str = "", media_type: str = "application/json") -> str:
    head = f'Content-Disposition: form-data; name="{name}"\r\n' if name else ""
    return f"--x\r\n{head}Content-Type: {media_type}\r\n\r\n{body}\r\n"


SCHEMAS: list[tuple[str, Any, str, str]] = [
    ("multipart/mixed", {"type": "array", "items": ITEM}, part('{"a": 1}') + part('{"a": 2}'), "passed"),
    ("multipart/mixed", {"type": "array", "items": ITEM}, part('{"a": 1}') + part('{"a": "b"}'), "failed"),
    ("multipart/form-data", {"properties": {"n": ITEM}}, part('{"a": 1}', "n"), "passed"),
    ("multipart/form-data", {"properties": {"n": ITEM}}, part("{}", "n"), "failed"),
    ("multipart/form-data", {"properties": {"n": {"type": "integer"}}}, part("5", "n", "text/plain"), "passed"),
    ("multipart/form-data", {"properties": {"n": {"type": "integer"}}}, part("x", "n", "text/plain"), "failed"),
    ("multipart/form-data", {"properties": {"n": {"type": "array"}}}, part("5", "n", "text/plain"), "passed"),
    ("multipart/form-data", {"properties": {"n": {"type": "array"}}}, part("5", "n") + part("6", "n"), "passed"),
    ("multipart/mixed", {"type": "object", "required": ["n"]}, part("5"), "skipped"),
    ("text/event-stream", {"type": "array", "items": EVENT}, "data: 1\n\nid: 2\ndata: 3\n\n", "passed"),
    ("text/event-stream", EVENT, "data: 1\n\nid: 2\ndata: 3\n\n", "passed"),
    ("text/event-stream", EVENT, "data: 1\n\ndata: 33\n\n", "failed"),
    ("text/event-stream", {"type": "string", "pattern": "^data"}, "data: 1\n\n", "passed"),
    ("application/x-www-form-urlencoded", {"properties": {"n": {"type": "array"}}}, "n=1", "passed"),
    ("application/x-www-form-urlencoded", {"properties": {"n": {"type": "array", "items": ITEM}}}, "n=1", "failed"),
]


@pytest.mark.parametrize(("media_type", "schema", "body", "outcome"), SCHEMAS)
def test_the_schema_of_the_spec_is_applied_to_each_kind(
    tmp_path: Path, media_type: str, schema: Any, body: str, outcome: str
) -> None:
    spec = load_answers(tmp_path, {media_type: schema})
    came = f"{media_type}; boundary=x" if media_type.startswith("multipart/") else media_type
    end = "--x--" if media_type.startswith("multipart/") else ""

    ran = run_step(spec, "expect: {status: 200}", answer(came, (body + end).encode()))

    assert [check for check, _ in ran.find_checks(outcome) if check == "body_schema"] == ["body_schema"]


@pytest.mark.parametrize(
    ("content", "body", "failing"),
    [
        ({"text/html": ITEM}, b'{"a": 1}', []),
        ({"text/html": ITEM}, b'{"a": "b"}', ["body_schema"]),
        ({"text/html": {"type": "string", "maxLength": 8}}, b'{"a": 1}', []),
        ({"application/json": ITEM}, b'{"a": 1}', ["media_type_declared"]),
        ({"application/json": ITEM}, b'{"a": "b"}', ["media_type_declared", "body_schema"]),
        ({"text/html": ITEM}, b"{", ["body"]),
    ],
)
def test_the_schema_is_applied_to_what_the_body_is_read_as(
    tmp_path: Path, content: Any, body: bytes, failing: list[str]
) -> None:
    spec = load_answers(tmp_path, content)

    ran = run_step(spec, "expect: {read_as: application/json}", answer("text/html", body))

    assert [check for check, _ in judge(ran)[1]] == failing


MISTAKES = [
    ("text: [a]", "the whole text is compared with a text, or a JSON Schema"),
    ("text: {patern: a}", "'patern' is not a keyword of JSON Schema; Did you mean 'pattern'?"),
    ("text: {minimum: 1, type: string}", "'minimum' is about numbers, not strings: it can fail on nothing"),
    ("bytes: -1.5", "the number of bytes is compared with a whole number, or a JSON Schema"),
    ("bytes: {title: a}", "this schema can fail on nothing; to compare with a whole object write {const: {…}}"),
    ("xml: {'/a[': 1}", "'/a[' is not an XPath: Invalid expression"),
    ('xml: {"": 1}', "'' is not an XPath: Invalid expression"),
    ('xml: {"cuont(//a)": 1}', "'cuont(//a)' calls cuont(), no function of XPath 1.0; Did you mean 'count'?"),
    ('xml: {"count()": 1}', "'count()' is not an XPath: Invalid number of arguments"),
    ("xml: {/a:b: 1}", "'/a:b' has the prefix 'a', which `namespaces` does not name; write `namespaces: {"),
    ("namespaces: {atom: u}, xml: {/aton:b: 1}", "`namespaces` does not name; Did you mean 'atom'?"),
    ('xml: {"/a[@b=$c]": 1}', "'/a[@b=$c]' names $c: there are no variables"),
    ('xml: {"/a/${b}": 1}', "'/a/${b}' is not an XPath: expressions are not replaced inside of a path"),
    ("xml: {/a: {patern: a}}", "'patern' is not a keyword of JSON Schema; Did you mean 'pattern'?"),
    ("xml: [a]", "'xml' must be a mapping, not a list"),
    ("namespaces: {1a: u}, xml: {/a: 1}", "'1a' cannot be the name of a prefix; use letters, digits and _"),
    ("sha256: abc", "'abc' is not a SHA-256; write its 64 hexadecimal digits"),
    ("sha256: '${a'", "'${a' is not closed; write ${a}, or $${ for a plain ${"),
    ("read_as: json", "'json' is not a media type; write one such as application/json"),
    ("read_as: text/html", "a body cannot be read as text/html; write a type of data, such as application/json"),
    ("events: 0", "'events' must be at least 1, not 0"),
    ("events: all", "'events' must be a whole number, not text"),
    ("headers: {'X A': 1}", "'X A' is not the name of a header; names have letters, digits and -"),
    ("txt: a", "an expectation has no key 'txt'; Did you mean 'text'?"),
]


@pytest.mark.parametrize(("keys", "told"), MISTAKES)
def test_a_mistake_in_what_is_expected_of_content_is_told(keys: str, told: str) -> None:
    [problem] = find_problems(f"expect: {{{keys}}}")

    assert told in problem


@pytest.mark.parametrize("keys", ["text: done", "xml: {/state: done}", "read_as: text/csv, body: {'$[0].state': done}"])
def test_a_step_is_sent_again_until_its_content_is_as_expected(spec: Spec, keys: str) -> None:
    kinds = {"text": "{}", "xml:": "<state>{}</state>", "read": "state\n{}\n"}
    words = iter(["new", "busy", "done"])

    def handle(_: Any) -> Response:
        return answer("text/plain", kinds[keys[:4]].format(next(words)).encode())

    ran = run_step(spec, f"expect: {{{keys}}}, retry: {{until: expect, every: 1s, for: 5s}}", handle)

    assert (ran.outcome, len(ran.sent)) == (Outcome.PASSED, 3)
