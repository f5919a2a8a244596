"""Names the conformance rows in the words of Schemathesis's documentation, and gives the shape of a defect."""

import re
from dataclasses import dataclass

from contracts_runner.model.checks import CheckResult

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
        case "status_declared":
            return Nature("status_code_conformance", "ST103", "Undocumented status code", str(row.actual))
        case "media_type" if row.actual is None:
            return Nature("content_type_conformance", "ST104", "Missing Content-Type header", "")
        case "media_type":
            return Nature("content_type_conformance", "ST105", "Undocumented Content-Type", str(row.actual))
        case "response_headers" if row.actual is None:
            return Nature("response_headers_conformance", "ST107", "Missing required response header", str(row.path))
        case "response_headers":
            return Nature("response_headers_conformance", "ST108", "Response violates schema", str(row.path))
        case "body_json":
            return Nature("response_schema_conformance", "ST109", "Response is not the JSON that it says it is", "")
        case "body_schema":
            shape = _INDEX.sub("[*]", row.path or "")
            return Nature("response_schema_conformance", "ST108", "Response violates schema", shape)
        case other:
            raise AssertionError(f"an unknown conformance check: {other}")
