"""Pages are asked for at the same time where the first one says how many there are; what comes of it is the same."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from helpers.engine import reply
from helpers.pages import Reader
from helpers.specs import load_document, make_answer, make_document

SIZE = 2
PATIENCE_SECONDS = 10  # of a test whose requests never come together
STYLES: Mapping[str, Mapping[str, Any]] = {
    "page": {"name": "at", "total": "$.total"},
    "page-of-pages": {"name": "at", "total": {"pages": "$.pages"}},
    "page-from-zero": {"name": "at", "start": 0, "total": "$.total"},
    "offset": {"style": "offset", "name": "at", "total": "$.total"},
    "offset-in-body": {"style": "offset", "in": "body", "name": "at", "total": "$.total"},
    "no-total": {"name": "at"},
    "more": {"name": "at", "more": "$.more"},
    "cursor": {"style": "cursor", "name": "at", "total": "$.total", "next": "$.next"},
    "link": {"style": "link", "total": "$.total", "next": "$.next_link"},
}
TOGETHER = ("page", "page-of-pages", "page-from-zero", "offset", "offset-in-body")
ANSWER = make_answer({"type": "object"})
BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
DOCUMENT = make_document(
    paths={
        f"/{style}": {
            "get": {
                "operationId": style,
                "responses": {"200": ANSWER},
                "parameters": [{"name": "at", "in": "query", "schema": {}}],
                **({"requestBody": BODY} if paging.get("in") == "body" else {}),
                "x-paging": {**({} if style == "link" else {"in": "query"}), **paging},
            }
        }
        for style, paging in STYLES.items()
    }
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_document(tmp_path_factory.mktemp("spec"), DOCUMENT)


def find_index(request: Request) -> int:
    """Return the page that is asked for, from 0."""
    url = urlsplit(request.url)
    style = url.path.rpartition("/")[2]
    at = dict(parse_qsl(url.query)).get("at")
    if at is None:
        body = (request.body or b"").decode()
        at = body.partition(":")[2].strip(" }") or "0"
    if style in ("cursor", "link"):
        return int(at.strip("c"))
    first = 0 if style == "page-from-zero" or style.startswith("offset") else 1
    return (int(at) - first) // (SIZE if style.startswith("offset") else 1)


def make_page(index: int, count: int) -> dict[str, Any]:
    """Return a page of so many items in all."""
    items = list(range(index * SIZE, min((index + 1) * SIZE, count)))
    pages = -(-count // SIZE)
    following = index + 1 < pages
    return {
        "data": [{"id": each} for each in items],
        "total": count,
        "pages": pages,
        "more": following,
        "next": f"c{index + 1}" if following else None,
        "next_link": f"/link?at={index + 1}" if following else None,
    }


class Service:
    """Answers with pages; tells which requests are there at the same time."""

    def __init__(self, count: int, answer: Callable[[int], Response | None] = lambda _: None) -> None:
        self.count, self.answer = count, answer
        self.present = self.most = 0
        self.lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        index = find_index(request)
        with self.lock:
            self.present += 1
            self.most = max(self.most, self.present)
        try:
            return self.answer(index) or reply(body=make_page(index, self.count))
        finally:
            with self.lock:
                self.present -= 1


@contextmanager
def open_reader(spec: Spec, service: Service, *, jobs: int = 4, **changes: Any) -> Iterator[Reader]:
    reader = Reader(spec, service.handle, jobs=jobs, **changes)
    with reader.api:
        yield reader


def list_ids(reader: Reader, style: str) -> list[int]:
    return [item["id"] for item in reader.read(style)]


@pytest.mark.parametrize("style", TOGETHER)
def test_as_many_pages_as_jobs_are_asked_for_at_the_same_time(spec: Spec, style: str) -> None:
    together = threading.Barrier(4, timeout=PATIENCE_SECONDS)
    service = Service(18, lambda index: (index > 0 and together.wait() < 0) or None)

    with open_reader(spec, service) as reader:
        ids = list_ids(reader, style)

    assert ids == list(range(18))
    assert service.most == 4
    assert [page.number for page in reader.pages] == list(range(1, 10))
    assert {page.pages for page in reader.pages[1:]} == {9}


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_whatever_the_number_of_jobs_the_items_and_the_evidence_are_the_same(spec: Spec, style: str, jobs: int) -> None:
    service = Service(23)

    with open_reader(spec, service, jobs=jobs) as reader:
        ids = list_ids(reader, style)

    asked = [page.number for page in reader.pages]
    assert ids == list(range(23))
    assert asked == list(range(1, len(asked) + 1))
    assert len(reader.transport.sent) == len(asked)
    assert service.most <= (jobs if style in TOGETHER else 1)


@pytest.mark.parametrize("style", ["cursor", "link", "more", "no-total"])
def test_what_names_no_later_page_is_asked_page_by_page(spec: Spec, style: str) -> None:
    service = Service(12)

    with open_reader(spec, service) as reader:
        assert list_ids(reader, style) == list(range(12))
    assert service.most == 1


def test_the_evidence_is_in_the_order_of_the_pages_whatever_answers_first(spec: Spec) -> None:
    later = threading.Event()

    def answer(index: int) -> None:
        if index == 1:
            assert later.wait(PATIENCE_SECONDS)
        if index == 3:
            later.set()

    with open_reader(spec, Service(8, answer)) as reader:
        assert list_ids(reader, "page") == list(range(8))

    assert [page.number for page in reader.pages] == [1, 2, 3, 4]
    assert [page.artifact.rpartition("/")[2] for page in reader.pages] == [f"{n}-page-{n}.json" for n in (1, 2, 3, 4)]


def test_a_busy_service_is_asked_page_by_page_from_then_on(spec: Spec) -> None:
    busy = [reply(429, {}, Retry_After="2")]
    service = Service(40, lambda index: busy.pop() if index == 1 and busy else None)

    with open_reader(spec, service) as reader:
        assert list_ids(reader, "page") == list(range(40))

    asked = [page.number for page in reader.pages]
    assert asked == [1, 2, *range(2, 21)]
    assert reader.pages[1].wait_seconds == 2.0
    assert reader.clock.seconds == 2.0


def test_the_first_page_that_breaks_is_the_reason_and_all_that_was_sent_is_recorded(spec: Spec) -> None:
    together = threading.Barrier(4, timeout=PATIENCE_SECONDS)

    def answer(index: int) -> Response | None:
        if index:
            together.wait()
        return reply(500, {}) if index in (2, 3) else None

    with open_reader(spec, Service(40, answer)) as reader, pytest.raises(IncompleteListingError) as caught:
        list_ids(reader, "page")

    assert "page 3 is not a success: status 500" in str(caught.value)
    assert [page.number for page in reader.pages][:5] == [1, 2, 3, 4, 5]
    assert len(reader.pages) == len(reader.transport.sent)


def test_pages_of_other_lengths_are_asked_one_by_one_and_all_items_come(spec: Spec) -> None:
    def handle(request: Request) -> Response:
        # The second page has one item only, and those after it begin where it ends.
        at = int(dict(parse_qsl(urlsplit(request.url).query))["at"])
        ids = range(at, min(at + (1 if at == SIZE else SIZE), 9))
        return reply(body={"data": [{"id": each} for each in ids], "total": 9})

    reader = Reader(spec, handle, jobs=4)
    with reader.api:
        assert list_ids(reader, "offset") == list(range(9))
    assert len(reader.pages) == len(reader.transport.sent)


def test_what_nobody_reads_any_more_is_recorded_at_the_end(spec: Spec) -> None:
    with open_reader(spec, Service(40)) as reader:
        items = reader.api.iter_items(Asks(operation="page", rows="$.data[*]"))
        assert [next(items)["id"] for _ in range(3)] == [0, 1, 2]

    assert len(reader.pages) == len(reader.transport.sent)


@pytest.mark.parametrize("most", [1, 2, 5, 9])
def test_the_bound_of_requests_holds_for_pages_that_are_asked_ahead(spec: Spec, most: int) -> None:
    service = Service(40)

    with open_reader(spec, service, most=most) as reader, pytest.raises(IncompleteListingError, match="max_requests"):
        list_ids(reader, "page")

    assert len(reader.pages) == len(reader.transport.sent) == most
