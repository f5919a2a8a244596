"""The property rows by check: how each check came out over all operations."""

from collections import Counter
from collections.abc import Iterable, Mapping

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.rows import PropertyRow


def count_checks(rows: Iterable[PropertyRow]) -> tuple[tuple[str, int, Mapping[Outcome, int]], ...]:
    """Return (check, examples, outcome -> rows) in the order in which the checks first come.

    Several defects of one operation's check are several rows over the same examples, which count once.
    """
    outcomes: dict[str, Counter[Outcome]] = {}
    examples: dict[str, dict[str, int]] = {}
    for row in rows:
        outcomes.setdefault(row.check, Counter())[row.outcome] += 1
        examples.setdefault(row.check, {})[row.operation] = row.examples
    return tuple(
        (check, sum(examples[check].values()), {outcome: counts[outcome] for outcome in Outcome})
        for check, counts in outcomes.items()
    )
