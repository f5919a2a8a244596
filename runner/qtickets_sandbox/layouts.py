"""The two halls of the twin, and how a show gets its seats from one (docs/qtickets.md, Seed)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qtickets_sandbox.model.venue import Price, Quota, Seat, Show, Zone

_BOTH = ("full", "preferential")
_FULL = ("full",)
_UNTARIFFED = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePlan:
    """A zone with its places as (row, place, offers); `capacity` makes it an admission area."""

    zone: Zone
    price: int
    places: tuple[tuple[str, str, tuple[str, ...]], ...]
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Scheme:
    """A hall; `id` is what events refer to."""

    id: int
    venue_id: int
    width: int
    height: int
    plans: tuple[ZonePlan, ...]


def _zone(zone_id: str, number: int, name: str) -> Zone:
    return Zone(zone_id, number, name, 200, 100, (number % 10 * 100, number // 10 * 10))


def _row(row: str, places: range | tuple[int, ...], offers: tuple[str, ...]) -> Any:
    return tuple((row, str(place), offers) for place in places)


def _block(number: int, row: str, *places: int, capacity: int = 0) -> ZonePlan:
    return ZonePlan(
        zone=_zone(str(number), number, f"Block {number}"),
        price=300,
        places=_row(row, places, _UNTARIFFED),
        capacity=capacity,
    )


SCHEMES = {
    48: Scheme(
        48,
        120,
        1000,
        800,
        (
            ZonePlan(
                zone=_zone("CENTER_PARTERRE", 101, "Center parterre"),
                price=300,
                places=(
                    *_row("20", (5,), _BOTH),
                    *_row("20", (6,), _FULL),
                    *_row("20", (7, 8), _BOTH),
                    *_row("21", (11, 12), _BOTH),
                ),
            ),
            ZonePlan(zone=_zone("PARTERRE", 102, "Parterre"), price=500, places=_row("1", range(25, 31), _FULL)),
            ZonePlan(
                zone=_zone("CENTER_BALCONY", 103, "Center balcony"),
                price=500,
                places=_row("1", (14, 15), _BOTH),
            ),
            ZonePlan(
                zone=_zone("RIGHT_PARTERRE", 104, "Right parterre"),
                price=600,
                places=_row("1", (1, 2, 3, 6), _BOTH),
            ),
            ZonePlan(zone=_zone("LEFT_PARTERRE", 105, "Left parterre"), price=600, places=_row("1", (1, 22), _BOTH)),
            _block(1, "1", 2, 3),
            _block(2, "2", 37, 38, 49),
            _block(3, "1", 1, capacity=14),
            _block(4, "1", 49),
            _block(5, "1", 8),
            _block(6, "1", *range(47, 54)),
            _block(7, "1", *range(3, 9)),
            _block(8, "1", 42),
        ),
    ),
    18: Scheme(
        18,
        64,
        600,
        400,
        (
            ZonePlan(
                zone=_zone("small-hall", 201, "Small hall"),
                price=700,
                # Rows of real halls have letters too (docs/qtickets.md, Differences).
                places=(*_row("A", range(1, 9), _BOTH), *_row("B", range(1, 9), _BOTH)),
            ),
            ZonePlan(
                zone=_zone("dance-floor", 202, "Dance floor"),
                price=500,
                places=_row("1", (1,), _UNTARIFFED),
                capacity=200,
            ),
        ),
    ),
}


def build_zones(scheme: Scheme) -> dict[str, Zone]:
    """Return the zones of a hall by id."""
    return {plan.zone.id: plan.zone for plan in scheme.plans}


def build_seats(scheme: Scheme, price_of_zone: Mapping[str, int]) -> dict[str, Seat]:
    """Return fresh seats by root id; a zone that has no price id is not on sale and gets none."""
    seats: dict[str, Seat] = {}
    for plan in scheme.plans:
        price_id = price_of_zone.get(plan.zone.id)
        if price_id is None:
            continue
        for index, (row, place, offers) in enumerate(plan.places):
            root_id = f"{plan.zone.id}-{row};{place}"
            seats[root_id] = Seat(
                root_id=root_id,
                zone_id=plan.zone.id,
                row=row,
                place=place,
                # CENTER_PARTERRE-20;5 stands at 967, 525 in the vendor's sample.
                coords=(967 - 17 * index, 525 + 10 * (plan.zone.number - 101)),
                offers=offers,
                price_id=price_id,
                admission=plan.capacity > 0,
                max_quantity=plan.capacity or 1,
            )
    return seats


def build_scheme_properties(price_of_zone: Mapping[str, int]) -> dict[str, Any]:
    """Return the form-style settings of a show in which every given zone is on sale."""
    return {
        "admin": {"zones": {zone_id: {"opened": "1"} for zone_id in price_of_zone}},
        "zones": {
            zone_id: {"disabled": "0", "price_id": str(price_id), "spread": {"enabled": ""}}
            for zone_id, price_id in price_of_zone.items()
        },
    }


def apply_scheme_properties(show: Show) -> None:
    """Make the seats of a show follow its scheme_properties: disabled, max_quantity, price_id, spread."""
    zones = _mapping(show.scheme_properties.get("zones"))
    singles = _mapping(show.scheme_properties.get("seats"))
    for seat in show.seats.values():
        zone, single = _mapping(zones.get(seat.zone_id)), _mapping(singles.get(seat.root_id))
        seat.disabled = "1" in (str(zone.get("disabled", "0")), str(single.get("disabled", "0")))
        seat.price_id = _price_id(single.get("price_id") or zone.get("price_id"), show.prices, seat.price_id)
        if "max_quantity" in single:
            seat.max_quantity = _quantity(single["max_quantity"])
        spread = _mapping(single.get("spread"))
        if "spread" in single:
            users = tuple(int(user) for user in spread.get("users", ()))
            seat.quota = Quota(users=users) if str(spread.get("enabled", "")) == "1" else None


def _quantity(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError(f"not a quantity: {value!r}")
    return int(text)


def _price_id(value: object, prices: list[Price], current: int) -> int:
    """Resolve `"#<index>"` (zero-based) or `"<id>"`; raises ValueError for a price that is not there."""
    if value in (None, ""):
        return current
    text = str(value)
    if text.startswith("#"):
        index = int(text[1:])
        if index >= len(prices):
            raise ValueError(f"no price {text}")
        return prices[index].id
    if int(text) not in {price.id for price in prices}:
        raise ValueError(f"no price {text}")
    return int(text)


def _mapping(value: object) -> Mapping[str, Any]:
    # PHP spells an empty object as [].
    return value if isinstance(value, Mapping) else {}
