"""Which responses have no content, and which end with their head."""

import pytest

from contracts_runner.model.http import ends_with_head, is_without_content


@pytest.mark.parametrize(
    ("method", "status", "ends", "without"),
    [
        ("GET", 200, False, False),
        ("GET", 404, False, False),
        ("HEAD", 200, True, True),
        ("GET", 103, True, True),
        ("DELETE", 204, True, True),
        ("POST", 205, False, True),
        ("GET", 304, True, True),
    ],
)
def test_a_205_has_no_content_but_a_length_like_any_other(method: str, status: int, ends: bool, without: bool) -> None:
    assert (ends_with_head(method, status), is_without_content(method, status)) == (ends, without)
