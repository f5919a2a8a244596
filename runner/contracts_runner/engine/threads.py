"""Runs the selected scenarios on several threads; each scenario's steps stay in order."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.needs import Given, Needs
from contracts_runner.engine.progress import BROKEN_OFF, NOT_STARTED
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.engine.turn import TURN
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


@dataclass(frozen=True, slots=True)
class _Job:
    """A scenario to be run; of one that others needed, its end (`is_end`)."""

    scenario: Scenario
    is_end: bool = False

    def __hash__(self) -> int:
        return hash((self.scenario.id, self.is_end))


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
    needs: Needs | None = None,
    every: Iterable[Scenario] = (),
    is_decisive: Callable[[Scenario], bool] = lambda _: True,
) -> None:
    """Run all of them, and the cleanup of those among `every` that nobody needs any more.

    One that needs others is run after their steps; those with the same word of `exclusive` never run at the same time.
    On the first KeyboardInterrupt the running steps and cleanups are finished, after `on_interrupt` was called to say
    so; a second one is raised. `is_decisive`: whether `--fail-fast` minds what is broken. `on_fault` records a scenario
    that could not be run as one, beside faults that are a step's own.
    """
    needs = Needs({}) if needs is None else needs
    by_id = {scenario.id: scenario for scenario in (*every, *scenarios)}

    def run_job(job: _Job) -> None:
        scenario = job.scenario
        work = partial(needs.finish, scenario.id) if job.is_end else partial(run_one, scenario)
        try:
            guard(work, partial(settle, scenario))
        finally:
            if not needs.is_open(scenario.id):
                needs.release(scenario.id)

    def settle(scenario: Scenario, fault: Fault) -> None:
        needs.give(scenario.id, Given(outcome=Outcome.ERRORED))
        on_fault(scenario, fault)

    def run_one(scenario: Scenario) -> None:
        runner = find_runner(scenario)
        # A scenario that was started is never skipped: its cleanup must run, and its recorded steps are kept.
        hindrance = None if runner.is_resuming else find_any_hindrance(scenario)
        if hindrance is not None:
            needs.give(scenario.id, Given(outcome=hindrance[0]))
            runner.leave_out(scenario, *hindrance)
            return
        if needs.is_needed(scenario.id):
            given = runner.begin(scenario)
            needs.give(scenario.id, given)
            outcome = given.outcome
        else:
            outcome = runner.run(scenario)
        if outcome.traits.is_broken and is_fail_fast and is_decisive(scenario):
            stop.set(FAIL_FAST)

    def find_any_hindrance(scenario: Scenario) -> tuple[Outcome, str] | None:
        if stop.is_set():
            return Outcome.SKIPPED, stop.reason
        if hindrance := find_hindrance(scenario):
            return hindrance
        return needs.find_obstacle(scenario.id)

    def is_ready(job: _Job) -> bool:
        return job.is_end or needs.is_ready(job.scenario.id, awaited)

    def list_due() -> list[_Job]:
        return [_Job(by_id[identifier], is_end=True) for identifier in needs.list_due()]

    awaited = {scenario.id for scenario in scenarios}
    # Those that others need first, then the one that may wait for the longest time between its retries.
    order = sorted(scenarios, key=lambda each: (needs.is_needed(each.id), _sum_retry_seconds(each)), reverse=True)
    pool = _Pool(jobs, run_job, map(_Job, order))
    while True:
        try:
            if pool.has_ended(list_due):
                break
            pool.submit(is_ready)
        except KeyboardInterrupt:
            if stop.is_interrupted():
                pool.abandon()
                raise
            stop.set(NOT_STARTED, is_interrupt=True)
        except BaseException:
            # The running steps cannot be recorded any more; nothing further starts, and nothing is waited for twice.
            stop.set(BROKEN_OFF, is_interrupt=True)
            pool.abandon(is_waiting=True)
            raise
        else:
            continue
        # Here the first signal is answered: one that comes now is a second one (signals.py).
        on_interrupt()
    pool.close()


class _Pool:
    """Threads that run jobs, each once; those of scenarios with the same word of `exclusive` one after the other."""

    def __init__(self, size: int, run: Callable[[_Job], None], jobs: Iterable[_Job]) -> None:
        # Not a `with` block: it would wait for the threads even when the user wants to stop at once.
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix="scenario")
        self._run = run
        self._waiting = dict.fromkeys(jobs)
        self._submitted: set[_Job] = set()
        self._claimed: set[_Job] = set()
        self._ended: set[_Job] = set()
        self._busy: dict[str, _Job] = {}  # word of `exclusive` -> the job that has it
        self._broken: list[BaseException] = []
        self._lock, self._changed = threading.Lock(), threading.Event()

    def has_ended(self, list_due: Callable[[], Iterable[_Job]]) -> bool:
        """True if nothing runs and nothing waits, what is due now included."""
        self._changed.clear()
        # In this order: what a job makes due is so before it has ended.
        running = len(self._submitted) - len(self._ended)
        self._waiting |= dict.fromkeys(job for job in list_due() if job not in self._submitted)
        return not self._waiting and not running

    def submit(self, is_ready: Callable[[_Job], bool]) -> None:
        """Submit the jobs that can be run now, and wait until one has ended. Raises what broke."""
        for job in tuple(self._waiting):
            if is_ready(job) and self._take_word(job):
                # An interrupt amid `submit` leaves open whether a thread got it: it is submitted again, and run once.
                self._executor.submit(self._work, job)
                self._submitted.add(job)
                del self._waiting[job]
        self._changed.wait(WAKE_UP_SECONDS)
        if self._broken:
            raise self._broken[0]

    def _take_word(self, job: _Job) -> bool:
        word = job.scenario.exclusive
        with self._lock:
            if word is None or job in self._claimed:
                return True
            return self._busy.setdefault(word, job) == job

    def _work(self, job: _Job) -> None:
        with self._lock:
            if job in self._claimed:
                return
            self._claimed.add(job)
        try:
            with TURN.taken():
                self._run(job)
        except BaseException as error:
            self._broken.append(error)
        with self._lock:
            self._ended.add(job)
            if job.scenario.exclusive is not None:
                del self._busy[job.scenario.exclusive]
        self._changed.set()

    def abandon(self, *, is_waiting: bool = False) -> None:
        """Start nothing more."""
        self._executor.shutdown(wait=is_waiting, cancel_futures=True)

    def close(self) -> None:
        """Let the threads end."""
        self._executor.shutdown()


def _sum_retry_seconds(scenario: Scenario) -> float:
    """Return the seconds for which a scenario may wait between its retries: the longest starts first, beside others."""
    return sum(step.retry.for_seconds for step in scenario.steps if step.retry)
