"""What the property phase says of accepted requests, held against the answers that it counted."""

from collections import Counter
from collections.abc import Iterator

from contracts_runner.audit.tally import Row, Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

# What these say is about requests that the service accepted (docs/design.md, Outcomes).
_NEEDING = (
    *("content_type_conformance", "response_headers_conformance", "response_schema_conformance"),
    *("negative_data_rejection", "positive_data_acceptance", "use_after_free", "ensure_resource_availability"),
    "ignored_auth",
)


def check_acceptance(tally: Tally) -> Iterator[Violation]:
    """Yield the claims about accepted requests of operations that accepted none, and answers without a request."""
    never = {row["operation"]: row["because"] for row in list_never_accepted(tally)}
    for row in tally.properties.values():
        if row["outcome"] in ("passed", "fixed") and row["check"] in _NEEDING and row["operation"] in never:
            line = tally.answers[row["operation"]]
            yield line.complain(f"property {row['id']} outcome", row["outcome"], "skipped")
    sent = Counter(line.row["operation"] for line in tally.requests if line.row["phase"] == "properties")
    for operation, line in tally.answers.items():
        count = sum(answer["count"] for answer in line.row["answers"])
        if count > sent[operation]:
            yield line.complain(f"answers of {operation}", count, f"at most {sent[operation]}, as many as were sent")


def list_never_accepted(tally: Tally) -> list[dict[str, Json]]:
    """Return the operations that accepted no generated request, each with what came instead, as results.json has it."""
    found = []
    for operation, line in tally.answers.items():
        own = [answer for answer in line.row["answers"] if answer.get("auth") is None]
        if own and not any(answer["success"] for answer in own):
            words = sorted({_describe(answer) for answer in own})
            found.append({"operation": operation, "because": f"only {', '.join(words)} came"})
    return found


def _describe(answer: Row) -> str:
    status, code = answer["status"], answer.get("error_code")
    if status // 100 != 2:
        return str(status)
    return f"{status} with error code {code}" if code else f"{status} that is not a success"
