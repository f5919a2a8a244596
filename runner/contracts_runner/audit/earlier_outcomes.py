"""What earlier runs tell of the rows of a run, found again from the line of the ledger that has their outcomes."""

from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.audit.tally import Row, Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

_LETTERS = {outcome: outcome[0].upper() for outcome in ("passed", "failed", "errored", "known", "blocked", "skipped")}
_LETTERS["fixed"] = "X"
# Without those of a run that did not look.
_SIGNS = {"P": "+", "K": "+", "X": "+", "F": "-", "E": "-"}
_FLAKY_CHANGES, _FLAKY_RUNS = 3, 10


def list_since(tally: Tally, rows: Mapping[str, Iterable[Row]]) -> list[dict[str, Json]]:
    """Return the rows of `since` in results.json, for the rows of each phase."""
    line = tally.earlier
    assert line is not None
    outcomes = {(row["phase"], row["id"]): row["outcomes"] for row in line.row["rows"]}
    runs = [(run["started_at"], run["id"]) for run in line.row["runs"]]
    runs.append((tally.started.row["at"], tally.run["id"]))
    found = []
    for phase in ("scenarios", "properties", "warehouse"):
        for row in rows[phase]:
            letters = outcomes.get((phase, row["id"]), "")[: len(runs) - 1]
            looked = [(_SIGNS[letter], run) for letter, run in zip(letters, runs, strict=False) if letter in _SIGNS]
            letter = _LETTERS[row["outcome"]]
            if letter not in _SIGNS:
                continue
            looked.append((_SIGNS[letter], runs[-1]))
            signs = "".join(sign for sign, _ in looked)
            # An errored row has not found out whether it holds.
            told = (
                "" if letter == "E" else "".join(_SIGNS.get(each, "") for each in f"{letters}{letter}" if each != "E")
            )
            if state := _find_state(signs, told, row["outcome"]):
                at, run_id = looked[len(signs.rstrip(signs[-1]))][1]
                passed = [run for given, run in zip(letters, runs, strict=False) if given == "P"]
                whole = {"id": passed[-1][1], "started_at": passed[-1][0]} if passed and signs.endswith("-") else None
                last = {"passed": whole} if whole else {}
                found.append({"id": row["id"], "phase": phase, **state, "at": at, "run": run_id, **last})
    return found


def check_earlier(tally: Tally) -> Iterator[Violation]:
    """Yield where a row does not have a letter for each of the earlier runs."""
    if (line := tally.earlier) is None:
        return
    count = len(line.row["runs"])
    for row in line.row["rows"]:
        if len(row["outcomes"]) != count or not set(row["outcomes"]) <= {*_LETTERS.values(), "."}:
            figure = f"outcomes of {row['id']} in earlier runs"
            yield line.complain(figure, row["outcomes"], f"a letter of an outcome for each of {count} runs")


def _find_state(signs: str, told: str, outcome: str) -> dict[str, Json]:
    latest = told[-_FLAKY_RUNS:]
    if latest.count("+-") + latest.count("-+") >= _FLAKY_CHANGES:
        return {"state": "flaky", "runs": latest.count("-"), "of": len(latest)}
    before = signs.rstrip(signs[-1])
    count = len(signs) - len(before)
    if signs.endswith("-"):
        return {"state": "new" if count == 1 else "since", "runs": count, "of": len(signs)}
    if outcome == "passed" and count == 1 and before:
        return {"state": "fixed", "runs": len(before) - len(before.rstrip("-")), "of": len(signs)}
    return {}
