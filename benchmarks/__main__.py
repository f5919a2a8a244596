"""Runs the benchmarks, all or those that are named: `python -m benchmarks properties`."""

import importlib
import sys
from pathlib import Path

PREFIX = "bench_"


def main() -> None:
    """Run each in turn; every module `bench_*` has a `main` that prints its figures."""
    names = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    wanted = sys.argv[1:] or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    for name in wanted:
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{PREFIX}{name}").main()


if __name__ == "__main__":
    main()
