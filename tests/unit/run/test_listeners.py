"""The order of events: what a thread brings after the end of a run is not recorded, and so not sent."""

import pytest

from contracts_runner.errors import RecordingError
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import Event, PhaseFinished, RunFinished
from contracts_runner.run.session import Listeners


def test_nothing_is_taken_after_the_end_of_the_run() -> None:
    taken: list[Event] = []
    listeners = Listeners([taken.append])
    listeners.emit(PhaseFinished(phase=Phase.WAREHOUSE))
    listeners.emit(RunFinished(is_interrupted=True))

    with pytest.raises(RecordingError, match="the run has ended"):
        listeners.emit(PhaseFinished(phase=Phase.WAREHOUSE))

    assert [event.type for event in taken] == ["phase_finished", "run_finished"]
