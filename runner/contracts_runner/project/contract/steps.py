"""The forms of steps with their variants, captures and retries (docs/design.md, Contract file)."""

from contracts_runner.model.contract import UNSET, Capture, Expectation, Retry, Step, StepVariant
from contracts_runner.project.contract.expectations import EXPECTATION
from contracts_runner.project.contract.sending import TOGETHER, SendingForm, check_together
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import BOOLEAN, DURATION, IDENTIFIER, TEXT, Names, choice, items, mapping
from contracts_runner.reading.value_readers import JSONPATH


class RetryForm(Form):
    """Sends a step again until it is as expected."""

    noun = "a retry"
    until = Key(choice("expect"), "Until what the step expects holds.", required=True, example="expect")
    every = Key(
        DURATION,
        "The pause between two requests, such as 500ms; longer where Retry-After says so.",
        required=True,
        example="500ms",
    )
    for_ = Key(
        DURATION, "How long to go on, such as 10s; a Retry-After beyond it ends at once.", required=True, example="10s"
    )


def _build_retry(form: RetryForm) -> Retry:
    every, total = form.every or 0.0, form.for_ or 0.0
    if 0 < total < every:
        form.at(RetryForm.for_).report("'for' is shorter than 'every', so the step would never be sent again")
    return Retry(every_seconds=every, for_seconds=total)


class VariantForm(SendingForm, rules=TOGETHER):
    """What is different in an environment: parameters, query and headers are merged with those of the step, the rest
    replaces."""

    noun = "a variant"
    auth = Key(
        Reader(Value.read_text, {"anyOf": [{"enum": ["none", "invalid"]}, TEXT.schema]}, "`none` | `invalid` | text"),
        "A credential of the environment, `none` or `invalid`; what the spec wants if left out.",
        example="partnerKey",
    )
    expect = Key(EXPECTATION, "What the author expects beside what the spec declares.", example="{status: 200}")


class ProbeForm(VariantForm, rules=TOGETHER):
    """What a write sends under `writes: probe` instead of its own."""

    noun = "a probe"


def _build_variant(form: VariantForm) -> StepVariant:
    check_together(form)
    return StepVariant(
        parameters=form.parameters or {},
        query=form.query or {},
        headers=form.headers or {},
        media_type=form.media_type,
        accept=form.accept,
        body=form.body if VariantForm.body in form else UNSET,
        body_file=form.body_file,
        url=form.url,
        auth=form.auth,
        expect=form.expect,
        location=form.location,
    )


def _read_captures(value: Value) -> tuple[Capture, ...]:
    paths = _CAPTURES.read(value) or {}
    return tuple(
        Capture(name=name, path=paths.get(name, ""), location=entry.location)
        for name, entry in value.read_entries().items()
    )


_CAPTURES = mapping(JSONPATH, Names("a capture", str.isidentifier, "use letters, digits and _", IDENTIFIER))


class StepForm(Form, rules=TOGETHER):
    """One request of a scenario."""

    noun = "a step"
    name = Key(TEXT, "Name of the step in reports; the operation if left out.", example="add")
    operation = Key(
        TEXT, 'An operationId, or "POST /path" where the spec has none.', required=True, example="createOrder"
    )
    spec = Key(TEXT, "Key of the spec that has the operation; that of the file if left out.", example="payments")
    parameters = SendingForm.parameters
    query = SendingForm.query
    headers = SendingForm.headers
    media_type = SendingForm.media_type
    accept = SendingForm.accept
    body = SendingForm.body
    body_file = SendingForm.body_file
    url = SendingForm.url
    auth = VariantForm.auth
    expect = VariantForm.expect
    capture = Key(
        Reader(_read_captures, _CAPTURES.schema, _CAPTURES.words),
        "Values for later steps: name -> JSONPath in the response's body.",
        example="{order_id: $.data.id}",
    )
    retry = Key(
        RetryForm.reader().then(_build_retry),
        "Send the step again until it is as expected.",
        example="{until: expect, every: 500ms, for: 10s}",
    )
    in_ = Key(
        mapping(VariantForm.reader().then(_build_variant)),
        "What is different in an environment: its name -> parameters, query and headers (merged), the rest.",
        example="{prod: {expect: {status: 403}}}",
    )
    probe = Key(
        ProbeForm.reader().then(_build_variant),
        "What a write sends under `writes: probe`: ids that cannot exist, harmless by construction.",
        example="{parameters: {event_id: 0}}",
    )
    invalid_request = Key(
        BOOLEAN,
        "True if the request breaks the spec on purpose; otherwise it is checked first.",
        example="true",
    )


def _build_step(form: StepForm) -> Step:
    operation = form.operation or ""
    check_together(form)
    return Step(
        name=form.name or operation,
        spec=form.spec or "",
        operation=operation,
        parameters=form.parameters or {},
        query=form.query or {},
        headers=form.headers or {},
        media_type=form.media_type,
        accept=form.accept,
        body_file=form.body_file,
        url=form.url,
        auth=form.auth,
        body=form.body if StepForm.body in form else UNSET,
        expect=form.expect or Expectation(locations={"expect": form.location}),
        captures=form.capture or (),
        retry=form.retry,
        variants=form.in_ or {},
        probe=form.probe,
        is_invalid_request=form.invalid_request is True,
        location=form.location,
    )


STEPS = items(StepForm.reader().then(_build_step))
