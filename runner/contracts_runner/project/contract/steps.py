"""The forms of steps with their variants, captures and retries (docs/design.md, Contract file)."""

from contracts_runner.model.contract import UNSET, Expectation, Retry, Step, StepVariant, ValueMatcher, When
from contracts_runner.project.contract.auth import AUTH
from contracts_runner.project.contract.captures import CAPTURES, build_captures
from contracts_runner.project.contract.expectations import BODY, EXPECTATION
from contracts_runner.project.contract.relations import IS
from contracts_runner.project.contract.sending import TOGETHER, SendingForm, check_together
from contracts_runner.project.names import ENVIRONMENT, OPERATION, SPEC
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.readers import BOOLEAN, DURATION, TEXT, Names, choice, items, mapping
from contracts_runner.reading.value_readers import ONE_EXPRESSION

_ENVIRONMENT_NAMES = Names("an environment", lambda name: bool(name.strip()), "it is empty", schema=ENVIRONMENT.schema)


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
    give_up = Key(
        BODY,
        "JSONPath -> value, or JSON Schema: an answer of which all of it holds ends the step as failed.",
        example="{$.status: {enum: [failed, cancelled]}}",
    )


def _build_retry(form: RetryForm) -> Retry:
    every, total = form.every or 0.0, form.for_ or 0.0
    if 0 < total < every:
        form.at(RetryForm.for_).report("'for' is shorter than 'every', so the step would never be sent again")
    return Retry(every_seconds=every, for_seconds=total, give_up=form.give_up or ())


class WhenForm(Form):
    """Leaves a step out unless a value is as it says."""

    noun = "a condition"
    this = Key(ONE_EXPRESSION, "What is looked at.", required=True, example="${state}")
    is_ = Key(IS, "A scalar, or a JSON Schema.", required=True, example="pending")


def _build_when(form: WhenForm) -> When:
    value = form.find(WhenForm.is_)
    matcher = ValueMatcher(value=value, is_schema=isinstance(value, dict))
    return When(this=form.this or "", matcher=matcher, location=form.location)


class VariantForm(SendingForm, rules=TOGETHER):
    """What is different in an environment: parameters, query and headers are merged with those of the step, the rest
    replaces."""

    noun = "a variant"
    auth = Key(
        AUTH,
        "A credential of the environment, several, or values by scheme; what the spec wants if left out.",
        example='{bearerAuth: "${token}"}',
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


class StepForm(Form, rules=TOGETHER):
    """One request of a scenario."""

    noun = "a step"
    name = Key(TEXT, "Name of the step in reports; the operation if left out.", example="add")
    operation = Key(
        OPERATION, 'An operationId, or "POST /path" where the spec has none.', required=True, example="createOrder"
    )
    spec = Key(SPEC, "Key of the spec that has the operation; that of the file if left out.", example="payments")
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
        CAPTURES,
        "Values for later steps: name -> JSONPath in the response's body, or where else the value is.",
        example="{order_id: $.data.id}",
    )
    retry = Key(
        RetryForm.reader().then(_build_retry),
        "Send the step again until it is as expected.",
        example="{until: expect, every: 500ms, for: 10s}",
    )
    when = Key(
        WhenForm.reader().then(_build_when),
        "Leaves the step out, and those that need its captures, unless a value is as it says.",
        example='{this: "${state}", is: pending}',
    )
    in_ = Key(
        mapping(VariantForm.reader().then(_build_variant), _ENVIRONMENT_NAMES),
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
    expect = form.expect or Expectation(locations={"expect": form.location})
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
        expect=expect,
        captures=build_captures(form.capture, form.at(StepForm.capture), expect.namespaces) if form.capture else (),
        retry=form.retry,
        when=form.when,
        variants=form.in_ or {},
        probe=form.probe,
        is_invalid_request=form.invalid_request is True,
        location=form.location,
    )


STEPS = items(StepForm.reader().then(_build_step))
