"""Every choice of the twin that no document and no recorded answer settles, by name.

docs/qtickets.md marks such behaviour as inferred or unknown. A default is what it suggests; a keyword
of `create_app` takes the other way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints


def _open(default: object, *, source: str, says: str) -> Any:
    return field(default=default, metadata={"source": source, "says": says})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The settled value of each open question; `describe_switches` gives meaning and source."""

    # Partners: tickets
    add_without_hold: Literal["validation_error", "hold"] = _open(
        "validation_error", source="Preconditions", says="an add with neither paid nor reserved_to"
    )
    default_hold_minutes: int = _open(15, source="Preconditions", says="length of the hold of add_without_hold=hold")
    reserved_to_in_past: Literal["validation_error", "accept"] = _open(
        "validation_error", source="Preconditions", says="a hold that ends before it starts"
    )
    find_without_filter: Literal["validation_error", "list"] = _open(
        "validation_error", source="Partner tickets", says="tickets/find with neither filter nor event"
    )
    find_event_without_filter: Literal["list", "validation_error"] = _open(
        "list", source="Test IDs, 6.10", says="tickets/find with an event and no filter"
    )
    find_filters: Literal["add_up", "alternatives"] = _open(
        "add_up", source="Partner tickets", says="two fields of a filter: both must hold, or one of them"
    )
    find_nothing: Literal["empty", "ticket_not_found"] = _open(
        "empty", source="Partner tickets", says="tickets/find that finds nothing"
    )
    batch_failure: Literal["atomic", "per_item"] = _open(
        "atomic", source="Partner tickets", says="one bad item of a batch: undo all, or answer item by item"
    )
    remove_batch_result: Literal["list", "true"] = _open(
        "list", source="Partners API", says="result of a removed batch"
    )
    remove_paid: Literal["validation_error", "remove"] = _open(
        "validation_error", source="Partner tickets", says="removal of a paid ticket"
    )
    update_paid: Literal["allow", "validation_error"] = _open(
        "allow", source="Open questions", says="an update of a ticket that is paid already"
    )
    unpay_ticket: Literal["validation_error", "reserve"] = _open(
        "validation_error", source="Partner tickets", says="paid=0 on a paid ticket"
    )
    dead_ticket: Literal["not_found", "validation_error"] = _open(
        "not_found", source="Partner tickets", says="update or removal of a removed or expired ticket"
    )
    ticket_visibility: Literal["own", "all"] = _open(
        "own", source="Partner tickets", says="whose tickets a partner key can see"
    )
    duplicate_external_id: Literal["validation_error", "allow"] = _open(
        "validation_error", source="Partner tickets", says="an external_id that a live ticket has already"
    )
    same_session_readd: Literal["not_available", "extend"] = _open(
        "not_available", source="Partner tickets", says="a user_session that adds its own reserved seat again"
    )
    single_add_id: Literal["string", "int"] = _open(
        "string", source="Partner tickets", says="type of result.id after a single add"
    )
    echo_sent_offset: bool = _open(
        True, source="Partners API", says="a single add repeats the offset that reserved_to was sent with"
    )
    missing_show: Literal["validation_error", "event_not_found"] = _open(
        "validation_error", source="Preconditions", says="no show_id while the event has several"
    )
    partners_error_status: int = _open(
        200, source="Open questions", says="HTTP status of Partners errors other than WRONG_AUTHORIZATION"
    )
    seats_status: bool = _open(True, source="Partners API", says="events/seats carries status: success")
    partners_offset_hours: int = _open(
        3, source="Seed", says="offset of the dates of a show in the event header; the samples show others than +03:00"
    )
    hash_moves_on_sales: bool = _open(False, source="Update hash", says="last_update_hash covers ticket state")

    # Seats, to both APIs alike
    seat_across_offers: Literal["shared", "per_offer"] = _open(
        "shared", source="Partner tickets", says="a seat taken in one offer: taken in all of its offers, or in this one"
    )

    # REST: errors
    forbidden_code: str = _open(
        "FORBIDDEN", source="Statuses and envelopes", says="code in the body of a 403, which nobody recorded"
    )
    unknown_route_without_token: Literal["html_404", "forbidden"] = _open(
        "html_404", source="Order life", says="an unknown path with a bad token"
    )
    undeclared_method: Literal["html_404", "json_405"] = _open(
        "html_404", source="Test IDs, 7.5", says="PATCH and the like on a known path"
    )
    rest_invalid: Literal["server_error", "validation_error"] = _open(
        "server_error", source="Order life", says="a write that lacks data or breaks a rule"
    )
    rest_invalid_status: int = _open(400, source="Order life", says="HTTP status of rest_invalid=validation_error")
    unknown_column: Literal["server_error", "empty", "ignore", "validation_error"] = _open(
        "server_error", source="Test IDs, 7.5", says="where on no such column"
    )

    # REST: lists
    body_filters: bool = _open(True, source="Lists", says="where, orderBy, page in the JSON body of a GET work")
    query_filters: bool = _open(False, source="Lists", says="where, orderBy in the query string work")
    query_page: bool = _open(True, source="Lists", says="page in the query string works")
    list_operators: Literal["all", "shown"] = _open(
        "all",
        source="Open questions",
        says="operators of where in a list: those of seats, or only = and null, which samples show",
    )
    page_past_end: Literal["empty", "last"] = _open("empty", source="Order life", says="a page beyond the last one")
    seats_without_select: Literal["minimal", "full"] = _open(
        "minimal", source="REST operations", says="fields of a seat when select is absent"
    )
    quota_seats: Literal["unavailable", "hidden"] = _open(
        "unavailable", source="REST conventions", says="seats under a personal quota without their context"
    )

    # REST: writes
    write_response: Literal["object", "empty"] = _open(
        "object",
        source="Open questions",
        says="data after a write of an event, client or promo code, and after a batch of scans",
    )
    basket_response: Literal["object", "list"] = _open(
        "object",
        source="REST operations, R5",
        says="data after the change of a ticket, which the vendor calls an array of a Basket",
    )
    known_client: Literal["update", "create"] = _open(
        "update",
        source="REST operations, R8",
        says="a client with an e-mail that is known: updated, or created once more",
    )
    all_baskets_removed: Literal["delete_order", "keep_order"] = _open(
        "delete_order", source="Order life", says="an order whose last ticket was removed"
    )
    restore_needs_free_seats: bool = _open(True, source="Order life", says="restore fails when a seat was resold")
    unknown_barcode: Literal["not_found", "refused"] = _open(
        "not_found",
        source="Order life",
        says="a barcode that is unknown, or of another show: a 404, or as rest_invalid says",
    )
    rescan: Literal["overwrite", "keep"] = _open("overwrite", source="Order life", says="a second scan of one barcode")
    listed_barcodes: Literal["valid", "issued"] = _open(
        "valid",
        source="Order life",
        says="barcodes that are listed and scanned: of valid tickets, or of removed ones too",
    )
    barcodes_include_partners: bool = _open(
        True, source="Order life", says="tickets sold by partners are in the barcode list"
    )
    sweep_delay_minutes: int = _open(
        15, source="Order life", says="delay of the sweep that deletes unpaid orders after reserved_to"
    )


