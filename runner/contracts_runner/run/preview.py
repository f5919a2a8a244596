"""What `contracts run --dry-run` prints: the requests of the run, as a report would show them, and what is not sent."""

import textwrap
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.preview import PlannedStep, plan_scenario
from contracts_runner.engine.requests import Preparer
from contracts_runner.engine.selection import Selection
from contracts_runner.model.contract import Scenario
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.reading.expressions import iter_references
from contracts_runner.results.rows import SentMessage
from contracts_runner.run.connections import USER_AGENT, build_redactor
from contracts_runner.run.plan import PropertyPlan, RunPlan
from contracts_runner.transport.guard import WriteGuard

# A sandbox has no address before it is served; its URLs are shown without one.
_NO_ADDRESS = "http://sandbox"


def show_plan(plan: RunPlan) -> str:
    """Return what would be sent, as lines."""
    environment = plan.environment
    lines = [f"dry run: nothing was sent. Environment {environment.name}, writes: {environment.writes}"]
    lines += _Preview(plan).iter_lines()
    for contract in plan.warehouses:
        lines += [f"{check.id or check.table}  {check.table}: {check.word}" for check in contract.checks]
    if plan.properties is not None:
        lines += _list_properties(plan.properties)
    lines.append(_count(plan.selection, plan.warehouses))
    return "\n".join(lines)


class _Preview:
    """The scenarios of a plan with their steps, and what makes them fit to be printed."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._base_url = (plan.environment.base_url or _NO_ADDRESS).rstrip("/")
        self._redactor = build_redactor(plan.environment)
        self._scenarios = [(scenario, self._plan_steps(scenario)) for scenario in plan.selection.scenarios]

    def iter_lines(self) -> Iterator[str]:
        """Yield the scenarios, each with its steps."""
        # All is recorded once before anything is shown: what a later request marks as personal, others may repeat.
        for scenario, steps in self._scenarios:
            for step in steps:
                self._redactor.declare_placeholders(*_iter_expressions(step.outgoing))
                self._record(scenario, step.outgoing, step.request)
        for scenario, steps in self._scenarios:
            yield f"{scenario.id}  {scenario.title}  ({scenario.location})"
            reason = self._plan.find_skip_reason(scenario)
            if reason is not None:
                yield f"    skipped: {reason}"
            for step in () if reason is not None else steps:
                yield from self._iter_step(scenario, step)

    def _plan_steps(self, scenario: Scenario) -> list[PlannedStep]:
        environment = self._plan.environment
        preparer = Preparer(
            spec=self._plan.project.specs[scenario.spec],
            environment=environment,
            base_url=self._base_url,
            headers={"User-Agent": USER_AGENT},
            is_checked=False,
        )
        guard = WriteGuard(base_url=self._base_url, writes=environment.writes)
        return plan_scenario(scenario, preparer, permit=guard.permit)

    def _iter_step(self, scenario: Scenario, planned: PlannedStep) -> Iterator[str]:
        outgoing, operation = planned.outgoing, planned.outgoing.operation
        recorded = self._record(scenario, outgoing, planned.request)
        url = _restore(recorded.url, outgoing) if recorded else self._base_url + operation.path
        yield f"    {outgoing.step.name}: {operation.method} {self._shorten(url)}{_mark(planned)}"
        if planned.outcome is not None:
            yield f"        {planned.outcome}, {self._redactor.text(planned.reason)}"
        elif recorded is not None and recorded.body is not None:
            yield textwrap.indent(_restore(recorded.body, outgoing), " " * 8)

    def _record(self, scenario: Scenario, outgoing: OutgoingStep, request: Request | None) -> SentMessage | None:
        if request is None:
            return None
        recorder = ExchangeRecorder(spec=self._plan.project.specs[scenario.spec], redactor=self._redactor)
        return recorder.record(outgoing.operation, Exchange(request=request, response=None)).request

    def _shorten(self, url: str) -> str:
        return url if self._plan.environment.base_url else url.removeprefix(_NO_ADDRESS)


def _list_properties(plan: PropertyPlan) -> list[str]:
    settings = plan.settings
    examples = count_noun(settings.max_examples, "example")
    lines = [f"properties: {', '.join(settings.phases)}; up to {examples} of an operation"]
    for operations in plan.operations.values():
        lines += [f"    {operation.label}: {operation.method} {operation.path}" for operation in operations]
    return lines


def _mark(planned: PlannedStep) -> str:
    if planned.outgoing.operation.effect is Effect.READ:
        return ""
    return "  [write: its probe]" if planned.outgoing.is_probed and planned.outcome is None else "  [write]"


def _restore(text: str, outgoing: OutgoingStep) -> str:
    """Return a URL or a form in which expressions are written as their author wrote them."""
    for expression in _iter_expressions(outgoing):
        text = text.replace(quote(expression, safe=""), expression)
    return text


def _iter_expressions(outgoing: OutgoingStep) -> Iterator[str]:
    step = outgoing.step
    return (reference.text for reference in iter_references([dict(step.parameters), step.body]))


def _count(selection: Selection, warehouses: Sequence[WarehouseContract]) -> str:
    checks = sum(len(contract.checks) for contract in warehouses)
    scenarios = count_noun(len(selection.scenarios), Phase.SCENARIOS.noun)
    return f"{scenarios}, {count_noun(checks, Phase.WAREHOUSE.noun)}; {selection.deselected} not selected"
