"""Apply an EventWrite: the `data` of POST and PUT /events (docs/qtickets.md, REST operations)."""

import copy
from typing import Any

from qtickets_sandbox.amounts import is_amount
from qtickets_sandbox.cities import CITIES, MOSCOW_CITY
from qtickets_sandbox.instants import parse_instant
from qtickets_sandbox.layouts import SCHEMES, apply_scheme_properties, build_seats, build_zones
from qtickets_sandbox.model.venue import City, Event, Price, Show
from qtickets_sandbox.rest.call import RestCall

_TEXTS = ("name", "currency_id", "place_name", "place_address", "place_description", "site_url", "description")
_DEFAULT_SCHEME = 18
_NUMBERS = ("ticket_id", "mail_template_id")
_NEEDED_DATES = ("open_date", "sale_finish_date", "start_date", "finish_date")
_DATES = ("sale_start_date", "sale_finish_date", "open_date", "start_date", "finish_date")


def create_event(call: RestCall, data: dict[str, Any]) -> Event:
    """Add an event of the caller; needs a name and a known scheme, the rest has defaults.

    Which fields the service requires is not documented. Raises RestError for anything it cannot read.
    """
    scheme_id = data.get("scheme_id", _DEFAULT_SCHEME)
    if not data.get("name") or not isinstance(scheme_id, int) or scheme_id not in SCHEMES:
        raise call.invalid("name and a known scheme_id are required")
    now = call.world.clock.now()
    event = Event(
        id=call.world.issue_id("event"),
        organiser=call.organiser,
        name="",
        scheme_id=scheme_id,
        city=MOSCOW_CITY,
        place_name="",
        place_address="",
        created_at=now,
        updated_at=now,
        event_type_id=2,
        shows=[],
    )
    update_event(call, event, data)
    call.world.add_event(event)
    return event


def update_event(call: RestCall, event: Event, data: dict[str, Any]) -> None:
    """Change what `data` gives and nothing else; on any error the event stays as it was."""
    draft = copy.deepcopy(event)
    try:
        _apply(call, draft, data)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise call.invalid(f"cannot read the event: {error}") from error
    for name in Event.__slots__:
        setattr(event, name, getattr(draft, name))
    call.world.add_event(event)


def _apply(call: RestCall, event: Event, data: dict[str, Any]) -> None:
    for name in _TEXTS:
        if name in data:
            setattr(event, name, _text(data[name]))
    for name in _NUMBERS:
        if name in data:
            setattr(event, name, int(data[name]))
    if "is_active" in data:
        event.is_active = bool(int(data["is_active"]))
    if "external_id" in data:
        event.external_id = None if data["external_id"] is None else str(data["external_id"])
    if "payments" in data:
        event.payments = tuple(int(payment) for payment in data["payments"])
    if "city_id" in data:
        event.city = _city(int(data["city_id"]))
    for show_data in data.get("shows", ()):
        _apply_show(call, event, show_data)
    event.updated_at = call.world.clock.now()


def _apply_show(call: RestCall, event: Event, data: dict[str, Any]) -> None:
    if data.get("id"):
        show = next((each for each in event.shows if each.id == int(data["id"])), None)
        if show is None:
            raise ValueError(f"no show {data['id']}")
    else:
        show = _new_show(call, event, data)
        event.shows.append(show)
    for name in _DATES:
        if name in data:
            optional = data[name] is None and name not in _NEEDED_DATES
            setattr(show, name, None if optional else parse_instant(data[name]))
    if "is_active" in data:
        show.is_active = bool(int(data["is_active"]))
    for price_data in data.get("prices", ()) if data.get("id") else ():
        _apply_price(call, show, price_data)
    if "scheme_properties" in data:
        show.scheme_properties = dict(data["scheme_properties"])
        apply_scheme_properties(show)
    show.updated_at = call.world.clock.now()


def _new_show(call: RestCall, event: Event, data: dict[str, Any]) -> Show:
    now = call.world.clock.now()
    scheme = SCHEMES[event.scheme_id]
    prices = [_new_price(call, price) for price in data["prices"]]
    # Zones without a price of their own take the first one; apply_scheme_properties sets the others.
    price_of_zone = {plan.zone.id: prices[0].id for plan in scheme.plans}
    start = parse_instant(data["start_date"])
    return Show(
        id=call.world.issue_id("show"),
        event_id=event.id,
        start_date=start,
        finish_date=start,
        # Every captured show has a date here (docs/qtickets.md, Event); which one it is without a value is inferred.
        open_date=start,
        sale_start_date=None,
        sale_finish_date=start,
        created_at=now,
        updated_at=now,
        prices=prices,
        zones=build_zones(scheme),
        seats=build_seats(scheme, price_of_zone),
        scheme_properties={},
    )


def _apply_price(call: RestCall, show: Show, data: dict[str, Any]) -> None:
    if not data.get("id"):
        show.prices.append(_new_price(call, data))
        return
    price = next((each for each in show.prices if each.id == int(data["id"])), None)
    if price is None:
        raise ValueError(f"no price {data['id']}")
    price.default_price = _amount(data.get("default_price", price.default_price))
    price.color_theme = int(data.get("color_theme", price.color_theme))


def _new_price(call: RestCall, data: dict[str, Any]) -> Price:
    return Price(call.world.issue_id("price"), _amount(data["default_price"]), int(data.get("color_theme", 1)))


def _amount(value: object) -> int | float:
    if not is_amount(value):
        raise ValueError(f"not an amount: {value!r}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"not a text: {value!r}")
    return value


def _city(city_id: int) -> City:
    for city in CITIES:
        if city.id == city_id:
            return city
    raise ValueError(f"no city {city_id}")
