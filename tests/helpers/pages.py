"""An API of pages over a fake transport, as the warehouse phase reads it."""

from typing import Any

from contracts_runner.engine.paging import ApiPages
from contracts_runner.engine.request_budget import RequestBudget
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.environment import Environment, RedactionMode
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, PageFetched
from helpers.engine import BASE_URL, FakeClock, FakeTransport, Handler
from helpers.operations import HERE

KEY = "very-secret-key-1"


class Reader:
    """An API of pages over a fake transport, with all that it records."""

    def __init__(self, spec: Spec, handle: Handler, *, most: int | None = None, **changes: Any) -> None:
        values = {"name": "here", "base_url": BASE_URL, "credentials": {"key": KEY}, "location": HERE, "jobs": 1}
        environment = Environment(**{**values, **changes})
        self.transport = FakeTransport(handle, environment.writes, [spec])
        self.events: list[Event] = []
        self.clock = FakeClock()
        self.artifacts: dict[str, Any] = {}
        self.api = ApiPages(
            spec=spec,
            environment=environment,
            base_url=BASE_URL,
            transport=self.transport,
            headers={"User-Agent": "test"},
            clock=self.clock,
            redactor=Redactor(mode=RedactionMode.FULL, secrets=environment.credentials, key=b"k" * 32),
            write_artifact=self._write,
            emit=self.events.append,
            budget=RequestBudget(most),
        )

    def _write(self, operation: str, number: int, page: str, document: Any) -> WrittenArtifact:
        path = f"artifacts/warehouse/{operation}/{number}-{page}.json"
        self.artifacts[path] = document
        return WrittenArtifact(path, "0" * 64)

    def read(self, operation: str = "byQuery", rows: str = "$.data[*]") -> list[Any]:
        return list(self.api.iter_items(Asks(operation=operation, rows=rows)))

    @property
    def pages(self) -> list[PageFetched]:
        return [event for event in self.events if isinstance(event, PageFetched)]
