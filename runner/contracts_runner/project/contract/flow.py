"""The forms of what decides whether and how the scenarios of a file are run (docs/design.md, Contract file)."""

from datetime import date

from contracts_runner.model.contract import Defaults, Quarantine, Skip
from contracts_runner.project.contract.sending import HEADERS
from contracts_runner.project.contract.steps import StepForm
from contracts_runner.project.names import ENVIRONMENTS, TAGS
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.expressions import BUILTINS, ROW
from contracts_runner.reading.readers import DAY, DURATION, IDENTIFIER, TEXT, Names, choice, mapping

NEEDS = mapping(
    TEXT,
    Names(
        "a needed scenario",
        str.isidentifier,
        "use letters, digits and _",
        IDENTIFIER,
        reserved=sorted({*BUILTINS, ROW}),
    ),
)
COOKIES = choice("keep")


class SkipForm(Form):
    """Why a scenario is not run."""

    noun = "a skip"
    because = Key(TEXT, "The reason, as reports show it.", required=True, example="The vendor mends it.")
    environments = Key(ENVIRONMENTS, "Where it is not run; nowhere if left out.", example="[prod]")
    until = Key(DAY, "The last day; it runs again after it. Without an end if left out.", example="2027-01-31")


SKIP = SkipForm.reader().then(
    lambda form: Skip(
        because=form.because or "", environments=form.environments, until=form.until, location=form.location
    )
)


class QuarantineForm(Form):
    """Who mends a scenario that is flaky; meanwhile it is run, told apart, and does not decide the exit code."""

    noun = "a quarantine"
    owner = Key(TEXT, "Who mends it, as reports show it: a team, a name.", required=True, example="orders team")
    because = Key(TEXT, "The reason, as reports show it.", required=True, example="It times out now and then.")
    environments = Key(ENVIRONMENTS, "Where it is told apart; everywhere if left out.", example="[prod]")
    until = Key(DAY, "The last day; after it the scenario counts as any other.", required=True, example="2027-01-31")


QUARANTINE = QuarantineForm.reader().then(
    lambda form: Quarantine(
        owner=form.owner or "",
        because=form.because or "",
        environments=form.environments,
        until=form.until or date.max,
        location=form.location,
    )
)


class DefaultsForm(Form):
    """What holds for the steps of a file that do not say otherwise, before what the environment says."""

    noun = "the defaults"
    auth = Key(
        StepForm.auth.reader,
        "As `auth` of a step, for operations that declare security.",
        example="partnerKey",
    )
    headers = Key(HEADERS, "As `headers` of a step; one that a step sends itself counts.", example="{X-Client: tests}")
    latency = Key(DURATION, "As `latency` of `expect`.", example="3s")
    tags = Key(TAGS, "Tags of every scenario of the file, as `tags` beside it.", example="[orders]")
    cookies = Key(COOKIES, "As `cookies` of a scenario.", example="keep")


def build_defaults(form: DefaultsForm | None) -> Defaults:
    """Return what holds for the steps."""
    if form is None:
        return Defaults()
    return Defaults(
        auth=form.auth, headers=form.headers or {}, latency_ms=None if form.latency is None else form.latency * 1000
    )
