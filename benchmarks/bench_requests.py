"""What a request costs in a whole run, beside a raw `requests.Session` loop with the same assertions.

Every figure is a ratio of medians of rounds that take turns. The server is nginx on loopback, so that the tool is
measured; against a slow service what counts is how near a run comes to its critical path.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import find_peers
from benchmarks.processes import Command, Extent, Target, Usage, find_median, take_turns
from benchmarks.servers import serve_fast, serve_slowly
from benchmarks.workload import STEPS, write_suite

ROOT = Path(__file__).resolve().parents[1]
_RAW = str(ROOT / "benchmarks" / "raw_loop.py")
_OURS = (sys.executable, "-m", "contracts_runner")
_LATE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: scenarios of the suites beside the raw loop, and of the long one."""

    suites: tuple[int, ...] = (1, 20, 200)
    long: int = 4000
    slow: tuple[tuple[int, int], ...] = ((50, 20), (50, 200), (500, 200))


FULL = Scale()
QUICK = Scale(suites=(1, 20), long=0, slow=((50, 20),))


def iter_targets(extent: Extent) -> Iterator[Target]:
    """Yield each target of speed with what was measured."""
    scale, rounds = QUICK if extent.is_quick else FULL, extent.rounds
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        yield from _iter_beginnings(rounds, folder)
        with serve_fast(folder) as address:
            for scenarios in scale.suites:
                yield from _iter_beside_raw(scenarios, rounds, _write(folder, scenarios, address), address)
            if scale.long:
                yield from _iter_growth(scale.long, rounds, folder, address)
        for milliseconds, scenarios in scale.slow:
            with serve_slowly(milliseconds) as address:
                yield from _iter_slow(milliseconds, scenarios, rounds, _write(folder / "slow", scenarios, address))
        if extent.earlier is not None:
            yield from _iter_earlier(rounds, extent.earlier)


def _write(folder: Path, scenarios: int, address: str) -> Path:
    place = folder / f"{address.rpartition(':')[2]}-{scenarios}"
    return place if place.exists() else write_suite(place, scenarios, address)


def _build_run(folder: Path, *options: str) -> Command:
    return Command((*_OURS, "run", "-q", "--output", "{fresh}", *options), folder)


_LEAN = ("--format", "junit", "--artifacts", "packed")


def _iter_beginnings(rounds: int, folder: Path) -> Iterator[Target]:
    commands = {
        "help": Command((*_OURS, "--help"), folder),
        "click": Command((sys.executable, "-c", "import click"), folder),
    }
    yield from _compare("contracts --help, of `import click`", commands, rounds, ("help", "click"), 2.5)


def _iter_beside_raw(scenarios: int, rounds: int, folder: Path, address: str) -> Iterator[Target]:
    commands = {
        "all": _build_run(folder),
        "lean": _build_run(folder, *_LEAN),
        "raw": Command((sys.executable, _RAW, "suite.json", address), folder),
    }
    if scenarios == 1:
        commands["requests"] = Command((sys.executable, "-c", "import requests"), folder)
        yield from _compare("one scenario, of `import requests`", commands, rounds, ("lean", "requests"), 2.0)
        return
    peers = find_peers(folder, address)
    usages = {name: find_median(each) for name, each in take_turns({**commands, **peers}, rounds).items()}
    count = scenarios * STEPS
    lean = 1.8 if count <= 100 else 1.5
    yield from _iter_ratios(f"{count} requests, junit, of the raw loop", usages["lean"], usages["raw"], lean)
    yield from _iter_ratios(f"{count} requests, all evidence, of the raw loop", usages["all"], usages["raw"], 2.5)
    basis = f"lean {usages['lean'].rss_mib:.0f} MiB"
    yield Target(name=f"{count} requests, memory in MiB", value=usages["all"].rss_mib, at_most=80, basis=basis)
    for peer in peers:
        yield from _iter_ratios(f"{count} requests, junit, of {peer}", usages["lean"], usages[peer], 1.0)


def _iter_growth(scenarios: int, rounds: int, folder: Path, address: str) -> Iterator[Target]:
    """Yield how time and memory grow from a twentieth of so many scenarios to all of them."""
    few = scenarios // 20
    commands = {
        "few": _build_run(_write(folder, few, address), *_LEAN),
        "many": _build_run(_write(folder, scenarios, address), *_LEAN),
    }
    usages = {name: find_median(each) for name, each in take_turns(commands, max(1, rounds // 3)).items()}
    more = (scenarios - few) * STEPS
    each, before = (usages["many"].cpu - usages["few"].cpu) / more, usages["few"].cpu / few / STEPS
    basis = f"{usages['few'].cpu:.2f} s of CPU for {few * STEPS}, {usages['many'].cpu:.2f} s for {scenarios * STEPS}"
    yield Target(name="each further request, of one of the first", value=each / before, at_most=1.0, basis=basis)
    kib = (usages["many"].rss_mib - usages["few"].rss_mib) * 1024 / more
    basis = f"{usages['few'].rss_mib:.0f} MiB, then {usages['many'].rss_mib:.0f} MiB"
    yield Target(name="each further request, memory in KiB", value=kib, at_most=1.0, basis=basis)


def _iter_slow(milliseconds: int, scenarios: int, rounds: int, folder: Path) -> Iterator[Target]:
    command = _build_run(folder, *_LEAN, "--jobs", str(scenarios))
    used = find_median(take_turns({"lean": command}, rounds)["lean"])
    critical = STEPS * milliseconds / 1000
    is_long = milliseconds >= 500
    at_most = 1.2 * critical if is_long else 1.15 * critical + _LATE_SECONDS
    basis = f"critical path {critical:.2f} s, {used.cpu:.2f} s of CPU"
    name = f"{scenarios} scenarios, as many jobs, {milliseconds} ms a request, seconds"
    yield Target(name=name, value=used.wall, at_most=at_most, basis=basis)


def _iter_earlier(rounds: int, earlier: tuple[str, Path]) -> Iterator[Target]:
    """Yield what the default run of this repository costs beside an earlier executable with its own project."""
    executable, project = earlier
    options = ("run", "--output", "{fresh}")
    commands = {
        "now": Command((*_OURS, *options), ROOT),
        "earlier": Command((executable, *options), project, is_installed=True),
    }
    usages = {name: find_median(each) for name, each in take_turns(commands, rounds).items()}
    yield from _iter_ratios("the default run, of the earlier release", usages["now"], usages["earlier"], 0.5)
    basis = f"earlier {usages['earlier'].rss_mib:.0f} MiB"
    yield Target(name="the default run, memory in MiB", value=usages["now"].rss_mib, at_most=250, basis=basis)


def _compare(
    name: str, commands: dict[str, Command], rounds: int, sides: tuple[str, str], at_most: float
) -> Iterator[Target]:
    usages = take_turns({side: commands[side] for side in sides}, rounds)
    ours, theirs = (find_median(usages[side]) for side in sides)
    yield from _iter_ratios(name, ours, theirs, at_most)


def _iter_ratios(name: str, ours: Usage, theirs: Usage, at_most: float) -> Iterator[Target]:
    for kind in ("cpu", "wall"):
        mine, other = getattr(ours, kind), getattr(theirs, kind)
        yield Target(name=f"{name}, {kind}", value=mine / other, at_most=at_most, basis=f"{mine:.3f} of {other:.3f} s")
