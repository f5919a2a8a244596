"""Drafts scenarios from foreign requests: matched, read, kept free of secrets, and proved by building each again."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conformance import find_response
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.media_types import find_media_type, is_bytes
from contracts_runner.engine.multipart import PART_KEYS
from contracts_runner.engine.success import judge
from contracts_runner.maintenance.importing.carried_credentials import Credentials
from contracts_runner.maintenance.importing.files_at_hand import NOTHING_AT_HAND, FilesAtHand
from contracts_runner.maintenance.importing.foreign_requests import MOST_LEVELS, ForeignRequest
from contracts_runner.maintenance.importing.hidden_values import Variables
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.maintenance.importing.sent_again import ACCEPT, compare
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError
from contracts_runner.maintenance.importing.step_reading import ReadStep, read_step
from contracts_runner.model.contract import Unset
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.model.spec import Operation
from contracts_runner.project.contract.steps import StepForm
from contracts_runner.redaction.field_names import is_credential_field
from contracts_runner.redaction.redactor import Redactor

TAG = "imported"


@dataclass(slots=True)
class Drafter:
    """Drafts the steps of one import. `lost` is what of the requests no step says, a line each; `rewritten` counts
    requests that are sent in another spelling of the same meaning."""

    credentials: Credentials
    variables: Variables
    redactor: Redactor
    at_hand: FilesAtHand = NOTHING_AT_HAND
    lost: list[str] = field(default_factory=list)
    rewritten: int = 0

    def draft_step(self, request: ForeignRequest, match: Match, *, spec: str) -> StepDraft:
        """Return the step in a file of that spec; raises UnreadableValueError where it cannot be read."""
        request = self.at_hand.attach(request, match.operation)
        read = read_step(request, match, self.credentials)
        content = self._build(request, read, spec)
        differences, is_rewritten = self._compare(content, request, match)
        if ACCEPT in differences:
            content["accept"] = request.find_header("accept")
            differences, is_rewritten = self._compare(content, request, match)
        self.rewritten += is_rewritten and not differences
        lost = [self.redactor.text(what) for what in (*read.lost, *differences)]
        self.lost += [f"{request.where}: not carried over: {what}" for what in lost]
        ordered = {key: content[key] for key in StepForm.keys if key in content}
        return StepDraft(content=ordered, comments=tuple(f"Not carried over: {what}" for what in lost))

    def _compare(self, content: Mapping[str, Json], request: ForeignRequest, match: Match) -> tuple[list[str], bool]:
        return compare(
            content, request, match, self.credentials.values, variables=self.variables, files=self.at_hand.files
        )

    def _build(self, request: ForeignRequest, read: ReadStep, spec: str) -> dict[str, Json]:
        recorder = ExchangeRecorder(spec=read.match.spec, redactor=self.redactor)
        operation = read.match.operation
        body = self._redact_body(recorder, request, read)
        content: dict[str, Json] = {"name": self.redactor.text(request.title)} if request.title.strip() else {}
        content |= {"spec": read.match.spec.key} if read.match.spec.key != spec else {}
        content["operation"] = operation.label
        if read.parameters:
            content["parameters"] = self._hide_parameters(recorder, operation, read.parameters)
        content |= {"query": self._hide(read.query)} if read.query else {}
        content |= {"headers": self._hide(read.headers)} if read.headers else {}
        content |= {"media_type": read.media_type} if read.media_type else {}
        content |= {"auth": read.auth} if read.auth else {}
        if read.body_file:
            content["body_file"] = read.body_file
        elif not isinstance(read.body, Unset):
            content["body"] = self.variables.hide(read.body, body, "body")
        if read.is_invalid:
            content["invalid_request"] = True
        answer = request.answer
        if answer is not None and not (request.is_example and find_response(operation, answer.status_code) is None):
            content["expect"] = self._expect(read.match, answer)
        return content

    def _expect(self, match: Match, answer: Response) -> dict[str, Json]:
        """Return what a recorded answer was: its status, its media type where the document has several, and its error
        code where it is no success."""
        expect: dict[str, Json] = {"status": answer.status_code}
        declared = find_response(match.operation, answer.status_code)
        media_type = answer.media_type or ""
        if declared and len(declared.schemas) > 1 and find_media_type(declared.schemas, media_type):
            expect["media_type"] = strip_parameters(media_type)
        success = judge(match.operation, match.spec, answer, depth=MOST_LEVELS).success
        if not answer.body or success.is_success:
            return expect
        if success.error_code is not None and self.redactor.text(success.error_code) == success.error_code:
            return {**expect, "error": success.error_code}
        return {**expect, "success": False} if answer.status_code < 300 else expect

    def _redact_body(self, recorder: ExchangeRecorder, request: ForeignRequest, read: ReadStep) -> Json:
        """Return the body as a ledger would have it; all that the request holds is learned."""
        is_text = isinstance(read.body, Unset | str)
        body = None if isinstance(read.body, Unset) else read.body
        sent = body if is_text else json.dumps(body, ensure_ascii=False)
        headers = [pair for pair in request.headers if is_text or pair[0].lower() != "content-type"]
        operation = read.match.operation
        raw = Request(
            method=request.method,
            url=request.url,
            headers=(*headers, *([] if is_text else [("Content-Type", "application/json")])),
            body=None if sent is None else sent.encode("utf-8", "surrogatepass"),
            operation=operation.label,
            effect=operation.effect,
        )
        recorded = recorder.record(operation, Exchange(request=raw, response=None)).request.body
        if recorded is None or is_text:
            return recorded
        try:
            return self._redact_bytes(body, json.loads(recorded))
        except ValueError:
            return None

    def _redact_bytes(self, body: Json, redacted: Json) -> Json:
        """Return the redacted form of a body without the bytes in which the redactor finds something."""
        if isinstance(body, Mapping) and isinstance(redacted, Mapping):
            if is_bytes(body, PART_KEYS) and self._is_hiding(body):
                return {**redacted, "base64": None}
            return {name: self._redact_bytes(value, redacted.get(name)) for name, value in body.items()}
        if isinstance(body, list) and isinstance(redacted, list) and len(body) == len(redacted):
            return [self._redact_bytes(*pair) for pair in zip(body, redacted, strict=True)]
        return redacted

    def _is_hiding(self, part: Mapping[str, Json]) -> bool:
        text = base64.b64decode(part.get("base64", "")).decode("utf-8", "replace")
        return self.redactor.text(text) != text

    def _hide(self, values: Mapping[str, Json]) -> Json:
        return self.variables.hide(values, self.redactor.value(values), "")

    def _hide_parameters(
        self, recorder: ExchangeRecorder, operation: Operation, parameters: Mapping[str, Json]
    ) -> dict[str, Json]:
        kinds = recorder.find_personal_parameters(operation)
        hidden: dict[str, Json] = {}
        for key, value in parameters.items():
            found = operation.find_parameters(key)
            name = found[0].name if found else key
            # Cookies count as credentials.
            is_cookie = bool(found) and found[0].placement == "cookie"
            is_marked = is_cookie or name in kinds or is_credential_field(name)
            hidden[key] = self.variables.hide(value, self.redactor.value(value), name, is_marked=is_marked)
        return hidden


def build_redactor(known: Mapping[str, str]) -> Redactor:
    """Return a redactor that knows some secrets by name."""
    return Redactor(mode=RedactionMode.FULL, secrets=known, key=secrets.token_bytes(32))


def draft_scenarios(
    drafter: Drafter, matched: Iterable[tuple[ForeignRequest, Match]], *, spec: str
) -> tuple[list[ScenarioDraft], list[str]]:
    """Return a scenario for each group of requests, in a file of that spec, and why some of the requests have no
    step."""
    groups: dict[str, list[tuple[ForeignRequest, StepDraft, Match]]] = {}
    refused: list[str] = []
    for request, match in matched:
        try:
            groups.setdefault(request.group, []).append((request, drafter.draft_step(request, match, spec=spec), match))
        except UnreadableValueError as error:
            refused.append(f"{request.where}: {error}")
    return [_build_scenario(group, members, drafter) for group, members in groups.items() if members], refused


def _build_scenario(
    group: str, members: Sequence[tuple[ForeignRequest, StepDraft, Match]], drafter: Drafter
) -> ScenarioDraft:
    steps = tuple(step for _, step, _ in members)
    request, _, match = members[0]
    if len(members) == 1:
        name, title = match.operation.label, request.title or f"{match.operation.method} {match.operation.path}"
    else:
        name = PurePosixPath(group.rpartition(" / ")[2]).stem
        title = f"The requests of {group}"
    return ScenarioDraft(id=name, title=drafter.redactor.text(title), tags=(TAG,), steps=steps)
