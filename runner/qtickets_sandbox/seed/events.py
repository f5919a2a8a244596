"""Seed the events: 12, 33 and 1240 of the vendor's samples, and enough others for three pages."""

from datetime import datetime, timedelta

from qtickets_sandbox.cities import CITIES, MOSCOW_CITY
from qtickets_sandbox.credentials import ORGANISER_A, ORGANISER_B, PARTNER_P, PARTNER_Q
from qtickets_sandbox.layouts import SCHEMES, build_scheme_properties, build_seats, build_zones
from qtickets_sandbox.model.venue import Event, Holder, Price, Quota, Show
from qtickets_sandbox.world import World

_BOTH_PARTNERS = frozenset({PARTNER_P, PARTNER_Q})
_FIRST_HISTORY_EVENT = 2001
_HISTORY_EVENTS = 20


def seed_events(world: World) -> None:
    """Add every event with its shows; dates are relative to the clock, since only upcoming shows sell."""
    world.start_ids(price=9000, show=5000, event=9000)
    now = world.clock.now()
    for event_id, name, days in (
        (12, "Вечер симфонии", {20: 20, 21: 30, 4076: 40}),
        (33, "Форум дизайна", {41: 25}),
        (1240, "Лекция об архитектуре", {1700: 15}),
    ):
        shows = [_build_show(world, show_id, event_id, 48, now, ahead) for show_id, ahead in days.items()]
        event = _build_event(event_id, name, 48, now, shows)
        event.event_type_id = 7 if event_id == 33 else 2
        event.has_document_verification = event_id == 33
        event.integrations = (("example-afisha", 4133),) if event_id == 33 else ()
        event.partners = frozenset() if event_id == 1240 else _BOTH_PARTNERS
        world.add_event(event)
    _reserve_seats(world)
    _seed_special_events(world, now)
    _seed_history_events(world, now)


def _reserve_seats(world: World) -> None:
    """Sell and reserve the seats that the samples show as taken (docs/qtickets.md, Seed)."""
    for root_id in ("6-1;52", "RIGHT_PARTERRE-1;2", "RIGHT_PARTERRE-1;3"):
        world.shows[21].seats[root_id].holders[Holder("box-office:1", "")] = True
    # A seat that only partner Q may sell, and one for a person who is invited.
    world.shows[21].seats["7-1;8"].quota = Quota(partner_id=PARTNER_Q)
    invited = world.shows[21]
    invited.seats["7-1;7"].quota = Quota(users=(235,), client_emails=("user@example.com",))
    invited.scheme_properties["seats"] = {"7-1;7": {"spread": {"enabled": "1", "users": ["235"]}}}


def _seed_special_events(world: World, now: datetime) -> None:
    """Add a fan-id event that only partner P sells, and two events of the other organiser."""
    fan_show = _build_show(world, 61, 50, 18, now, 35)
    fan_event = _build_event(50, "Матч", 18, now, [fan_show])
    fan_event.fanid_required = True
    fan_event.partners = frozenset({PARTNER_P})
    world.add_event(fan_event)
    for event_id, show_id in ((900, 950), (901, 951)):
        show = _build_show(world, show_id, event_id, 18, now, 10)
        event = _build_event(event_id, "Чужое событие", 18, now, [show])
        event.organiser = ORGANISER_B
        world.add_event(event)


def _seed_history_events(world: World, now: datetime) -> None:
    """Add events from two months ago to three months ahead; two are deleted, one is inactive."""
    for index in range(_HISTORY_EVENTS):
        event_id = _FIRST_HISTORY_EVENT + index
        show = _build_show(world, 3000 + index, event_id, 18, now, 8 * index - 60)
        event = _build_event(event_id, f"Концерт {index + 1}", 18, now, [show])
        event.city = CITIES[index % len(CITIES)]
        event.is_active = index != 7
        event.deleted_at = now - timedelta(days=50 - index) if index in (3, 5) else None
        world.add_event(event)


def _build_event(event_id: int, name: str, scheme_id: int, now: datetime, shows: list[Show]) -> Event:
    created = now - timedelta(days=90)
    return Event(
        id=event_id,
        organiser=ORGANISER_A,
        name=name,
        scheme_id=scheme_id,
        city=MOSCOW_CITY,
        place_name="Invented hall",
        place_address="Invented street, 1",
        created_at=created,
        updated_at=created,
        event_type_id=2,
        shows=shows,
    )


def _build_show(world: World, show_id: int, event_id: int, scheme_id: int, now: datetime, days: int) -> Show:
    scheme = SCHEMES[scheme_id]
    levels = {
        amount: Price(world.issue_id("price"), amount, position % 15 + 1)
        for position, amount in enumerate(dict.fromkeys(plan.price for plan in scheme.plans))
    }
    price_of_zone = {plan.zone.id: levels[plan.price].id for plan in scheme.plans}
    start = now.replace(minute=0, second=0) + timedelta(days=days)
    created = now - timedelta(days=90)
    return Show(
        id=show_id,
        event_id=event_id,
        start_date=start,
        finish_date=start + timedelta(hours=2),
        open_date=start - timedelta(hours=1),
        sale_start_date=created,
        sale_finish_date=start,
        created_at=created,
        updated_at=created,
        prices=list(levels.values()),
        zones=build_zones(scheme),
        seats=build_seats(scheme, price_of_zone),
        scheme_properties=build_scheme_properties(price_of_zone),
    )
