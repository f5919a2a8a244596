"""What a scenario that is made of a finding claims of its last request."""

from typing import assert_never

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.json import Json
from contracts_runner.properties.recorded_finding import RecordedFinding


def choose_expectation(finding: RecordedFinding) -> dict[str, Json]:
    """Return what is expected of the last answer; nothing where the spec's promises, which are checked anyway, say
    all."""
    success = _choose_success(finding.check)
    return {} if success is None else {"success": success}


def choose_auth(finding: RecordedFinding) -> str | None:
    """Return the `auth` of the last request, None where it is not what the finding is about."""
    if finding.check is not PropertyCheck.IGNORED_AUTH:
        return None
    return INVALID_AUTH if INVALID_AUTH in finding.failure.message else NO_AUTH


def _choose_success(check: PropertyCheck) -> bool | None:
    match check:
        case PropertyCheck.NEGATIVE_DATA_REJECTION | PropertyCheck.USE_AFTER_FREE | PropertyCheck.IGNORED_AUTH:
            return False
        case PropertyCheck.POSITIVE_DATA_ACCEPTANCE | PropertyCheck.ENSURE_RESOURCE_AVAILABILITY:
            return True
        case (
            PropertyCheck.REQUESTS
            | PropertyCheck.RESPONSE
            | PropertyCheck.NOT_A_SERVER_ERROR
            | PropertyCheck.STATUS_CODE_CONFORMANCE
            | PropertyCheck.CONTENT_TYPE_CONFORMANCE
            | PropertyCheck.RESPONSE_HEADERS_CONFORMANCE
            | PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE
        ):
            return None
        case _:
            assert_never(check)
