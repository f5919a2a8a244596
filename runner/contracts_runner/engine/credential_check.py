"""Checks before the first request the credentials that an environment would send: for steps, for generated requests and
for what warehouse checks ask."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import itemgetter

from contracts_runner.engine.authorization import AuthorizationError, MissingCredentialError, find_obstacle, list_places
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.contract import Auth
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import WarehouseContract, iter_asked
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.places import StepSite, iter_unknown
from contracts_runner.reading.suggest import find_similar, suggest_or_list

_OVERWRITTEN = (
    "leave it out, or write `auth: none` to send a value of your own (`auth: invalid` sends one that nobody has issued)"
)


def check_step_credential(
    spec: Spec,
    site: StepSite,
    outgoing: OutgoingStep,
    environment: Environment,
    *,
    declared: Collection[str],
    given: Mapping[str, Json],
) -> Iterator[Problem]:
    """Yield why the credential of a step cannot be sent; `declared` are the names of those of all environments, `given`
    the values that stand in its `auth` and are known."""
    auth, operation, schemes = outgoing.step.auth, outgoing.operation, spec.security_schemes
    error = find_obstacle(auth, operation=operation, schemes=schemes, environment=environment, given=given)
    place = site.place.at(*outgoing.origins.auth) if auth else site.place
    if isinstance(error, MissingCredentialError) and auth:
        name = error.names[0]
        known = dict.fromkeys([*environment.credentials, *environment.missing_credentials, "none", "invalid"])
        if name not in {*schemes, *declared}:
            # Nobody has it: that is told of the name where a contract file has it, here where the environment has.
            if name in _list_names(environment.auth):
                written = [(name, environment.location)]
                yield from iter_unknown("unknown credential", written, dict.fromkeys([*schemes, *known]))
            return
        hint = f"name another one under `in: {{{environment.name}: {{auth: …}}}}`; {suggest_or_list(name, known)}"
        message = f"the environment '{environment.name}' has no credential '{name}'"
        yield Problem(location=place.location, message=message, hint=hint, rule=Rule.MISSING_CREDENTIAL)
    elif error is not None:
        yield _build_problem(error, place.location, environment, schemes)
    yield from _check_overwritten(spec, site, outgoing, environment)


def _list_names(auth: Auth | None) -> Collection[str]:
    return (auth,) if isinstance(auth, str) else auth or ()


def _check_overwritten(
    spec: Spec, site: StepSite, outgoing: OutgoingStep, environment: Environment
) -> Iterator[Problem]:
    """Yield the parameters of a step that its credential would overwrite, or would be sent beside."""
    step, operation = outgoing.step, outgoing.operation
    taken = list_places(step.auth, operation=operation, schemes=spec.security_schemes, environment=environment)
    for key in (key for key, value in step.parameters.items() if value is not None):
        for parameter in operation.find_parameters(key):
            name = parameter.name.lower() if parameter.placement == "header" else parameter.name
            if scheme := taken.get((parameter.placement, name)):
                message = f"the credential '{scheme}' goes into the {parameter.placement} parameter '{parameter.name}'"
                location = site.place.at(*outgoing.origins.parameters[key]).location
                yield Problem(location=location, message=message, hint=_OVERWRITTEN, rule=Rule.CREDENTIAL)
    beyond = [("header", name.lower(), keys) for name, keys in outgoing.origins.headers.items()]
    beyond += [("query", name, keys) for name, keys in outgoing.origins.query.items()]
    for placement, name, keys in beyond:
        if scheme := taken.get((placement, name)):
            message = f"the credential '{scheme}' goes into the {placement} '{keys[-1]}'"
            location = site.place.at(*keys).location
            yield Problem(location=location, message=message, hint=_OVERWRITTEN, rule=Rule.CREDENTIAL)


def check_own_credentials(operations: Iterable[Operation], spec: Spec, environment: Environment) -> Iterator[Problem]:
    """Yield why the operations' own credentials cannot be sent."""
    for operation in operations:
        error = find_obstacle(None, operation=operation, schemes=spec.security_schemes, environment=environment)
        if error is not None:
            yield _build_problem(error, environment.location, environment, spec.security_schemes)


def check_asked_credentials(
    contracts: Iterable[WarehouseContract], spec: Spec, environment: Environment
) -> Iterator[Problem]:
    """Yield why what warehouse checks ask cannot be asked; a check whose credential is missing is skipped instead."""
    checks = [check for contract in contracts if contract.spec == spec.key for check in contract.checks]
    names = [name for check in checks for name in iter_asked(check)]
    operations = filter(None, map(spec.find_operation, dict.fromkeys(names)))
    for problem in check_own_credentials(operations, spec, environment):
        if problem.rule is not Rule.MISSING_CREDENTIAL:
            yield problem


def _build_problem(
    error: AuthorizationError, location: SourceLocation, environment: Environment, schemes: Collection[str]
) -> Problem:
    """Return what is wrong; of a credential that an environment lacks one problem for all that want it."""
    if not isinstance(error, MissingCredentialError):
        return Problem(location=location, message=str(error), hint=error.hint, rule=Rule.CREDENTIAL)
    message, hint = str(error).replace("the environment", f"the environment '{environment.name}'", 1), error.hint
    own = (*environment.credentials, *environment.missing_credentials)
    others = [name for name in own if name not in schemes]
    pairs = ((name, find_similar(name, others)) for name in error.names)
    if similar := next(filter(itemgetter(1), pairs), None):
        hint = f"it has '{similar[1]}'. Did you mean '{similar[0]}'? Else {hint}"
    return Problem(location=environment.location, message=message, hint=hint, rule=Rule.MISSING_CREDENTIAL)
