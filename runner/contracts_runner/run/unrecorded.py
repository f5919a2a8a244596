"""The credentials of an environment outside of a run: what gets them is sent, and not recorded."""

import contextlib
import secrets
from collections.abc import Iterator
from functools import partial

from contracts_runner.engine.keyring import Keyring
from contracts_runner.engine.needs import Needs, add_needed
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.secret_captures import find_secret_captures
from contracts_runner.engine.steps import StepRunner
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.faults import guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import list_captured
from contracts_runner.model.environment import Environment
from contracts_runner.project.project import Project
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.run.captured import CapturedCredentials
from contracts_runner.run.connections import USER_AGENT, build_keyring
from contracts_runner.transport.http import HttpTransport


@contextlib.contextmanager
def open_keyring(
    project: Project, environment: Environment, base_url: str, transport: HttpTransport, redactor: Redactor
) -> Iterator[Keyring]:
    """Yield what gets the credentials; scenarios that gave some are cleaned up after when the block is left."""
    clock, run_id, user = SystemClock(), secrets.token_hex(4), ""
    givers = {each.scenario for each in list_captured(environment.credentials).values()}
    chosen = add_needed((each for each in project.scenarios if each.id in givers), project.scenarios)
    needs = Needs({user: [each.id for each in chosen]})
    secret_captures = find_secret_captures(project.scenarios, environment)

    def build_runner(scenario: Scenario) -> ScenarioRunner:
        specs = project.place(environment).specs
        return ScenarioRunner(
            steps=StepRunner(
                specs=specs,
                environment=environment,
                base_url=base_url,
                transport=transport,
                clock=clock,
                headers={"User-Agent": USER_AGENT},
                signer=keyring,
                learn=redactor.learn_secret,
            ),
            recorder=Recorder(
                specs,
                redactor,
                lambda *_: WrittenArtifact("", ""),
                secret_captures[scenario.id],
            ),
            emit=lambda _: None,
            run_id=run_id,
            needs=needs,
        )

    captured = CapturedCredentials(
        {scenario.id: scenario for scenario in project.scenarios}.__getitem__,
        needs,
        build_runner=build_runner,
        variables=environment.variables,
        learn=redactor.learn_secret,
    )
    keyring = build_keyring(base_url, transport, redactor=redactor, clock=clock, capture=captured.capture)
    try:
        yield keyring
    finally:
        needs.release(user)
        for identifier in needs.list_due():
            guard(partial(needs.finish, identifier), lambda _: None)
