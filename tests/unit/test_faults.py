"""The guard: whatever is raised becomes a fault with its place and without its text, but for what must go through."""

import threading
from pathlib import Path

import pytest

from contracts_runner.errors import RecordingError, UndecidedError, UsageError
from contracts_runner.faults import Fault, guard

SECRET = "very-secret-key-1"
KINDS: tuple[BaseException, ...] = (
    KeyError(SECRET),
    ValueError(SECRET),
    RecursionError(SECRET),
    MemoryError(SECRET),
    AssertionError(SECRET),
    UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    OSError(13, SECRET),
    SystemExit(SECRET),
    SystemExit(0),
    GeneratorExit(SECRET),
    ExceptionGroup(SECRET, [KeyError(SECRET)]),
)


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
def test_whatever_is_raised_is_settled_with_its_type_and_place_and_without_its_text(error: BaseException) -> None:
    def work() -> str:
        raise error

    fault = guard(work, lambda fault: fault)

    assert isinstance(fault, Fault)
    assert str(fault).startswith(f"an unexpected {type(error).__name__} (")
    assert fault.place.endswith(f"test_faults.py:{work.__code__.co_firstlineno + 1}")
    assert SECRET not in str(fault)


@pytest.mark.parametrize("error", [UsageError("no such thing"), UndecidedError("no such thing")])
def test_the_text_of_our_own_errors_is_told(error: Exception) -> None:
    def work() -> None:
        raise error

    assert str(guard(work, lambda fault: fault)) == "no such thing"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RecordingError("full"), LookupError()])
def test_what_must_go_through_is_raised(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        guard(work, lambda fault: fault, raised=(LookupError,))


def test_an_interrupt_is_the_main_threads_alone() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(guard(work, lambda fault: fault.kind)))
    thread.start()
    thread.join()

    assert found == ["KeyboardInterrupt"]


def test_the_place_of_a_fault_in_a_library_is_where_we_called_it() -> None:
    fault = guard(lambda: Path("\0").read_text(encoding="utf-8"), lambda fault: fault)

    assert isinstance(fault, Fault)
    assert "test_faults.py:" in fault.place


def test_the_place_of_a_mistake_of_python_is_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong_hook.py").write_text("def load():\n    return (\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    fault = guard(lambda: __import__("wrong_hook"), lambda fault: fault)

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.place) == ("SyntaxError", "wrong_hook.py:2")
