"""Names the conformance rows in the words of Schemathesis's documentation, and gives the shape of a defect."""

import re
from dataclasses import dataclass

from contracts_runner.model.checks import CheckName, CheckResult

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Nature:
    """What a conformance row is about. `code` is Schemathesis's stable one for the same defect; `shape` is the same
    whatever the values, and "" for a row that holds."""

    check: str
    code: str
    title: str
    shape: str


def describe_conformance(row: CheckResult) -> Nature:
    """Return the nature of a row of engine/conformance.py."""
    match row.check:
        case CheckName.STATUS_DECLARED:
            return Nature("status_code_conformance", "ST103", "Undocumented status code", str(row.actual))
        case CheckName.MEDIA_TYPE_DECLARED if row.actual is None:
            return Nature("content_type_conformance", "ST104", "Missing Content-Type header", "")
        case CheckName.MEDIA_TYPE_DECLARED:
            return Nature("content_type_conformance", "ST105", "Undocumented Content-Type", str(row.actual))
        case CheckName.RESPONSE_HEADERS if row.actual is None:
            return Nature("response_headers_conformance", "ST107", "Missing required response header", str(row.path))
        case CheckName.RESPONSE_HEADERS:
            return Nature("response_headers_conformance", "ST108", "Response violates schema", str(row.path))
        case CheckName.BODY_JSON:
            return Nature("response_schema_conformance", "ST109", "Response is not the JSON that it says it is", "")
        case CheckName.BODY_SCHEMA:
            shape = _INDEX.sub("[*]", row.path or "")
            return Nature("response_schema_conformance", "ST108", "Response violates schema", shape)
        case other:
            raise AssertionError(f"an unknown conformance check: {other}")
