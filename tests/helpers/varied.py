"""Rows of a table in the tests, most of which need the oldest Python only."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def vary(values: Iterable[Any], *, everywhere: Any, name: Callable[[Any], str] = str) -> list[object]:
    """Return the parameters of a table: one value is for every Python, the others, which are `thorough`, for the
    oldest."""
    marks = {True: (), False: pytest.mark.thorough}
    return [pytest.param(value, id=name(value), marks=marks[value == everywhere]) for value in values]
