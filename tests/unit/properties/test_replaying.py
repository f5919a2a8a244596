"""What is sent again of a recorded finding, letter by letter, and what the answers prove."""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.authorization import AuthorizationError
from contracts_runner.engine.effects import build_effects
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.environment import Limits, RedactionMode, WritePolicy
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.recorded_finding import RecordedStep
from contracts_runner.properties.replaying import Replayer, find_target
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from helpers.operations import make_operation
from helpers.recorded_findings import make_finding, make_step
from helpers.servers import serve_wsgi
from helpers.specs import load_document, make_document

ANSWER = {"200": {"description": "An answer"}}
PATHS = {
    "/things": {
        "get": {"operationId": "listThings", "responses": ANSWER},
        "post": {"operationId": "addThing", "responses": ANSWER},
    },
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "getThing", "responses": ANSWER},
        "delete": {"operationId": "deleteThing", "responses": ANSWER},
    },
    "/things/{id}/cancel": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "cancelThing", "x-effect": "write", "responses": ANSWER},
    },
}
SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api_key"},
    "sid": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "hoba": {"type": "http", "scheme": "hoba"},
}
BINARY = "<3 bytes of application/octet-stream, sha256 " + "0" * 64 + ">"


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    components = {"securitySchemes": SCHEMES}
    return load_document(tmp_path, make_document(paths=PATHS, components=components))


