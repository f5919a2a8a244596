"""The property phase of a plan: the generated requests that are known before the first answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts_runner.errors import BlockedError
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.exchange import Request
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.properties.selection import GenerationSettings
from contracts_runner.run.connections import USER_AGENT
from contracts_runner.run.plan import PropertyPlan, RunPlan
from contracts_runner.run.preview.requests import RequestPrinter
from contracts_runner.run.scratch import find_scratch

if TYPE_CHECKING:
    from contracts_runner.properties.preview import PlannedOperation


def iter_property_lines(plan: RunPlan, properties: PropertyPlan, printer: RequestPrinter) -> Iterator[str]:
    """Yield the phase, and each operation with its requests. Only now Schemathesis is imported."""
    from contracts_runner.properties.preview import PropertyPlanner

    settings, seed = properties.settings, plan.options.seed
    bound = f"up to {count_noun(settings.max_examples, 'example')} of an operation"
    yield f"properties: {', '.join(settings.phases)}; {bound}; seed {seed}"
    yield from _iter_later(settings)
    planner = PropertyPlanner(
        environment=plan.environment,
        base_url=printer.base_url,
        settings=settings,
        seed=seed,
        headers={"User-Agent": USER_AGENT},
        scratch=find_scratch(),
    )
    planned = [
        each
        for key, operations in properties.operations.items()
        for each in planner.iter_operations(plan.project.specs[key], operations)
    ]
    for each in planned:
        for request in each.requests:
            printer.learn(each.operation, request)
    for each in planned:
        yield from _iter_operation(each, printer)


def _iter_later(settings: GenerationSettings) -> Iterator[str]:
    """Yield what is generated while the run goes on, and its bounds."""
    if settings.bounds.requests is not None:
        yield f"max_requests: at most {settings.bounds.requests} in all"
    if settings.bounds.writes is not None:
        yield f"max_writes: at most {settings.bounds.writes} writes in all"
    if GenerationPhase.FUZZING in settings.phases:
        more = ", and more to make what was found smaller" if settings.is_shrinking else ""
        yield f"fuzzing: generated while it runs, at most {settings.max_examples} of each operation{more}"
    if GenerationPhase.STATEFUL in settings.phases:
        yield f"stateful: generated while it runs: along the links, then at most {settings.max_examples} random flows"
    if PropertyCheck.IGNORED_AUTH in settings.checks:
        yield "ignored_auth: a success of each operation is asked for again, without and with a wrong credential"


def _iter_operation(planned: "PlannedOperation", printer: RequestPrinter) -> Iterator[str]:
    operation = planned.operation
    yield f"    {operation.label}: {operation.method} {operation.path}"
    if planned.skip_reason:
        yield f"        skipped, {planned.skip_reason}"
    for problem in planned.problems:
        yield f"        errored, {printer.redactor.text(problem)}"
    for request in planned.requests:
        yield from _iter_request(operation, request, printer)
    if planned.cut:
        yield f"        not all requests are sent: {planned.cut}"
    if planned.fed:
        later = f"about {planned.later} requests of coverage, and " if planned.later else ""
        yield f"        generated while it runs: {later}more with ids from answers ({', '.join(planned.fed)})"


def _iter_request(operation: Operation, request: Request, printer: RequestPrinter) -> Iterator[str]:
    yield f"        {printer.show_line(operation, request)}"
    try:
        printer.permit(request)
    except BlockedError as error:
        yield f"            blocked, {printer.redactor.text(str(error))}"
        return
    yield from printer.show_body(operation, request, indent=12)
