"""What a dry run says of the tokens that would be asked for."""

from collections.abc import Iterator

from contracts_runner.engine.authorization import AuthorizationError, authorize, take_inline
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.token_client import describe_source
from contracts_runner.model.contract import Auth
from contracts_runner.model.credential import OAuthClient
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import iter_asked
from contracts_runner.run.plan import RunPlan


def iter_token_lines(plan: RunPlan, base_url: str) -> Iterator[str]:
    """Yield a line for each token that a request of the plan needs, with where it is asked for first."""
    specs, environment = plan.project.specs, plan.environment
    lines: dict[str, None] = {}
    for auth, operation in _iter_sent(plan):
        names, credentials = take_inline(auth, environment.credentials)
        schemes = specs[operation.spec].security_schemes if operation.spec in specs else {}
        try:
            pending = authorize(names, operation=operation, schemes=schemes, credentials=credentials).pending
        except AuthorizationError:
            continue
        for each in pending:
            if isinstance(each.credential, OAuthClient):
                lines[f"    {each.name}: {describe_source(each, base_url)}"] = None
    if lines:
        yield "tokens, each when it is first needed:"
        yield from lines


def _iter_sent(plan: RunPlan) -> Iterator[tuple[Auth | None, Operation]]:
    specs = plan.project.specs
    for scenario in plan.selection.scenarios:
        for step in (*scenario.steps, *scenario.cleanup):
            outgoing = decide_step(step, specs, plan.environment)
            if not outgoing.is_kept_back:
                yield outgoing.step.auth, outgoing.operation
    for operations in plan.properties.operations.values() if plan.properties else ():
        yield from ((None, operation) for operation in operations)
    for contract in plan.warehouses:
        names = dict.fromkeys(name for check in contract.checks for name in iter_asked(check))
        asked = (specs[contract.spec].find_operation(name) for name in names if contract.spec in specs)
        yield from ((None, operation) for operation in asked if operation)
