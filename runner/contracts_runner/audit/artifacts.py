"""The artifacts: each exchange of the ledger has its file, and the file agrees with the ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping

from contracts_runner.audit.chain import Line
from contracts_runner.audit.files import RunFiles, UnreadableError, is_inside, parse_json, read_file
from contracts_runner.audit.ledger_claims import hash_body
from contracts_runner.audit.results_json import JsonComparison
from contracts_runner.audit.tally import Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

_FOLDER = "artifacts/"


def check_artifacts(tally: Tally, files: RunFiles) -> Iterator[Violation]:
    """Yield what the artifacts contradict, and, for a run that ended, which of them no line names."""
    named = list(_iter_named(tally))
    present = set(files.names)
    for line, path in named:
        yield from _check_artifact(line, path, files, is_there=path in present)
    for path, count in Counter(path for _, path in named).items():
        if count > 1:
            yield Violation(f"exchanges with artifact {path}", count, 1, LEDGER)
    # A run that was killed may have written a file whose line it did not come to write.
    if tally.finished is not None and tally.ends == 1 and not tally.resumed:
        for path in sorted(name for name in present - {path for _, path in named} if name.startswith(_FOLDER)):
            yield Violation("artifact", "a file", "named by no line of the ledger", path)


def _iter_named(tally: Tally) -> Iterator[tuple[Line, str]]:
    for record in tally.scenarios.values():
        for line in record.steps.values():
            if line.row["step"]["artifact"] is not None:
                yield line, line.row["step"]["artifact"]
    for lines in (tally.pages, tally.samples):
        yield from ((line, path) for path, line in lines.items())


def _check_artifact(line: Line, path: str, files: RunFiles, *, is_there: bool) -> Iterator[Violation]:
    if not is_inside(path) or not path.startswith(_FOLDER):
        yield line.complain("artifact", path, "a path in artifacts/")
    elif not is_there:
        yield line.complain("artifact", path, None)
    else:
        try:
            document = parse_json(read_file(files, path))
        except UnreadableError as error:
            yield Violation("artifact", str(error), "the recorded exchange", path)
        else:
            yield from _compare(line, document, path)


def _compare(line: Line, document: Json, path: str) -> Iterator[Violation]:
    figure = _describe(line)
    printed, bodies = _split_bodies(document)
    recomputed, beginnings = _split_bodies(_expect(line))
    yield from JsonComparison(path).compare(printed, recomputed, figure=f"{figure}:")
    for side in ("request", "response"):
        # The ledger holds the beginning of a long body, and so does the artifact of a late page.
        whole, beginning = bodies.get(side), beginnings.get(side)
        if not (whole or "").startswith(beginning or ""):
            yield Violation(f"{figure}: {side} body", whole, beginning, path, path=f"$.{side}.body")
    response = document.get("response") if isinstance(document, dict) else None
    if isinstance(response, dict) and response.get("truncated") is False and "sha256" in response:
        digest = hash_body(bodies["response"])
        if digest != response["sha256"]:
            yield Violation(f"{figure}: body sha256", digest, response["sha256"], path, path="$.response.body")


def _split_bodies(document: Json) -> tuple[Json, dict[str, str | None]]:
    """Return a document without its bodies, and these by side; whether they are cut is a matter of the file."""
    if not isinstance(document, Mapping):
        return document, {}
    rest, bodies = dict(document), {}
    for side in ("request", "response"):
        part = document.get(side)
        if isinstance(part, Mapping):
            body = part.get("body")
            bodies[side] = body if isinstance(body, str) else None
            rest[side] = {key: value for key, value in part.items() if key not in ("body", "truncated")}
    return rest, bodies


def _expect(line: Line) -> dict[str, Json]:
    """Return what the artifact of a line must hold."""
    row, exchange = line.row, line.row["exchange"] or {}
    match line.type:
        case "step_finished":
            head = {"scenario": row["scenario"], **row["step"], "artifact": None}
        case "page_fetched":
            keys = ("operation", "number", "auth", "success", "error_code", "reason")
            head = {key: row[key] for key in keys if key in row}
        case _:
            head = {"operation": row["operation"], "case": row["case"]}
    return {**head, **exchange}


def _describe(line: Line) -> str:
    if line.type == "step_finished":
        return f"scenario {line.row['scenario']} step {line.row['number']}"
    return f"{line.row['operation']} {line.row.get('case', line.row.get('number'))}"
