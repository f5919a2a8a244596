"""After another answer than the expected one its content is not looked at, nor are the values of a body of which a row
says that it is no data: what was expected of them cannot hold, and would tell the same failure again."""

import dataclasses
from collections.abc import Sequence
from typing import get_args

from contracts_runner.engine.steps import StepResult
from contracts_runner.engine.success import Answer
from contracts_runner.model.checks import UNREADABLE, X_ERROR_CODE, CheckName, CheckResult
from contracts_runner.model.contract import RelationKind
from contracts_runner.model.outcome import Outcome

# What the author of a contract expects of the content of the answer that is expected.
CONTENT = (
    *(CheckName.HEADER, CheckName.BODY, CheckName.TEXT, CheckName.XML, CheckName.SHA256, CheckName.BYTES),
    *(CheckName.CAPTURE, *get_args(RelationKind)),
)
# What the document promises of a body is about the one that should have come, too, where the status is another one.
_BODY = (CheckName.BODY_JSON, CheckName.BODY_SCHEMA)
# They tell that a body is not the data that was expected.
_OF_BODY = (CheckName.BODY_JSON, CheckName.MEDIA_TYPE, CheckName.MEDIA_TYPE_DECLARED)


def leave_unlooked(result: StepResult) -> StepResult:
    """Return a failed result with its rows about the content of another answer as not looked at. What was captured all
    the same is kept: a cleanup may need it. Of an answer that is known the rows stay: nothing else of it may break."""
    if result.outcome is not Outcome.FAILED or result.answer is None:
        return result
    why, names = _find_reason(result.checks, result.answer)
    problem = _find_unreadable(result.checks, result.answer)

    def look(row: CheckResult) -> CheckResult:
        is_kept = row.check == CheckName.CAPTURE and row.outcome is Outcome.PASSED
        follows = why if row.check in names and not is_kept else problem if _is_of_data(row) else ""
        return CheckResult.not_looked_at(row.check, follows, path=row.path, location=row.location) if follows else row

    return dataclasses.replace(result, checks=list(map(look, result.checks)))


def _find_reason(checks: Sequence[CheckResult], answer: Answer) -> tuple[str, tuple[str, ...]]:
    failed = {row.check for row in checks if row.outcome is Outcome.FAILED}
    success = answer.success
    if CheckName.STATUS in failed:
        return f"status {answer.response.status_code} came", (*CONTENT, *_BODY)
    if failed.isdisjoint({CheckName.SUCCESS, CheckName.ERROR}):
        return "", ()
    if success.is_success:
        return "a success came", CONTENT
    if success.error_code is not None:
        return f"the error {success.error_code} came", CONTENT
    uncoded = [each.keyword for row in checks if row.check == CheckName.ERROR for each in row.violations]
    if uncoded:
        # It may be the expected one where nothing says where its code is.
        return ("", ()) if X_ERROR_CODE in uncoded else ("it has no error code", CONTENT)
    if not 200 <= answer.response.status_code <= 299:
        return f"status {answer.response.status_code} came", CONTENT
    # A body that is neither a success nor an error by its code: what is in it tells why.
    return "", ()


def _find_unreadable(checks: Sequence[CheckResult], answer: Answer) -> str:
    """Return why the body is no data, "" where it is or where only its values would tell."""
    is_told = any(row.outcome is Outcome.FAILED and row.check in _OF_BODY for row in checks)
    return answer.body.problem if is_told or answer.body.read_as else ""


def _is_of_data(row: CheckResult) -> bool:
    is_of_answer = row.check in (CheckName.SUCCESS, CheckName.ERROR)
    return row.outcome is Outcome.FAILED and UNREADABLE in row.violations and not is_of_answer
