"""The artifacts: each exchange of the ledger has its file, whose hash the ledger names, and the two agree.

The hash covers every byte. What the file says is compared all the same: it tells what was changed, and which of two
values a ledger that was chained anew contradicts. A ledger of 0.1.0 has no hashes; there the comparison is all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing

from contracts_runner.audit.chain import Line
from contracts_runner.audit.files import RunFiles, TooLargeError, UnreadableError, hash_file, is_inside
from contracts_runner.audit.json_text import read_json
from contracts_runner.audit.ledger_claims import hash_body
from contracts_runner.audit.packed import PackFiles
from contracts_runner.audit.results_json import JsonComparison
from contracts_runner.audit.shape_recount import check_shape
from contracts_runner.audit.tally import Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.artifacts import IN_PACK, PACK
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

FOLDER = "artifacts/"
_HASH = "artifact_sha256"
# Of a long walk the later pages have the beginning of the body only; its hash is that of the whole.
_WHOLE_PAGES = 100


def check_artifacts(tally: Tally, files: RunFiles) -> Iterator[Violation]:
    """Yield what the artifacts contradict, and, for a run that ended, which of them no line names."""
    try:
        pack = PackFiles(files)
    except UnreadableError as error:
        yield Violation("artifacts", str(error), "an artifact in each line", PACK)
        return
    with closing(pack):
        for place, problem in pack.oddities.items():
            yield Violation(f"artifacts: {place}", problem, "an artifact", PACK)
        yield from _check_all(tally, files, pack)


def _check_all(tally: Tally, files: RunFiles, pack: PackFiles) -> Iterator[Violation]:
    named = list(_iter_named(tally))
    present = {*files.names, *pack.names}
    has_hashes = is_hashed(tally)
    for line, path in named:
        if has_hashes and _HASH not in line.row:
            yield line.complain(f"{_describe(line)}: artifact SHA-256", None, "one for each artifact")
        holder = pack if path.startswith(IN_PACK) else files
        yield from _check_artifact(line, path, holder, is_there=path in present)
    for path, count in Counter(path for _, path in named).items():
        if count > 1:
            yield Violation(f"exchanges with artifact {path}", count, 1, LEDGER)
    known = {path for _, path in named}
    for row in tally.properties.values():
        for path in (row.get("failure") or {}).get("artifacts", ()):
            if path not in known:
                yield Violation(f"property {row['id']} artifact", path, "that of a recorded exchange", LEDGER)
    # A run that was killed may have written a file whose line it did not come to write.
    if tally.finished is not None and tally.ends == 1 and not tally.resumed:
        for path in sorted(name for name in present - known if name.startswith((FOLDER, IN_PACK))):
            yield Violation("artifact", "a file", "named by no line of the ledger", path)


def is_hashed(tally: Tally) -> bool:
    """Tell whether the ledger names the hashes of artifacts, or has none to name."""
    named = list(_iter_named(tally))
    return not named or any(_HASH in line.row for line, _ in named)


def _iter_named(tally: Tally) -> Iterator[tuple[Line, str]]:
    for record in (*tally.scenarios.values(), *(each for _, each in tally.set_aside)):
        for line in record.steps.values():
            if line.row["step"]["artifact"] is not None:
                yield line, line.row["step"]["artifact"]
    for lines in (tally.pages, tally.tokens, tally.samples):
        yield from ((line, path) for path, line in lines.items())


def _check_artifact(line: Line, path: str, files: RunFiles, *, is_there: bool) -> Iterator[Violation]:
    if not is_inside(path) or not path.startswith((FOLDER, IN_PACK)):
        yield line.complain("artifact", path, "a path in artifacts/")
        return
    if not is_there:
        yield line.complain("artifact", path, None)
        return
    expected = line.row.get(_HASH)
    try:
        actual = hash_file(files, path) if expected is not None else None
        if actual != expected:
            yield Violation(f"{_describe(line)}: artifact SHA-256", actual, expected, path)
        document = read_json(files, path)
    except UnreadableError as error:
        if expected is None or not isinstance(error, TooLargeError):
            yield Violation("artifact", str(error), "the recorded exchange", path)
    else:
        comparison = JsonComparison(path, is_whole=True)
        found = [*comparison.compare(document, _expect(line, document), figure=f"{_describe(line)}:")]
        yield from found
        if actual == expected and not found:
            yield from check_shape(line, document, _describe(line))


def _expect(line: Line, document: Json) -> dict[str, Json]:
    """Return what the artifact of a line must hold; of a long body the ledger has the beginning, so that the rest is
    taken from the document, if it has the hash that the ledger names."""
    row, exchange = line.row, dict(line.row["exchange"] or {})
    match line.type:
        case "step_finished":
            head = {"scenario": row["scenario"], **row["step"], "artifact": None}
        case "page_fetched":
            keys = ("operation", "number", "auth", "success", "error_code", "reason")
            head = {key: row[key] for key in keys if key in row}
        case "token_requested":
            head = {key: row[key] for key in ("credential", "number", "phase", "reason") if key in row}
        case _:
            head = {"operation": row["operation"], "case": row["case"]}
    is_cut = line.type == "page_fetched" and row["number"] > _WHOLE_PAGES
    for side in ("request", "response"):
        part = exchange.get(side)
        if isinstance(part, Mapping) and part.get("truncated") and not is_cut:
            printed = document.get(side) if isinstance(document, dict) else None
            body = printed.get("body") if isinstance(printed, dict) else None
            fits = _continues(body, part)
            exchange[side] = {**part, "truncated": False, "body": body if fits else part["body"]}
    return {**head, **exchange}


def _continues(body: Json, part: Mapping[str, Json]) -> bool:
    return (
        isinstance(body, str) and body.startswith(part["body"] or "") and part.get("sha256") in (None, hash_body(body))
    )


def _describe(line: Line) -> str:
    if line.type == "step_finished":
        return f"scenario {line.row['scenario']} step {line.row['number']}"
    if line.type == "token_requested":
        return f"token {line.row['number']} of {line.row['credential']}"
    return f"{line.row['operation']} {line.row.get('case', line.row.get('number'))}"
