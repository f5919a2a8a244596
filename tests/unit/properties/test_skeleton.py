"""A scenario that is made of a finding claims what the finding's check does."""

import pytest

from contracts_runner.model.checks import PropertyCheck
from contracts_runner.properties.skeleton import choose_auth, choose_expectation
from helpers.recorded_findings import make_finding, make_step

REFUSED = {PropertyCheck.NEGATIVE_DATA_REJECTION, PropertyCheck.USE_AFTER_FREE, PropertyCheck.IGNORED_AUTH}
ACCEPTED = {PropertyCheck.POSITIVE_DATA_ACCEPTANCE, PropertyCheck.ENSURE_RESOURCE_AVAILABILITY}


def test_what_is_expected_follows_from_the_check() -> None:
    found = {check: choose_expectation(make_finding(make_step(), check=check)) for check in PropertyCheck}

    assert {check for check, expect in found.items() if expect == {"success": False}} == REFUSED
    assert {check for check, expect in found.items() if expect == {"success": True}} == ACCEPTED
    assert {check for check, expect in found.items() if expect == {}} == {*PropertyCheck} - REFUSED - ACCEPTED


@pytest.mark.parametrize(
    ("check", "message", "auth"),
    [
        (PropertyCheck.IGNORED_AUTH, "sent with invalid credentials", "invalid"),
        (PropertyCheck.IGNORED_AUTH, "sent without credentials", "none"),
        (PropertyCheck.NOT_A_SERVER_ERROR, "invalid", None),
    ],
)
def test_only_a_finding_about_credentials_says_which(check: PropertyCheck, message: str, auth: str | None) -> None:
    assert choose_auth(make_finding(make_step(), check=check, message=message)) == auth
