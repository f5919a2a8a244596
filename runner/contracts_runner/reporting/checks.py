"""The property rows by check: how each check came out over all operations."""

from collections import Counter
from collections.abc import Iterable, Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome


def count_checks(rows: Iterable[Mapping[str, Json]]) -> tuple[tuple[str, int, Mapping[str, int]], ...]:
    """Return (check, examples, outcome -> rows) in the order in which the checks first come.

    Several defects of one operation's check are several rows over the same examples, which count once.
    """
    outcomes: dict[str, Counter[str]] = {}
    examples: dict[str, dict[str, int]] = {}
    for row in rows:
        outcomes.setdefault(row["check"], Counter())[row["outcome"]] += 1
        examples.setdefault(row["check"], {})[row["operation"]] = row["examples"]
    return tuple(
        (check, sum(examples[check].values()), {outcome.value: counts[outcome] for outcome in Outcome})
        for check, counts in outcomes.items()
    )
