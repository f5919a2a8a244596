"""The warehouse checks of a plan; of those that ask the API, the first page of each walk."""

from collections.abc import Iterator

from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.preview import PlannedWalk, plan_walks
from contracts_runner.model.spec import Paging, PagingStyle
from contracts_runner.model.warehouse import TableCheck, find_asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.preview.requests import RequestPrinter
from contracts_runner.warehouse.checks.api import explain_missing_page
from contracts_runner.warehouse.warehouses import Warehouses


class WarehousePreview:
    """The checks; all are planned and learned when this is made."""

    def __init__(self, plan: RunPlan, printer: RequestPrinter) -> None:
        self._printer = printer
        self._warehouses = Warehouses(
            plan.environment, plan.warehouses, redactor=printer.redactor, clock=SystemClock().now
        )
        self._max_requests = plan.environment.max_requests
        self._has_load = self._warehouses.has_load and plan.has_warehouse
        self._checks = [
            (check, contract.spec, self._plan_walks(check, plan.project.specs[contract.spec]))
            for contract in plan.warehouses
            for check in contract.checks
        ]

    def _plan_walks(self, check: TableCheck, spec: Spec) -> list[PlannedWalk]:
        asks = find_asks(check)
        if asks is None or self._warehouses.find_skip_reason(check.warehouse):
            return []
        walks = plan_walks(asks, spec, self._printer.build_preparer(), permit=self._printer.permit)
        for walk in walks:
            self._printer.learn(walk.operation, walk.request, walk.expressions)
        return walks

    def iter_lines(self) -> Iterator[str]:
        """Yield the checks, each with what it asks the API."""
        if self._has_load:
            yield "load: the environment's loader runs before the checks; what it sends is not known"
        if self._max_requests is not None:
            yield f"max_requests: at most {self._max_requests} requests of the checks in all"
        askers: dict[tuple[str, str], TableCheck] = {}  # (spec, question) -> the check that asks it first
        for check, spec, walks in self._checks:
            yield f"{check.id or check.table}  {check.place}: {check.word}"
            if reason := self._warehouses.find_skip_reason(check.warehouse):
                yield f"    skipped: {reason}"
            for walk in walks:
                asker = askers.setdefault((spec, walk.question.key), check)
                yield from self._iter_walk(check, walk, asker)

    def _iter_walk(self, check: TableCheck, walk: PlannedWalk, asker: TableCheck) -> Iterator[str]:
        line = f"    {self._printer.show_line(walk.operation, walk.request, walk.expressions)}"
        if walk.expressions:
            at_most = walk.asks.for_each.at_most if walk.asks.for_each else None
            line += "  [for each item]" if at_most is None else f"  [for each item, at most {at_most} times]"
        if walk.problem is not None:
            yield line
            outcome, reason = explain_missing_page(walk.asks, walk.problem)
            yield f"        {outcome}, {self._printer.redactor.text(reason)}"
        elif asker is not check:
            yield f"{line}  [not sent again: {asker.name} has its pages]"
        else:
            yield line
            yield from self._printer.show_body(walk.operation, walk.request, walk.expressions)
            if walk.operation.paging is not None:
                yield f"        {_describe_further(walk.operation.paging)}"


def _describe_further(paging: Paging) -> str:
    end = f"until {paging.total} {paging.total.unit} have come" if paging.total else "until a page is empty"
    end = f"as long as {paging.more} is true" if paging.more else end
    if paging.next:
        end = f"as long as {paging.more or paging.next} says so"
        target = "its address" if paging.style is PagingStyle.LINK else f"`{paging.name}` in the {paging.placement}"
        return f"then {target} = what each answer has at {paging.next}, {end}"
    first = paging.first or 0
    numbers = f"{first + 1}, {first + 2}, …" if paging.style is PagingStyle.PAGE else "the number of items before"
    return f"then `{paging.name}` in the {paging.placement} = {numbers} as the answers say, {end}"
