"""The scenarios of a plan with the requests of their steps."""

from collections.abc import Iterator

from contracts_runner.engine.conditions import describe_condition
from contracts_runner.engine.needs import explain_need
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.preview import PlannedStep, plan_scenario
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome, find_worst
from contracts_runner.model.spec import Effect
from contracts_runner.reading.expressions import iter_references
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.preview.requests import RequestPrinter
from contracts_runner.run.value_source import build_value_source


class ScenarioPreview:
    """The scenarios; all are planned and learned when this is made."""

    def __init__(self, plan: RunPlan, printer: RequestPrinter) -> None:
        self._plan = plan
        self._printer = printer
        values = build_value_source(plan, printer.redactor)
        self._scenarios = [
            (scenario, plan_scenario(scenario, printer.build_preparer(), permit=printer.permit, values=values))
            for scenario in plan.selection.scenarios
        ]
        for _, steps in self._scenarios:
            for step in steps:
                printer.learn(step.outgoing.operation, step.request, _list_expressions(step.outgoing))

    def iter_lines(self) -> Iterator[str]:
        """Yield the scenarios, each with its steps."""
        for scenario, steps in self._scenarios:
            yield f"{scenario.id}  {scenario.title}  ({scenario.location})"
            if users := [user for user, needed in self._plan.needs.items() if scenario.id in needed]:
                yield f"    needed by: {', '.join(users)}"
            if (quarantine := scenario.quarantine) and self._plan.is_quarantined(scenario):
                yield f"    in quarantine until {quarantine.until} ({quarantine.owner}: {quarantine.because})"
            hindrance = self._find_hindrance(scenario)
            if hindrance is not None:
                yield f"    {hindrance[0]}: {hindrance[1]}"
            for step in () if hindrance is not None else steps:
                yield from self._iter_step(step)

    def _find_hindrance(self, scenario: Scenario) -> tuple[Outcome, str] | None:
        """Return why nothing of a scenario is sent, as far as that is known before the first answer."""
        if hindrance := self._plan.find_hindrance(scenario):
            return hindrance
        for identifier in self._plan.needs.get(scenario.id, ()):
            outcome = self._find_end(identifier)
            if outcome is not None:
                return Outcome.BLOCKED, explain_need(identifier, outcome)
        return None

    def _find_end(self, identifier: str) -> Outcome | None:
        """Return what a needed scenario comes to if it does not go on; None if an answer decides."""
        for scenario, steps in self._scenarios:
            if scenario.id == identifier:
                if hindrance := self._find_hindrance(scenario):
                    return hindrance[0]
                ended = [each.outcome for each in steps[: len(scenario.steps)] if each.outcome is not None]
                kept_back = [outcome for outcome in ended if outcome is not Outcome.SKIPPED]
                return find_worst(kept_back) if kept_back else None
        return None

    def _iter_step(self, planned: PlannedStep) -> Iterator[str]:
        outgoing, request, printer = planned.outgoing, planned.request, self._printer
        expressions = _list_expressions(outgoing)
        line = printer.show_line(outgoing.operation, request, expressions)
        link = f"  [link {outgoing.step.url}]" if outgoing.step.url else ""
        yield f"    {outgoing.step.name}: {line}{link}{_mark(planned)}"
        if planned.outcome is None and outgoing.step.when:
            yield f"        {describe_condition(outgoing.step.when)}"
        if planned.outcome is not None:
            yield f"        {planned.outcome}, {printer.redactor.text(planned.reason)}"
        else:
            yield from printer.show_body(outgoing.operation, request, expressions)


def _mark(planned: PlannedStep) -> str:
    if planned.outgoing.operation.effect is Effect.READ:
        return ""
    return "  [write: its probe]" if planned.outgoing.is_probed and planned.outcome is None else "  [write]"


def _list_expressions(outgoing: OutgoingStep) -> list[str]:
    step = outgoing.step
    sent = [dict(step.parameters), dict(step.query), dict(step.headers), step.url, step.auth, step.body]
    return [reference.text for reference in iter_references(sent)]
