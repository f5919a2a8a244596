"""Runs the benchmarks and prints their ratios; exit 1 if one is not what was promised, 2 for an unknown name."""

import argparse
import dataclasses
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import benchmarks
from benchmarks.measure import Ratio, Side
from benchmarks.processes import Extent, Target

PREFIX = "bench_"
QUICK_ROUNDS = 3


def main() -> int:
    """Run what the command line names, all without a name."""
    names = find_names()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(names)}; else all")
    parser.add_argument("--rounds", type=int, help=f"rounds that count (5; {QUICK_ROUNDS} if --quick)")
    parser.add_argument("--quick", action="store_true", help="small suites, fewer rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the targets of speed to this file, too")
    parser.add_argument("--earlier", metavar="EXECUTABLE", help="an earlier `contracts`, beside which ours is measured")
    parser.add_argument("--earlier-project", type=Path, metavar="DIR", default=Path(), help="its project (here)")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"no benchmark '{unknown[0]}'; there are: {', '.join(names)}")
    rounds = options.rounds if options.rounds is not None else QUICK_ROUNDS if options.quick else 5
    if rounds < 1:
        parser.error("--rounds must be 1 or more")
    earlier = (options.earlier, options.earlier_project) if options.earlier else None
    extent = Extent(rounds=rounds, is_quick=options.quick, earlier=earlier)
    ratios: list[Ratio] = []
    targets: list[Target] = []
    for name in options.names or names:
        module = importlib.import_module(f"benchmarks.{PREFIX}{name}")
        if hasattr(module, "iter_targets"):
            for target in module.iter_targets(extent):
                print(target, flush=True)
                targets.append(target)
            continue
        if not hasattr(module, "iter_ratios"):
            # Nobody else does what it measures: it prints its own figures.
            module.main()
            continue
        for ratio in module.iter_ratios(rounds):
            print("\n".join(render(ratio)), flush=True)
            ratios.append(ratio)
    if options.json is not None:
        rows = [{**dataclasses.asdict(target), "is_kept": target.is_kept} for target in targets]
        options.json.write_text(json.dumps({"targets": rows}, indent=1) + "\n", encoding="utf-8")
    return 0 if all(ratio.is_kept for ratio in ratios) and all(target.is_kept for target in targets) else 1


def find_names() -> list[str]:
    """Return the names of the benchmarks, sorted."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX))


def render(ratio: Ratio) -> Iterator[str]:
    """Yield the lines of a ratio: what was compared, both sides, and the verdict."""
    yield ratio.name
    for side in (ratio.ours, ratio.theirs):
        yield f"  {_render_side(side, ratio.unit)}"
    promise = "" if ratio.at_least is None else f" (promised: {ratio.at_least:.2f})"
    yield f"  ratio {ratio.value:.2f}{promise}{'' if ratio.is_kept else ': TOO LOW'}"


def _render_side(side: Side, unit: str) -> str:
    spread = f"{min(side.rates):.0f} to {max(side.rates):.0f}"
    return f"{side.name:<28} {side.median:8.0f} {unit}/s ({spread}; {side.units} {unit}, {len(side.rates)} rounds)"


if __name__ == "__main__":
    sys.exit(main())
