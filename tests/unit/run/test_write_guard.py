"""With `writes: block` no request of a write operation arrives, whoever asks, and however it is spelt."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.paging import ApiPages
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.steps import StepRunner
from contracts_runner.errors import BlockedError
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.environment import Environment, RedactionMode, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.model.warehouse_kinds import Asks, ForEach
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.budget import Budget
from contracts_runner.properties.cases import Draft
from contracts_runner.properties.replaying import Replayer
from contracts_runner.properties.selection import Bounds
from contracts_runner.properties.sending import Limit, Sender
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.run.connections import open_transport
from helpers.contracts import make_step
from helpers.operations import HERE
from helpers.recorded_findings import make_finding
from helpers.recorded_findings import make_step as make_recorded_step
from helpers.servers import RawServer, always, answer, serve_raw
from helpers.specs import load_document, make_document
from helpers.spellings import AT_CANCEL

ANSWER = {"200": {"description": "An answer"}}
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
DOCUMENT = make_document(
    paths={
        "/cancel/{id}": {"parameters": ID, "get": {"operationId": "cancel", "x-effect": "write", "responses": ANSWER}},
        "/things": {"get": {"operationId": "listThings", "responses": ANSWER}},
        "/things/{id}": {"parameters": ID, "get": {"operationId": "getThing", "responses": ANSWER}},
        "/things/{id}/cancel": {
            "parameters": ID,
            "get": {"operationId": "cancelThing", "x-effect": "write", "responses": ANSWER},
        },
        "/search": {"post": {"operationId": "search", "x-effect": "read", "responses": ANSWER}},
        "/add": {"post": {"operationId": "add", "responses": ANSWER}},
    }
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A request as somebody may make it; `operation` is what it claims to be."""

    method: str
    path: str
    operation: str = "getThing"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.headers or self.body or ''}"


FORM = ("Content-Type", "application/x-www-form-urlencoded")
PART = "--b\r\nContent-Disposition: form-data; {}\r\n\r\nDELETE\r\n--b--\r\n"
SPELLINGS = [
    *(Spelling(method, path) for path in AT_CANCEL for method in ("GET", "HEAD")),
    Spelling("GET", "/things/7%2Fcancel"),
    Spelling("GET", "/things/x/../7/cancel"),
    Spelling("DELETE", "/things/7"),
    Spelling("POST", "/things/7"),
    Spelling("get", "/things/7"),
    Spelling("POST", "/add", "search"),
    Spelling("POST", "//search", "search"),
    Spelling("POST", "/search?_method=DELETE", "search"),
    Spelling("POST", "/search", "search", (FORM,), "_method=DELETE"),
    Spelling("POST", "/search", "search", (("Content-Type", "application/json"),), '{"_method": "DELETE"}'),
    *(
        Spelling("GET", "/things/7", headers=((name, "DELETE"),))
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x_http_method_override")
    ),
    *(
        Spelling("GET", "/things/7", headers=((name, place),))
        for name in ("X-Original-URL", "X-Rewrite-URL", "x_original_uri", "X-Override-URL", "X-Forwarded-Uri")
        for place in ("/cancel/7", " cancel%2F7?x=1", "http://other.example/cancel/7", "http://[/cancel/7")
    ),
    Spelling("GET", "/things/7?_HttpMethod=DELETE"),
    *(
        Spelling("POST", "/search", "search", (("Content-Type", "application/json"),), body)
        for body in (
            '{"_method": "DELETE", "_method": "POST"}',
            '\ufeff{"_method": "DELETE"}',
            '{"_method": null}',
            "x\0&_method=DELETE",
        )
    ),
    *(
        Spelling("POST", "/search", "search", (("Content-Type", "multipart/form-data; boundary=b"),), PART.format(name))
        for name in ('name="_method"', "name=_method", "name*=UTF-8'en'%5Fmethod", 'filename="a"; name="_METHOD"')
    ),
    Spelling(
        "GET", "/things/7", headers=(("Transfer-Encoding", "chunked"),), body="0\r\n\r\nDELETE / HTTP/1.1\r\n\r\n"
    ),
    Spelling("GET", "/things/7", headers=(("A", "b\r\n\r\nDELETE /things/7 HTTP/1.1\r\nHost: x"),)),
    Spelling("GET", "/things/7", headers=(("A: b\r\n\r\nDELETE /things/7 HTTP/1.1\r\nHost", "x"),)),
    Spelling("GET /cancel/7", "/things/7"),
    Spelling("GET /cancel/7 HTTP/1.1\r\nA:", "/things/7"),
]
# What is no write, so that nothing is kept back for its spelling alone.
HARMLESS = [
    Spelling("GET", "/things/7"),
    Spelling("HEAD", "/things//7/"),
    Spelling("GET", "/things/%2E%2E"),
    Spelling("OPTIONS", "/cancel/7"),
    Spelling("POST", "/search", "search"),
    Spelling("GET", "/unknown"),
    Spelling("GET", "/things/7", headers=(("X-Original-URL", "/things/7"), ("X-Rewrite-URL", ""))),
]