_TYPES = get_type_hints(Switches)


def parse_switches(values: Mapping[str, object]) -> Switches:
    """Return the switches with `values` over the defaults.

    Raises ValueError, naming what is valid, for an unknown name or value.
    """
    for name, value in values.items():
        if name not in _TYPES:
            raise ValueError(f"unknown switch '{name}'; valid are: {', '.join(sorted(_TYPES))}")
        allowed = _allowed(_TYPES[name])
        wrong = value not in allowed if allowed else type(value) is not _TYPES[name]
        if wrong or (_TYPES[name] is bool and not isinstance(value, bool)):
            wanted = ", ".join(map(repr, allowed)) or f"of type {_TYPES[name].__name__}"
            raise ValueError(f"switch '{name}' cannot be {value!r}; valid: {wanted}")
    return Switches(**dict(values))  # type: ignore[arg-type]  # each value was checked above


def describe_switches() -> dict[str, str]:
    """Return one line per switch: its values, default first, its meaning and its heading in docs/qtickets.md."""
    lines = {}
    for each in fields(Switches):
        others = [value for value in _allowed(_TYPES[each.name]) if value != each.default]
        values = "|".join(map(str, (each.default, *others)))
        lines[each.name] = f"{values}: {each.metadata['says']} ({each.metadata['source']})"
    return lines


def _allowed(hint: Any) -> tuple[Any, ...]:
    """Return the closed set of values of a type, or nothing if it is open."""
    return (True, False) if hint is bool else get_args(hint)
