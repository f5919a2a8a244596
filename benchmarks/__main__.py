"""Runs the benchmarks and prints their ratios; exit 1 if one is below what was promised, 2 for an unknown name."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator

import benchmarks
from benchmarks.measure import Ratio, Side

PREFIX = "bench_"


def main() -> int:
    """Run what the command line names, all without a name."""
    names = find_names()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(names)}; else all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (5)")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"no benchmark '{unknown[0]}'; there are: {', '.join(names)}")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    ratios = []
    for name in options.names or names:
        module = importlib.import_module(f"benchmarks.{PREFIX}{name}")
        if not hasattr(module, "iter_ratios"):
            # Nobody else does what it measures: it prints its own figures.
            module.main()
            continue
        for ratio in module.iter_ratios(options.rounds):
            print("\n".join(render(ratio)), flush=True)
            ratios.append(ratio)
    return 0 if all(ratio.is_kept for ratio in ratios) else 1


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
