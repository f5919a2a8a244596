"""Builders of model objects for tests."""

from collections.abc import Sequence
from typing import Any, Literal

from contracts_runner.errors import SourceLocation
from contracts_runner.model.spec import Effect, Operation, Parameter, Style

HERE = SourceLocation("contracts/a.yaml", 7)


def make_parameter(
    name: str,
    placement: Literal["path", "query", "header", "cookie"],
    *,
    style: str = "",
    explode: bool | None = None,
    **changes: Any,
) -> Parameter:
    """Return a parameter with the defaults of its placement."""
    default = "form" if placement in ("query", "cookie") else "simple"
    return Parameter(
        name=name,
        placement=placement,
        is_required=placement == "path",
        style=Style(style or default),
        explode=(default == "form") if explode is None else explode,
        location=HERE,
        **changes,
    )


def make_operation(*, parameters: Sequence[Parameter] = (), **changes: Any) -> Operation:
    """Return a GET of /things without promises."""
    values: dict[str, Any] = {
        "spec": "api",
        "label": "listThings",
        "method": "GET",
        "path": "/things",
        "parameters": tuple(parameters),
        "effect": Effect.READ,
        "location": HERE,
    }
    return Operation(**{**values, **changes})
