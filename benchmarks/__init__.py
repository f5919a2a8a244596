"""Measures how fast we are beside something else that does the same work: `python -m benchmarks`, `tox -e bench`.

A module `bench_*.py` here is a benchmark: it defines `iter_ratios(rounds)`, which yields `measure.Ratio` values. A
ratio is taken in one run, from rounds that take turns, so that a busy machine slows both sides; a rate alone says
nothing. One that defines `iter_targets(extent)` yields `processes.Target` values: a figure beside what was promised.
"""
