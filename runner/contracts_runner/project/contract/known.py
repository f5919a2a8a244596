"""The forms of what the team has accepted: `known:` of a scenario, `properties:` of a file (docs/design.md)."""

from datetime import date

from contracts_runner.model.checks import CHOSEN_CHECKS, CheckName, PropertyCheck
from contracts_runner.model.contract import KnownDeviation, KnownProperty, ObservedDeviation
from contracts_runner.project.names import ENVIRONMENTS
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import BOOLEAN, DAY, TEXT, choice, integer, items

_REJECTION = PropertyCheck.NEGATIVE_DATA_REJECTION
_ROWS = tuple(name for name in CheckName if name is not CheckName.KNOWN)


# Those that look at data: their place is a JSONPath.
_OF_DATA = [CheckName.BODY.value, CheckName.BODY_SCHEMA.value]


class ObservationForm(
    Form,
    rules={
        "minProperties": 1,
        "dependentRequired": {"path": ["check"]},
        "if": {"required": ["check"], "properties": {"check": {"enum": _OF_DATA}}},
        "then": {"properties": {"path": {"pattern": r"^\$"}}},
    },
):
    """What a deviation looks like; it has at least one of the keys."""

    noun = "an observation"
    status = Key(integer(100, 599), "The status, one number.", example="404")
    media_type = Key(TEXT, "The media type, such as text/html.", example="text/html")
    error = Key(TEXT, "The error code.", example="WRONG_AUTHORIZATION")
    check = Key(choice(*_ROWS), "The check that fails, as its rows name it.", example="body_schema")
    path = Key(TEXT, "Where the check fails, as its rows say; a path holds for what is below it, too.", example="$.url")


def _build_observed(form: ObservationForm) -> ObservedDeviation:
    if not any(key in form for key in form.keys.values()):
        form.place.report("'observed' is empty", f"say at least one of {', '.join(form.keys)}")
    if ObservationForm.path in form and ObservationForm.check not in form:
        form.at(ObservationForm.path).report("'path' is where a check fails", "say which `check`")
    if form.check in _OF_DATA and form.path and not form.path.startswith("$"):
        hint = f"write ${'' if form.path.startswith(('.', '[')) else '.'}{form.path}"
        form.at(ObservationForm.path).report(f"the place of {form.check} is a JSONPath", hint)
    return ObservedDeviation(
        status=form.status,
        media_type=form.media_type,
        error=form.error,
        check=CheckName(form.check) if form.check else None,
        path=form.path,
    )


class KnownDeviationForm(Form):
    """A deviation that the team has accepted, with its reason and its end."""

    noun = "a known deviation"
    environments = Key(ENVIRONMENTS, "The environments in which it was seen.", required=True, example="[prod]")
    step = Key(TEXT, "The name of the step that deviates; any step if left out.", example="pay")
    observed = Key(
        ObservationForm.reader().then(_build_observed),
        "What the deviation looks like; everything else of the answer must hold.",
        required=True,
        example="{status: 404}",
    )
    because = Key(TEXT, "Why the team accepts it.", required=True, example="The vendor knows of it.")
    instead = Key(TEXT, "Id of the scenario that shows what works instead.", example='"6.2"')
    since = Key(DAY, "The day of the decision, such as 2025-11-07.", example="2025-11-07")
    until = Key(DAY, "The last day on which it is accepted, such as 2027-06-30.", required=True, example="2027-06-30")


def check_days(form: Form, since: date | None, until: date | None) -> None:
    """Report an end before its beginning."""
    if since and until and since > until:
        form.at(KnownDeviationForm.until).report(f"'until' is before 'since' ({since})")


def _build_known(form: KnownDeviationForm) -> KnownDeviation:
    check_days(form, form.since, form.until)
    return KnownDeviation(
        environments=form.environments or (),
        step=form.step,
        observed=form.observed or ObservedDeviation(),
        because=form.because or "",
        instead=form.instead,
        since=form.since,
        until=form.until or date.max,
        location=form.location,
    )


KNOWN = items(KnownDeviationForm.reader().then(_build_known))


class KnownFindingForm(
    Form, rules={"if": {"required": ["in"]}, "then": {"properties": {"check": {"const": _REJECTION}}}}
):
    """A finding of generated tests that the team has accepted."""

    noun = "a known finding"
    operation = Key(TEXT, "An operation, or a glob such as `list*`.", required=True, example="listOrders")
    check = Key(
        choice(*CHOSEN_CHECKS, PropertyCheck.RESPONSE).then(PropertyCheck),
        "The check that is known to fail; `response` is an answer that breaks HTTP or our bounds.",
        required=True,
        example="status_code_conformance",
    )
    in_ = Key(
        choice("path", "query", "header", "cookie", "body"),
        f"The part of the request with invalid values; only of {_REJECTION}.",
        example="query",
    )
    rare = Key(
        BOOLEAN, "True if only chance shows it: it may still be there when no request showed it.", example="true"
    )
    because = KnownDeviationForm.because
    instead = KnownDeviationForm.instead
    since = KnownDeviationForm.since
    until = KnownDeviationForm.until
    environments = Key(ENVIRONMENTS, "Where it is accepted; everywhere if left out.", example="[prod]")

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        check_days(self, self.since, self.until)
        if KnownFindingForm.in_ in self and self.check not in (None, _REJECTION):
            self.at(KnownFindingForm.in_).report(f"only {_REJECTION} is about a part of the request")


class PropertySectionForm(Form):
    """What the team accepts of generated tests."""

    noun = "properties"
    known = Key(
        items(KnownFindingForm.reader()),
        "Findings of generated tests that the team has accepted.",
        required=True,
        example="[{operation: listOrders, check: ignored_auth, because: It is so., until: 2027-06-30}]",
    )


def build_known_properties(form: PropertySectionForm | None, spec: str) -> tuple[KnownProperty, ...]:
    """Return the accepted findings of a file whose operations are those of a spec."""
    return tuple(
        KnownProperty(
            spec=spec,
            operation=finding.operation or "",
            check=finding.check or PropertyCheck.RESPONSE,
            part=finding.in_ or "",
            is_rare=finding.rare is True,
            because=finding.because or "",
            until=finding.until or date.max,
            environments=finding.environments or (),
            instead=finding.instead,
            since=finding.since,
            location=finding.location,
        )
        for finding in (form.known if form else None) or ()
    )