@dataclass
class Desk:
    """One environment with `writes: block`, and who may ask it for something; `left` is what the transport counted."""

    spec: Spec
    base_url: str
    left: list[Request] = field(default_factory=list)

    @property
    def environment(self) -> Environment:
        return Environment(name="here", base_url=self.base_url, writes=WritePolicy.BLOCK, location=HERE)

    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        with open_transport(self.environment, self.base_url, [self.spec], on_leave=self.left.append) as transport:
            yield transport

    def ask_by_scenario(self, spelling: Spelling) -> None:
        outgoing = decide_step(
            make_step(f"{spelling.method} {spelling.path}"), {self.spec.key: self.spec}, self.environment
        )
        with self.open() as transport:
            runner = StepRunner(
                specs={self.spec.key: self.spec},
                environment=self.environment,
                base_url=self.base_url,
                transport=transport,
                clock=SystemClock(),
                headers=dict(spelling.headers),
            )
            runner.run(outgoing, Scope(variables={}, run_id="r", scenario_id="s"), scenario="s", number=1)

    def ask_by_property(self, spelling: Spelling) -> None:
        def ignore(*_: object) -> None:
            pass

        operation = self.spec.operations[spelling.operation]
        with self.open() as transport:
            sender = Sender(
                spec=self.spec,
                base_url=self.base_url,
                operations={(operation.method, operation.path): operation},
                transport=transport,
                credentials={},
                find_headers=lambda _: {},
                on_answer=ignore,
                on_trouble=ignore,
                on_cut=ignore,
                limit=Limit(clock=SystemClock(), seconds=None),
                budget=Budget(Bounds()),
            )
            sender.send(
                Draft(
                    method=spelling.method,
                    url=self.base_url + spelling.path,
                    headers=spelling.headers,
                    body=None if spelling.body is None else spelling.body.encode(),
                    operation=(operation.method, operation.path),
                )
            )

    def ask_by_replay(self, spelling: Spelling) -> None:
        step = make_recorded_step(spelling.method, spelling.path, spelling.operation, body=spelling.body)
        finding = make_finding(dataclasses.replace(step, headers=spelling.headers))
        with self.open() as transport:
            replayer = Replayer(
                spec=self.spec, base_url=self.base_url, transport=transport, credentials={}, user_agent="t", depth=50
            )
            list(replayer.iter_exchanges(finding))


Asker = Callable[[Desk, Spelling], None]
ASKERS: list[Asker] = [Desk.ask_by_scenario, Desk.ask_by_property, Desk.ask_by_replay]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_document(tmp_path_factory.mktemp("spec"), DOCUMENT)


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with serve_raw(always(answer(body=b""))) as server:
        yield server


def find_arrived(server: RawServer, desk: Desk, ask: Asker, spelling: Spelling) -> list[bytes]:
    before = len(server.requests)
    ask(desk, spelling)
    return server.requests[before:]


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize("ask", ASKERS, ids=lambda ask: ask.__name__)
def test_no_write_arrives_however_it_is_spelt(spec: Spec, server: RawServer, ask: Asker, prefix: str) -> None:
    desk = Desk(spec, server.base_url + prefix)
    # A scenario can say method and path only, without blanks.
    is_simple = ask is Desk.ask_by_scenario
    told = [each for each in SPELLINGS if not is_simple or len(str(each).split()) == 2]

    arrived = {str(spelling): find_arrived(server, desk, ask, spelling) for spelling in told}

    assert {name: requests for name, requests in arrived.items() if requests} == {}
    assert desk.left == []


@pytest.mark.parametrize("ask", ASKERS, ids=lambda ask: ask.__name__)
def test_what_only_reads_arrives(spec: Spec, server: RawServer, ask: Asker) -> None:
    desk = Desk(spec, server.base_url)

    arrived = {str(spelling): len(find_arrived(server, desk, ask, spelling)) for spelling in HARMLESS}

    assert set(arrived.values()) == {1}, arrived
    assert [request for request in desk.left if request.effect is Effect.WRITE] == []


@pytest.mark.parametrize("writes", WritePolicy)
@pytest.mark.parametrize("id", ["7/cancel", "x/../7/cancel", "%37/cancel", "7\\cancel", "../cancel/7", "7/cancel?x"])
def test_what_an_answer_names_makes_no_write_of_a_question(spec: Spec, id: str, writes: WritePolicy) -> None:
    left: list[Request] = []
    asks = Asks(
        operation="getThing",
        rows="$[*]",
        for_each=ForEach(operation="listThings", rows="$[*]", parameters={"id": "$.id"}, keep={}),
    )
    with serve_raw(always(answer(body=json.dumps([{"id": id}]).encode()))) as server:
        environment = Environment(name="here", base_url=server.base_url, writes=writes, location=HERE)
        with open_transport(environment, server.base_url, [spec], on_leave=left.append) as transport:
            pages = ApiPages(
                spec=spec,
                environment=environment,
                base_url=server.base_url,
                transport=transport,
                headers={},
                redactor=Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32),
                clock=SystemClock(),
                write_artifact=lambda *_: WrittenArtifact("", ""),
                emit=lambda _: None,
            )
            with pytest.raises(BlockedError, match="writes, and a warehouse check only reads"):
                list(pages.iter_items(asks))

    assert [(request.operation, request.effect) for request in left] == [("listThings", Effect.READ)]
    assert len(server.requests) == 1


@pytest.mark.parametrize("form", ["http://{elsewhere}\\@{service}/things/7", "http://{service}\\@{elsewhere}/things/7"])
def test_a_request_goes_to_the_host_that_the_guard_has_judged(spec: Spec, form: str) -> None:
    with serve_raw(always(answer(body=b""))) as service, serve_raw(always(answer(body=b""))) as elsewhere:
        hosts = {"service": urlsplit(service.base_url).netloc, "elsewhere": urlsplit(elsewhere.base_url).netloc}
        with Desk(spec, service.base_url).open() as transport, contextlib.suppress(BlockedError):
            transport.send(Request(method="GET", url=form.format(**hosts), operation="getThing", effect=Effect.READ))

        assert elsewhere.requests == []
