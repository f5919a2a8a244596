"""What only an answer can decide is a warning of `check`: `run` sends it, and the answer decides."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from contracts_runner.errors import Rule, Severity
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.run.mistakes import find_all_mistakes
from helpers.command import run_contracts
from helpers.servers import always, answer, serve_raw

SPEC = """\
openapi: 3.1.0
info: {title: Things, version: "1"}
x-error-code: /code
paths:
  /things:
    get:
      operationId: listThings
      responses:
        "200":
          description: Things.
          content:
            application/json: {schema: {type: object, properties: {total: {type: integer}, code: {enum: [BAD]}}}}
        "404": {description: Supposed., x-evidence: inferred}
  /doubted: {get: {operationId: doubted, x-evidence: unknown, responses: {"200": {description: A thing.}}}}
  /refuted: {get: {operationId: refuted, x-evidence: refuted, responses: {"200": {description: A thing.}}}}
"""
# The rule -> a step that it warns of, and what becomes of that when the service answers 200 {"total": "many"}.
STEPS: Mapping[Rule, tuple[str, str]] = {
    Rule.STATUS: ("operation: listThings, expect: {status: 202}", "failed"),
    Rule.MEDIA_TYPE: ("operation: listThings, expect: {status: 200, media_type: text/csv}", "failed"),
    Rule.ERROR_CODE: ("operation: listThings, expect: {status: 200, error: WORSE}", "failed"),
    Rule.BODY_PATH: ("operation: listThings, expect: {body: {$.totla: 1}}", "failed"),
    Rule.BODY_VALUE: ("operation: listThings, expect: {body: {$.total: many}}", "failed"),
    Rule.GUESS: ("operation: listThings, expect: {status: 404}", "failed"),
    Rule.UNKNOWN_OPERATION: ("operation: doubted", "passed"),
    Rule.REFUTED_OPERATION: ("operation: refuted", "passed"),
    Rule.UNDESCRIBED_PATH: ("operation: GET /thigns", "passed"),
    Rule.EXPIRED_KNOWN: ("operation: listThings, expect: {status: 201, schema: false}", "failed"),
    Rule.UNUSED_CAPTURE: ("operation: listThings, expect: {schema: false}, capture: {all: $.total}", "passed"),
    Rule.MISSING_SOURCE: ("operation: listThings, expect: {schema: false}", "passed"),
}
KNOWN = "\n    known: [{environments: [t], observed: {status: 200}, because: It is so., until: 2026-01-01}]"
# These are about files alone, or about days yet to come.
OF_FILES = {
    *(Rule.EXPIRING_KNOWN, Rule.PAGING, Rule.SERVERS, Rule.MISSING_EVIDENCE, Rule.MISSING_SPEC_SOURCE),
    Rule.UNUSED_VARIABLE,
}


def write_project(folder: Path, base_url: str) -> None:
    scenarios = "".join(
        f"  - id: {rule}\n    title: T\n    steps: [{{{step}}}]"
        + (KNOWN if rule is Rule.EXPIRED_KNOWN else "")
        + ("\n" if rule is Rule.MISSING_SOURCE else "\n    source: {document: d.md}\n")
        for rule, (step, _) in STEPS.items()
    )
    files = {
        "contracts.yaml": "version: 1\nspecs: {a: a.yaml}\ndefault_environment: t\n"
        f"environments: {{t: {{base_url: {base_url}}}}}\n",
        "a.yaml": SPEC,
        "contracts/c.yaml": f"contract: c\nspec: a\nscenarios:\n{scenarios}",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_what_an_answer_decides_is_a_warning_and_is_sent(tmp_path: Path) -> None:
    with serve_raw(always(answer(body=b'{"total": "many"}'))) as server:
        write_project(tmp_path, server.base_url)
        problems = check_project(tmp_path, today=date(2026, 6, 1), find_mistakes=find_all_mistakes).problems
        ran = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert STEPS.keys() <= {problem.rule for problem in problems} <= STEPS.keys() | OF_FILES
    assert ran.outcomes == {rule: outcome for rule, (_, outcome) in STEPS.items()}
    assert (ran.code, len(server.requests)) == (1, len(STEPS))
