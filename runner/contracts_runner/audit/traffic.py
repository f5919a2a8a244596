"""Recorded traffic: a run that judges it has sent nothing, and each entry is judged or left out."""

from collections.abc import Iterator

from contracts_runner.audit.tally import Tally
from contracts_runner.audit.violation import Violation


def check_traffic(tally: Tally) -> Iterator[Violation]:
    """Yield where the first line does not say what the others are; nothing of a run that has sent its requests."""
    if "observed" not in tally.run:
        return
    files = tally.run["observed"]
    for line in tally.requests:
        yield line.complain(f"{line.row['operation']} sent in a run of recorded traffic", 1, 0)
    for file in files:
        left_out = sum(file.get("left_out", {}).values())
        if file["entries"] != file["judged"] + left_out:
            yield tally.started.complain(f"entries of {file['file']}", file["entries"], file["judged"] + left_out)
    judged, steps = sum(file["judged"] for file in files), sum(len(each.steps) for each in tally.scenarios.values())
    if tally.finished is not None and not tally.finished.row["is_interrupted"] and judged != steps:
        yield tally.started.complain("judged entries", judged, steps)
