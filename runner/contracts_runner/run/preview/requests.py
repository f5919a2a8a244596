"""Requests as a report would show them, on the terminal."""

import textwrap
from collections.abc import Sequence
from urllib.parse import quote

from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.requests import Preparer
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.spec import Operation
from contracts_runner.project.files import ProjectFiles
from contracts_runner.results.rows import SentMessage
from contracts_runner.run.connections import USER_AGENT, build_guard, build_redactor
from contracts_runner.run.plan import RunPlan

# A sandbox has no address before it is served; its URLs are shown without one.
_NO_ADDRESS = "http://sandbox"


class RequestPrinter:
    """Makes the requests of a plan fit to be printed.

    A request is learned before it is shown: what the one marks as personal is redacted in the others too.
    `expressions` are texts such as `${name}` that are shown as their author wrote them.
    """

    def __init__(self, plan: RunPlan) -> None:
        environment = plan.environment
        self.base_url = (environment.base_url or _NO_ADDRESS).rstrip("/")
        self.redactor = build_redactor(environment)
        self.permit = build_guard(environment, self.base_url, plan.project.specs.values()).permit
        self._plan = plan

    def build_preparer(self) -> Preparer:
        """Return what makes the requests to the operations of the project."""
        return Preparer(
            specs=self._plan.project.specs,
            environment=self._plan.environment,
            base_url=self.base_url,
            headers={"User-Agent": USER_AGENT},
            files=ProjectFiles(self._plan.project.root, is_preview=True),
            is_checked=False,
        )

    def learn(self, operation: Operation, request: Request | None, expressions: Sequence[str] = ()) -> None:
        """Find out what is personal in a request; None where it cannot be made."""
        self.redactor.declare_placeholders(*expressions)
        if request is not None:
            self._record(operation, request)

    def show_line(self, operation: Operation, request: Request | None, expressions: Sequence[str] = ()) -> str:
        """Return method and URL; of a request that cannot be made, those of the operation."""
        unmade = operation.find_base_url(self.base_url) + operation.path
        url = self._record(operation, request).url if request else unmade
        return f"{request.method if request else operation.method} {self._shorten(_restore(url, expressions))}"

    def show_body(
        self, operation: Operation, request: Request | None, expressions: Sequence[str] = (), *, indent: int = 8
    ) -> list[str]:
        """Return the body, indented; nothing without one."""
        body = self._record(operation, request).body if request else None
        return [] if body is None else [textwrap.indent(_restore(body, expressions), " " * indent)]

    def _record(self, operation: Operation, request: Request) -> SentMessage:
        recorder = ExchangeRecorder(spec=self._plan.project.specs[operation.spec], redactor=self.redactor)
        return recorder.record(operation, Exchange(request=request, response=None)).request

    def _shorten(self, url: str) -> str:
        return url if self._plan.environment.base_url else url.removeprefix(_NO_ADDRESS)


def _restore(text: str, expressions: Sequence[str]) -> str:
    """Return a URL or a form in which expressions are written as their author wrote them."""
    for expression in expressions:
        text = text.replace(quote(expression, safe=""), expression)
    return text
