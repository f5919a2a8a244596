"""Sends scenarios as the users of Locust, here or on its workers. Importing it patches the standard library (gevent):
it comes before all that opens sockets."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gevent
import locust
from gevent import pool
from locust.env import Environment
from locust.rpc import Message
from locust.runners import STATE_STOPPED
from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.load.meter import Meter
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.events import Event
from contracts_runner.results.load_rows import LoadShape

WINDOW_SECONDS = 1.0
# How long a master waits for its workers, and for their last reports.
_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.1
_LINGER_MILLISECONDS = 10_000
_DATA, _IS_LAST = "contracts", "contracts_last"


class LostWorkersError(Exception):
    """What workers have sent is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """What the users do: `send` runs the scenario of an id once, one after another of `scenarios`; `emit` takes what is
    measured; `is_stopped` tells that no further iteration begins."""

    scenarios: Sequence[str]
    send: Callable[[str], None]
    meter: Meter
    emit: Callable[[Event], None]
    is_stopped: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a master listens."""

    host: str
    port: int


def send_load(users: Users, shape: LoadShape) -> None:
    """Send the load from this process; returns when its time is over and the last iterations have ended."""
    if shape.arrivals is not UNSET:
        _send_arrivals(users, shape, shape.arrivals)
        return
    environment = _build_environment(users)
    runner = environment.create_local_runner()
    runner.start(shape.users, spawn_rate=shape.spawn_rate)
    for _ in _iter_windows(users, shape.seconds, lambda: runner.user_count):
        pass
    runner.stop()
    users.emit(users.meter.take(0))


def lead_workers(users: Users, shape: LoadShape, address: Address, take: Callable[[Any], None]) -> None:
    """Let workers send the load, and hand what they report to `take`.

    Raises LostWorkersError where one did not come, or did not say at the end what it has sent.
    """
    environment = _build_environment(users)
    runner = environment.create_master_runner(address.host, address.port)
    ended: set[str] = set()

    def receive(client_id: str, data: dict[str, Any]) -> None:
        take(data.pop(_DATA, None))
        if data.pop(_IS_LAST, False):
            ended.add(client_id)

    environment.events.worker_report.add_listener(receive)
    try:
        _wait(lambda: len(runner.clients.ready) >= shape.workers, f"{shape.workers} workers did not come")
        chosen = {client.id for client in runner.clients.all}
        runner.start(shape.users, spawn_rate=shape.spawn_rate)
        _pause(users, shape.seconds)
        for client in chosen:
            # `stop` would make it wait before it can say anything more.
            runner.server.send_to_client(Message("quit", None, client))
        _wait(lambda: ended >= chosen, "a worker was lost: what it sent after its last report is not counted")
    finally:
        runner.quit()


def follow_master(users: Users, address: Address, take_reports: Callable[[int], Any]) -> None:
    """Send what a master asks for, and give it what was measured (`take_reports` of the number of users) until it
    ends."""
    environment = _build_environment(users)
    runner = environment.create_worker_runner(address.host, address.port)

    def report(data: dict[str, Any], **_: object) -> None:
        data[_DATA] = take_reports(runner.user_count)
        data[_IS_LAST] = runner.state == STATE_STOPPED

    environment.events.report_to_master.add_listener(report)
    runner.greenlet.join()
    # The last report may still be on its way: the process would end without it.
    socket = runner.client.socket
    context = socket.context
    socket.close(linger=_LINGER_MILLISECONDS)
    context.term()


def _build_environment(users: Users) -> Environment:
    order = _iter_turns(users.scenarios)

    def send(_user: object) -> None:
        if users.is_stopped():
            raise locust.exception.StopUser
        users.send(next(order))

    return Environment(
        user_classes=[type("ScenarioUser", (locust.User,), {"tasks": [send]})], stop_timeout=_WAIT_SECONDS
    )


def _send_arrivals(users: Users, shape: LoadShape, rate: float) -> None:
    """Begin so many iterations in a second, whether others have ended or not; with as many under way as there may be
    users, one is left out, and counted as skipped."""
    order, group = _iter_turns(users.scenarios), pool.Group()
    begun = 0
    for elapsed in _iter_windows(users, shape.seconds, lambda: len(group), pause=min(1 / rate, _POLL_SECONDS)):
        for _ in range(int(min(elapsed, shape.seconds) * rate) - begun):
            begun += 1
            if shape.users and len(group) >= shape.users:
                users.meter.count_iteration(next(order), Outcome.SKIPPED)
            else:
                group.spawn(users.send, next(order))
    group.join()
    users.emit(users.meter.take(0))


def _iter_turns(scenarios: Sequence[str]) -> Iterator[str]:
    """Yield one scenario after another, without end; greenlets take turns only where something waits."""
    return itertools.cycle(scenarios)


def _iter_windows(
    users: Users, seconds: float, count_users: Callable[[], int], *, pause: float = _POLL_SECONDS
) -> Iterator[float]:
    """Yield the seconds since the beginning, again and again until the time is over, and emit each window."""
    begun = measured = time.monotonic()
    while (now := time.monotonic()) - begun < seconds and not users.is_stopped():
        yield now - begun
        if now - measured >= WINDOW_SECONDS:
            users.emit(users.meter.take(count_users()))
            measured = now
        gevent.sleep(pause)


def _pause(users: Users, seconds: float) -> None:
    """Wait until the time is over, or the load is stopped."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not users.is_stopped():
        gevent.sleep(_POLL_SECONDS)


def _wait(is_done: Callable[[], bool], problem: str) -> None:
    until = time.monotonic() + _WAIT_SECONDS
    while not is_done():
        if time.monotonic() > until:
            raise LostWorkersError(f"{problem} (waited for {_WAIT_SECONDS:g} s)")
        gevent.sleep(_POLL_SECONDS)
