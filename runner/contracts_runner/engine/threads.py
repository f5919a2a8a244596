"""Runs the selected scenarios on several threads; each scenario's steps stay in order."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from contracts_runner.engine.progress import NOT_STARTED
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.faults import Fault, guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome

# The main thread looks up this often, so that an interrupt reaches it on every platform.
WAKE_UP_SECONDS = 0.5
FAIL_FAST = "not started: --fail-fast, another scenario did not pass"


class Stop:
    """Why no further scenario should start; read by all threads."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason = ""
        self.is_interrupt = False

    def set(self, reason: str, *, is_interrupt: bool = False) -> None:
        """Ask to stop. An interrupt also keeps back the remaining steps of running scenarios, and replaces any
        other reason."""
        if not self._event.is_set() or (is_interrupt and not self.is_interrupt):
            self.reason, self.is_interrupt = reason, is_interrupt
            self._event.set()

    def is_set(self) -> bool:
        """True if no further scenario should start."""
        return self._event.is_set()

    def is_interrupted(self) -> bool:
        """True if no further step should be sent."""
        return self._event.is_set() and self.is_interrupt


def run_scenarios(
    scenarios: Sequence[Scenario],
    *,
    find_runner: Callable[[Scenario], ScenarioRunner],
    find_hindrance: Callable[[Scenario], tuple[Outcome, str] | None],
    jobs: int,
    is_fail_fast: bool,
    stop: Stop,
    on_interrupt: Callable[[], None],
    on_fault: Callable[[Scenario, Fault], None],
) -> None:
    """Run all of them. On the first KeyboardInterrupt the running steps and cleanups are finished, after
    `on_interrupt` was called to say so; a second one is raised. `on_fault` records a scenario that could not be run as
    one, beside faults that are a step's own."""
    claimed: set[str] = set()
    ended: set[str] = set()
    broken: list[BaseException] = []
    lock, all_ended = threading.Lock(), threading.Event()

    def work(scenario: Scenario) -> None:
        with lock:
            # An interrupt amid `submit` leaves open whether a thread got it: it is submitted again, and run once.
            if scenario.id in claimed:
                return
            claimed.add(scenario.id)
        try:
            guard(lambda: run_one(scenario), lambda fault: on_fault(scenario, fault))
        except BaseException as error:
            broken.append(error)
        with lock:
            ended.add(scenario.id)
            if broken or len(ended) == len(scenarios):
                all_ended.set()

    def run_one(scenario: Scenario) -> None:
        runner = find_runner(scenario)
        # A scenario that was started is never skipped: its cleanup must run, and its recorded steps are kept.
        hindrance = (
            None
            if runner.is_resuming
            else (Outcome.SKIPPED, stop.reason)
            if stop.is_set()
            else find_hindrance(scenario)
        )
        if hindrance is not None:
            runner.leave_out(scenario, *hindrance)
        elif runner.run(scenario).traits.is_broken and is_fail_fast:
            stop.set(FAIL_FAST)

    # Not a `with` block: it would wait for the threads even when the user wants to stop at once.
    executor = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="scenario")
    waiting = deque(sorted(scenarios, key=_sum_retry_seconds, reverse=True))
    # Not the futures: after an interrupt amid `submit` nobody has the one of a scenario that runs.
    while len(ended) < len(scenarios) or broken:
        try:
            while waiting:
                executor.submit(work, waiting[0])
                waiting.popleft()
            all_ended.wait(WAKE_UP_SECONDS)
            if broken:
                raise broken[0]
        except KeyboardInterrupt:
            if stop.is_interrupted():
                executor.shutdown(wait=False, cancel_futures=True)
                raise
            stop.set(NOT_STARTED, is_interrupt=True)
        except BaseException:
            # The running steps cannot be recorded any more; nothing further starts, and nothing is waited for twice.
            stop.set("not started: the run broke off", is_interrupt=True)
            executor.shutdown(cancel_futures=True)
            raise
        else:
            continue
        # Here the first signal is answered: one that comes now is a second one (signals.py).
        on_interrupt()
    executor.shutdown()


def _sum_retry_seconds(scenario: Scenario) -> float:
    """Return the seconds for which a scenario may wait between its retries: the longest starts first, beside others."""
    return sum(step.retry.for_seconds for step in scenario.steps if step.retry)
