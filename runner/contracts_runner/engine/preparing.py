"""Makes the request of an outgoing step from the values of a scope, or says why it is not sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts_runner.engine.authorization import Authorization, AuthorizationError, authorize
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.parameters import ParameterError
from contracts_runner.engine.request_conformance import HINT, Values, iter_mismatches
from contracts_runner.engine.requests import BodyError, build_request
from contracts_runner.engine.scope import LostValueError, Scope, UnresolvedError
from contracts_runner.model.contract import Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec


class UnsentError(Exception):
    """A request that cannot be made; the message is a sentence, `outcome` what that means for its step."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        super().__init__(f"not sent: {error}")
        self.outcome = outcome


class _InvalidRequestError(Exception):
    """The author's request does not match the spec, and is not meant to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Makes requests to one spec's operations. `headers` go with every request.

    `is_checked` is False where the values are not all known: what is known of them was checked with the environment.
    """

    spec: Spec
    environment: Environment
    base_url: str
    headers: Mapping[str, str]
    is_checked: bool = True

    def prepare(self, outgoing: OutgoingStep, scope: Scope, *, scenario: str) -> tuple[Request, Authorization]:
        """Return the request, and what its credential is called; raises UnsentError."""
        try:
            return self._prepare(outgoing, scope, scenario)
        except LostValueError as error:
            raise UnsentError(error, Outcome.ERRORED) from error
        except UnresolvedError as error:
            raise UnsentError(error, Outcome.BLOCKED) from error
        except (ParameterError, AuthorizationError, BodyError, _InvalidRequestError) as error:
            raise UnsentError(error, Outcome.ERRORED) from error

    def _prepare(self, outgoing: OutgoingStep, scope: Scope, scenario: str) -> tuple[Request, Authorization]:
        step, operation = outgoing.step, outgoing.operation
        schemes, credentials = self.spec.security_schemes, self.environment.credentials
        authorization = authorize(step.auth, operation=operation, schemes=schemes, credentials=credentials)
        body: Json | Unset = step.body if isinstance(step.body, Unset) else scope.evaluate(step.body)
        parameters: Mapping[str, Json] = scope.evaluate(dict(step.parameters))
        if self.is_checked and not step.is_invalid_request:
            for mismatch in iter_mismatches(self.spec, operation, Values(parameters=parameters, body=body)):
                raise _InvalidRequestError(f"{mismatch}; {HINT}")
        request = build_request(
            operation,
            base_url=self.base_url,
            parameters=parameters,
            body=body,
            authorization=authorization,
            headers=self.headers,
            is_probe=outgoing.is_probed,
            scenario=scenario,
            step=step.name,
        )
        return request, authorization
