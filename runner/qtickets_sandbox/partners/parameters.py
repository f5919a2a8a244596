"""Read the parameters of ticket calls; every reader raises VALIDATION_ERROR for what it cannot read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qtickets_sandbox.amounts import is_amount
from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.instants import parse_instant
from qtickets_sandbox.model.venue import Number

Parameters = Mapping[str, Any]

_LONGEST_SESSION = 40
CLIENT_FIELDS = ("client_email", "client_phone", "client_name", "client_surname", "client_middlename")


def invalid(message: str) -> PartnersError:
    """Return a VALIDATION_ERROR."""
    return PartnersError("VALIDATION_ERROR", message)


def read_text(parameters: Parameters, name: str) -> str | None:
    """Return a text, or None if it is absent or null; a number counts as text, as PHP has it."""
    value = parameters.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name} must be a string")
    return str(value)


def require_text(parameters: Parameters, name: str) -> str:
    """Return a text that is there and not empty."""
    value = parameters.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"{name} is required")
    return value


def read_session(parameters: Parameters) -> str | None:
    """Return user_session, at most 40 characters."""
    session = read_text(parameters, "user_session")
    if session is not None and len(session) > _LONGEST_SESSION:
        raise invalid(f"user_session is longer than {_LONGEST_SESSION} characters")
    return session


def read_flag(parameters: Parameters, name: str) -> bool | None:
    """Return 0 or 1, also as text, or None if it is absent."""
    value = parameters.get(name)
    if value is None:
        return None
    if isinstance(value, float) or str(value).lower() not in ("0", "1", "true", "false"):
        raise invalid(f"{name} must be 0 or 1")
    return str(value).lower() in ("1", "true")


def read_instant(parameters: Parameters, name: str) -> datetime | None:
    """Return an instant, or None if it is absent or null."""
    value = parameters.get(name)
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError as error:
        raise invalid(f"{name} must be a date") from error


def read_price(parameters: Parameters) -> Number | None:
    """Return a price that is not negative, also from text, or None if it is absent or null."""
    value = parameters.get("price")
    if value is None:
        return None
    try:
        price = float(value) if isinstance(value, str) else value
    except ValueError as error:
        raise invalid("price must be a number") from error
    if not is_amount(price):
        raise invalid("price must be a number")
    return price


def read_ticket_key(parameters: Parameters) -> tuple[int | None, str | None]:
    """Return (id, None) or (None, external_id); id may be a number or its text."""
    value = parameters.get("id")
    if value is not None:
        text = str(value)
        if isinstance(value, bool | float) or not text.isdigit() or len(text) > 18:
            raise invalid("id must be an integer")
        return int(text), None
    external_id = read_text(parameters, "external_id")
    if not external_id:
        raise invalid("id or external_id is required")
    return None, external_id
