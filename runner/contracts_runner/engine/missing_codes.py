"""Why an answer that came with the expected status has no error code: no service is to blame for a document that does
not say where codes are."""

from collections.abc import Sequence
from dataclasses import replace

from contracts_runner.engine.success import Answer
from contracts_runner.engine.violations import describe_uncoded
from contracts_runner.model.checks import X_ERROR_CODE, CheckName, CheckResult, Violation
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec


def tell_uncoded(
    checks: Sequence[CheckResult], spec: Spec, operation: Operation, answer: Answer
) -> Sequence[CheckResult]:
    """Return the checks of an answer; where it has the expected status, but no error code, its row says what is
    missing: the place of codes in the document, or the code at that place."""
    failed = next((row for row in checks if row.check == CheckName.ERROR and row.outcome is Outcome.FAILED), None)
    is_expected = any(row.check == CheckName.STATUS and row.outcome is Outcome.PASSED for row in checks)
    if failed is None or not is_expected or answer.success.error_code is not None:
        return checks
    told = replace(failed, violations=_list_missing(spec, operation, answer))
    return [told if row is failed else row for row in checks]


def _list_missing(spec: Spec, operation: Operation, answer: Answer) -> tuple[Violation, ...]:
    if operation.error_code is None:
        return (Violation(keyword=X_ERROR_CODE, place=spec.bundle.tell_place(())),)
    if answer.success.is_success:
        return ()  # it is no refusal, and need not have a code
    return describe_uncoded(parse_pointer(operation.error_code), answer.body)
