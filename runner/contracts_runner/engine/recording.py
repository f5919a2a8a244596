"""Turns a step's result into what may be written: redacted rows, the recorded exchange, its artifact."""

import dataclasses
import json
from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType, structs

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.answer_shape import describe_shape
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.ports import WriteArtifact
from contracts_runner.engine.secret_captures import iter_secrets
from contracts_runner.engine.steps import StepResult
from contracts_runner.model.checks import CheckResult
from contracts_runner.model.exchange import Response
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Specs
from contracts_runner.redaction.redactor import RecordedExchange, Redactor
from contracts_runner.results.events import StepFinished
from contracts_runner.results.lines import encode_row, is_finite, list_fields
from contracts_runner.results.rows import CheckRow, RequestRow, ResponseRow, StepRow, ViolationRow

# The ledger is one file for the whole run: long bodies are whole in their artifact only.
LEDGER_BODY_CHARACTERS = 2_000
# A row's expected and actual values: enough for any scalar and for small objects.
ROW_CHARACTERS = 1_000
_SCALARS = frozenset((str, int, float, bool, type(None)))
# What a capture may take in the ledger: a page of ids, not a page.
CAPTURE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records steps. The artifact is written before the event that names it. `secrets` are the names of captures that
    must not be written down."""

    specs: Specs
    redactor: Redactor
    write_artifact: WriteArtifact
    secrets: frozenset[str] = frozenset()

    def _find_recorder(self, operation: Operation) -> ExchangeRecorder:
        return ExchangeRecorder(spec=self.specs[operation.spec], redactor=self.redactor)

    def record(self, result: StepResult, *, scenario: str, number: int, is_cleanup: bool) -> StepFinished:
        """Return the event of a step; writes its artifact if something was sent."""
        for name in result.captured.keys() & self.secrets:
            for secret in iter_secrets(result.captured[name]):
                self.redactor.learn_secret(f"capture:{name}", secret)
        recorded = self._record(result)
        # After the exchange: what it showed to be personal is then replaced in the rows too.
        row = self._build_row(result, recorded, number, is_cleanup)
        sha256: str | UnsetType = UNSET
        if recorded is not None:
            document = {"scenario": scenario, **list_fields(row), **list_fields(recorded.as_row(max_body=None))}
            written = self.write_artifact(scenario, number, result.step.name, document)
            row, sha256 = structs.replace(row, artifact=written.path), written.sha256
        captured, withheld = self._split_captures(result.captured)
        return StepFinished(
            scenario=scenario,
            number=number,
            step=row,
            exchange=recorded.as_row(max_body=LEDGER_BODY_CHARACTERS) if recorded else None,
            artifact_sha256=sha256,
            shape=describe_shape(recorded, result.answer) if recorded else UNSET,
            captured=captured,
            withheld={**withheld, **result.lost},
        )

    def _record(self, result: StepResult) -> RecordedExchange | None:
        if result.exchange is None:
            return None
        return self._find_recorder(result.operation).record(result.operation, result.exchange)

    def _split_captures(self, captured: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, str]]:
        """Return the captures that may be written, and of the others why they may not."""
        kept: dict[str, Json] = {}
        withheld: dict[str, str] = {}
        for name, value in captured.items():
            if not is_finite(value):
                withheld[name] = "it holds a number that JSON does not have"
            elif self.redactor.value(value) != value:
                withheld[name] = "redaction hides it, so the ledger does not hold it"
            elif _is_longer(value, CAPTURE_CHARACTERS):
                withheld[name] = "it is too long for the ledger"
            else:
                kept[name] = value
        return kept, withheld

    def _build_row(
        self, result: StepResult, recorded: RecordedExchange | None, number: int, is_cleanup: bool
    ) -> StepRow:
        answer, response = result.answer, result.exchange and result.exchange.response
        return StepRow(
            number=number,
            name=result.step.name,
            operation=result.operation.label,
            auth=result.auth or None,
            cleanup=is_cleanup,
            request=self._build_request(result, recorded),
            response=describe_response(response) if response else None,
            success=answer.success.is_success if answer else None,
            error_code=self.redactor.value(answer.success.error_code) if answer else None,
            outcome=result.outcome,
            reason=self.redactor.text(result.reason),
            attempts=result.attempts,
            schema_checked=result.step.expect.is_schema_checked,
            checks=self._build_checks(result.checks),
            left_out=result.is_left_out or UNSET,
        )

    def _build_request(self, result: StepResult, recorded: RecordedExchange | None) -> RequestRow | None:
        if recorded is not None:
            return RequestRow(method=recorded.request.method, url=recorded.request.url)
        if result.request is None:
            return None
        url = self._find_recorder(result.operation).redact_url(result.operation, result.request.url)
        return RequestRow(method=result.request.method, url=url)

    def _build_checks(self, checks: Sequence[CheckResult]) -> tuple[CheckRow, ...]:
        # One call for all of a step's rows, in one flat list: the redactor searches many texts at once far quicker than
        # one by one.
        raw: list[Json] = []
        for check in checks:
            violations = [dataclasses.asdict(violation) for violation in check.violations]
            raw += (count_members(check.expected), count_members(check.actual), check.message, check.path, violations)
        shown = iter(map(shorten, self.redactor.value(raw)))
        return tuple(
            CheckRow(
                check=check.check,
                outcome=check.outcome,
                expected=expected,
                actual=actual,
                message=message,
                path=path,
                location=str(check.location) if check.location else None,
                violations=read_violations(violations),
            )
            for check, expected, actual, message, path, violations in zip(
                checks, shown, shown, shown, shown, shown, strict=True
            )
        )


def read_violations(redacted: Json) -> tuple[ViolationRow, ...] | UnsetType:
    """Return the rows of what does not hold, unset for none."""
    return tuple(ViolationRow(**violation) for violation in redacted) if redacted else UNSET


def describe_response(response: Response) -> ResponseRow:
    """Return the row of a response: nothing in it is personal."""
    return ResponseRow(
        status=response.status_code,
        media_type=response.media_type,
        bytes=None if response.unread else len(response.body),
        latency_ms=round(response.timings.total_ms, 1) if response.timings else None,
    )


def count_members(value: Json) -> Json:
    """Return how long a long array or object is instead of its content, which the artifact holds."""
    is_whole = type(value) in _SCALARS or not isinstance(value, list | Mapping)  # first: to ask for a Mapping is slow
    if is_whole or not _is_longer(value, ROW_CHARACTERS):
        return value
    return (
        f"array of {count_noun(len(value), 'item')}"
        if isinstance(value, list)
        else f"object with {count_noun(len(value), 'member')}"
    )


def _is_longer(value: Json, limit: int) -> bool:
    """Tell whether a value is longer than so many characters of JSON, with the blanks that people read."""
    # The encoder without blanks is many times as fast: by it, what is long is so at once, and what is half as long is
    # not. Blanks stand behind commas and colons only.
    length = len(encode_row(value))
    return 2 * length > limit and (length > limit or len(json.dumps(value, ensure_ascii=False)) > limit)


def shorten(value: Json) -> Json:
    """Return a long text's beginning. Only after redaction: half of an e-mail address is not recognised as one."""
    if not isinstance(value, str) or len(value) <= ROW_CHARACTERS:
        return value
    return f"{value[:ROW_CHARACTERS]}… ({len(value)} characters)"