@dataclass
class Service:
    """Answers the requests with statuses and bodies in their order; keeps (method, URL, Content-Type, body)."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [(200, {})])
    seen: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        url = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.seen.append((environ["REQUEST_METHOD"], url, environ.get("CONTENT_TYPE", ""), body))
        status, answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
        start_response(f"{status} X", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


@contextlib.contextmanager
def open_replayer(
    spec: Spec, service: Service, *, writes: WritePolicy = WritePolicy.ALLOW, **credentials: str
) -> Iterator[Replayer]:
    with serve_wsgi(service) as base_url:
        transport = HttpTransport(
            TransportSettings(limits=Limits()),
            guard=WriteGuard(base_url=base_url, writes=writes, effects=build_effects([spec], base_url)),
            limiter=RateLimiter(None),
            on_leave=lambda _: None,
        )
        with contextlib.closing(transport):
            yield Replayer(
                spec=spec, base_url=base_url, transport=transport, credentials=credentials, user_agent="test", depth=50
            )


def test_messages_have_the_method_of_a_request_once() -> None:
    named, unnamed = make_step(operation="getThing"), make_step(operation="GET /things/{id}")

    assert (named.name, unnamed.name) == ("GET getThing", "GET /things/{id}")


# (Content-Type, recorded body, bytes)
BODIES = [
    ("application/json", "null", b"null"),
    ("application/json", ' {"a" : 1.0, "a": 1e2, "b": "\\u00e9"} ', b' {"a" : 1.0, "a": 1e2, "b": "\\u00e9"} '),
    ("application/json", '"\ud800"', b'"\xed\xa0\x80"'),
    ("application/json", "", b""),
    ("text/plain", "\u00e9", "\u00e9".encode()),
    ("text/plain; charset=latin-1", "\u00e9", b"\xe9"),
    ('text/plain; charset="windows-1251"', "\u0436", b"\xe6"),
    ("application/x-www-form-urlencoded", "a=%20&b=+&c", b"a=%20&b=+&c"),
]


@pytest.mark.parametrize(("media_type", "body", "sent"), BODIES)
@pytest.mark.parametrize("has_ids", [False, True])
def test_a_body_is_sent_as_it_was(spec: Spec, media_type: str, body: str, sent: bytes, has_ids: bool) -> None:
    before = make_step("POST", "/things", "addThing", status=201, answer='{"id": "old-1"}')
    step = make_step("POST", "/things", "addThing", body=body, Content_Type=media_type)
    service = Service([(201, {"id": "new-1"}), (500, {})] if has_ids else [(500, {})])
    finding = make_finding(*([before, step] if has_ids else [step]))

    with open_replayer(spec, service) as replayer:
        assert replayer.find_obstacle(finding) == ""
        exchanges = list(replayer.iter_exchanges(finding))

        assert replayer.shows_again(finding, exchanges[-1])
    assert service.seen[-1] == ("POST", "/things", media_type, sent)


REDACTED = "its {} holds a value that was redacted"
LOST = [
    (make_step(path="/things/%3Cemail%3E"), REDACTED.format("URL")),
    (make_step(path="/things/7?mail=<email:0a1b2c3d>"), REDACTED.format("URL")),
    (make_step(body='{"a": "<phone>"}', Content_Type="application/json"), REDACTED.format("body")),
    (make_step(X_Mail="<email>"), REDACTED.format("header X-Mail")),
    (make_step(Cookie="mail=<credential sha256:0a1b2c3d>"), REDACTED.format("header Cookie")),
    (make_step(body=BINARY, Content_Type="application/octet-stream"), "its body was not recorded"),
    (make_step(body="a\ufffd", Content_Type="text/plain"), "its body was not recorded as it was"),
    (make_step(body="\u0436", Content_Type="text/plain; charset=latin-1"), "its body was not recorded as it was"),
    (make_step(body="a", Content_Type="text/plain; charset=punycode"), "its body was not recorded as it was"),
    (make_step(body="a", Content_Type="text/plain; charset=x-unknown"), "its body was not recorded as it was"),
]


@pytest.mark.parametrize(("step", "lost"), LOST)
@pytest.mark.parametrize("is_last", [True, False])
def test_what_was_not_recorded_is_told_and_nothing_is_sent(
    spec: Spec, step: RecordedStep, lost: str, is_last: bool
) -> None:
    service, other = Service(), make_step(status=200)

    with open_replayer(spec, service) as replayer:
        obstacle = replayer.find_obstacle(make_finding(*([other, step] if is_last else [step, other])))

    assert obstacle == f"GET getThing cannot be sent as it was: {lost}"
    assert service.seen == []


@pytest.mark.parametrize(
    ("redaction", "obstacle"),
    [
        (RedactionMode.FULL, ""),
        (RedactionMode.HASH, ""),
        (RedactionMode.PARTIAL, f"GET getThing cannot be sent as it was: {REDACTED.format('URL')}"),
    ],
)
def test_stars_are_a_redacted_value_only_where_redaction_writes_them(
    spec: Spec, redaction: RedactionMode, obstacle: str
) -> None:
    with open_replayer(spec, Service()) as replayer:
        finding = make_finding(make_step(path="/things/test***@example.com"), redaction=redaction)

        assert replayer.find_obstacle(finding) == obstacle


def test_credentials_of_the_run_are_no_obstacle(spec: Spec) -> None:
    mark = "<credential key sha256:0a1b2c3d>"
    step = make_step(path=f"/things/7?api_key={mark}", X_Key=mark, Authorization=mark, Cookie=f"sid={mark}; a=b")
    service = Service()

    with open_replayer(spec, service) as replayer:
        assert replayer.find_obstacle(make_finding(step)) == ""
        list(replayer.iter_exchanges(make_finding(step)))

    assert [url for _, url, _, _ in service.seen] == ["/things/7"]


def test_a_credential_that_cannot_be_sent_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    document = make_document(paths=PATHS, components={"securitySchemes": SCHEMES}, security=[{"hoba": []}])
    service = Service()

    with (
        open_replayer(load_document(tmp_path, document), service, hoba="u:p") as replayer,
        pytest.raises(AuthorizationError, match="'hoba'"),
    ):
        replayer.find_obstacle(make_finding(make_step()))

    assert service.seen == []


NAMED = "invalid data was accepted with status 200: path `id`: too long"
OTHER = "invalid data was accepted with status 200: query `n`: too long"
# (check, message, status in the run, status now, what can be said)
PROOFS = [
    (PropertyCheck.NOT_A_SERVER_ERROR, "", 500, 500, "again"),
    (PropertyCheck.NOT_A_SERVER_ERROR, "", 500, 503, "again"),
    (PropertyCheck.NOT_A_SERVER_ERROR, "", 500, 200, "gone"),
    (PropertyCheck.NOT_A_SERVER_ERROR, "", 500, 422, "gone"),
    *((PropertyCheck.NOT_A_SERVER_ERROR, "", 500, status, "unknown") for status in (401, 403, 404, 410, 429)),
    (PropertyCheck.NEGATIVE_DATA_REJECTION, NAMED, 200, 404, "gone"),
    (PropertyCheck.NEGATIVE_DATA_REJECTION, OTHER, 200, 404, "unknown"),
    (PropertyCheck.NEGATIVE_DATA_REJECTION, OTHER, 200, 400, "gone"),
    (PropertyCheck.NEGATIVE_DATA_REJECTION, OTHER, 200, 201, "again"),
    (PropertyCheck.POSITIVE_DATA_ACCEPTANCE, "", 400, 404, "unknown"),
    (PropertyCheck.POSITIVE_DATA_ACCEPTANCE, "", 404, 404, "again"),
    (PropertyCheck.USE_AFTER_FREE, "", 200, 404, "gone"),
    (PropertyCheck.USE_AFTER_FREE, "", 200, 403, "unknown"),
    (PropertyCheck.IGNORED_AUTH, "", 200, 401, "gone"),
    (PropertyCheck.IGNORED_AUTH, "", 200, 404, "unknown"),
    (PropertyCheck.ENSURE_RESOURCE_AVAILABILITY, "", 404, 404, "again"),
    (PropertyCheck.ENSURE_RESOURCE_AVAILABILITY, "", 404, 200, "gone"),
    (PropertyCheck.STATUS_CODE_CONFORMANCE, "", 409, 404, "unknown"),
]


@pytest.mark.parametrize(("check", "message", "before", "now", "expected"), PROOFS)
def test_an_answer_that_says_nothing_of_the_defect_proves_nothing(
    spec: Spec, check: PropertyCheck, message: str, before: int, now: int, expected: str
) -> None:
    finding = make_finding(make_step(status=before), check=check, message=message)

    with open_replayer(spec, Service([(now, {})])) as replayer:
        [exchange] = replayer.iter_exchanges(finding)
        missing = replayer.explain_silence(finding, exchange)

        told = "unknown" if missing else "again" if replayer.shows_again(finding, exchange) else "gone"
    assert told == expected
    assert missing in ("", f"GET getThing was answered with {before} in the run, and now with {now}")


# (method, path, operation that the run names, headers, whether it may leave under `writes: block`)
JUDGED = [
    ("GET", "/things/7", "getThing", {}, True),
    ("HEAD", "/things/7", "getThing", {}, True),
    ("DELETE", "/things/7", "getThing", {}, False),
    ("DELETE", "/things", "listThings", {}, False),
    ("GET", "/things/7/cancel", "getThing", {}, False),
    ("HEAD", "/things/7/cancel", "getThing", {}, False),
    ("GET", "/things/7/./cancel", "getThing", {}, False),
    ("GET", "/things/x/../7/cancel", "getThing", {}, False),
    ("GET", "/things/7/%2e/cancel", "getThing", {}, False),
    ("GET", "/things/7?x=/cancel", "getThing", {}, True),
    ("GET", "/things/7", "getThing", {"X_HTTP_Method_Override": "DELETE"}, False),
    ("GET", "/things/7", "getThing", {"x_method_override": "DELETE"}, False),
]


@pytest.mark.parametrize(("method", "path", "operation", "headers", "may_leave"), JUDGED)
def test_the_guard_judges_method_and_concrete_path_of_a_run_that_somebody_sent(
    spec: Spec, method: str, path: str, operation: str, headers: dict[str, str], may_leave: bool
) -> None:
    service = Service()

    with open_replayer(spec, service, writes=WritePolicy.BLOCK) as replayer:
        list(replayer.iter_exchanges(make_finding(make_step(method, path, operation, **headers))))

    assert len(service.seen) == may_leave


@pytest.mark.parametrize(
    ("base_url", "path", "url", "target"),
    [
        ("", "/a/{id}", "http://old/v1/a/7?b=1", "/a/7?b=1"),
        ("http://new/v9", "/a/{id}", "http://files/v2/a/7%2F8?b=/c/d", "/a/7%2F8?b=/c/d"),
        ("http://new/v9", "/a/", "http://files/a/", "/a/"),
        ("http://new/v9", "/", "http://files/v2/", "/"),
    ],
)
def test_a_recorded_request_is_sent_to_the_address_that_its_operation_has_now(
    base_url: str, path: str, url: str, target: str
) -> None:
    operation = make_operation(path=path, base_url=base_url)

    assert find_target(url, operation, "http://old/v1/") == target
