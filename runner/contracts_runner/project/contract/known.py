"""The form of `known:` of a scenario: deviations that the team has accepted (docs/design.md, Known deviations)."""

from datetime import date

from contracts_runner.model.contract import KnownDeviation, ObservedDeviation
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import DAY, TEXT, TEXTS, items


def _read_status(value: Value) -> int | None:
    status = value.read_integer(100)
    if status is not None and status > 599:
        value.report(f"{status} is not an HTTP status", "statuses are 100 to 599")
    return status


class ObservationForm(Form, rules={"minProperties": 1}):
    """What a deviation looks like; it has at least one of the keys."""

    noun = "an observation"
    status = Key(
        Reader(_read_status, Scalar(type="integer", minimum=100, maximum=599), "HTTP status"),
        "The status, one number.",
        example="404",
    )
    media_type = Key(TEXT, "The media type, such as text/html.", example="text/html")
    error = Key(TEXT, "The error code.", example="WRONG_AUTHORIZATION")


def _build_observed(form: ObservationForm) -> ObservedDeviation:
    if not any(key in form for key in form.keys.values()):
        form.place.report("'observed' is empty", f"say at least one of {', '.join(form.keys)}")
    return ObservedDeviation(status=form.status, media_type=form.media_type, error=form.error)


class KnownDeviationForm(Form):
    """A deviation that the team has accepted, with its reason and its end."""

    noun = "a known deviation"
    environments = Key(TEXTS, "The environments in which it was seen.", required=True, example="[prod]")
    observed = Key(
        ObservationForm.reader().then(_build_observed),
        "What the deviation looks like: any of status, media_type, error.",
        required=True,
        example="{status: 404}",
    )
    because = Key(TEXT, "Why the team accepts it.", required=True, example="The vendor knows of it.")
    instead = Key(TEXT, "Id of the scenario that shows what works instead.", example='"6.2"')
    since = Key(DAY, "The day of the decision, such as 2025-11-07.", example="2025-11-07")
    until = Key(DAY, "The last day on which it is accepted, such as 2027-06-30.", required=True, example="2027-06-30")


def _build_known(form: KnownDeviationForm) -> KnownDeviation:
    if form.since and form.until and form.since > form.until:
        form.at(KnownDeviationForm.until).report(f"'until' is before 'since' ({form.since})")
    return KnownDeviation(
        environments=form.environments or (),
        observed=form.observed or ObservedDeviation(),
        because=form.because or "",
        instead=form.instead,
        since=form.since,
        until=form.until or date.max,
        location=form.location,
    )


KNOWN = items(KnownDeviationForm.reader().then(_build_known))
