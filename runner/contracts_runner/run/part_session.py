"""A part of a run in another process: the plan is read there again, and what is to be recorded goes to the process that
has the ledger, before a request leaves."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contracts_runner.engine.needs import Needs
from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.threads import Stop
from contracts_runner.engine.turn import TURN
from contracts_runner.errors import UsageError
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.project.project import load_project
from contracts_runner.results.events import Event
from contracts_runner.run.channel import Asks, RunOrder
from contracts_runner.run.connections import Capture, build_redactor, open_transport
from contracts_runner.run.listeners import Listeners
from contracts_runner.run.options import recall_options, record_options
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.provenance import describe_sending, iter_public_texts
from contracts_runner.run.resume import compare_files
from contracts_runner.run.session import Session
from contracts_runner.transport.rate import RateLimiter


def describe_order(session: Session) -> RunOrder:
    """Return the order for parts of a run."""
    plan = session.plan
    # What is a part of what, and what is published where, is decided here.
    own = {"environment": plan.environment.name, "shard": None, "is_published": False}
    return RunOrder(
        root=str(plan.project.root),
        files=plan.project.files,
        options={**record_options(plan.options), **own},
        base_url=session.base_url,
        run_id=session.run_id,
    )


def load_plan(order: RunOrder, root: Path | None = None) -> RunPlan:
    """Return the plan of the run, of which a part is to be done, from the project here. Raises ContractsError."""
    plan = plan_run(load_project(root or Path(order.root)), recall_options(dict(order.options), {}))
    if changed := compare_files(order.files, plan.project.files):
        raise UsageError(f"the project here is another one than that of the run: {'; '.join(changed)}")
    return plan


@contextmanager
def open_part(
    plan: RunPlan,
    order: RunOrder,
    channel: Asks,
    *,
    emit: Callable[[Event], None],
    key: bytes = b"",
    needed: Mapping[str, tuple[str, ...]] | None = None,
    capture: Capture | None = None,
) -> Iterator[Session]:
    """Open a session whose events go to `emit`, and all else that is kept through the channel. `key` is that of a
    redactor that has met the same, `needed` says who needs whom of the part; `capture` gives the credentials of
    scenarios that are none of it."""
    redactor = build_redactor(plan.environment, key)
    redactor.declare_public(*iter_public_texts(plan))
    # Who waits in `emit` for an answer keeps the others from recording, but not from computing.
    listeners = Listeners([emit], waiting=TURN.given_up)
    with open_transport(
        plan.environment,
        order.base_url,
        plan.project.specs.values(),
        on_leave=lambda request: listeners.emit(describe_sending(request)),
        limiter=_Turns(channel) if plan.environment.rate_limit_per_second else None,
    ) as transport:
        yield Session(
            plan=plan,
            resume=None,
            base_url=order.base_url,
            run_id=order.run_id,
            folder=Path(),
            redactor=redactor,
            listeners=listeners,
            transport=transport,
            clock=SystemClock(),
            stop=Stop(),
            needs=Needs(needed or {}),
            again=frozenset(),
            obstacle=None,
            store=lambda *names, group: _store(channel, names, group),
            token_numbers=lambda: int(channel.ask("number")),
            capture=capture,
        )


def _store(channel: Asks, names: tuple[Any, ...], group: str) -> WrittenArtifact:
    return WrittenArtifact(*channel.ask("artifact", names, group))


class _Turns(RateLimiter):
    """The rate limit of the run."""

    def __init__(self, channel: Asks) -> None:
        super().__init__(None)
        self._channel = channel

    def reserve(self) -> float:
        return float(self._channel.ask("turn"))
