"""All items of an operation, page after page: when the walk ends, and what it takes for a broken promise."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts_runner.engine import page_recording, paging, walk
from contracts_runner.engine.listing_request import NotAskedError, find_list_path, iter_parameters
from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.errors import BadResponseError, BlockedError, NoResponseError, TransportError
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.warehouse_kinds import Asks, ForEach
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import PagesRow
from helpers.engine import BASE_URL, Handler, reply
from helpers.pages import KEY, Reader
from helpers.specs import load_document, make_answer, make_document

THING = {"type": "object", "properties": {"id": {"type": "integer"}, "owner": {"type": "string", "x-pii": "email"}}}
LIST = make_answer({"type": "object", "properties": {"data": {"items": THING}}})


def make_list(name: str, **parts: Any) -> dict[str, Any]:
    return {"operationId": name, "security": [{"key": []}], "responses": {"200": LIST}, **parts}


DOCUMENT = make_document(
    paths={
        "/query": {
            "get": make_list(
                "byQuery",
                parameters=[{"name": "p", "in": "query", "schema": {"type": "integer"}}],
                **{"x-paging": {"in": "query", "name": "p", "total": "$.total"}},
            ),
            "post": make_list("write"),
        },
        "/body": {
            "get": make_list(
                "byBody",
                requestBody={"content": {"application/json": {"schema": {"type": "object"}}}},
                **{"x-paging": {"in": "body", "name": "page", "total": "$.total"}},
            )
        },
        "/all": {"get": make_list("all")},
        "/linked": {
            "get": make_list(
                "byLink",
                parameters=[
                    {"name": "size", "in": "query", "schema": {"type": "integer"}},
                    {"name": "X-Shop", "in": "header", "schema": {"type": "string"}},
                ],
                **{"x-paging": {"style": "link", "next": "$.next", "size": {"name": "size", "value": 2}}},
            )
        },
        "/of/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "flat", "in": "query", "schema": {"type": "boolean"}},
            ],
            "get": make_list("ofOne"),
        },
    },
    components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    **{
        "x-error-code": "/code",
        "x-success": {"not": {"properties": {"status": {"const": "error"}}, "required": ["status"]}},
    },
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_document(tmp_path_factory.mktemp("spec"), DOCUMENT)


@pytest.fixture
def serve(spec: Spec) -> Callable[..., Reader]:
    """Return a function that serves pages: lists of ids in turn, or complete bodies."""

    def serve_pages(*pages: Sequence[int] | dict[str, Any], total: int | None = None, **changes: Any) -> Reader:
        known = [page for page in pages if not isinstance(page, dict)]
        count = sum(map(len, known)) if total is None else total
        replies = iter(
            reply(body=page if isinstance(page, dict) else {"data": [{"id": id} for id in page], "total": count})
            for page in pages
        )
        return Reader(spec, lambda _request: next(replies), **changes)

    return serve_pages


def test_the_walk_ends_when_the_total_is_reached(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [3, 4], [5])

    items = reader.read()

    assert [item["id"] for item in items] == [1, 2, 3, 4, 5]
    assert [parse_qs(urlsplit(request.url).query)["p"] for request in reader.transport.sent] == [["1"], ["2"], ["3"]]


def test_a_link_is_asked_as_the_answer_wrote_it(serve: Callable[..., Reader]) -> None:
    link = "/linked?size=2&after=a%20b"
    reader = serve({"data": [{"id": 1}], "next": link}, {"data": [{"id": 2}], "next": None})

    items = list(reader.api.iter_items(Asks(operation="byLink", rows="$.data[*]", parameters={"X-Shop": "s1"})))

    assert [item["id"] for item in items] == [1, 2]
    assert [request.url for request in reader.transport.sent] == [f"{BASE_URL}/linked?size=2", f"{BASE_URL}{link}"]
    headers = [dict(request.headers) for request in reader.transport.sent]
    assert [(each["X-Shop"], each["X-Key"]) for each in headers] == [("s1", KEY)] * 2


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("https://elsewhere.example.com/linked", "the link leads to an address that the environment does not name"),
        ("/all", "the link does not lead to the path of byLink, /linked"),
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(serve: Callable[..., Reader], link: str, why: str) -> None:
    reader = serve({"data": [{"id": 1}], "next": link})

    with pytest.raises(IncompleteListingError, match=f"because the next page cannot be asked: {why}"):
        reader.read("byLink")

    assert len(reader.transport.sent) == 1


def test_the_number_can_be_a_member_of_the_body(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [3])

    reader.read("byBody")

    assert [json.loads(request.body or b"") for request in reader.transport.sent] == [{"page": 1}, {"page": 2}]


def test_items_count_before_the_filter(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [3, 4])

    items = reader.read(rows="$.data[?@.id > 3]")

    assert [item["id"] for item in items] == [4]
    assert len(reader.transport.sent) == 2


ORDERS = [
    {"id": 1, "paid": True, "kind": "a", "lines": [{"n": 11, "sum": 5}, {"n": 12, "sum": 0}]},
    {"id": 2, "paid": False, "kind": "b", "lines": []},
    {"id": 3, "paid": True, "kind": "ab", "lines": [{"n": 31, "sum": 7}], "tags": ["x", "y"]},
    {"id": 4, "paid": "true", "kind": None, "lines": None},
]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("$.data", [1, 2, 3, 4]),
        ("$.data[*]", [1, 2, 3, 4]),
        ("$['data'][?@.paid == true]", [1, 3]),
        ("$.data[?@.paid != true]", [2, 4]),
        ("$.data[?!@.tags]", [1, 2, 4]),
        ("$.data[?@.paid == true && @.id > 1]", [3]),
        ("$.data[?@.kind == 'b' || @.kind == null]", [2, 4]),
        ("$.data[?match(@.kind, 'a.?')]", [1, 3]),
        ("$.data[?search(@.kind, 'b')]", [2, 3]),
        ("$.data[?length(@.lines) == 1]", [3]),
        ("$.data[?count(@.lines[*]) >= 1]", [1, 3]),
        ("$.data[?@.lines[0].sum > 5]", [3]),
        ("$.data[?@.lines[?@.sum == 0]]", [1]),
        ("$.data[?@.id == $.total]", [4]),
        ("$.data[*].lines[*].n", [11, 12, 31]),
        ("$.data[?@.paid == true].lines[?@.sum > 0].n", [11, 31]),
        ("$.data[?@.tags[?@ == 'y']].tags[*]", ["x", "y"]),
        ("$.data[?@.id > 9]", []),
    ],
)
def test_rows_may_filter_and_go_deeper_on_every_page(serve: Callable[..., Reader], rows: str, found: list[Any]) -> None:
    reader = serve({"data": ORDERS[:2], "total": 4}, {"data": ORDERS[2:], "total": 4})

    items = reader.read(rows=rows)

    assert [item["id"] if isinstance(item, dict) else item for item in items] == found
    assert len(reader.transport.sent) == 2


def test_an_empty_list_is_no_mistake(serve: Callable[..., Reader]) -> None:
    assert serve([]).read() == []


def test_without_paging_one_answer_is_all(serve: Callable[..., Reader]) -> None:
    reader = serve({"data": [{"id": 1}, {"id": 2}]})

    assert len(reader.read("all")) == 2
    assert len(reader.transport.sent) == 1


def test_an_object_stands_for_the_list_of_its_values(serve: Callable[..., Reader]) -> None:
    assert serve({"data": {"1": {"id": 7}}, "total": 1}).read() == [{"id": 7}]


def test_the_total_may_grow_meanwhile(serve: Callable[..., Reader]) -> None:
    reader = serve({"data": [{"id": 1}], "total": 1}, total=0)
    grown = serve(
        {"data": [{"id": 1}], "total": 2}, {"data": [{"id": 2}], "total": 3}, {"data": [{"id": 3}], "total": 3}
    )

    assert (len(reader.read()), len(grown.read())) == (1, 3)


def test_a_request_is_authorised_and_belongs_to_the_warehouse_phase(serve: Callable[..., Reader]) -> None:
    reader = serve([1])

    reader.read()

    request = reader.transport.sent[0]
    assert dict(request.headers)["X-Key"] == KEY
    assert (request.phase, request.scenario, request.step) == ("warehouse", None, None)


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        (([1, 2], [1, 2]), "page 2 only repeats earlier items, and 2 of 9 different items came"),
        (([1, 2], [3], [2, 1]), "page 3 only repeats earlier items, and 3 of 9 different items came"),
        (([1, 2], []), "page 2 is empty, and 2 of 9 different items came"),
        (([],), "page 1 is empty, and 0 of 9 different items came"),
        (({"data": []},), "page 1 has no total: nothing is found at $.total"),
        (({"data": [], "total": "9 or so"},), "page 1 has something at $.total that is not a count of items"),
        (({"data": [], "total": True},), "page 1 has something at $.total that is not a count of items"),
        (({"total": 9},), "page 1 has no list: nothing is found at $['data']"),
        (({"data": None, "total": 0},), "page 1 has no list at $['data']"),
        (([1, 2], {"status": "error", "code": "WRONG_KEY"}), "page 2 is not a success: the body breaks x-success"),
        (({"status": "error", "code": "WRONG_KEY"},), "error code WRONG_KEY"),
    ],
)
def test_a_listing_that_is_not_read_to_its_end_says_why(serve: Callable[..., Reader], pages: Any, words: str) -> None:
    with pytest.raises(IncompleteListingError, match="the listing was not read to its end, because page") as caught:
        serve(*pages, total=9).read()

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(503, {}), "page 1 is not a success: status 503"),
        (reply(302, {}), "page 1 is not a success: status 302"),
        (reply(200, "<html>", media_type="text/html"), "is not a success: the body is not JSON but text/html"),
        (reply(200, []), "page 1 is not a success: the body breaks x-success"),
        (reply(206, {"data": [], "total": 0}), "page 1 is not as the spec says: status 206 is not declared"),
        (reply(200, {"data": [{"id": "7"}], "total": 1}), "page 1 is not as the spec says: $.data[0].id is a string"),
    ],
)
def test_an_answer_that_is_not_a_page_ends_the_walk(spec: Spec, answer: Response, words: str) -> None:
    with pytest.raises(IncompleteListingError) as caught:
        Reader(spec, lambda _request: answer).read()

    assert words in str(caught.value)


def test_json_is_read_strictly(spec: Spec) -> None:
    twice = Response(
        status_code=200,
        headers=(("Content-Type", "application/json"),),
        body=b'{"data": [], "total": 0, "total": 1}',
        timings=reply().timings,
    )

    with pytest.raises(IncompleteListingError, match="twice in one object"):
        Reader(spec, lambda _request: twice).read()


def test_more_pages_than_the_bound_are_not_begun(serve: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_PAGES", 3)
    reader = serve([1, 2], total=7)

    with pytest.raises(IncompleteListingError, match="7 items in pages of 2 are more than 3 pages"):
        reader.read()

    assert len(reader.transport.sent) == 1


def test_a_total_that_runs_away_ends_the_walk(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_PAGES", 3)

    def answer(request: Request) -> Response:
        number = int(parse_qs(urlsplit(request.url).query)["p"][0])
        return reply(body={"data": [{"id": number}], "total": number + 1})

    with pytest.raises(IncompleteListingError, match="3 pages have not brought it: 3 of 4 different items came"):
        Reader(spec, answer).read()


@pytest.mark.parametrize("problem", [NoResponseError, BadResponseError])
def test_a_page_that_does_not_come_ends_the_walk_and_is_recorded(spec: Spec, problem: type[TransportError]) -> None:
    def refuse(_request: Request) -> Response:
        raise problem("the connection was refused")

    reader = Reader(spec, refuse)

    with pytest.raises(IncompleteListingError, match="page 1 did not come: the connection was refused"):
        reader.read()
    assert [(page.response, page.reason) for page in reader.pages] == [(None, "the connection was refused")]


def answer_busy(*waits: str | None, status: int = 429) -> Handler:
    """Return what answers busy, with each Retry-After in turn, None without one; then with one item."""
    left = list(waits)

    def handle(_request: Request) -> Response:
        if not left:
            return reply(body={"data": [{"id": 1}], "total": 1})
        wait = left.pop(0)
        return reply(status, {}) if wait is None else reply(status, {}, Retry_After=wait)

    return handle


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("waits", "seconds"),
    [(("2",), 2), (("1", "3"), 4), (("0",), 1), (("60",), 60), (("Sun, 22 Nov 2026 12:00:05 GMT",), 5)],
)
def test_a_busy_service_is_asked_again_when_it_says_so(
    spec: Spec, status: int, waits: tuple[str, ...], seconds: float
) -> None:
    reader = Reader(spec, answer_busy(*waits, status=status))

    assert reader.read() == [{"id": 1}]
    assert reader.clock.seconds == seconds
    assert [page.response.status for page in reader.pages if page.response] == [*[status] * len(waits), 200]


@pytest.mark.parametrize(
    ("waits", "seconds", "words"),
    [
        (("61",), 0, "status 429 with Retry-After: 61, which is beyond the `patience` of the environment (60 s)"),
        (("50", "11"), 50, "status 429 with Retry-After: 11, which is beyond"),
        (("9" * 30,), 0, "which is beyond"),
        (("0",) * 99, 60, "which is beyond"),
        ((None,), 0, "page 1 is not a success: status 429"),
        (("soon",), 0, "page 1 is not a success: status 429"),
    ],
)
def test_patience_has_an_end(spec: Spec, waits: tuple[str | None, ...], seconds: float, words: str) -> None:
    reader = Reader(spec, answer_busy(*waits))

    with pytest.raises(IncompleteListingError) as caught:
        reader.read()

    assert words in str(caught.value)
    assert reader.clock.seconds == seconds


def test_patience_is_that_of_each_page(spec: Spec) -> None:
    answers = iter(
        [
            reply(429, {}, Retry_After="40"),
            reply(body={"data": [{"id": 1}], "total": 2}),
            reply(429, {}, Retry_After="40"),
            reply(body={"data": [{"id": 2}], "total": 2}),
        ]
    )

    assert len(Reader(spec, lambda _request: next(answers), patience_seconds=40.0).read()) == 2


def test_a_write_is_never_asked(serve: Callable[..., Reader]) -> None:
    reader = serve([1], writes="allow")

    with pytest.raises(BlockedError, match="write writes, and a warehouse check only reads"):
        reader.read("write")
    assert reader.transport.sent == []


def test_a_path_parameter_has_no_value(serve: Callable[..., Reader]) -> None:
    with pytest.raises(TransportError, match=r"not sent: the path /of/\{id\} has a parameter without a value"):
        serve([1]).read("ofOne")


def test_without_a_credential_nothing_is_asked(serve: Callable[..., Reader]) -> None:
    reader = serve([1], credentials={})

    with pytest.raises(NotAskedError, match="byQuery is not asked: the environment has no credential 'key'"):
        reader.read()
    assert reader.transport.sent == []


def test_every_page_is_recorded_redacted_with_its_artifact(serve: Callable[..., Reader]) -> None:
    reader = serve({"data": [{"id": 1, "owner": "user@example.com"}], "total": 1})

    reader.read()

    [page] = reader.pages
    assert (page.operation, page.number, page.success, page.auth) == ("byQuery", 1, True, "key")
    assert page.response is not None
    assert page.response.status == 200
    assert page.artifact == "artifacts/warehouse/byQuery/1-page-1.json"
    written = json.dumps([as_json(page.exchange), reader.artifacts[page.artifact]])
    assert not any(secret in written for secret in ("user@example.com", KEY))


def test_a_long_body_is_whole_in_its_artifact_only(serve: Callable[..., Reader]) -> None:
    reader = serve({"data": [{"id": 1, "text": "x" * 9_000}], "total": 1})

    reader.read()

    [page] = reader.pages
    assert page.exchange.response is not None
    assert page.exchange.response.truncated
    assert reader.artifacts[page.artifact]["response"]["truncated"] is False


def test_later_pages_of_a_long_walk_are_cut_in_their_artifacts(
    serve: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_recording, "WHOLE_PAGES", 1)
    body = {"data": [{"text": "x" * 9_000}], "total": 2}
    reader = serve(body, {"data": [{"text": "y" * 9_000}], "total": 2})

    reader.read()

    cut = [reader.artifacts[page.artifact]["response"]["truncated"] for page in reader.pages]
    assert cut == [False, True]


def test_a_second_check_sees_the_same_items_without_asking_again(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [3])

    first, second = reader.read(), reader.read(rows="$.data[?@.id == 3]")

    assert ([item["id"] for item in first], [item["id"] for item in second]) == ([1, 2, 3], [3])
    assert len(reader.transport.sent) == 2


def test_two_checks_of_one_walk_rest_on_the_same_requests(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [3])

    seen = [reader.read() and reader.api.evidence, reader.read(rows="$.data[?@.id == 3]") and reader.api.evidence]

    folder = "artifacts/warehouse/byQuery"
    row = PagesRow(count=2, first=f"{folder}/1-page-1.json", last=f"{folder}/2-page-2.json")
    assert seen == [row, row]


def test_what_was_not_asked_has_no_evidence(serve: Callable[..., Reader]) -> None:
    reader = serve([1], credentials={})

    with pytest.raises(NotAskedError):
        reader.read()

    assert reader.api.evidence is None


def test_the_evidence_of_for_each_begins_with_the_items_that_are_gone_through(spec: Spec) -> None:
    reader = Reader(spec, answer_of)

    list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))

    folder = "artifacts/warehouse"
    assert reader.api.evidence == PagesRow(
        count=4, first=f"{folder}/all/1-page-1.json", last=f"{folder}/ofOne/4-page-1.json"
    )


def test_a_walk_that_is_too_large_to_keep_is_made_again(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "KEPT_BYTES", 10)
    reader = Reader(spec, lambda _request: reply(body={"data": [{"id": 1}], "total": 1}))

    assert reader.read() == reader.read() == [{"id": 1}]
    assert len(reader.transport.sent) == 2


def test_a_broken_walk_gives_every_check_the_same_reason_without_asking_again(serve: Callable[..., Reader]) -> None:
    reader = serve([1, 2], [], total=9)

    def fail() -> str:
        with pytest.raises(IncompleteListingError) as caught:
            reader.read()
        return str(caught.value)

    assert fail() == fail()
    assert len(reader.transport.sent) == 2


def test_a_walk_that_nobody_finished_is_gone_on_with(serve: Callable[..., Reader]) -> None:
    reader = serve([1], [2], total=2)

    first: Iterator[Any] = iter(reader.api.iter_items(Asks(operation="byQuery", rows="$.data[*]")))
    next(first)

    assert [item["id"] for item in (*reader.read(), next(first))] == [1, 2, 2]
    assert len(reader.transport.sent) == 2


def test_what_broke_a_walk_is_no_end_of_it_for_others(spec: Spec) -> None:
    reader = Reader(spec, lambda _request: reply(body={"data": [{"id": 1}], "total": 2}), credentials={})

    for _ in range(2):
        with pytest.raises(NotAskedError):
            reader.read()


def answer_of(request: Request) -> Response:
    """Two things with a list of parts each; the parts of a thing by its path."""
    path = urlsplit(request.url).path
    if path.endswith("/all"):
        return reply(body={"data": [{"id": 7, "parts": [1, 2]}, {"id": 8, "parts": []}, {"id": 9, "parts": [3]}]})
    return reply(body={"data": [{"id": int(path.rsplit("/", 1)[1]) * 10}]})


EACH = ForEach(operation="all", rows="$.data[*]", parameters={"id": "$.parts[*]"}, keep={"thing": "$.id", "no": "$.x"})


def test_for_each_asks_once_for_each_value_and_adds_what_is_kept(spec: Spec) -> None:
    reader = Reader(spec, answer_of)

    items = list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))

    assert items == [
        {"id": 1, "thing": 7, "no": None},
        {"id": 2, "thing": 7, "no": None},
        {"id": 3, "thing": 9, "no": None},
    ]
    assert [urlsplit(request.url).path.rsplit("/", 2)[1:] for request in reader.transport.sent[1:]] == [
        ["of", "1"],
        ["of", "2"],
        ["of", "3"],
    ]


def test_for_each_is_asked_once_for_several_checks(spec: Spec) -> None:
    reader = Reader(spec, answer_of)

    for _ in range(2):
        list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))

    assert len(reader.transport.sent) == 4


@pytest.mark.parametrize("at_most", [3, 9])
def test_for_each_within_its_bound_asks_for_all(spec: Spec, at_most: int) -> None:
    reader = Reader(spec, answer_of)
    each = replace(EACH, at_most=at_most)

    assert len(list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=each)))) == 3


def test_for_each_beyond_its_bound_asks_for_none_and_says_so(spec: Spec) -> None:
    reader = Reader(spec, answer_of)
    each = replace(EACH, at_most=2)

    with pytest.raises(IncompleteListingError) as caught:
        list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=each)))

    assert str(caught.value) == (
        "the listing was not read to its end, because for_each may ask ofOne 2 times (at_most), and all gives more: "
        "raise at_most, or let its `rows` select fewer"
    )
    assert len(reader.transport.sent) == 1


def test_the_requests_of_all_walks_have_a_bound(spec: Spec) -> None:
    reader = Reader(spec, answer_of, most=3)

    with pytest.raises(IncompleteListingError) as caught:
        list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))

    assert str(caught.value) == (
        "the listing was not read to its end, because `max_requests` of the environment's warehouse is 3, and as many "
        "were sent: raise it, or let the checks ask for less by `parameters`"
    )
    assert len(reader.transport.sent) == 3


def test_a_request_after_a_pause_counts_against_the_bound(spec: Spec) -> None:
    reader = Reader(spec, answer_busy("1"), most=1)

    with pytest.raises(IncompleteListingError, match="`max_requests` of the environment's warehouse is 1"):
        reader.read()


def test_for_each_asks_once_for_an_item_that_comes_twice(spec: Spec) -> None:
    def handle(request: Request) -> Response:
        if urlsplit(request.url).path.endswith("/all"):
            return reply(body={"data": [{"id": 7, "parts": [1]}, {"id": 7, "parts": [1, 1]}, {"id": 8, "parts": [1]}]})
        return answer_of(request)

    reader = Reader(spec, handle)
    asks = Asks(operation="ofOne", rows="$.data[*]", for_each=replace(EACH, at_most=2))

    assert [item["thing"] for item in reader.api.iter_items(asks)] == [7, 8]
    assert len(reader.transport.sent) == 2


@pytest.mark.parametrize(("path", "operation"), [("/all", "all"), ("/of/2", "ofOne")])
def test_the_listing_that_broke_is_named(spec: Spec, path: str, operation: str) -> None:
    reader = Reader(spec, lambda request: reply(500, {}) if request.url.endswith(path) else answer_of(request))

    with pytest.raises(IncompleteListingError) as caught:
        list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))

    assert caught.value.operation == operation


def test_an_item_that_is_no_object_stays_as_it_is(spec: Spec) -> None:
    reader = Reader(spec, answer_of)

    assert list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*].id", for_each=EACH))) == [10, 20, 30]


def test_several_parameters_with_several_values_are_asked_in_all_combinations() -> None:
    paths = {"a": "$.a[*]", "b": "$.b[*]", "c": "$.c"}

    found = list(iter_parameters(paths, {"a": [1, 2], "b": [3, None], "c": 5}))

    assert found == [{"a": 1, "b": 3, "c": 5}, {"a": 2, "b": 3, "c": 5}]
    assert list(iter_parameters(paths, {"a": [1], "b": [3]})) == []


def test_a_body_goes_with_every_page(spec: Spec) -> None:
    reader = Reader(spec, lambda request: reply(body={"data": [{"id": len(request.body or b"")}], "total": 2}))

    with pytest.raises(IncompleteListingError):
        list(reader.api.iter_items(Asks(operation="byBody", rows="$.data[*]", body={"select": ["id"]})))

    assert [json.loads(request.body or b"") for request in reader.transport.sent] == [
        {"select": ["id"], "page": 1},
        {"select": ["id"], "page": 2},
    ]


def test_parameters_go_with_every_page_beside_those_of_each_item(spec: Spec) -> None:
    reader = Reader(spec, answer_of)

    list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", parameters={"flat": True}, for_each=EACH)))

    asked = [urlsplit(request.url) for request in reader.transport.sent if "/of/" in request.url]
    assert asked
    assert {url.query for url in asked} == {"flat=true"}


def test_a_broken_answer_within_for_each_is_no_missing_item(spec: Spec) -> None:
    def handle(request: Request) -> Response:
        return answer_of(request) if not request.url.endswith("/2") else reply(status=500, body={})

    reader = Reader(spec, handle)

    with pytest.raises(IncompleteListingError, match="500"):
        list(reader.api.iter_items(Asks(operation="ofOne", rows="$.data[*]", for_each=EACH)))


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        ("$.data[*]", "$['data']"),
        ("$.data", "$['data']"),
        ("$.data[?@.payed == true].baskets[*]", "$['data']"),
        ("$[*]", "$"),
        ("$..id", "$"),
        ("$.a[0].b[1:2]", "$['a'][0]['b']"),
    ],
)
def test_the_list_that_a_path_selects_from(rows: str, path: str) -> None:
    assert find_list_path(rows) == path
