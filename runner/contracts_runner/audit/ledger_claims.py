"""What the ledger's lines claim, checked against one another: no outcome without its checks, no answer without a
request, no status that differs from the recorded exchange."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from contracts_runner.audit.acceptance import check_acceptance
from contracts_runner.audit.chain import Line
from contracts_runner.audit.earlier_outcomes import check_earlier
from contracts_runner.audit.judging import judge_checks, judge_scenario, judge_step
from contracts_runner.audit.tally import Tally
from contracts_runner.audit.traffic import check_traffic
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

_Key = tuple[str | None, ...]
# None in a run that has sent nothing, and judges what others have recorded.
_Sent = Mapping[_Key, int] | None
_READING_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")


def check_claims(tally: Tally) -> Iterator[Violation]:
    """Yield what the lines of one ledger contradict each other in."""
    sent = None if "observed" in tally.run else _index_requests(tally)
    for line in tally.unselected:
        yield line.complain(f"{line.type} of scenario {line.row['scenario']}", line.row["scenario"], "not selected")
    for name, record in (*tally.scenarios.items(), *tally.set_aside):
        for line in record.steps.values():
            yield from _check_step(line, sent)
        if record.closed and record.closed.row["outcome"] != (outcome := judge_scenario(record)):
            yield record.closed.complain(f"scenario {name} outcome", record.closed.row["outcome"], outcome)
    for line in tally.pages.values():
        yield from _check_answer(line, line.row["response"], f"page {line.row['number']} of {line.row['operation']}")
        yield from _check_sent(line, sent, ("warehouse", line.row["operation"]))
    for line in tally.tokens.values():
        figure = f"token {line.row['number']} of {line.row['credential']}"
        yield from _check_answer(line, line.row["response"], figure)
        yield from _check_sent(line, sent, (line.row["phase"], f"token of {line.row['credential']}"))
    for line in tally.samples.values():
        yield from _check_body(line, f"exchange of {line.row['operation']}")
    yield from _check_requests(tally)
    yield from check_traffic(tally)
    yield from check_acceptance(tally)
    yield from check_earlier(tally)


def _check_step(line: Line, sent: _Sent) -> Iterator[Violation]:
    step, scenario = line.row["step"], line.row["scenario"]
    figure = f"scenario {scenario} step {line.row['number']}"
    outcome = judge_step(step)
    if step["outcome"] != outcome:
        yield line.complain(f"{figure} outcome", step["outcome"], outcome)
    for number, part, printed, recomputed in judge_checks(step):
        yield line.complain(f"{figure} check {number} {part}", printed, recomputed)
    yield from _check_answer(line, step["response"], figure)
    if line.row["exchange"] is not None:
        yield from _check_sent(line, sent, ("scenarios", step["operation"], scenario, step["name"]))
    is_proven = step["artifact"] is not None
    if is_proven != (line.row["exchange"] is not None):
        yield line.complain(f"{figure} artifact", step["artifact"], "one for each exchange, else none")


def _check_answer(line: Line, response: Json, figure: str) -> Iterator[Violation]:
    """Compare the row's response with the exchange that the same line holds."""
    exchange = line.row["exchange"] or {}
    recorded = exchange.get("response")
    if (response is None) != (recorded is None):
        yield line.complain(f"{figure} response", _status(response), _status(recorded))
        return
    if response is None or recorded is None:
        return
    for key in ("status", "media_type", "bytes"):
        if key in recorded and response.get(key) != recorded[key]:
            yield line.complain(f"{figure} {key}", response.get(key), recorded[key])
    total, latency = (exchange.get("timings") or {}).get("total_ms"), response["latency_ms"]
    # The row has a tenth of a millisecond, the exchange a thousandth.
    if (total is None) != (latency is None) or abs((total or 0) - (latency or 0)) > 0.0511:
        yield line.complain(f"{figure} latency_ms", latency, total)
    yield from _check_body(line, figure)


def _check_body(line: Line, figure: str) -> Iterator[Violation]:
    response = line.row["exchange"]["response"]
    if response is None or response.get("truncated") or "sha256" not in response:
        return
    digest = hash_body(response["body"])
    if digest != response["sha256"]:
        yield line.complain(f"{figure} body sha256", response["sha256"], digest)


def _index_requests(tally: Tally) -> dict[_Key, int]:
    """Return (phase, operation), with and without (scenario, step) -> the first line with it."""
    sent: dict[_Key, int] = {}
    for line in tally.requests:
        row = line.row
        for key in ((row["phase"], row["operation"]), (row["phase"], row["operation"], row["scenario"], row["step"])):
            sent.setdefault(key, line.number)
    return sent


def _check_sent(line: Line, sent: _Sent, key: _Key) -> Iterator[Violation]:
    """An answer needs a request that left before."""
    response = line.row["exchange"]["response"]
    # A connection that was never made carries no request; but then there is no answer.
    if response is not None and sent is not None and sent.get(key, line.number) >= line.number:
        yield line.complain(f"response to {' '.join(map(str, key))}", response["status"], "no request sent before")


def _check_requests(tally: Tally) -> Iterator[Violation]:
    operations = tally.started.row["operations"]
    effects = {row["operation"]: row.get("effect") for row in operations}
    policy = tally.run.get("writes")
    for line in tally.requests:
        row = line.row
        # A token is no write, and has to be recorded as one that was asked for.
        if "credential" in row and row["operation"] == f"token of {row['credential']}":
            continue
        effect = effects.get(row["operation"]) or _find_effect(row["method"], row["operation"], operations)
        # Values may have made a write of a read, and the line does not hold them; never the other way round.
        if effect == "write" and not row["is_write"]:
            yield line.complain(f"{row['operation']} is_write", False, True)
        if policy == "block" and (effect == "write" or row["is_write"]):
            yield line.complain(f"{row['operation']} sent under writes: block", 1, 0)


def _find_effect(method: str, label: str, operations: Iterable[Json]) -> str:
    """Return what `METHOD /path` does that is no operation of the spec: what those do that its path is closest to."""
    if method not in _READING_METHODS:
        return "write"
    words = [word for word in unquote(label.partition(" ")[2]).casefold().split("/") if word]
    reached: dict[int, set[str]] = {}
    for operation in operations:
        others = [word for word in (operation.get("path") or "").casefold().split("/") if word]
        is_alike = len(words) == len(others) and all(map(_is_word, others, words))
        if is_alike and operation.get("method") == ("GET" if method == "HEAD" else method):
            reached.setdefault(sum("{" in other for other in others), set()).add(operation.get("effect") or "read")
    return "write" if reached and "write" in reached[min(reached)] else "read"


def _is_word(template: str, word: str) -> bool:
    return "{" in template or word == template


def hash_body(body: str | None) -> str:
    """Return the SHA-256 of a recorded body, as the recorder makes it."""
    return hashlib.sha256((body or "").encode("utf-8", "surrogatepass")).hexdigest()


def _status(response: Json) -> Json:
    return response["status"] if response else None
