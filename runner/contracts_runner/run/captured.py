"""Credentials that scenarios give: each is run once before what needs it, or, where nobody has run it or its credential
is not taken any more, when it is needed (docs/design.md, Project file)."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping

from contracts_runner.engine.needs import Given, Needs, list_needs
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.errors import BlockedError, CredentialError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import CapturedCredential
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import ExpressionError


class CapturedCredentials:
    """Gives their texts; thread-safe. `find_scenario` finds one of the project by id, `learn` takes what must not be
    written down, by name."""

    def __init__(
        self,
        find_scenario: Callable[[str], Scenario],
        needs: Needs,
        *,
        build_runner: Callable[[Scenario], ScenarioRunner],
        variables: Mapping[str, Json],
        learn: Callable[[str, str], None],
    ) -> None:
        self._find_scenario, self._needs, self._build_runner = find_scenario, needs, build_runner
        self._variables, self._learn = variables, learn
        # One for each scenario: what one of them needs may be what another gives.
        self._locks: dict[str, threading.RLock] = defaultdict(threading.RLock)

    def capture(self, name: str, credential: CapturedCredential, is_again: bool) -> str:
        """Return the text of a credential; raises BlockedError where its scenario gives none, else CredentialError."""
        with self._locks[credential.scenario]:
            given = self._needs.find(credential.scenario)
            if given is None or given.lost or is_again:
                given = self._run(self._find_scenario(credential.scenario))
        if not given.outcome.traits.goes_on:
            gives = f"scenario '{credential.scenario}', which gives the credential '{name}'"
            raise BlockedError(f"not sent: {gives}, is {given.outcome}")
        text = self._evaluate(name, credential, given)
        self._learn(f"{name}:value", text)
        return text

    def _run(self, scenario: Scenario) -> Given:
        for identifier in list_needs(scenario):
            if self._needs.find(identifier) is None:
                self._run(self._find_scenario(identifier))
        if self._needs.is_open(scenario.id):
            self._needs.finish(scenario.id)
        given = self._build_runner(scenario).begin(scenario)
        self._needs.give(scenario.id, given)
        return given

    def _evaluate(self, name: str, credential: CapturedCredential, given: Given) -> str:
        scope = Scope(variables=self._variables, run_id="", scenario_id=credential.scenario)
        for capture, value in given.captures.items():
            scope.capture(capture, value)
        for capture, why in given.lost.items():
            scope.lose(capture, why)
        try:
            text = scope.evaluate(credential.value)
        except (UnresolvedError, ExpressionError) as error:
            raise CredentialError(f"the credential '{name}' has no value: {error}") from error
        if isinstance(text, bool) or not isinstance(text, str | int) or text == "":
            raise CredentialError(f"the credential '{name}' is no text")
        return str(text)
