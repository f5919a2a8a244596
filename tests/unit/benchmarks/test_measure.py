"""What the benchmarks make of their figures; that they are fast enough is measured by hand: `tox -e bench`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.__main__ import find_names, render
from benchmarks.measure import Ratio, Side, compare
from benchmarks.processes import Command, Target, run
from benchmarks.workload import write_suite

from helpers.command import run_contracts


class Watch:
    """A clock that moves when work is done."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def work(self, name: str, units: int, *seconds: float) -> Callable[[], int]:
        left = list(seconds)

        def do() -> int:
            self.order.append(name)
            self.now += left.pop(0)
            return units

        return do


def make_ratio(ours: float, theirs: float, at_least: float | None) -> Ratio:
    sides = [Side(name=name, rates=(rate,), units=10) for name, rate in (("ours", ours), ("theirs", theirs))]
    return Ratio(name="something", unit="cases", ours=sides[0], theirs=sides[1], at_least=at_least)


def test_a_ratio_is_that_of_the_medians_without_the_first_round() -> None:
    watch = Watch()

    ratio = compare(
        "something",
        unit="cases",
        ours=("ours", watch.work("ours", 100, 99, 1, 2, 50)),
        theirs=("theirs", watch.work("theirs", 100, 1, 4, 4, 4)),
        rounds=3,
        at_least=0.95,
        clock=lambda: watch.now,
    )

    assert (ratio.ours.rates, ratio.theirs.rates) == ((100, 50, 2), (25, 25, 25))
    assert (ratio.value, ratio.is_kept) == (2, True)


def test_the_sides_take_turns_and_neither_is_always_first() -> None:
    watch = Watch()

    compare(
        "something",
        unit="cases",
        ours=("ours", watch.work("ours", 1, *[1] * 3)),
        theirs=("theirs", watch.work("theirs", 1, *[1] * 3)),
        rounds=2,
        at_least=None,
        clock=lambda: watch.now,
    )

    assert watch.order == ["theirs", "ours", "ours", "theirs", "theirs", "ours"]


@pytest.mark.parametrize(
    ("at_least", "is_kept", "last"),
    [
        (0.9, True, "  ratio 0.90 (promised: 0.90)"),
        (0.95, False, "  ratio 0.90 (promised: 0.95): TOO LOW"),
        (None, True, "  ratio 0.90"),
    ],
)
def test_a_ratio_below_the_promise_is_told(at_least: float | None, is_kept: bool, last: str) -> None:
    ratio = make_ratio(90, 100, at_least)

    assert ratio.is_kept is is_kept
    assert list(render(ratio))[-1] == last


def test_a_module_of_the_folder_is_a_benchmark() -> None:
    assert "properties" in find_names()


@pytest.mark.parametrize(("value", "verdict"), [(1.5, "PASS"), (1.51, "FALL SHORT")])
def test_a_figure_over_its_target_falls_short(value: float, verdict: str) -> None:
    assert str(Target(name="something", value=value, at_most=1.5)).startswith(verdict)


def test_what_a_process_cost_is_that_of_its_children_too(tmp_path: Path) -> None:
    works = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {works!r}], check=True)"

    parent = run(Command((sys.executable, "-c", child), tmp_path))

    assert parent.cpu > run(Command((sys.executable, "-c", "pass"), tmp_path)).cpu


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="exit 3"):
        run(Command((sys.executable, "-c", "raise SystemExit(3)"), tmp_path))


def test_the_suite_of_the_benchmark_is_a_project_without_mistakes(tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "suite", 3, "http://127.0.0.1:9")

    assert run_contracts("check", cwd=folder).code == 0
    assert json.loads((folder / "suite.json").read_text(encoding="utf-8"))[2][0]["path"] == "/things10"
