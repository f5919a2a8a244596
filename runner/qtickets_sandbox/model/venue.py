"""Events, their shows, and the seats of a show."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

Number = int | float


@dataclass(frozen=True, slots=True)
class City:
    """A city; `coords` is latitude, longitude."""

    id: int
    name: str
    timezone: str
    coords: tuple[float, float]


@dataclass(slots=True)
class Price:
    """A price level of a show; money in units of the currency, `color_theme` an id of 1–15."""

    id: int
    default_price: Number
    color_theme: int


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the hall; `number` is the integer id that the deprecated events/seats uses."""

    id: str
    number: int
    name: str
    width: int
    height: int
    offset: tuple[int, int]
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Who alone may buy a seat."""

    partner_id: int | None = None
    users: tuple[int, ...] = ()
    client_emails: tuple[str, ...] = ()


class Holder(NamedTuple):
    """Who has a place (`basket:1`, `ticket:1`, `box-office:1`), and the offer in which; "" for none."""

    name: str
    offer_id: str


@dataclass(slots=True, kw_only=True)
class Seat:
    """A place, or an admission area of `max_quantity` places.

    `holders` says of each whether it is paid; all that both APIs say on availability is counted from it.
    """

    root_id: str
    zone_id: str
    row: str
    place: str
    coords: tuple[int, int]
    offers: tuple[str, ...]
    price_id: int
    admission: bool = False
    max_quantity: int = 1
    disabled: bool = False
    quota: Quota | None = None
    holders: dict[Holder, bool] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Show:
    """One date of an event, with a seat inventory that REST and Partners sales share."""

    id: int
    event_id: int
    start_date: datetime
    finish_date: datetime
    open_date: datetime | None
    sale_start_date: datetime | None
    sale_finish_date: datetime | None
    created_at: datetime
    updated_at: datetime
    prices: list[Price]
    zones: dict[str, Zone]
    seats: dict[str, Seat]
    scheme_properties: dict[str, Any]
    name: str = ""
    is_active: bool = True
    deleted_at: datetime | None = None

    def price_of(self, seat: Seat, offer_id: str) -> Number:
        """What the seat costs in an offer, in units of the currency."""
        level = next(price for price in self.prices if price.id == seat.price_id)
        amount = level.default_price * OFFERS[offer_id].percent / 100
        return int(amount) if amount == int(amount) else amount


@dataclass(frozen=True, slots=True)
class Offer:
    """A tariff: `percent` of the price level."""

    id: str
    name: str
    percent: int


# The empty id is the untariffed offer, which callers also name by null (docs/qtickets.md, Seed).
OFFERS = {
    offer.id: offer
    for offer in (Offer("full", "Полный", 100), Offer("preferential", "Льготный", 50), Offer("", "", 100))
}


@dataclass(slots=True, kw_only=True)
class Event:
    """An event of one organiser; `partners` are the ids of the partners that may sell it, `integrations` the (name, id)
    that it has in other systems."""

    id: int
    organiser: str
    name: str
    scheme_id: int
    city: City
    place_name: str
    place_address: str
    created_at: datetime
    updated_at: datetime
    event_type_id: int
    shows: list[Show]
    place_description: str = ""
    description: str = ""
    site_url: str = ""
    external_id: str | None = None
    currency_id: str = "RUB"
    ticket_id: int = 1
    mail_template_id: int = 1
    payments: tuple[int, ...] = (36,)
    age: str = "0+"
    is_active: bool = True
    fanid_required: bool = False
    has_document_verification: bool = False
    partners: frozenset[int] = frozenset()
    integrations: tuple[tuple[str, int], ...] = ()
    deleted_at: datetime | None = None
