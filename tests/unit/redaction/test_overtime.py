"""What takes too long to redact is written as its size and hash: nothing of it (docs/design.md, Safety)."""

import hashlib

import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.redactor import Redactor
from helpers.personal_samples import make_exchange, make_request, record, record_body

BODIES = {
    "application/json": [
        b'["+79001234567"]',
        b'["+1 1 1 1 1 1 1 1 1 1 1 1"]',
        b'["user@example.com"]',
        b"[12345678901]",
    ],
    "application/x-www-form-urlencoded": [b"a=1", b"phone=8 900 123-45-67"],
    "text/plain": [b"8 900 123-45-67", b"+1 1 1 1 1 1 1 1 1 1 1 1", b"user@example.com"],
    "application/xml": [b"<a>+79001234567</a>"],
}
CASES = [(media_type, body) for media_type, bodies in BODIES.items() for body in bodies]


@pytest.fixture
def hasty() -> Redactor:
    return Redactor(mode=RedactionMode.FULL, secrets={}, key=b"run", seconds=-1)


@pytest.mark.parametrize(("media_type", "body"), CASES)
def test_a_body_that_takes_too_long_is_written_as_its_size_and_hash(
    hasty: Redactor, media_type: str, body: bytes
) -> None:
    request = make_request(headers=(("Content-Type", media_type),), body=body)

    recorded = record(make_exchange(body, media_type=media_type, request=request), redactor=hasty)

    written = f"<{len(body)} bytes of {media_type}, sha256 {hashlib.sha256(body).hexdigest()}>"
    assert recorded.response is not None
    assert (recorded.request.body, recorded.response.body) == (written, written)


def test_a_value_that_takes_too_long_is_not_written(hasty: Redactor) -> None:
    assert hasty.value({"note": ["user@example.com"]}) == "<a value that takes too long to redact>"


def test_marked_values_of_such_a_body_are_known_all_the_same(hasty: Redactor) -> None:
    record_body({"name": "Пётр", "note": "user@example.com"}, redactor=hasty)

    assert hasty.text("«Пётр» has no ticket") == "«<name>» has no ticket"
