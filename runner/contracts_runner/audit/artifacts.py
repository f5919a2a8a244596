"""The artifacts: each exchange of the ledger has its file, and the file says what the ledger says."""

from collections import Counter
from collections.abc import Iterator, Mapping

from contracts_runner.audit.chain import Line
from contracts_runner.audit.difference import find_differences
from contracts_runner.audit.files import RunFiles, UnreadableError, is_inside, read_file
from contracts_runner.audit.ledger_claims import hash_body
from contracts_runner.audit.strict_json import NotJsonError, parse_json
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
            yield Violation(figure=f"exchanges with artifact {path}", printed=count, recomputed=1, file=LEDGER)
    # A run that was killed may have written a file whose line it did not come to write.
    if tally.finished is not None and tally.ends == 1 and not tally.resumed:
        for path in sorted(name for name in present - {path for _, path in named} if name.startswith(_FOLDER)):
            yield Violation(figure="artifact", printed="a file", recomputed="named by no line of the ledger", file=path)


def _iter_named(tally: Tally) -> Iterator[tuple[Line, str]]:
    for record in tally.scenarios.values():
        for line in record.steps.values():
            if line.row["step"]["artifact"] is not None:
                yield line, line.row["step"]["artifact"]
    for lines in (tally.pages, tally.samples):
        yield from ((line, path) for path, line in lines.items())


def _check_artifact(line: Line, path: str, files: RunFiles, *, is_there: bool) -> Iterator[Violation]:
    if not is_inside(path) or not path.startswith(_FOLDER):
        yield Violation(
            figure="artifact", printed=path, recomputed="a path in artifacts/", file=LEDGER, line=line.number
        )
        return
    if not is_there:
        yield Violation(figure="artifact", printed=path, recomputed=None, file=LEDGER, line=line.number)
        return
    try:
        document = parse_json(read_file(files, path))
    except (UnreadableError, NotJsonError) as error:
        yield Violation(figure="artifact", printed=str(error), recomputed="the recorded exchange", file=path)
        return
    yield from _compare(line, document, path)


def _compare(line: Line, document: Json, path: str) -> Iterator[Violation]:
    printed, recomputed = _split_bodies(document), _split_bodies(_expect(line))
    for difference in find_differences(printed.rest, recomputed.rest):
        figure = f"{_describe(line)}: {difference.figure}"
        yield Violation(
            figure=figure,
            printed=difference.printed,
            recomputed=difference.recomputed,
            file=path,
            path=difference.path,
        )
    for side in ("request", "response"):
        # The ledger holds the beginning of a long body, and so does the artifact of a late page.
        whole, beginning = printed.bodies.get(side), recomputed.bodies.get(side)
        if not (whole or "").startswith(beginning or ""):
            yield Violation(
                figure=f"{_describe(line)}: {side} body",
                printed=whole,
                recomputed=beginning,
                file=path,
                path=f"$.{side}.body",
            )
    yield from _check_hash(line, document, path)


def _check_hash(line: Line, document: Json, path: str) -> Iterator[Violation]:
    response = document.get("response") if isinstance(document, dict) else None
    if not isinstance(response, dict) or response.get("truncated") is not False or "sha256" not in response:
        return
    body = response.get("body")
    digest = hash_body(body if isinstance(body, str) else None)
    if digest != response["sha256"]:
        figure = f"{_describe(line)}: body sha256"
        yield Violation(figure=figure, printed=digest, recomputed=response["sha256"], file=path, path="$.response.body")


class _Parts:
    """A document without its bodies, and the bodies by side; whether they are cut is a matter of the file."""

    def __init__(self, document: Json) -> None:
        self.bodies: dict[str, str | None] = {}
        self.rest = dict(document) if isinstance(document, Mapping) else document
        if not isinstance(document, Mapping):
            return
        for side in ("request", "response"):
            part = document.get(side)
            if isinstance(part, Mapping):
                body = part.get("body")
                self.bodies[side] = body if isinstance(body, str) else None
                self.rest[side] = {key: value for key, value in part.items() if key not in ("body", "truncated")}


def _split_bodies(document: Json) -> _Parts:
    return _Parts(document)


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
